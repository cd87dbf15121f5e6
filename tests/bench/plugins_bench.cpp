/// The strategies against the plain way of doing the same, in the same process: products of dense
/// matrices for the models, loops without memory for the rerankers. `ratio` is the median over
/// pairs of reference / ours. `als_gowalla` is what tests/bench/als_against_implicit.py holds
/// against implicit.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/topk.h>
#include <ATen/ops/zeros_like.h>
#include <assay/kernels.h>
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>

#include "recall/als/gram.h"
#include "recall/als/implicit_least_squares.h"
#include "unit/plugins/shipped_plugin.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::als;
using namespace assay::test;
using Clock = std::chrono::steady_clock;

constexpr int64_t kRequests = 1024;

template <typename Body>
double milliseconds(Body&& body) {
  const auto start = Clock::now();
  body();
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <typename Ours, typename Theirs>
void compare(benchmark::State& state, Ours&& ours, Theirs&& reference) {
  std::vector<double> ratios, mine, theirs;
  ours();
  reference();
  for (auto _ : state) {
    mine.push_back(milliseconds(ours));
    theirs.push_back(milliseconds(reference));
    ratios.push_back(theirs.back() / mine.back());
    state.SetIterationTime(mine.back() / 1000);
  }
  state.counters["reference_ms"] = median(theirs);
  state.counters["ours_ms"] = median(mine);
  state.counters["ratio"] = median(ratios);
}

// Items a user takes, popular ones more often (a share of 1 / rank).
Lists histories(int64_t users, int64_t items, int64_t each) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform;
  Lists all(static_cast<size_t>(users));
  for (auto& row : all) {
    std::set<int64_t> taken;
    while (std::ssize(taken) < each) {
      taken.insert(static_cast<int64_t>(std::pow(static_cast<double>(items), uniform(random))) - 1);
    }
    row.assign(taken.begin(), taken.end());
  }
  return all;
}

RequestBatch requests(const Lists& all) {
  return requests_of({all.begin(), all.begin() + kRequests});
}

// Counting and choosing neighbours, against one product of dense matrices, which only counts.
void item_knn_fit(benchmark::State& state) {
  const TrainingView data =
      training_of(histories(state.range(0), state.range(1), state.range(2)), state.range(1));
  const at::Tensor x = data.by_user.dense(data.items).to(at::kFloat);
  const auto knn = make_recall("item_knn", {{"neighbours", int64_t{100}}});
  TinyFit fit;
  fit.make_counts(*knn, data);
  compare(
      state, [&] { knn->fit(data, fit); }, [&] { benchmark::DoNotOptimize(at::matmul(x.t(), x)); });
}

// The whole fit, against LAPACK's factor and inverse of a matrix that is made already.
void ease_fit(benchmark::State& state) {
  using Factorise = void (*)(const char*, const int*, float*, const int*, int*);
  const auto potrf = reinterpret_cast<Factorise>(dlsym(RTLD_DEFAULT, "spotrf_"));
  const auto potri = reinterpret_cast<Factorise>(dlsym(RTLD_DEFAULT, "spotri_"));
  if (potrf == nullptr || potri == nullptr) {
    state.SkipWithError("LibTorch brings no spotrf_ and spotri_");
    return;
  }
  const TrainingView data = training_of(histories(20000, state.range(0), 30), state.range(0));
  const auto ease = make_recall("ease", {{"precision", std::string("float32")}, {"lambda", 100.0}});
  const at::Tensor x = data.by_user.dense(data.items).to(at::kFloat);
  at::Tensor gram = at::matmul(x.t(), x);
  gram.diagonal().add_(100);
  const at::Tensor matrix = at::zeros_like(gram);
  TinyFit fit;
  compare(
      state, [&] { ease->fit(data, fit); },
      [&] {
        matrix.copy_(gram);
        int info = 0;
        const int size = static_cast<int>(state.range(0));
        potrf("L", &size, matrix.mutable_data_ptr<float>(), &size, &info);
        potri("L", &size, matrix.mutable_data_ptr<float>(), &size, &info);
      });
}

// Every user in one of three segments, or none.
Features segments(int64_t users) {
  return {.user = {users,
                   {{.name = "segment",
                     .type = FeatureType::category,
                     .values = (at::rand({users}) * 4 - 1).floor().to(at::kInt),
                     .cardinality = 3}}}};
}

