// A GPU must give what the CPU gives: random numbers bit for bit, lists up to ties that rounding
// makes or breaks.
#include <ATen/Context.h>
#include <ATen/ops/randn.h>
#include <assay/kernels.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "host/library.h"
#include "integration/gpu/small_world.h"
#include "metrics/metric_pass.h"
#include "pipeline/fitting.h"
#include "task/param_json.h"

namespace assay::testing {
namespace {

const at::Device kCpu(at::kCPU), kGpu(at::kCUDA, 0);

class Gpu : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!at::globalContext().hasCUDA()) GTEST_SKIP() << "no GPU, or a LibTorch without CUDA";
    at::globalContext().setDeterministicAlgorithms(true, false);
    at::globalContext().setAllowTF32CuBLAS(false);
  }
};

RequestBatch on(const RequestBatch& requests, const at::Device& device) {
  RequestBatch out = requests;
  out.request = out.request.to(device);
  out.user = out.user.to(device);
  out.time_us = out.time_us.to(device);
  out.history = out.history.to(device);
  out.excluded = out.excluded.to(device);
  return out;
}

CandidateBatch on_cpu(const CandidateBatch& list) {
  CandidateBatch out{list.item.cpu(), list.score.cpu(), {}, {}};
  if (list.propensity) out.propensity = list.propensity->cpu();
  return out;
}

/// Items may swap, or enter and leave at the end, only where scores lie within 1e-5 of the row's
/// largest. Returns how many places differ.
int64_t differing_places(const CandidateBatch& expected, const CandidateBatch& got) {
  EXPECT_EQ(expected.item.sizes(), got.item.sizes());
  int64_t differing = 0;
  for (int64_t row = 0; row < expected.size(); ++row) {
    const float* a = expected.score.const_data_ptr<float>() + row * expected.width();
    const float* b = got.score.const_data_ptr<float>() + row * got.width();
    const float allowed = 1e-5f * std::max(1e-6f, std::abs(a[0]));
    for (int64_t j = 0; j < expected.width(); ++j) {
      const bool same = expected.item[row][j].item<int64_t>() == got.item[row][j].item<int64_t>();
      if (std::isinf(a[j]) || std::isinf(b[j]))
        EXPECT_EQ(a[j], b[j]);
      else
        EXPECT_NEAR(a[j], b[j], allowed) << "request " << row << ", rank " << j;
      differing += !same;
    }
  }
  return differing;
}

TEST_F(Gpu, GivesTheSameRandomBits) {
  const at::Tensor request = at::randn({777}).mul(1e6).to(at::kLong);
  const at::Tensor cpu = counter_uniform(3, 5, 7, request, 129);
  EXPECT_TRUE(cpu.equal(counter_uniform(3, 5, 7, request.to(kGpu), 129).cpu()));
}

TEST_F(Gpu, ChoosesTheSameTopK) {
  const pipeline::DataView data(small_world(), kCpu);
  const RequestBatch requests =
      data.requests(task::Window::test, 0,
                    std::min<int64_t>(200, data.prepared().requests(task::Window::test).size()));
  const at::Tensor scores = at::randn({requests.size(), data.items()}).mul(8).round();  // many ties
  const CandidateBatch cpu = top_k(scores, 50, requests),
                       gpu = on_cpu(top_k(scores.to(kGpu), 50, on(requests, kGpu)));
  EXPECT_TRUE(cpu.item.equal(gpu.item));
  EXPECT_TRUE(cpu.score.equal(gpu.score));
  const at::Tensor queries = at::randn({requests.size(), 32}),
                   items = at::randn({data.items(), 32});
  EXPECT_LT(
      differing_places(top_k_dot(queries, items, 50, requests),
                       on_cpu(top_k_dot(queries.to(kGpu), items.to(kGpu), 50, on(requests, kGpu)))),
      20);
}

