/// Rerankers on one core: lists a second, and what tests/bench/dpp_against_numpy.py compares with the
/// published algorithm in numpy.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/topk.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include "rerank/dpp/greedy_determinant.h"
#include "unit/plugins/rerank/fitted_reranker.h"

namespace {

using namespace assay;
using namespace assay::test;

constexpr int64_t kRequests = 512, kItems = 3700, kDimensions = 64, kPlaces = 20, kAgain = 10;

CandidateBatch random_candidates(int64_t width) {
  const at::Tensor score = std::get<0>(at::rand({kRequests, width}).sort(1, true));
  return {.item = std::get<1>(at::rand({kRequests, kItems}).topk(width, 1)), .score = score};
}

// A whole strategy, as it is shipped, on one thread.
void rerank(benchmark::State& state, const char* name) {
  at::set_num_threads(1);
  const FittedReranker strategy =
      fitted_reranker(name, {{"similarity", std::string("vectors")}},
                      training_of(Lists{{0}}, kItems), at::randn({kItems, kDimensions}));
  const CandidateBatch candidates = random_candidates(state.range(0));
  const RequestBatch requests = strategy.requests(candidates);
  for (auto _ : state) benchmark::DoNotOptimize(strategy.rerank(requests, candidates, kPlaces));
  state.counters["lists_per_second"] =
      benchmark::Counter(static_cast<double>(kRequests * static_cast<int64_t>(state.iterations())),
                         benchmark::Counter::kIsRate);
}

// Similarities that were computed before the clock starts.
class Given : public extra::CandidateSimilarity {
 public:
  explicit Given(const at::Tensor& matrix)
      : matrix_(matrix.contiguous()),
        numbers_(matrix_.const_data_ptr<double>()),
        width_(matrix_.size(0)) {}
  void gather(std::span<const int64_t>) override {}
  void similarities(int64_t place, double* out) override {
    std::copy_n(numbers_ + place * width_, width_, out);
  }
  void similarities(int64_t place, std::span<const int64_t> with, double* out) override {
    const double* const row = numbers_ + place * width_;
    for (const int64_t other : with) *out++ = row[other];
  }

 private:
  at::Tensor matrix_;
  const double* numbers_;  // asking the tensor for them takes longer than a number
  int64_t width_;
};

// Requests of the file that ASSAY_DPP_CASES names: how many, candidates and dimensions of each, then
// for each candidate ln q^2 and its vector, all float64. The label says what was picked.
void dpp_cases(benchmark::State& state, bool from_kernel) {
  const char* const path = std::getenv("ASSAY_DPP_CASES");
  if (path == nullptr) return state.SkipWithError("ASSAY_DPP_CASES names no file");
  std::ifstream file(path, std::ios::binary);
  std::string bytes(std::istreambuf_iterator<char>(file), {});
  auto* const number = reinterpret_cast<double*>(bytes.data());
  const auto cases = static_cast<int64_t>(number[0]), width = static_cast<int64_t>(number[1]);
  const auto dimensions = static_cast<int64_t>(number[2]);
  const at::Tensor all = at::from_blob(number + 3, {cases, width, 1 + dimensions}, at::kDouble);
  const at::Tensor quality = all.select(2, 0).contiguous();
  std::vector<std::shared_ptr<const extra::ItemSimilarity>> held;
  std::vector<std::unique_ptr<extra::CandidateSimilarity>> similarity;
  for (int64_t one = 0; one < cases; ++one) {
    const at::Tensor vectors = all[one].slice(1, 1).contiguous();
    const at::Tensor unit = extra::unit_rows(vectors);
    held.push_back(extra::ItemSimilarity::of_vectors(vectors));
    if (from_kernel)
      similarity.push_back(std::make_unique<Given>(unit.matmul(unit.t())));
    else
      similarity.push_back(held.back()->for_candidates());
  }
  std::vector<int64_t> place(static_cast<size_t>(state.range(0))),
      items(static_cast<size_t>(width));
  std::iota(items.begin(), items.end(), 0);
  std::ostringstream picks;
  for (auto _ : state) {
    picks.str("");
    for (int64_t one = 0; one < cases; ++one) {
      const auto greedy = dpp::GreedyDeterminant::of({}, *similarity[static_cast<size_t>(one)]);
      // The first of them brings the kernel into the cache, where numpy has just made its own.
      for (int64_t again = 0; again < kAgain; ++again) {
        dpp::pick_by_determinant(
            items, {quality.const_data_ptr<double>() + one * width, static_cast<size_t>(width)},
            *greedy, place);
      }
      for (const int64_t at : place) picks << at << ' ';
    }
  }
  state.counters["seconds_per_list"] = benchmark::Counter(
      static_cast<double>(cases * kAgain * static_cast<int64_t>(state.iterations())),
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.SetLabel(picks.str());
}

BENCHMARK_CAPTURE(rerank, mmr, "mmr")->ArgName("K")->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rerank, dpp, "dpp")->ArgName("K")->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rerank, ssd, "ssd")->ArgName("K")->Arg(200)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpp_cases, from_vectors, false)
    ->ArgName("n")
    ->Arg(50)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpp_cases, from_kernel, true)
    ->ArgName("n")
    ->Arg(50)
    ->Unit(benchmark::kMillisecond);

}  // namespace