// The strategy as it is fitted, against the product of the 0/1 histories with a dense matrix, then
// at::topk.
void serve(benchmark::State& state, const char* name) {
  const Lists all =
      histories(std::max<int64_t>(kRequests, state.range(0)), state.range(1), state.range(2));
  const Features features = segments(std::ssize(all));
  const TrainingView data = training_of(all, state.range(1), &features);
  const RequestBatch batch = requests(all);
  const auto strategy = make_recall(name);
  TinyFit fit(&features);
  fit.make_counts(*strategy, data);
  strategy->fit(data, fit);
  const at::Tensor weights = at::rand({data.items, data.items}, at::kFloat);
  compare(
      state,
      [&] { benchmark::DoNotOptimize(strategy->recall(batch, 100, tiny_serve(1, &features))); },
      [&] {
        const at::Tensor scores = at::matmul(multi_hot(batch.history, data.items), weights);
        benchmark::DoNotOptimize(
            at::topk(scores.masked_fill(batch.excluded.dense(data.items), -INFINITY), 100));
      });
}

CandidateBatch random_candidates(int64_t width, int64_t items) {
  const at::Tensor score = std::get<0>(at::rand({kRequests, width}).sort(1, true));
  return {.item = std::get<1>(at::rand({kRequests, items}).topk(width, 1)), .score = score};
}

class Vectors : public RecallStrategy, private VectorModel {
 public:
  explicit Vectors(at::Tensor vectors) : vectors_(std::move(vectors)) {}
  void fit(const TrainingView&, FitContext&) override {}
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
  void save(Archive&) const override {}
  void load(const Archive&, const LoadContext&) override {}
  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return vectors_; }
  at::Tensor query_vectors(const RequestBatch&, const ServeContext&) const override { return {}; }

 private:
  at::Tensor vectors_;
};

// The formula as it stands in the paper: at every pick, every candidate against every item picked
// before.
void naive_mmr(const CandidateBatch& candidates, const at::Tensor& unit, int64_t n, double lambda) {
  const int64_t width = candidates.width(), dimensions = unit.size(1);
  const int64_t* const item = candidates.item.const_data_ptr<int64_t>();
  const float* const score = candidates.score.const_data_ptr<float>();
  const double* const vector = unit.const_data_ptr<double>();
  for (int64_t row = 0; row < candidates.size(); ++row) {
    std::vector<int64_t> picked;
    std::vector<bool> taken(static_cast<size_t>(width));
    while (std::ssize(picked) < n) {
      int64_t best = -1;
      double best_value = kNone;
      for (int64_t i = 0; i < width; ++i) {
        if (taken[i]) continue;
        double likest = picked.empty() ? 0 : kNone;
        for (const int64_t j : picked) {
          double product = 0;
          for (int64_t d = 0; d < dimensions; ++d) {
            product += vector[item[row * width + i] * dimensions + d] *
                       vector[item[row * width + j] * dimensions + d];
          }
          likest = std::max(likest, product);
        }
        const double value = lambda * score[row * width + i] - (1 - lambda) * likest;
        if (value > best_value) best = i, best_value = value;
      }
      taken[best] = true;
      picked.push_back(best);
    }
    benchmark::DoNotOptimize(picked);
  }
}

void mmr_vectors(benchmark::State& state) {
  constexpr int64_t kItems = 3700, kDimensions = 64;
  const at::Tensor vectors = at::randn({kItems, kDimensions});
  const at::Tensor exact = vectors.to(at::kDouble);
  const at::Tensor unit = exact / exact.square().sum(1, true).sqrt();
  Inputs inputs;
  inputs.add("model", std::make_shared<Vectors>(vectors));
  const auto mmr = make_rerank(
      "mmr", {{"similarity", std::string("vectors")}, {"relevance", std::string("raw")}});
  TinyLabelled none;
  TinyFit fit(&no_features(), &inputs);
  mmr->fit(training_of(Lists{{0}}, kItems), none, fit);
  const CandidateBatch candidates = random_candidates(state.range(0), kItems);
  const RequestBatch batch = requests_of(Lists(kRequests));
  compare(
      state, [&] { benchmark::DoNotOptimize(mmr->rerank(batch, candidates, 20, tiny_serve())); },
      [&] { naive_mmr(candidates, unit, 20, 0.7); });
}

