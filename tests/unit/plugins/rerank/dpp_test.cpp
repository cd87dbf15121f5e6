#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <cmath>

#include "rerank/dpp/batched_determinant.h"
#include "rerank/dpp/greedy_determinant.h"
#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using namespace dpp;
using extra::ItemSimilarity;
using testing::DoubleNear;
using testing::ElementsAre;

std::vector<double> logarithms(const RerankCase& one) {
  std::vector<double> log_quality;
  for (const double relevance : one.relevance)
    log_quality.push_back(one.setting == "exp2rel" ? 4 * relevance : 2 * std::log(relevance));
  return log_quality;
}

TEST(Dpp, PicksTheReferenceOrderWithItsDeterminants) {
  const std::vector<RerankCase> cases = rerank_cases("dpp_q_");
  ASSERT_GE(cases.size(), 10u);
  for (const RerankCase& one : cases) {
    const auto cosine = ItemSimilarity::of_vectors(one.vectors);
    const auto similarity = cosine->for_candidates();
    const auto greedy = GreedyDeterminant::of({}, *similarity);
    const std::vector<int64_t> items = one.items(), order = one.order();
    const std::vector<double> log_quality = logarithms(one),
                              determinants = one.expected["determinants"];
    greedy->begin(items, log_quality, std::ssize(items));
    double determinant = 1;
    for (size_t pick = 0; pick < order.size(); ++pick) {
      const auto [place, residual] = greedy->next();
      EXPECT_EQ(place, order[pick]) << one.setting;
      determinant *= std::exp(log_quality[order[pick]]) * residual;
      EXPECT_NEAR(determinant / determinants[pick], 1, 1e-6) << one.setting;
    }
  }
}

TEST(Dpp, FillsUpByRelevanceWhereTheKernelHasLostItsRank) {
  for (const RerankCase& one : rerank_cases("dpp_q_")) {
    const auto cosine = ItemSimilarity::of_vectors(one.vectors);
    const auto similarity = cosine->for_candidates();
    const auto greedy = GreedyDeterminant::of({}, *similarity);
    // As a ranker hands them over: the best first.
    const std::vector<int64_t> items = lists(ranked(one.relevance).item)[0];
    const std::vector<double> by_item = logarithms(one);
    std::vector<double> log_quality;
    for (const int64_t item : items) log_quality.push_back(by_item[item]);
    const std::vector<int64_t> expected = one.expected["order_backfilled_by_relevance"];
    std::vector<int64_t> place(expected.size()), served;
    EXPECT_EQ(pick_by_determinant(items, log_quality, *greedy, place),
              one.expected["picked"].get<int64_t>());
    for (const int64_t at : place) served.push_back(items[at]);
    EXPECT_EQ(served, expected) << one.setting;
  }
}

TEST(Dpp, ServesTheReferenceOrderAsAPlugin) {
  for (const RerankCase& one : rerank_cases("dpp_q_")) {
    const bool exponential = one.setting == "exp2rel";  // exp(2 r): theta / (2 (1 - theta)) = 2
    const FittedReranker dpp = fitted_reranker(
        "dpp",
        {{"similarity", std::string("vectors")},
         {"relevance", std::string("raw")},
         {"quality", std::string(exponential ? "exponential" : "linear")},
         {"theta", 0.8}},
        training_of(Lists{{0}}, std::ssize(one.relevance)), one.vectors.to(at::kFloat));
    const std::vector<int64_t> expected = one.expected["order_backfilled_by_relevance"];
    EXPECT_EQ(lists(dpp.rerank(ranked(one.relevance), std::ssize(expected)).item)[0], expected);
  }
}

TEST(Dpp, TensorOperationsPickWhatTheLoopPicks) {
  for (const RerankCase& one : rerank_cases("dpp_q_")) {
    const CandidateBatch candidates = ranked(one.relevance);
    const at::Tensor order = candidates.item[0];
    const at::Tensor quality =
        at::tensor(logarithms(one), at::kDouble).index_select(0, order).unsqueeze(0);
    const at::Tensor unit = extra::unit_rows(one.vectors).index_select(0, order).unsqueeze(0);
    const std::vector<int64_t> expected = one.expected["order_backfilled_by_relevance"];
    const at::Tensor place =
        places_by_determinant(candidates.item, quality, unit, {}, std::ssize(expected));
    EXPECT_EQ(lists(candidates.item.gather(1, place))[0], expected) << one.setting;
  }
}

TEST(Dpp, TensorOperationsPadShortRows) {
  const CandidateBatch given = candidates_of({{4, 2}, {3}, {}}, {{1, 0.5}, {1}, {}});
  const at::Tensor unit = matrix({{1, 0}, {1, 0}, {1, 0}, {0, 0}, {0, 0}, {0, 0}}, at::kDouble);
  EXPECT_THAT(lists(places_by_determinant(given.item, given.score.to(at::kDouble),
                                          unit.view({3, 2, 2}), {}, 3)),
              ElementsAre(ElementsAre(0, 1, -1), ElementsAre(0, -1, -1), ElementsAre(-1, -1, -1)));
}

