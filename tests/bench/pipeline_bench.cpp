// What the host adds to a call into a plugin: a stage that does nothing, through the serving graph
// and directly.
#include <ATen/ops/full.h>
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "ingest/load.h"
#include "pipeline/serving.h"

namespace assay {
namespace {

/// Hands out the same list whatever it is asked.
class NoOp : public RecallStrategy {
 public:
  void fit(const TrainingView&, FitContext&) override {}
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return list_;
  }
  void save(Archive&) const override {}
  void load(const Archive&, const LoadContext&) override {}

 private:
  CandidateBatch list_{at::full({1, 20}, 1, at::kLong), at::full({1, 20}, 0.5, at::kFloat), {}, {}};
};

pipeline::DataView small_data() {
  const std::string folder = std::filesystem::temp_directory_path() / "assay-pipeline-bench";
  std::filesystem::create_directories(folder);
  std::ofstream log(folder + "/log.csv");
  log << "user,item\n";
  for (int event = 0; event < 400; ++event) log << event % 20 << ',' << event * 7 % 31 << '\n';
  log.close();
  task::DatasetSpec dataset;
  dataset.path = folder + "/log.csv";
  dataset.format = "csv";
  dataset.columns = {{"user", "user"}, {"item", "item"}};
  dataset.split.method = task::SplitMethod::leave_last_out;
  dataset.split.test = 1;
  dataset.split.validation = dataset.split.rank = 0;
  ingest::DataPlaces places;
  places.cache_dir = folder + "/cache";
  return pipeline::DataView(
      dataset::PreparedData::open(load_dataset(dataset, {}, {}, 1, places).path),
      at::Device(at::kCPU));
}

struct Bench {
  pipeline::DataView data = small_data();
  task::BreadcrumbFile breadcrumb{
      (std::filesystem::temp_directory_path() / "assay-pipeline-bench/breadcrumb").string()};
  pipeline::StrategyStore store{data,
                                [](const task::StageSpec&) { return std::make_unique<NoOp>(); },
                                pipeline::Guards{&breadcrumb, {}}};
  RequestBatch requests = data.requests(task::Window::test, 0, 1, 1);
  std::shared_ptr<NoOp> strategy = std::make_shared<NoOp>();

  pipeline::ServingGraph graph() {
    task::ServeNode node;
    node.place = "recall[0]";
    node.fitted.artifact.key = "noop";
    node.fitted.stage.plugin = "noop";
    node.fitted.stage.k = 20;
    store.keep("noop", {strategy, std::make_shared<Inputs>()});
    pipeline::ServingGraph::Options options;
    options.check_contract = false;
    return pipeline::ServingGraph({node}, store, options);
  }
};

// The same tensors handled by LibTorch alone: the request batch and the list are copied as the
// graph's caller gets them.
void direct_call(benchmark::State& state) {
  Bench bench;
  const ServeContext ctx{ServeContext::Settings{}};
  for (auto _ : state) {
    pipeline::ServedBatch served;
    served.request_batch = bench.requests;
    served.lists.resize(1);
    served.lists[0] = bench.strategy->recall(served.request_batch, 20, ctx);
    benchmark::DoNotOptimize(served);
  }
}
BENCHMARK(direct_call);

void stage_call(benchmark::State& state) {
  Bench bench;
  pipeline::ServingGraph graph = bench.graph();
  for (auto _ : state) {
    const pipeline::ServedBatch served =
        graph.serve_batch(bench.requests, 1, 0, task::Window::test);
    benchmark::DoNotOptimize(served);
  }
}
BENCHMARK(stage_call);

// Both in turn within one measurement, so that a slow moment of the machine falls on both; the
// counter is what counts.
void host_overhead(benchmark::State& state) {
  Bench bench;
  pipeline::ServingGraph graph = bench.graph();
  const ServeContext ctx{ServeContext::Settings{}};
  constexpr int kCalls = 20'000;
  double best_direct = 1e300, best_graph = 1e300;
  for (auto _ : state) {
    const int64_t start = task::monotonic_ns();
    for (int i = 0; i < kCalls; ++i) {
      pipeline::ServedBatch served;
      served.request_batch = bench.requests;
      served.lists.resize(1);
      served.lists[0] = bench.strategy->recall(served.request_batch, 20, ctx);
      benchmark::DoNotOptimize(served);
    }
    const int64_t middle = task::monotonic_ns();
    for (int i = 0; i < kCalls; ++i) {
      const pipeline::ServedBatch served =
          graph.serve_batch(bench.requests, 1, 0, task::Window::test);
      benchmark::DoNotOptimize(served);
    }
    const int64_t end = task::monotonic_ns();
    best_direct = std::min(best_direct, static_cast<double>(middle - start) / kCalls);
    best_graph = std::min(best_graph, static_cast<double>(end - middle) / kCalls);
  }
  state.counters["direct_ns"] = best_direct;
  state.counters["graph_ns"] = best_graph;
  state.counters["added_ns"] = best_graph - best_direct;
  state.counters["ratio"] = best_graph / best_direct;
}
BENCHMARK(host_overhead)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace assay