// By users in common, as MovieLens-100K has them; the reference is the same on vectors of 64.
void mmr_co_occurrence(benchmark::State& state) {
  constexpr int64_t kItems = 1682;
  const at::Tensor unit = at::randn({kItems, 64}, at::kDouble);
  const auto mmr = make_rerank("mmr", {});
  TinyLabelled none;
  TinyFit fit;
  mmr->fit(training_of(histories(943, kItems, 100), kItems), none, fit);
  const CandidateBatch candidates = random_candidates(state.range(0), kItems);
  const RequestBatch batch = requests_of(Lists(kRequests));
  compare(
      state, [&] { benchmark::DoNotOptimize(mmr->rerank(batch, candidates, 20, tiny_serve())); },
      [&] { naive_mmr(candidates, unit, 20, 0.7); });
}

// The definition: draw an item in proportion to its weight, take it out, sum what is left, draw
// again.
void naive_plackett_luce(const CandidateBatch& candidates, int64_t n, std::mt19937_64& random) {
  const float* const score = candidates.score.const_data_ptr<float>();
  for (int64_t row = 0; row < candidates.size(); ++row) {
    std::vector<double> weight;
    for (int64_t i = 0; i < candidates.width(); ++i) {
      weight.push_back(std::exp(score[row * candidates.width() + i] / 0.1));
    }
    for (int64_t pick = 0; pick < n; ++pick) {
      std::discrete_distribution<size_t> draw(weight.begin(), weight.end());
      const size_t taken = draw(random);
      benchmark::DoNotOptimize(weight[taken] / std::accumulate(weight.begin(), weight.end(), 0.0));
      weight[taken] = 0;
    }
  }
}

void plackett_luce(benchmark::State& state) {
  const auto strategy = make_rerank("plackett_luce");
  const CandidateBatch candidates = random_candidates(state.range(0), 3700);
  const RequestBatch batch = requests_of(Lists(kRequests));
  std::mt19937_64 random(1);
  compare(
      state,
      [&] { benchmark::DoNotOptimize(strategy->rerank(batch, candidates, 20, tiny_serve())); },
      [&] { naive_plackett_luce(candidates, 20, random); });
}

struct Learning {
  Features features;
  TrainingView data;
  std::vector<LabelledBatch> batches;
};

// As many requests and candidates as MovieLens-100K has, with features as it has them.
Learning learning(int64_t users, int64_t items, int64_t width) {
  Learning made;
  std::mt19937_64 random(1);
  Lists genres(static_cast<size_t>(items));
  for (auto& row : genres)
    row = {static_cast<int64_t>(random() % 9), static_cast<int64_t>(9 + random() % 10)};
  made.features.item = {
      items,
      {{.name = "class", .type = FeatureType::set, .sets = ragged(genres), .cardinality = 19},
       {.name = "year", .values = at::rand({items}) * 80 + 1920}}};
  made.features.user = {users,
                        {{.name = "age", .values = at::rand({users}) * 60},
                         {.name = "job",
                          .type = FeatureType::category,
                          .values = (at::rand({users}) * 21).to(at::kInt),
                          .cardinality = 21}}};
  const Lists all = histories(users, items, 100);
  made.data = training_of(all, items, &made.features);
  for (size_t first = 0; first < all.size(); first += kRequests) {
    const Lists some(all.begin() + static_cast<int64_t>(first),
                     all.begin() + std::min<int64_t>(first + kRequests, users));
    LabelledBatch batch{.requests = requests_of(some)};
    batch.candidates = random_candidates(width, items);
    const auto rows = std::ssize(some);
    batch.candidates = {.item = batch.candidates.item.slice(0, 0, rows),
                        .score = batch.candidates.score.slice(0, 0, rows)};
    batch.label =
        (at::rand({rows, width}) * 60 < batch.candidates.score * 2).to(at::kFloat).unsqueeze(2);
    batch.weight = at::ones({rows, width});
    made.batches.push_back(std::move(batch));
  }
  return made;
}