// By elimination with pivots.
double determinant(std::vector<std::vector<double>> matrix) {
  double product = 1;
  for (size_t c = 0; c < matrix.size(); ++c) {
    size_t pivot = c;
    for (size_t r = c; r < matrix.size(); ++r)
      if (std::abs(matrix[r][c]) > std::abs(matrix[pivot][c])) pivot = r;
    if (pivot != c) std::swap(matrix[pivot], matrix[c]), product = -product;
    product *= matrix[c][c];
    for (size_t r = c + 1; r < matrix.size(); ++r) {
      const double factor = matrix[r][c] / matrix[c][c];
      for (size_t k = c; k < matrix.size(); ++k) matrix[r][k] -= factor * matrix[c][k];
    }
  }
  return product;
}

struct Random {
  explicit Random(uint64_t seed)
      : vectors(random_vectors(kItems, 9, seed)), log_quality(random_numbers(kItems, 50 + seed)) {
    std::iota(items.begin(), items.end(), 0);
  }
  static constexpr int64_t kItems = 40;
  at::Tensor vectors;
  std::vector<double> log_quality;
  std::vector<int64_t> items = std::vector<int64_t>(kItems);

  // Picks by determinants alone: of the last `window` items with the next one.
  std::vector<int64_t> by_determinants(size_t window, size_t n) const {
    const at::Tensor unit = extra::unit_rows(vectors);
    const at::Tensor cosine = unit.matmul(unit.t()).contiguous();
    const double* const similar = cosine.const_data_ptr<double>();
    const auto volume = [&](const std::vector<int64_t>& of) {
      std::vector<std::vector<double>> kernel(of.size(), std::vector<double>(of.size()));
      for (size_t i = 0; i < of.size(); ++i)
        for (size_t j = 0; j < of.size(); ++j)
          kernel[i][j] = std::exp((log_quality[of[i]] + log_quality[of[j]]) / 2) *
                         similar[of[i] * kItems + of[j]];
      return determinant(kernel);
    };
    std::vector<int64_t> placed;
    while (placed.size() < n) {
      std::vector<int64_t> last(
          placed.end() - std::min<int64_t>(std::ssize(placed), static_cast<int64_t>(window) - 1),
          placed.end());
      int64_t best = -1;
      double most = 0;
      for (int64_t i = 0; i < kItems; ++i) {
        if (std::ranges::find(placed, i) != placed.end()) continue;
        last.push_back(i);
        const double value = volume(last);
        last.pop_back();
        if (best < 0 || value > most) best = i, most = value;
      }
      placed.push_back(best);
    }
    return placed;
  }

  std::vector<int64_t> picked(int64_t window, size_t n) const {
    const auto cosine = ItemSimilarity::of_vectors(vectors);
    const auto similarity = cosine->for_candidates();
    const auto greedy = GreedyDeterminant::of({.window = window}, *similarity);
    std::vector<int64_t> place(n);
    pick_by_determinant(items, log_quality, *greedy, place);
    return place;
  }
};

TEST(Dpp, LazyPicksAreThoseOfTheLargestDeterminants) {
  for (uint64_t seed = 0; seed < 4; ++seed) {
    const Random one(seed);
    EXPECT_EQ(one.picked(0, 8), one.by_determinants(40, 8));
  }
}

TEST(Dpp, AWindowIsDiverseAmongItsOwnItems) {
  for (const int64_t window : {1, 2, 3, 6}) {
    const Random one(static_cast<uint64_t>(window));
    EXPECT_EQ(one.picked(window, 20), one.by_determinants(static_cast<size_t>(window), 20))
        << window;
  }
}

TEST(Dpp, AWindowAsLongAsTheSlateIsNone) {
  const Random one(9);
  EXPECT_EQ(one.picked(9, 9), one.picked(0, 9));
}

// Worse candidates are looked at now and then, and then for several picks together.
TEST(Dpp, CandidatesThatWereLeftBehindKeepTheResidualsOfThoseThatWereNot) {
  const auto cosine = ItemSimilarity::of_vectors(random_vectors(90, 40, 5));
  const auto similarity = cosine->for_candidates(), again = cosine->for_candidates();
  const auto lazy = GreedyDeterminant::of({}, *similarity);
  const auto eager = GreedyDeterminant::of({.window = 30}, *again);
  std::vector<int64_t> items(90);
  std::iota(items.begin(), items.end(), 0);
  std::vector<double> log_quality;
  for (const int64_t item : items) log_quality.push_back(-0.02 * static_cast<double>(item));
  lazy->begin(items, log_quality, 30);
  eager->begin(items, log_quality, 30);
  for (int64_t pick = 0; pick < 30; ++pick) {
    const auto [place, residual] = lazy->next();
    const auto [expected_place, expected_residual] = eager->next();
    EXPECT_EQ(place, expected_place);
    EXPECT_NEAR(residual, expected_residual, 1e-12);
  }
}

ParamMap by_vectors(ParamMap more = {}) {
  more["similarity"] = std::string("vectors");
  more.try_emplace("relevance", std::string("raw"));
  return more;
}

