#include <gmock/gmock.h>

#include <cmath>

#include "rerank/fair_exposure/exposure_mix.h"
#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using namespace fair_exposure;
using testing::DoubleNear;
using testing::ElementsAre;

constexpr std::array kAll = {Fairness::parity, Fairness::treatment, Fairness::impact};

double gain(std::span<const double> relevance, std::span<const int64_t> order) {
  double sum = 0;
  for (size_t at = 0; at < order.size(); ++at)
    sum += relevance[order[at]] / std::log2(static_cast<double>(at) + 2);
  return sum;
}

struct Group {
  std::vector<double> relevance;
  std::vector<uint8_t> is_protected;
};

Group random_group(size_t count, uint64_t seed) {
  Group made{random_numbers(count, seed), {}};
  std::ranges::sort(made.relevance, std::greater{});
  for (const double coin : random_numbers(count, 70 + seed))
    made.is_protected.push_back(coin < 0.4);
  made.is_protected.front() = 0;
  made.is_protected.back() = 1;
  return made;
}

// The linear program has its best solution in a mix of two rankings: all pairs of all rankings.
double best_fair_gain(const Group& group, int64_t n, Fairness fairness) {
  const std::vector<double> f = constraint(group.relevance, group.is_protected, fairness);
  std::vector<int64_t> order(group.relevance.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::pair<double, double>> rankings;  // unfairness and gain
  do {
    rankings.emplace_back(unfairness(f, order, n),
                          gain(group.relevance, std::span(order).first(static_cast<size_t>(n))));
  } while (std::ranges::next_permutation(order).found);
  double best = -1;
  for (const auto& [under, low] : rankings) {
    for (const auto& [over, high] : rankings) {
      if (under > 0 || over < 0 || under == over) continue;
      best = std::max(best, (low * over - high * under) / (over - under));
    }
  }
  return best;
}

TEST(FairExposure, NoFairMixOfRankingsGainsMore) {
  for (uint64_t seed = 0; seed < 3; ++seed) {
    const Group group = random_group(6, seed);
    for (const Fairness fairness : kAll) {
      for (const int64_t n : {4, 6}) {
        const double best = best_fair_gain(group, n, fairness);
        if (best < 0) continue;  // no mix is fair
        const Mix mix = fair_mix(group.relevance, group.is_protected, n, fairness);
        const double got = mix.weight * gain(group.relevance, mix.first) +
                           (1 - mix.weight) * gain(group.relevance, mix.second);
        EXPECT_NEAR(got, best, 1e-9) << seed << " " << n;
      }
    }
  }
}

TEST(FairExposure, ExposureIsEqualOnAverage) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const Group group = random_group(40, seed);
    const std::vector<double> f = constraint(group.relevance, group.is_protected, Fairness::parity);
    const Mix mix = fair_mix(group.relevance, group.is_protected, 10, Fairness::parity);
    EXPECT_NEAR(mix.weight * unfairness(f, mix.first, 10) +
                    (1 - mix.weight) * unfairness(f, mix.second, 10),
                0, 1e-12);
  }
}

TEST(FairExposure, OneGroupAloneKeepsTheOrder) {
  const std::vector<double> relevance = {3, 2, 1};
  for (const Fairness fairness : kAll) {
    const Mix mix = fair_mix(relevance, std::vector<uint8_t>{1, 1, 1}, 3, fairness);
    EXPECT_THAT(mix.first, ElementsAre(0, 1, 2));
    EXPECT_EQ(mix.weight, 1);
  }
  EXPECT_TRUE(fair_mix({}, {}, 3, Fairness::parity).first.empty());
}

TEST(FairExposure, WhereNoRankingIsFairTheNearestIsServed) {
  // Equal treatment asks for nearly all exposure for the protected one.
  const std::vector<double> relevance = {0.99, 0.01};
  const Mix mix = fair_mix(relevance, std::vector<uint8_t>{1, 0}, 2, Fairness::treatment);
  EXPECT_THAT(mix.first, ElementsAre(0, 1));
  EXPECT_EQ(mix.weight, 1);
}

TEST(FairExposure, ManyEqualCandidatesEndTheSearch) {
  const std::vector<double> relevance(50, 0.5);
  std::vector<uint8_t> is_protected(50, 0);
  for (size_t i = 40; i < 50; ++i) is_protected[i] = 1;
  const Mix mix = fair_mix(relevance, is_protected, 10, Fairness::parity);
  const std::vector<double> f = constraint(relevance, is_protected, Fairness::parity);
  EXPECT_NEAR(
      mix.weight * unfairness(f, mix.first, 10) + (1 - mix.weight) * unfairness(f, mix.second, 10),
      0, 1e-12);
}

const Features& groups() {
  static const Features made = [] {
    Features all;
    all.item = {6,
                {{.name = "group",
                  .type = FeatureType::category,
                  .values = at::tensor(std::vector<int>{0, 0, 0, 1, 1, -1}, at::kInt),
                  .cardinality = 2,
                  .labels = {"a", "b"}}}};
    return all;
  }();
  return made;
}

TEST(FairExposure, ServesEachRankingAsOftenAsItsPropensitySays) {
  const FittedReranker fair =
      fitted_reranker("fair_exposure", {}, training_of(Lists{{0}}, 6, &groups()));
  const size_t requests = 4000;
  const CandidateBatch given =
      candidates_of(Lists(requests, {0, 1, 2, 3, 4}), Numbers(requests, {1, 0.8, 0.6, 0.5, 0.2}));
  const CandidateBatch served = fair.rerank(given, 5);
  std::map<std::vector<int64_t>, std::pair<int, double>> seen;
  const Lists slates = lists(served.item);
  const Numbers chances = numbers(*served.propensity);
  for (size_t row = 0; row < requests; ++row) {
    double chance = 1;
    for (const double one : chances[row]) chance *= one;
    auto& [count, propensity] = seen[slates[row]];
    ++count;
    propensity = chance;
  }
  ASSERT_EQ(seen.size(), 2u);
  double sum = 0;
  for (const auto& [slate, counted] : seen) {
    EXPECT_NEAR(counted.first / static_cast<double>(requests), counted.second, 0.03);
    sum += counted.second;
  }
  EXPECT_NEAR(sum, 1, 1e-6);
}

TEST(FairExposure, RefusesANegativeRelevanceWhereItIsAnAmount) {
  const FittedReranker fair = fitted_reranker(
      "fair_exposure", {{"fairness", std::string("treatment")}, {"relevance", std::string("raw")}},
      training_of(Lists{{0}}, 6, &groups()));
  EXPECT_THROW(fair.rerank(candidates_of({{0, 3}}, {{1, -1}}), 2), InvalidInput);
}

}  // namespace
}  // namespace assay::test
