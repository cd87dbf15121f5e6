#include <gmock/gmock.h>

#include <cmath>

#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using testing::HasSubstr;

// Item i is taken `taken[i]` times and left `left[i]` times.
TrainingView log_of(const std::vector<int>& taken, const std::vector<int>& left) {
  std::vector<Event> events;
  for (size_t item = 0; item < taken.size(); ++item) {
    for (int n = 0; n < taken[item]; ++n)
      events.push_back({n, static_cast<int64_t>(item), -1, true});
    for (int n = 0; n < left[item]; ++n)
      events.push_back({n, static_cast<int64_t>(item), -1, false});
  }
  return training_of(events, 2000, static_cast<int64_t>(taken.size()));
}

// How often each of two items stands first.
double share_of_first(const FittedReranker& thompson, int requests) {
  const CandidateBatch given = candidates_of(Lists(static_cast<size_t>(requests), {0, 1}),
                                             Numbers(static_cast<size_t>(requests), {0.5, 0.5}));
  const at::Tensor first = thompson.rerank(given, 2).item.select(1, 0);
  return first.eq(0).to(at::kDouble).mean().item<double>();
}

TEST(Thompson, AnItemStandsFirstAsOftenAsItsRateIsTheLarger) {
  // Beta(1 + 4, 1 + 6) against Beta(1 + 2, 1 + 3). P(X > Y) by its sum, for whole parameters:
  // sum over i < a of B(a' + i, b + b') / ((b + i) B(1 + i, b) B(a', b')).
  const auto log_beta = [](double a, double b) {
    return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
  };
  double larger = 0;
  for (int i = 0; i < 5; ++i)
    larger +=
        std::exp(log_beta(3 + i, 7 + 4) - std::log(7 + i) - log_beta(1 + i, 7) - log_beta(3, 4));
  const FittedReranker thompson =
      fitted_reranker("thompson", {{"strength", 0.0}}, log_of({4, 2}, {6, 3}));
  constexpr int kRequests = 20000;
  const double error = std::sqrt(larger * (1 - larger) / kRequests);
  EXPECT_NEAR(share_of_first(thompson, kRequests), larger, 4 * error);
}

TEST(Thompson, ManyEventsDecideAndReshapingExploresMore) {
  const TrainingView data = log_of({900, 300}, {100, 700});
  EXPECT_EQ(share_of_first(fitted_reranker("thompson", {}, data), 500), 1);
  const double explored =
      share_of_first(fitted_reranker("thompson", {{"reshape", 500.0}}, data), 2000);
  EXPECT_LT(explored, 0.97);
  EXPECT_GT(explored, 0.6);
}

TEST(Thompson, RelevanceIsThePriorMean) {
  const FittedReranker thompson = fitted_reranker(
      "thompson", {{"strength", 1e5}, {"relevance", std::string("raw")}}, log_of({0, 0}, {1, 1}));
  const CandidateBatch given = candidates_of({{1, 0}}, {{0.7, 0.3}});
  EXPECT_THAT(lists(thompson.rerank(given, 2).item),
              testing::ElementsAre(testing::ElementsAre(1, 0)));
}

TEST(Thompson, SaysThatALogOfPositivesSaysNothingOfRates) {
  const FittedReranker thompson = fitted_reranker("thompson", {}, log_of({900, 1}, {0, 0}));
  EXPECT_THAT(thompson.notes.at("warning"), HasSubstr("only positive events"));
  EXPECT_NEAR(share_of_first(thompson, 4000), 0.5, 0.05);
}

TEST(Thompson, RefusesARelevanceThatIsNoRate) {
  const FittedReranker thompson =
      fitted_reranker("thompson", {{"relevance", std::string("raw")}}, log_of({1, 1}, {1, 1}));
  try {
    thompson.rerank(candidates_of({{0, 1}}, {{7, 3}}), 2);
    FAIL() << "nothing was refused";
  } catch (const InvalidInput& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("not in [0, 1]; set relevance: minmax or rank"));
  }
}

}  // namespace
}  // namespace assay::test