TEST(Dpp, RepetitionsStandBehindAllOthers) {
  // 0 and 1 are the same, 3 has no vector.
  const FittedReranker dpp =
      fitted_reranker("dpp", by_vectors(), training_of(Lists{{0, 1, 2, 3}}, 4),
                      matrix({{1, 0}, {1, 0}, {0.6, 0.8}, {kNaN, kNaN}}));
  const CandidateBatch given = candidates_of({{0, 1, 2, 3}}, {{0.9, 0.8, 0.2, 0.1}});
  EXPECT_THAT(lists(dpp.rerank(given, 4).item), ElementsAre(ElementsAre(0, 3, 2, 1)));
  EXPECT_THAT(dpp.notes.at("warning"), testing::StartsWith("1 of 4 items"));
}

TEST(Dpp, EqualScoresGoToTheSmallerItem) {
  const FittedReranker dpp = fitted_reranker("dpp", by_vectors(), training_of(Lists{{0}}, 3),
                                             matrix({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}));
  EXPECT_THAT(lists(dpp.rerank(candidates_of({{2, 0, 1}}, {{5, 5, 5}}), 3).item),
              ElementsAre(ElementsAre(0, 1, 2)));
}

TEST(Dpp, LargestScoresNeitherOverflowNorVanish) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const FittedReranker dpp =
      fitted_reranker("dpp", by_vectors({{"theta", 0.99}}), training_of(Lists{{0}}, 3),
                      matrix({{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}));
  EXPECT_THAT(lists(dpp.rerank(candidates_of({{2, 0, 1}}, {{kLargest, 0, -kLargest}}), 3).item),
              ElementsAre(ElementsAre(2, 0, 1)));
}

TEST(Dpp, ThetaZeroLooksAtTheDeterminantAlone) {
  const FittedReranker dpp =
      fitted_reranker("dpp", by_vectors({{"theta", 0.0}}), training_of(Lists{{0}}, 3),
                      matrix({{1, 0}, {0.8, 0.6}, {0, 1}}));
  EXPECT_THAT(lists(dpp.rerank(candidates_of({{0, 1, 2}}, {{3, 2, 1}}), 2).item),
              ElementsAre(ElementsAre(0, 2)));
}

TEST(Dpp, HalvedSimilarityTakesOppositesForUnlike) {
  const at::Tensor vectors = matrix({{1, 0}, {-1, 0}, {0.6, 0.8}});
  const CandidateBatch given = candidates_of({{0, 1, 2}}, {{3, 2, 1}});
  const auto second = [&](bool halved) {
    const FittedReranker dpp =
        fitted_reranker("dpp", by_vectors({{"theta", 0.0}, {"halved", halved}}),
                        training_of(Lists{{0}}, 3), vectors);
    return lists(dpp.rerank(given, 3).item)[0][1];
  };
  EXPECT_EQ(second(false), 2);
  EXPECT_EQ(second(true), 1);
}

TEST(Dpp, ExplanationsAddUpToWhatIsLeftOfAnItemsVolume) {
  for (const int64_t window : {0, 3}) {
    const FittedReranker dpp =
        fitted_reranker("dpp", by_vectors({{"window", window}}), training_of(Lists{{0}}, 12),
                        random_vectors(12, 12, 3).to(at::kFloat));
    const CandidateBatch given = ranked(random_numbers(12, 4));
    const Explanation why = dpp.why(given);
    std::vector<double> sum = numbers(why.base)[0];
    const Lists rows = lists(why.row.unsqueeze(0)), ids = lists(why.id.unsqueeze(0));
    const Numbers weights = numbers(why.weight.unsqueeze(0));
    const std::vector<int64_t> served = lists(dpp.rerank(given, 12).item)[0];
    const std::vector<int64_t> candidates = lists(given.item)[0];
    EXPECT_EQ(sum[0], 1);  // of the best
    for (size_t term = 0; term < weights[0].size(); ++term) {
      const auto row = static_cast<size_t>(rows[0][term]);
      EXPECT_LT(weights[0][term], 0);
      const auto place = std::ranges::find(served, candidates[row]) - served.begin();
      const auto above = std::ranges::find(served, ids[0][term]) - served.begin();
      EXPECT_LT(above, place);
      EXPECT_TRUE(window == 0 || place - above < window);
      sum[row] += weights[0][term];
    }
    for (const double left : sum) EXPECT_GT(left, 0);
  }
}

TEST(Dpp, RefusesANegativeRelevanceForALinearQuality) {
  const FittedReranker dpp =
      fitted_reranker("dpp", by_vectors({{"quality", std::string("linear")}}),
                      training_of(Lists{{0}}, 2), matrix({{1, 0}, {0, 1}}));
  try {
    dpp.rerank(candidates_of({{0, 1}}, {{1, -1}}), 2);
    FAIL() << "nothing was refused";
  } catch (const InvalidInput& problem) {
    EXPECT_STREQ(problem.what(),
                 "dpp: the relevance of a candidate is negative; set relevance: minmax or rank.");
  }
}

}  // namespace
}  // namespace assay::test