// The whole fit, against as many passes of gradient descent, one candidate after the other over
// eight inputs.
void logistic_regression_fit(benchmark::State& state) {
  const Learning made = learning(943, 1682, state.range(0));
  const auto strategy = make_rank("logistic_regression");
  TinyFit fit(&made.features);
  TinyLabelled candidates(made.batches, {"recall[0]"});
  strategy->fit(made.data, candidates, fit);
  const int64_t passes = std::stoll(fit.notes["iterations"]);
  const int64_t rows = 943 * state.range(0);
  const at::Tensor inputs = at::rand({rows, 8}, at::kDouble);
  compare(
      state,
      [&] {
        candidates.rewind();
        strategy->fit(made.data, candidates, fit);
      },
      [&] {
        std::vector<double> weight(8, 0), gradient(8, 0);
        const double* const x = inputs.const_data_ptr<double>();
        for (int64_t pass = 0; pass < passes; ++pass) {
          for (int64_t r = 0; r < rows; ++r) {
            double logit = 0;
            for (int64_t f = 0; f < 8; ++f) logit += weight[f] * x[r * 8 + f];
            const double residual = 1 / (1 + std::exp(-logit)) - (r % 60 == 0);
            for (int64_t f = 0; f < 8; ++f) gradient[f] += residual * x[r * 8 + f];
          }
          for (int64_t f = 0; f < 8; ++f) weight[f] -= gradient[f] / static_cast<double>(rows);
        }
        benchmark::DoNotOptimize(weight);
      });
  state.counters["iterations_of_fit"] = static_cast<double>(passes);
}

// All that the model looks at, against sorting the candidates by one product over eight inputs.
void logistic_regression_rank(benchmark::State& state) {
  const Learning made = learning(kRequests, 1682, state.range(0));
  const auto strategy = make_rank("logistic_regression");
  TinyFit fit(&made.features);
  TinyLabelled candidates(made.batches, {"recall[0]"});
  strategy->fit(made.data, candidates, fit);
  const LabelledBatch& batch = made.batches.front();
  const at::Tensor inputs = at::rand({kRequests, state.range(0), 8}), weights = at::rand({8});
  compare(
      state,
      [&] {
        benchmark::DoNotOptimize(
            strategy->rank(batch.requests, batch.candidates, tiny_serve(1, &made.features)));
      },
      [&] { benchmark::DoNotOptimize(by_score(batch.candidates, at::matmul(inputs, weights))); });
}

// All scores of all users by two products of dense matrices.
void user_knn_serve(benchmark::State& state) {
  const int64_t items = state.range(1);
  const Lists all = histories(std::max<int64_t>(kRequests, state.range(0)), items, state.range(2));
  const TrainingView data = training_of(all, items);
  const RequestBatch batch = requests(all);
  const auto strategy = make_recall("user_knn");
  TinyFit fit;
  strategy->fit(data, fit);
  const at::Tensor x = multi_hot(data.by_user, items);
  compare(
      state, [&] { benchmark::DoNotOptimize(strategy->recall(batch, 100, tiny_serve())); },
      [&] {
        const at::Tensor alike = at::matmul(multi_hot(batch.history, items), x.t());
        const auto [weight, nearest] = at::topk(alike, 100);
        const at::Tensor chosen = at::zeros_like(alike).scatter_(1, nearest, weight);
        const at::Tensor scores = at::matmul(chosen, x);
        benchmark::DoNotOptimize(
            at::topk(scores.masked_fill(batch.excluded.dense(items), -INFINITY), 100));
      });
}

// Against adding up the same dense scores of the sources with at:: operations.
void score_fusion_rank(benchmark::State& state) {
  const auto strategy = make_rank("score_fusion");
  CandidateBatch candidates = random_candidates(state.range(0), 3700);
  candidates.source_score = at::rand({kRequests, state.range(0), 3});
  const RequestBatch batch = requests_of(Lists(kRequests));
  compare(
      state, [&] { benchmark::DoNotOptimize(strategy->rank(batch, candidates, tiny_serve())); },
      [&] {
        const at::Tensor low = std::get<0>(candidates.source_score->min(1, true));
        const at::Tensor high = std::get<0>(candidates.source_score->max(1, true));
        const at::Tensor sum = ((*candidates.source_score - low) / (high - low)).sum(2);
        benchmark::DoNotOptimize(by_score(candidates, sum));
      });
}

// A reranker against sorting the candidates by their score once more.
void rerank_by(benchmark::State& state, const char* name) {
  Features features;
  features.item = {3700,
                   {{.name = "genre",
                     .type = FeatureType::category,
                     .values = (at::rand({3700}) * 18).to(at::kInt),
                     .cardinality = 18}}};
  const auto strategy = make_rerank(name);
  TinyLabelled none;
  TinyFit fit(&features);
  strategy->fit(training_of(histories(943, 3700, 50), 3700, &features), none, fit);
  const CandidateBatch candidates = random_candidates(state.range(0), 3700);
  const RequestBatch batch = requests_of(Lists(kRequests));
  compare(
      state,
      [&] {
        benchmark::DoNotOptimize(strategy->rerank(batch, candidates, 20, tiny_serve(1, &features)));
      },
      [&] { benchmark::DoNotOptimize(by_score(candidates, candidates.score)); });
}