TEST_F(Gpu, MeasuresTheSame) {
  const pipeline::DataView data(small_world(), kCpu);
  const auto known = std::make_shared<metrics::MetricData>(
      metrics::MetricData::of(data.training({task::Window::train})));
  const metrics::MetricPass pass({{"recall{den=R}", 10},
                                  {"ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}", 10},
                                  {"mrr", 10}},
                                 known);
  const int64_t count = data.prepared().requests(task::Window::test).size();
  const RequestBatch requests = data.requests(task::Window::test, 0, count, 1);
  const CandidateBatch lists = top_k(at::randn({count, data.items()}), 20, requests);
  const Ragged truth = data.truth(task::Window::test, 0, count);
  const CandidateBatch moved{lists.item.to(kGpu), lists.score.to(kGpu), {}, {}};
  const at::Tensor cpu = pass.values(lists, truth), gpu = pass.values(moved, truth.to(kGpu)).cpu();
  EXPECT_TRUE(at::Tensor(cpu.sub(gpu)).nan_to_num(0).abs().max().item<float>() < 1e-6f);
  EXPECT_TRUE(cpu.isnan().equal(gpu.isnan()));
}

/// A stage on top of popularity, by the name of its plugin.
class GpuStrategies : public Gpu, public ::testing::WithParamInterface<const char*> {};

PluginKind kind_of(const std::string& plugin) {
  if (plugin == "logistic_regression") return PluginKind::rank;
  return plugin == "mmr" || plugin == "plackett_luce" ? PluginKind::rerank : PluginKind::recall;
}

task::StageSpec stage_of(const std::string& plugin) {
  task::StageSpec stage;
  stage.kind = kind_of(plugin);
  stage.plugin = plugin;
  stage.library = std::string(ASSAY_BUILD_DIR "/plugins/") +
                  std::string(task::name_of(stage.kind)) + "/" + plugin + ".so";
  stage.k = stage.kind == PluginKind::recall ? 60 : stage.kind == PluginKind::rank ? 0 : 20;
  const host::Library library = host::Library::open(stage.library);
  const PluginEntry& entry = library.entry(plugin, stage.kind);
  for (const task::PluginInfo& info : library.plugins())
    if (info.name == plugin && info.kind == stage.kind) stage.traits = info.traits;
  ParamMap defaults;
  for (const ParamSpec& spec : entry.schema.params) {
    if (spec.type != ParamType::input) defaults[spec.name] = spec.default_value;
  }
  stage.params = task::params_json(defaults);
  return stage;
}

std::unique_ptr<Strategy> make_from_file(const task::StageSpec& stage) {
  static std::vector<host::Library> open;  // never unloaded
  open.push_back(host::Library::open(stage.library));
  const PluginEntry& entry = open.back().entry(stage.plugin, stage.kind);
  return host::make_strategy(entry, task::params_from_json(entry.schema, stage.params));
}

/// popularity, merged, then (where it is no recall strategy) the stage under test.
struct TwoStages {
  std::vector<task::ServeNode> nodes;

  explicit TwoStages(const std::string& plugin) {
    const task::StageSpec tested = stage_of(plugin);
    add(task::ServeNode::Step::recall,
        tested.kind == PluginKind::recall ? tested : stage_of("popularity"));
    nodes.push_back({task::ServeNode::Step::merge, {0}, {}, {}, 0, "merge"});
    if (tested.kind == PluginKind::rank) add(task::ServeNode::Step::rank, tested);
    if (tested.kind == PluginKind::rerank) add(task::ServeNode::Step::rerank, tested);
  }

  void add(task::ServeNode::Step step, const task::StageSpec& stage) {
    task::ServeNode node;
    node.step = step;
    node.place = stage.place();
    if (!nodes.empty()) node.parents = {static_cast<int64_t>(nodes.size()) - 1};
    node.fitted.stage = stage;
    node.fitted.artifact.key = stage.plugin;
    node.serve_seed = 9;
    nodes.push_back(node);
  }
};

