#include "contract/breach.h"

#include <ATen/ops/empty.h>
#include <gmock/gmock.h>

#include <cmath>

#include "unit/pipeline/batches.h"

namespace assay::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr float kPad = kMinusInfinity;

TEST(Contract, AGoodListHolds) {
  const auto list = batch({{4, 2, -1}, {-1, -1, -1}}, {{2, 2, kPad}, {kPad, kPad, kPad}});
  EXPECT_EQ(contract::recall_breach(list, requests({{3}, {}}), 3, 5), std::nullopt);
}

TEST(Contract, AnEmptyBatchHolds) {
  EXPECT_EQ(
      contract::recall_breach({at::empty({0, 3}, at::kLong), at::empty({0, 3}, at::kFloat), {}, {}},
                              requests({}), 3, 5),
      std::nullopt);
}

TEST(Contract, NamesTheRequestAndTheRank) {
  EXPECT_THAT(
      contract::recall_breach(batch({{1, 2}, {3, 3}}, {{2, 1}, {2, 1}}), requests({{}, {}}), 2, 5),
      Optional(std::string("request 1 has item 3 at ranks 0 and 1; expected each item once")));
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{2, std::nanf("")}}), requests({{}}), 2, 5),
              Optional(std::string(
                  "request 0 has score nan at rank 1 (item 2); expected a finite number")));
  EXPECT_THAT(
      contract::recall_breach(batch({{1, 5}}, {{2, 1}}), requests({{}}), 2, 5),
      Optional(std::string("request 0 has item 5 at rank 1; expected 0 to 4, or -1 as padding")));
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{2, 1}}), requests({{2}}), 2, 5),
              Optional(std::string("request 0 has item 2 at rank 1, which is excluded for it")));
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{1, 2}}), requests({{}}), 2, 5),
              Optional(HasSubstr("expected non-increasing scores")));
}

TEST(Contract, PaddingStandsAtTheTailWithMinusInfinity) {
  EXPECT_THAT(contract::recall_breach(batch({{-1, 2}}, {{kPad, kPad}}), requests({{}}), 2, 5),
              Optional(std::string("request 0 has padding (-1) at rank 0 and item 2 after it; "
                                   "expected padding at the tail only")));
  EXPECT_THAT(contract::recall_breach(batch({{2, -1}}, {{1, 0}}), requests({{}}), 2, 5),
              Optional(HasSubstr("expected -inf")));
}

TEST(Contract, PropensitiesAreProbabilitiesOfItems) {
  const auto breach = [](const std::vector<float>& propensity) {
    CandidateBatch list = batch({{1, 2, -1}}, {{2, 1, kPad}});
    list.propensity = batch({{1, 2, 3}}, {propensity}).score;
    return contract::recall_breach(list, requests({{}}), 3, 5);
  };
  EXPECT_EQ(breach({1, 1e-30, 0}), std::nullopt) << "what stands at padding does not matter";
  EXPECT_THAT(breach({0.5, std::nanf(""), 1}),
              Optional(std::string("request 0 has propensity nan at rank 1; expected more than 0 "
                                   "and at most 1")));
  EXPECT_THAT(breach({0, 1, 1}), Optional(HasSubstr("has propensity 0 at rank 0")));
  EXPECT_THAT(breach({1.5, 1, 1}), Optional(HasSubstr("has propensity 1.5 at rank 0")));
}

TEST(Contract, ScoresAreFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{infinity, 1}}), requests({{}}), 2, 5),
              Optional(std::string(
                  "request 0 has score inf at rank 0 (item 1); expected a finite number")));
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{1, kPad}}), requests({{}}), 2, 5),
              Optional(std::string(
                  "request 0 has score -inf at rank 1 (item 2); expected a finite number")));
}

TEST(Contract, AnIdFarOutsideTakesNoMemory) {
  const int64_t far = int64_t{1} << 60;
  EXPECT_THAT(contract::recall_breach(batch({{far, far}}, {{2, 1}}), requests({{}}), 2, 5),
              Optional(HasSubstr("expected 0 to 4")));
  const auto given = batch({{1, 2}}, {{2, 1}});
  EXPECT_THAT(contract::rank_breach(batch({{far, -7}}, {{2, 1}}), given),
              Optional(HasSubstr("was not among its 2 candidates")));
}

TEST(Contract, NothingOutsideTheAllowedSet) {
  RequestBatch some = requests({{}});
  some.allowed = ragged({{1, 3}});
  EXPECT_EQ(contract::recall_breach(batch({{3, 1}}, {{2, 1}}), some, 2, 5), std::nullopt);
  EXPECT_THAT(contract::recall_breach(batch({{3, 2}}, {{2, 1}}), some, 2, 5),
              Optional(std::string(
                  "request 0 has item 2 at rank 1, which is not among those allowed for it")));
}

