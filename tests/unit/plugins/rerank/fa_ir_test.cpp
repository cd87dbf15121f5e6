#include <gmock/gmock.h>

#include "rerank/fa_ir/ranked_group_fairness.h"
#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

using namespace fa_ir;
using testing::ElementsAre;

TEST(FaIr, PrefixesNeedWhatThePaperSays) {
  // Zehlike et al. 2017, table 2, alpha = .1.
  EXPECT_THAT(minimum_protected(12, 0.1, 0.1), testing::Each(0));
  EXPECT_THAT(minimum_protected(12, 0.3, 0.1), ElementsAre(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2));
  EXPECT_THAT(minimum_protected(12, 0.5, 0.1), ElementsAre(0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4));
  EXPECT_THAT(minimum_protected(12, 0.7, 0.1), ElementsAre(0, 1, 1, 2, 2, 3, 3, 4, 5, 5, 6, 6));
}

TEST(FaIr, FairRankingsFailAsOftenAsAllOfThemCounted) {
  // All 2^10 rankings of ten places at proportion 1/2.
  const std::vector<int64_t> minimum = minimum_protected(10, 0.5, 0.1);
  int failed = 0;
  for (int ranking = 0; ranking < 1024; ++ranking) {
    int64_t have = 0;
    bool fails = false;
    for (int at = 0; at < 10; ++at) {
      have += ranking >> at & 1;
      fails = fails || have < minimum[at];
    }
    failed += fails ? 1 : 0;
  }
  EXPECT_DOUBLE_EQ(failure_probability(minimum, 0.5), failed / 1024.0);
}

TEST(FaIr, AdjustedTestsFailAtMostAsOftenAsAllowed) {
  // By independent code (binomial sums and a recursion over prefixes, in Python).
  EXPECT_NEAR(adjusted_alpha(40, 0.5, 0.1), 0.03178405761718741, 1e-9);
  EXPECT_NEAR(adjusted_alpha(100, 0.5, 0.1), 0.020479795755818403, 1e-9);
  EXPECT_NEAR(adjusted_alpha(20, 0.3, 0.1), 0.05995220674756012, 1e-9);
  for (const double proportion : {0.2, 0.5, 0.8}) {
    const double alpha = adjusted_alpha(30, proportion, 0.1);
    EXPECT_LE(failure_probability(minimum_protected(30, proportion, alpha), proportion), 0.1);
  }
}

// Odd items are small publishers'.
const Features& publishers() {
  static const Features made = [] {
    std::vector<int> values;
    for (int item = 0; item < 20; ++item) values.push_back(item % 2 == 0 || item > 15 ? 0 : 1);
    Features all;
    all.item = {20,
                {{.name = "publisher",
                  .type = FeatureType::category,
                  .values = at::tensor(values, at::kInt),
                  .cardinality = 2,
                  .labels = {"large", "small"}}}};
    return all;
  }();
  return made;
}

FittedReranker fitted(ParamMap params) {
  return fitted_reranker("fa_ir", params, training_of(Lists{{0}}, 20, &publishers()));
}

TEST(FaIr, RaisesTheBestProtectedWhereAPrefixHasTooFew) {
  const FittedReranker fair = fitted(
      {{"proportion", 0.5}, {"adjusted", false}, {"protected", std::vector<std::string>{"small"}}});
  // Needs 0 0 0 1 1 1 2.
  EXPECT_THAT(lists(fair.rerank(candidates_of({{0, 2, 4, 6, 8, 10, 12, 3, 1}},
                                              {{9, 8, 7, 6, 5, 4, 3, 2, 1}}),
                                7)
                        .item),
              ElementsAre(ElementsAre(0, 2, 4, 3, 6, 8, 1)));
}

TEST(FaIr, ServesTheOthersWhereProtectedCandidatesRunOut) {
  const FittedReranker fair = fitted({{"proportion", 0.9}, {"adjusted", false}});
  EXPECT_THAT(lists(fair.rerank(candidates_of({{0, 2, 4, 1}}, {{9, 8, 7, 6}}), 4).item),
              ElementsAre(ElementsAre(1, 0, 2, 4)));
}

TEST(FaIr, EveryPrefixOfEverySlateHasEnough) {
  const FittedReranker fair = fitted({{"proportion", 0.5}});
  const std::vector<int64_t> minimum = minimum_protected(12, 0.5, adjusted_alpha(12, 0.5, 0.1));
  const CandidateBatch given =
      candidates_of({{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 1, 3, 5, 7, 9, 11, 13, 15}},
                    {{18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}});
  const std::vector<int64_t> slate = lists(fair.rerank(given, 12).item)[0];
  int64_t have = 0;
  for (size_t at = 0; at < slate.size(); ++at) {
    have += slate[at] % 2;
    EXPECT_GE(have, minimum[at]);
  }
}

TEST(FaIr, RefusesValuesThatNoItemHas) {
  const TrainingView data = training_of(Lists{{0}}, 20, &publishers());
  const auto refused = [&](const std::vector<std::string>& values) {
    return refusal_of("fa_ir", {{"protected", values}}, data);
  };
  EXPECT_EQ(refused({"smal"}),
            "fa_ir: the item feature \"publisher\" has no value \"smal\"; did you mean \"small\"?");
  EXPECT_EQ(
      refused({"small", "large"}),
      "fa_ir: by the feature \"publisher\" all items are protected; set `protected` to values "
      "that some items have and others do not.");
}

}  // namespace
}  // namespace assay::test