/// Fits every stage on `from`'s device, and keeps loaded copies of what was saved in `to`'s store.
void fit_all(const std::vector<task::ServeNode>& nodes, pipeline::StrategyStore& from,
             pipeline::StrategyStore& to) {
  std::vector<task::ServeNode> upstream;
  for (const task::ServeNode& node : nodes) {
    if (node.step != task::ServeNode::Step::merge) {
      task::FitTask task;
      task.target = node.fitted;
      task.windows = {task::Window::train};
      task.upstream = upstream;
      task.label_windows = {task::Window::rank};
      const pipeline::FitResult fitted = fit_stage(task, from, {}, {}, {});
      from.keep(node.fitted.artifact.key, {fitted.strategy, fitted.inputs});
      Archive archive;
      fitted.strategy->save(archive);
      std::shared_ptr<Strategy> copy = make_from_file(node.fitted.stage);
      copy->load(archive, {to.data().device(), &to.data().features(), fitted.inputs.get()});
      to.keep(node.fitted.artifact.key, {copy, fitted.inputs});
    }
    upstream.push_back(node);
  }
}

pipeline::ServedBatch serve_all(const std::vector<task::ServeNode>& nodes,
                                pipeline::StrategyStore& store) {
  pipeline::ServingGraph graph(nodes, store, {});
  const int64_t count = store.data().prepared().requests(task::Window::test).size();
  const pipeline::ServedBatch served = graph.serve_batch(
      store.data().requests(task::Window::test, 0, count), count, 0, task::Window::test);
  for (const auto& failure : graph.failures()) EXPECT_FALSE(failure) << failure->reason;
  return served;
}

TEST_P(GpuStrategies, ServeTheSameListsFromTheSameArtifact) {
  const dataset::PreparedData prepared = small_world();
  const pipeline::DataView cpu_data(prepared, kCpu), gpu_data(prepared, kGpu);
  pipeline::StrategyStore cpu(cpu_data, make_from_file, {}), gpu(gpu_data, make_from_file, {});
  const TwoStages stages(GetParam());
  fit_all(stages.nodes, cpu, gpu);
  const pipeline::ServedBatch expected = serve_all(stages.nodes, cpu),
                              got = serve_all(stages.nodes, gpu);
  const auto last = static_cast<int64_t>(stages.nodes.size()) - 1;
  ASSERT_TRUE(expected.lists[last] && got.lists[last]);
  const int64_t places = expected.lists[last]->item.numel();
  const int64_t differing =
      differing_places(on_cpu(*expected.lists[last]), on_cpu(*got.lists[last]));
  RecordProperty("differing_places", static_cast<int>(differing));
  EXPECT_LE(differing, places / 100)
      << GetParam() << ": " << differing << " of " << places << " places";
}

TEST_P(GpuStrategies, FitOnTheGpuToNearlyTheSameLists) {
  const dataset::PreparedData prepared = small_world();
  const pipeline::DataView cpu_data(prepared, kCpu), gpu_data(prepared, kGpu);
  pipeline::StrategyStore cpu(cpu_data, make_from_file, {}), gpu(gpu_data, make_from_file, {});
  const TwoStages stages(GetParam());
  fit_all(stages.nodes, cpu, cpu);
  fit_all(stages.nodes, gpu, gpu);
  const pipeline::ServedBatch expected = serve_all(stages.nodes, cpu),
                              got = serve_all(stages.nodes, gpu);
  const auto last = static_cast<int64_t>(stages.nodes.size()) - 1;
  ASSERT_TRUE(expected.lists[last] && got.lists[last]);
  const at::Tensor same = expected.lists[last]->item.eq(got.lists[last]->item.cpu());
  EXPECT_GT(same.to(at::kFloat).mean().item<float>(), 0.98f) << GetParam();
}

INSTANTIATE_TEST_SUITE_P(Plugins, GpuStrategies,
                         ::testing::Values("popularity", "random", "item_knn", "ease",
                                           "logistic_regression", "mmr", "plackett_luce"),
                         [](const auto& plugin) { return std::string(plugin.param); });

}  // namespace
}  // namespace assay::testing
