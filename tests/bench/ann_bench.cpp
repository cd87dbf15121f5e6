/// ann on Gowalla's ALS factors against hnswlib alone, asked for the same neighbours of the same
/// queries at the same ef: both graphs are built from the same vectors in the same order. `ratio` is
/// the median over pairs of reference / ours, on one thread; `recall` and `reference_recall` are
/// shares of the exact neighbours, `exact_ms` is what top_k_dot needs.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>
#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <sstream>

#include "unit/plugins/shipped_plugin.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::test;
using Clock = std::chrono::steady_clock;

constexpr int64_t kItems = 40981, kFactors = 64, kQueries = 1024, kK = 100;

Lists gowalla() {
  std::istringstream folders(std::getenv("ASSAY_DATA") ? std::getenv("ASSAY_DATA") : "");
  Lists rows;
  for (std::string folder; std::getline(folders, folder, ':') && rows.empty();) {
    std::ifstream lines(folder + "/gowalla/train.txt");
    for (std::string line; std::getline(lines, line);) {
      std::istringstream numbers(line);
      size_t user = 0;
      numbers >> user;
      rows.resize(std::max(rows.size(), user + 1));
      for (int64_t item = 0; numbers >> item;) rows[user].push_back(item);
      std::ranges::sort(rows[user]);
      rows[user].erase(std::ranges::unique(rows[user]).begin(), rows[user].end());
    }
  }
  return rows;
}

/// Vectors that are there already, so that neither side pays for making them.
class Vectors : public RecallStrategy, public VectorModel {
 public:
  Vectors(at::Tensor items, at::Tensor queries)
      : items_(std::move(items)), queries_(std::move(queries)) {}
  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    return queries_.slice(0, 0, requests.size());
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return top_k_dot(queries_, items_, k, requests);
  }

 private:
  at::Tensor items_, queries_;
};

std::shared_ptr<const Vectors> als_of_gowalla(const Lists& positives, double alpha) {
  const auto als = make_recall("als", {{"factors", kFactors}, {"alpha", alpha}});
  TinyFit fit;
  als->fit(training_of(positives, kItems), fit);
  const Lists some(positives.begin(), positives.begin() + kQueries);
  return std::make_shared<Vectors>(als->vectors()->item_vectors(),
                                   als->vectors()->query_vectors(requests_of(some), tiny_serve()));
}

class Reference {
 public:
  Reference(const at::Tensor& items, int64_t links, int64_t ef)
      : space_(kFactors), graph_(&space_, kItems, static_cast<size_t>(links), 200), items_(items) {
    const at::Tensor squares = items.to(at::kDouble).square().sum(1);
    const double* const square = squares.const_data_ptr<double>();
    std::vector<int64_t> order(kItems);
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, {}, [&](int64_t item) { return square[item]; });
    for (const int64_t item : order)
      if (square[item] > 0) graph_.addPoint(row(items_, item), static_cast<size_t>(item));
    graph_.setEf(static_cast<size_t>(ef));
  }

  /// What a caller of hnswlib has to do for lists: search, and turn the queue around.
  Lists lists_of(const at::Tensor& queries) const {
    Lists found;
    for (int64_t query = 0; query < queries.size(0); ++query) {
      auto nearest = graph_.searchKnn(row(queries, query), kK);
      std::vector<int64_t>& list = found.emplace_back(nearest.size());
      for (size_t at = nearest.size(); at-- > 0; nearest.pop())
        list[at] = static_cast<int64_t>(nearest.top().second);
    }
    return found;
  }

 private:
  static const float* row(const at::Tensor& vectors, int64_t number) {
    return vectors.const_data_ptr<float>() + number * kFactors;
  }
  hnswlib::InnerProductSpace space_;
  hnswlib::HierarchicalNSW<float> graph_;
  at::Tensor items_;
};

double recall_of(const Lists& found, const Lists& exact) {
  int64_t there = 0;
  for (size_t query = 0; query < exact.size(); ++query) {
    const std::set<int64_t> wanted(exact[query].begin(), exact[query].end());
    for (const int64_t item : found[query]) there += wanted.contains(item);
  }
  return static_cast<double>(there) / static_cast<double>(kK * std::ssize(exact));
}

template <typename Body>
double milliseconds(Body&& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// An iteration is kQueries requests of both.
void ann_gowalla(benchmark::State& state) {
  const Lists positives = gowalla();
  if (positives.empty())
    return state.SkipWithError("gowalla/train.txt is in no folder of ASSAY_DATA");
  const auto model = als_of_gowalla(positives, static_cast<double>(state.range(0)));
  const at::Tensor queries = model->query_vectors(requests_of(Lists(kQueries)), tiny_serve());
  at::set_num_threads(1);
  Inputs inputs;
  inputs.add("model", model);
  TinyFit fit(&no_features(), &inputs);
  const auto ann = make_recall("ann", {{"ef", state.range(2)}, {"links", state.range(1)}});
  const double build = milliseconds([&] { ann->fit(training_of(Lists{{0}}, kItems), fit); });
  const Reference reference(model->item_vectors(), state.range(1), state.range(2));
  const RequestBatch requests = requests_of(Lists(kQueries));
  const ServeContext serve = fit.serving();

  std::vector<double> ours, theirs, ratios;
  CandidateBatch mine;
  Lists other;
  for (auto _ : state) {
    ours.push_back(milliseconds([&] { mine = ann->recall(requests, kK, serve); }));
    theirs.push_back(milliseconds([&] { other = reference.lists_of(queries); }));
    ratios.push_back(theirs.back() / ours.back());
    state.SetIterationTime(ours.back() / 1000);
  }
  CandidateBatch exact;
  state.counters["exact_ms"] =
      milliseconds([&] { exact = top_k_dot(queries, model->item_vectors(), kK, requests); });
  const Lists best = lists(exact.item);
  state.counters["build_ms"] = build;
  state.counters["queries_per_s"] = 1000 * static_cast<double>(kQueries) / median(ours);
  state.counters["reference_ms"] = median(theirs);
  state.counters["ratio"] = median(ratios);
  state.counters["recall"] = recall_of(lists(mine.item), best);
  state.counters["reference_recall"] = recall_of(other, best);
}

BENCHMARK(ann_gowalla)
    ->ArgNames({"alpha", "links", "ef"})
    ->Args({40, 16, 200})
    ->Args({40, 16, 400})
    ->Args({40, 32, 400})
    ->Args({1, 16, 200})
    ->UseManualTime()
    ->Iterations(15)
    ->Unit(benchmark::kMillisecond);

}  // namespace