TEST(Contract, ShapesAndTypesAreNamed) {
  CandidateBatch list = batch({{1, 2}}, {{2, 1}});
  list.score = list.score.to(at::kDouble);
  EXPECT_THAT(
      contract::recall_breach(list, requests({{}}), 2, 5),
      Optional(std::string("score is float64 [1, 2]; expected float32 [1, 2], as item has it")));
  EXPECT_THAT(contract::recall_breach(batch({{1, 2}}, {{2, 1}}), requests({{}}), 1, 5),
              Optional(std::string("item is int64 [1, 2]; expected int64 [1, at most 1]")));
  EXPECT_THAT(contract::recall_breach({}, requests({{}}), 1, 5),
              Optional(std::string("item is undefined; expected int64 [1, at most 1]")));
}

TEST(Contract, RankKeepsTheItems) {
  const auto given = batch({{1, 2, -1}}, {{2, 1, kPad}});
  EXPECT_EQ(contract::rank_breach(batch({{2, 1, -1}}, {{9, 8, kPad}}), given), std::nullopt);
  EXPECT_THAT(contract::rank_breach(batch({{2, 3, -1}}, {{9, 8, kPad}}), given),
              Optional(std::string(
                  "request 0 has item 3 at rank 1, which was not among its 2 candidates")));
  EXPECT_THAT(contract::rank_breach(batch({{2, -1, -1}}, {{9, kPad, kPad}}), given),
              Optional(std::string(
                  "request 0 lost item 1 (it was at rank 0); expected all 2 candidates back")));
}

TEST(Contract, RerankKeepsTheScores) {
  const auto given = batch({{1, 2, 3}}, {{3, 2, 1}});
  EXPECT_EQ(contract::rerank_breach(batch({{3, 1}}, {{1, 3}}), given, 2), std::nullopt);
  EXPECT_THAT(
      contract::rerank_breach(batch({{3, 1}}, {{1, 2}}), given, 2),
      Optional(std::string(
          "request 0 has item 1 with score 2 at rank 1; expected the score it came with, 3")));
  EXPECT_THAT(contract::rerank_breach(batch({{3, 1}}, {{1, 3}}), given, 1),
              Optional(HasSubstr("at most 1")));
}

/// Two candidates, the second place empty; one term: candidate `row` because of item `id`.
std::optional<std::string> breach_of(int64_t row, int64_t kind, int64_t id, float weight,
                                     float base) {
  const Explanation said{at::tensor({row}, at::kLong), at::tensor({kind}, at::kLong),
                         at::tensor({id}, at::kLong), at::tensor({weight}, at::kFloat),
                         at::tensor({base, kPad}, at::kFloat).view({1, 2})};
  return contract::explanation_breach(said, batch({{4, -1}}, {{2, kPad}}));
}

TEST(Contract, AnExplanationSaysWhatCanBeShown) {
  EXPECT_EQ(breach_of(0, 0, 3, 1.5F, 0.5F), std::nullopt);
  const std::string expected = "; expected a place among 2 candidates, 0, 1 or 2, and an id from 0";
  EXPECT_THAT(breach_of(2, 0, 3, 1.5F, 0.5F),
              Optional("term 0 of the explanation has row 2, kind 0 and id 3" + expected));
  EXPECT_THAT(breach_of(0, 3, 3, 1.5F, 0.5F),
              Optional("term 0 of the explanation has row 0, kind 3 and id 3" + expected));
  EXPECT_THAT(breach_of(0, 0, -1, 1.5F, 0.5F),
              Optional("term 0 of the explanation has row 0, kind 0 and id -1" + expected));
  EXPECT_THAT(breach_of(0, 0, 3, std::nanf(""), 0.5F),
              Optional(std::string("term 0 of the explanation weighs nan")));
  EXPECT_THAT(breach_of(0, 0, 3, 1.5F, std::nanf("")),
              Optional(std::string("the explanation's base of candidate 0 is nan")));
}

TEST(Contract, AnExplanationHasAColumnForEachPartOfItsTerms) {
  const at::Tensor one = at::tensor({0}, at::kLong), none = at::empty({0}, at::kLong);
  const auto candidates = batch({{4}}, {{2}});
  EXPECT_THAT(
      contract::explanation_breach({one, one, none, one.to(at::kFloat), candidates.score},
                                   candidates),
      Optional(std::string("the explanation's row, kind, id and weight are int64 [1], int64 "
                           "[1], int64 [0] and float32 [1]; expected int64, int64, int64 "
                           "and float32 of one length")));
  EXPECT_THAT(
      contract::explanation_breach({one, one, one, one.to(at::kFloat), {}}, candidates),
      Optional(std::string("the explanation's base is undefined; expected float32 [1, 1]")));
}

}  // namespace
}  // namespace assay::testing
