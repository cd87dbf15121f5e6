#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

Lists taste() { return {{0, 1, 4}, {1, 2}, {0, 2, 3}, {3, 4}, {0, 4}, {1, 2, 3}}; }

ParamMap params(int64_t factors, double alpha) {
  return {{"factors", factors}, {"alpha", alpha}, {"round_decimals", int64_t{0}}};
}

// The formula of the paper with dense matrices.
at::Tensor weights(const at::Tensor& x, int64_t factors, double alpha) {
  const auto inverse_root = [](const at::Tensor& degrees) {
    return degrees.rsqrt().masked_fill(degrees == 0, 0);
  };
  const at::Tensor degrees = x.sum(0);
  const at::Tensor left = inverse_root(x.sum(1)), right = inverse_root(degrees);
  const at::Tensor r = at::diag(left).mm(x).mm(at::diag(right)), gram = r.t().mm(r);
  const at::Tensor vectors = std::get<1>(at::linalg_eigh(gram));
  const at::Tensor v = vectors.slice(1, vectors.size(1) - factors);
  return gram + alpha * at::diag(right).mm(v).mm(v.t()).mm(at::diag(degrees.sqrt()));
}

at::Tensor by_item(const CandidateBatch& best, int64_t items) {
  return at::zeros({best.size(), items}, at::kFloat).scatter(1, best.item, best.score);
}

TEST(GfCf, ScoresAreThoseOfTheFormula) {
  const TrainingView data = training_of(taste(), 5);
  const at::Tensor x = data.by_user.dense(5).to(at::kDouble);
  RequestBatch requests = requests_of({{0}, {1, 2}, {4, 3}, {2}});
  requests.excluded = ragged(Lists(4));
  const at::Tensor asked = requests.history.dense(5).to(at::kDouble);
  for (const int64_t factors : {1, 2, 3}) {
    const auto strategy = make_recall("gf_cf", params(factors, 0.3));
    const at::Tensor expected = asked.mm(weights(x, factors, 0.3)).to(at::kFloat);
    EXPECT_TRUE(by_item(recalled(*strategy, data, requests, 5), 5).allclose(expected, 1e-6, 1e-7))
        << factors;
  }
}

TEST(GfCf, PairsCountWithRepeats) {
  const TrainingView data =
      training_of({{0, 0}, {0, 0}, {0, 0}, {0, 1}, {1, 1}, {1, 2}, {2, 2}, {2, 0}}, 3, 3);
  const at::Tensor x = matrix({{3, 1, 0}, {0, 1, 1}, {1, 0, 1}}, at::kDouble);
  ParamMap each = params(2, 0.5);
  each["repeats"] = std::string("each");
  const auto strategy = make_recall("gf_cf", each);
  RequestBatch requests = requests_of({{1, 1, 2}});
  requests.excluded = ragged(Lists(1));
  const at::Tensor expected =
      matrix({{0, 2, 1}}, at::kDouble).mm(weights(x, 2, 0.5)).to(at::kFloat);
  EXPECT_TRUE(by_item(recalled(*strategy, data, requests, 3), 3).allclose(expected, 1e-6, 1e-7));
}

TEST(GfCf, MoreFactorsThanTheRankOfTheDataAreThatManyAndNoted) {
  const auto strategy = make_recall("gf_cf", params(64, 0.3));
  TinyFit fit;
  strategy->fit(training_of({{0, 1}, {0, 1}, {2}}, 4), fit);
  EXPECT_EQ(fit.notes["factors"], "2");
  EXPECT_EQ(fit.notes["converged"], "yes");
}

TEST(GfCf, LearnsTheSameBitsWithOneThreadAndWithTwo) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Split split = movielens(path, "A");
  const int threads = at::get_num_threads();
  std::vector<at::Tensor> vectors, scores;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    const auto strategy = make_recall("gf_cf", {{"factors", int64_t{32}}});
    scores.push_back(recalled(*strategy, split.train, split.requests, 20).score);
    Archive archive;
    strategy->save(archive);
    vectors.push_back(archive.tensor("vectors"));
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(vectors[0].equal(vectors[1]));
  EXPECT_TRUE(scores[0].equal(scores[1]));
}

}  // namespace
}  // namespace assay::test