// Lines `user item item ...` of a file in a folder of ASSAY_DATA; nothing where it is in none.
Lists user_items(const std::string& file) {
  std::istringstream folders(std::getenv("ASSAY_DATA") ? std::getenv("ASSAY_DATA") : "");
  Lists rows;
  for (std::string folder; std::getline(folders, folder, ':') && rows.empty();) {
    std::ifstream lines(folder + "/" + file);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream numbers(line);
      size_t user = 0;
      numbers >> user;
      rows.resize(std::max(rows.size(), user + 1));
      for (int64_t item = 0; numbers >> item;) rows[user].push_back(item);
    }
  }
  return rows;
}

// One iteration on Gowalla's training part, from the initial factors that als_against_implicit.py
// gives implicit; `loss` is that after 15 iterations.
void als_gowalla(benchmark::State& state, bool exact) {
  constexpr int64_t kItems = 40981;
  constexpr double kLambda = 0.01;
  const Lists train = user_items("gowalla/train.txt");
  if (train.empty()) return state.SkipWithError("gowalla/train.txt is in no folder of ASSAY_DATA");
  const int64_t factors = state.range(0);
  ConfidenceMatrix by_user{ragged(train), {}};
  by_user.confidence.assign(by_user.columns.values.size(0), 41.F);
  const ConfidenceMatrix by_item = transposed(by_user, kItems);
  const auto start = [&](int64_t first, int64_t rows) {
    at::Tensor made = at::zeros({rows, padded_width(factors)}, at::kFloat);
    float* const to = made.mutable_data_ptr<float>();
    for (int64_t n = 0; n < rows * factors; ++n) {
      const uint64_t hashed = ((first * factors + n + 1) * 2654435761ULL) % (uint64_t{1} << 32);
      to[n / factors * made.size(1) + n % factors] =
          static_cast<float>(0.01 * (static_cast<double>(hashed) / 4294967296.0));
    }
    return made;
  };
  const auto solve = [&](const ConfidenceMatrix& seen, const at::Tensor& fixed, at::Tensor& mine) {
    if (exact)
      solve_exactly(seen, fixed, factors, kLambda, mine);
    else
      solve_by_conjugate_gradient(seen, fixed, kLambda, 3, mine);
  };
  at::Tensor users = start(0, std::ssize(train)), items = start(std::ssize(train), kItems);
  for (auto _ : state) {
    solve(by_user, items, users);
    solve(by_item, users, items);
  }
  state.counters["loss"] = implicit_loss(by_user, users, items, kLambda);
}

BENCHMARK_CAPTURE(als_gowalla, conjugate_gradient, false)
    ->ArgNames({"f"})
    ->Arg(64)
    ->Arg(128)
    ->Iterations(15)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(als_gowalla, cholesky, true)
    ->ArgNames({"f"})
    ->Arg(64)
    ->Arg(128)
    ->Iterations(15)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(user_knn_serve)
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->Args({6'000, 4'000, 27})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, markov_chain, "markov_chain")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, recent_items, "recent_items")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, segment_popularity, "segment_popularity")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, als, "als")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(score_fusion_rank)
    ->ArgNames({"K"})
    ->Arg(250)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rerank_by, popularity_penalty, "popularity_penalty")
    ->ArgNames({"K"})
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rerank_by, category_quota, "category_quota")
    ->ArgNames({"K"})
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rerank_by, epsilon_greedy, "epsilon_greedy")
    ->ArgNames({"K"})
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(item_knn_fit)
    ->ArgNames({"U", "N", "each"})
    ->Args({943, 1682, 100})
    ->Args({6'000, 4'000, 27})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, item_knn, "item_knn")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->Args({6'000, 4'000, 27})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(ease_fit)->ArgNames({"N"})->Arg(8000)->Iterations(3)->UseManualTime()->Unit(
    benchmark::kMillisecond);
BENCHMARK_CAPTURE(serve, ease, "ease")
    ->ArgNames({"U", "N", "each"})
    ->Args({1024, 1682, 100})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(mmr_vectors)->ArgNames({"K"})->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(mmr_co_occurrence)
    ->ArgNames({"K"})
    ->Arg(100)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(plackett_luce)->ArgNames({"K"})->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(logistic_regression_fit)
    ->ArgNames({"K"})
    ->Arg(250)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(logistic_regression_rank)
    ->ArgNames({"K"})
    ->Arg(250)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
