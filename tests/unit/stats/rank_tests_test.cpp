#include "stats/rank_tests.h"

#include <gmock/gmock.h>

#include "oracle.h"

namespace assay::stats {
namespace {

void expect_wilcoxon(const std::string& name, const WilcoxonOptions& options) {
  const auto& one = ab_case(name);
  const RankTest test = wilcoxon_signed_rank(numbers(one, "diff"), options);
  expect_oracle(one, "statistic", test.statistic);
  expect_oracle(one, "p_value", test.p_two_sided);
}

TEST(Wilcoxon, ExactMatchesScipy) { expect_wilcoxon("wilcoxon_exact", {}); }

TEST(Wilcoxon, NormalApproximationMatchesScipy) {
  expect_wilcoxon("wilcoxon_asymptotic", {.exact_up_to = 0});
}

TEST(Wilcoxon, TiesAndDroppedZerosMatchScipy) {
  expect_wilcoxon("wilcoxon_ties_zeros_wilcox", {});
  expect_wilcoxon("wilcoxon_ties_zeros_wilcox_cc", {.continuity_correction = true});
}

TEST(Wilcoxon, PrattsZerosMatchScipy) {
  expect_wilcoxon("wilcoxon_ties_zeros_pratt", {.zeros = ZeroDifferences::pratt});
  expect_wilcoxon("wilcoxon_ties_zeros_pratt_cc",
                  {.zeros = ZeroDifferences::pratt, .continuity_correction = true});
}

TEST(Wilcoxon, NamesHowItWasComputed) {
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{1, -2, 3}).method,
            "Wilcoxon signed rank, exact");
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{1, -1, 3}).method,
            "Wilcoxon signed rank, normal approximation");
}

TEST(Wilcoxon, NothingButZerosIsCertaintyWithAReason) {
  const RankTest zeros = wilcoxon_signed_rank(std::vector<double>{0, 0, 0});
  EXPECT_EQ(zeros.p_two_sided, 1.0);
  EXPECT_EQ(zeros.n, 0);
  EXPECT_EQ(zeros.zero, 3);
  EXPECT_EQ(zeros.reason, "all differences are 0");
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{}).reason, "there are no differences");
}

TEST(Wilcoxon, OneDifferenceShowsNothing) {
  EXPECT_EQ(wilcoxon_signed_rank(std::vector<double>{2.5}).p_two_sided, 1.0);
}

TEST(SignTest, MatchesScipy) {
  const auto& one = ab_case("sign_test");
  const RankTest test = sign_test(numbers(one, "diff"));
  EXPECT_EQ(test.positive, one["expected"]["positive"].get<int>());
  EXPECT_EQ(test.negative, one["expected"]["negative"].get<int>());
  expect_oracle(one, "p_value", test.p_two_sided);
}

// The sign test of b gains and c losses is McNemar's exact test.
TEST(SignTest, OfDiscordantPairsIsMcNemars) {
  const auto& one = ab_case("mcnemar_exact");
  std::vector<double> differences(one["input"]["b"].get<size_t>(), 1.0);
  differences.resize(differences.size() + one["input"]["c"].get<size_t>(), -1.0);
  expect_oracle(one, "p_value", sign_test(differences).p_two_sided);
}

TEST(SignTest, NothingButZerosIsCertaintyWithAReason) {
  EXPECT_EQ(sign_test(std::vector<double>{0, 0}).p_two_sided, 1.0);
  EXPECT_EQ(sign_test(std::vector<double>{0, 0}).reason, "all differences are 0");
}

}  // namespace
}  // namespace assay::stats
