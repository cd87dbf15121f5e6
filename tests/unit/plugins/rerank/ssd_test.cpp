#include <gmock/gmock.h>

#include <cmath>

#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

using Vector = std::vector<double>;

double product(const Vector& a, const Vector& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}
void subtract(double factor, const Vector& from, Vector& to) {
  for (size_t d = 0; d < to.size(); ++d) to[d] -= factor * from[d];
}

// The paper's queue of projections, as it is written: one vector after the other.
std::vector<int64_t> by_the_paper(std::vector<Vector> left, const Vector& relevance, double gamma,
                                  size_t window, bool accumulate, size_t n) {
  struct Step {
    Vector direction, share;
  };
  std::vector<Step> queue;
  std::vector<int64_t> placed;
  double volume = gamma;
  while (placed.size() < n) {
    int64_t best = -1;
    double most = 0;
    for (size_t i = 0; i < left.size(); ++i) {
      if (std::ranges::find(placed, static_cast<int64_t>(i)) != placed.end()) continue;
      const double value =
          relevance[i] + (placed.empty() ? 0 : volume * std::sqrt(product(left[i], left[i])));
      if (best < 0 || value > most) best = static_cast<int64_t>(i), most = value;
    }
    placed.push_back(best);
    const Vector chosen = left[best];
    if (accumulate) volume *= std::sqrt(product(chosen, chosen));
    if (queue.size() + 1 == window) {
      for (size_t i = 0; i < left.size(); ++i)
        subtract(-queue.front().share[i], queue.front().direction, left[i]);
      queue.erase(queue.begin());
    }
    Step step{chosen, {}};
    for (Vector& vector : left) {
      step.share.push_back(product(vector, chosen) / product(chosen, chosen));
      subtract(step.share.back(), chosen, vector);
    }
    queue.push_back(step);
  }
  return placed;
}

TEST(Ssd, PicksWhatThePaperPicks) {
  constexpr int64_t kItems = 25;
  for (const bool accumulate : {true, false}) {
    for (const int64_t window : {2, 4, 30}) {
      const auto seed = static_cast<uint64_t>(window);
      at::Tensor unit = extra::unit_rows(random_vectors(kItems, 12, seed));
      const Vector relevance = random_numbers(kItems, 10 + seed);
      const std::vector<int64_t> expected =
          by_the_paper(numbers(unit), relevance, 0.6, static_cast<size_t>(window), accumulate, 10);
      const FittedReranker ssd =
          fitted_reranker("ssd",
                          {{"gamma", 0.6},
                           {"window", window},
                           {"volume", std::string(accumulate ? "product" : "own")},
                           {"relevance", std::string("raw")}},
                          training_of(Lists{{0}}, kItems), unit);
      EXPECT_EQ(lists(ssd.rerank(ranked(relevance), 10).item)[0], expected) << window;
    }
  }
}

std::vector<int64_t> served(const ParamMap& params, const at::Tensor& vectors,
                            const CandidateBatch& candidates, int64_t n) {
  const FittedReranker ssd =
      fitted_reranker("ssd", params, training_of(Lists{{0}}, vectors.size(0)), vectors);
  return lists(ssd.rerank(candidates, n).item)[0];
}

TEST(Ssd, GammaZeroAndAWindowOfOneKeepTheOrder) {
  const at::Tensor vectors = matrix({{1, 0}, {1, 0}, {0, 1}});
  const CandidateBatch given = candidates_of({{1, 0, 2}}, {{9, 8, 1}});
  EXPECT_THAT(served({{"gamma", 0.0}}, vectors, given, 3), ElementsAre(1, 0, 2));
  EXPECT_THAT(served({{"gamma", 5.0}, {"window", int64_t{1}}}, vectors, given, 3),
              ElementsAre(1, 0, 2));
  EXPECT_THAT(served({{"gamma", 5.0}}, vectors, given, 3), ElementsAre(1, 2, 0));
}

TEST(Ssd, RepetitionsAndItemsWithoutAVectorLeaveNoDirection) {
  const at::Tensor vectors = matrix({{1, 0}, {1, 0}, {kNaN, kNaN}, {0, 1}});
  EXPECT_THAT(served({{"gamma", 9.0}}, vectors, candidates_of({{0, 1, 2, 3}}, {{4, 3, 2, 1}}), 4),
              ElementsAre(0, 3, 1, 2));
}

TEST(Ssd, NeedsVectors) {
  Features features;
  features.item = {1, {{.name = "year", .values = at::ones({1})}}};
  const TrainingView data = training_of(Lists{{0}}, 1, &features);
  const ParamMap by_feature = {{"similarity", std::string("feature")},
                               {"feature", std::string("year")}};
  EXPECT_EQ(refusal_of("ssd", by_feature, data),
            "ssd: the item feature \"year\" is no vector; name one that is, or use similarity: "
            "vectors.");
  EXPECT_THAT(refusal_of("ssd", {}, data), testing::HasSubstr("model"));
}

}  // namespace
}  // namespace assay::test
