#include "worker/explained_terms.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "unit/pipeline/batches.h"

namespace assay::worker {
namespace {

using testing::batch;
using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::IsEmpty;
using ::testing::IsNan;
using testing::kMinusInfinity;

struct Term {
  int64_t row;
  Explanation::Kind kind;
  int64_t id;
  float weight;
};

constexpr auto kHistory = Explanation::Kind::history;
constexpr auto kFeature = Explanation::Kind::feature;

/// What a strategy says of `candidates`: base 0.5 for each, and these terms.
Why said(const CandidateBatch& candidates, const std::vector<Term>& terms) {
  std::vector<int64_t> row, kind, id;
  std::vector<float> weight;
  for (const Term& term : terms) {
    row.push_back(term.row);
    kind.push_back(static_cast<int64_t>(term.kind));
    id.push_back(term.id);
    weight.push_back(term.weight);
  }
  const at::Tensor base = candidates.score.new_full(candidates.score.sizes(), 0.5);
  return {candidates,
          Explanation{at::tensor(row, at::kLong), at::tensor(kind, at::kLong),
                      at::tensor(id, at::kLong), at::tensor(weight, at::kFloat), base},
          ""};
}

TEST(ExplainedTerms, KeepsTheThreeLargestAndAddsUpTheRest) {
  const Why why = said(batch({{7, 8}}, {{2, 1}}), {{0, kHistory, 1, 0.25F},
                                                   {0, kHistory, 2, -2.0F},
                                                   {0, kHistory, 3, 1.0F},
                                                   {0, kHistory, 4, 0.125F},
                                                   {0, kHistory, 5, 0.5F}});
  const results::Explanations out = explained_terms(why, {{7}}, 2);
  EXPECT_THAT(out.ids, ElementsAre(2, 3, 5));
  EXPECT_THAT(out.weights, ElementsAre(-2.0F, 1.0F, 0.5F));
  EXPECT_THAT(out.slots, ElementsAre(0, 0, 0));
  EXPECT_THAT(out.rests, ElementsAre(FloatEq(0.5F + 0.25F + 0.125F), IsNan()));
}

TEST(ExplainedTerms, TermsOfEqualSizeStandByTheirId) {
  const Why why = said(batch({{7}}, {{1}}),
                       {{0, kHistory, 9, 1.0F}, {0, kHistory, 3, -1.0F}, {0, kHistory, 5, 1.0F}});
  EXPECT_THAT(explained_terms(why, {{7}}, 1).ids, ElementsAre(3, 5, 9));
}

TEST(ExplainedTerms, WeightsAndRestAddUpToBaseAndAllTerms) {
  std::vector<Term> terms;
  for (int64_t i = 0; i < 40; ++i) {
    terms.push_back({i % 3, kHistory, i, static_cast<float>((i * 37) % 11) / 8 - 0.5F});
  }
  const Why why = said(batch({{4, 2, 9}}, {{3, 2, 1}}), terms);
  const results::Explanations out = explained_terms(why, {{9, 4, 2}}, 3);
  const std::vector<int64_t> rows = {2, 0, 1};  // where 9, 4 and 2 stand among the candidates
  for (size_t slot = 0; slot < rows.size(); ++slot) {
    float all = 0.5F, kept = out.rests[slot];
    for (const Term& term : terms) all += term.row == rows[slot] ? term.weight : 0;
    for (size_t t = 0; t < out.slots.size(); ++t) {
      if (out.slots[t] == static_cast<int32_t>(slot)) kept += out.weights[t];
    }
    EXPECT_FLOAT_EQ(kept, all) << "slot " << slot;
  }
}

TEST(ExplainedTerms, LeavesOutFeaturesThatAreTheSameForAllCandidates) {
  // Feature 0 says the same of both candidates, feature 1 does not, feature 2 speaks of one only.
  const Why why = said(batch({{7, 8, -1}}, {{2, 1, kMinusInfinity}}), {{0, kFeature, 0, 3.0F},
                                                                       {1, kFeature, 0, 3.0F},
                                                                       {0, kFeature, 1, 1.0F},
                                                                       {1, kFeature, 1, 2.0F},
                                                                       {0, kFeature, 2, 0.5F}});
  const results::Explanations out = explained_terms(why, {{7, 8}}, 2);
  EXPECT_THAT(out.slots, ElementsAre(0, 0, 1));
  EXPECT_THAT(out.ids, ElementsAre(1, 2, 1));
  EXPECT_THAT(out.rests, ElementsAre(3.5F, 3.5F));
}

TEST(ExplainedTerms, AnItemOfTheHistoryThatIsTheSameForAllStays) {
  const Why why = said(batch({{7, 8}}, {{2, 1}}), {{0, kHistory, 0, 3.0F}, {1, kHistory, 0, 3.0F}});
  EXPECT_THAT(explained_terms(why, {{7, 8}}, 2).ids, ElementsAre(0, 0));
}

TEST(ExplainedTerms, OneCandidateIsToldEverything) {
  const Why why = said(batch({{7}}, {{2}}), {{0, kFeature, 0, 3.0F}});
  EXPECT_THAT(explained_terms(why, {{7}}, 1).ids, ElementsAre(0));
}

TEST(ExplainedTerms, SaysNothingOfItemsThatTheStrategyWasNotAskedAbout) {
  const Why why = said(batch({{7}, {8}}, {{1}, {1}}), {{1, kHistory, 4, 1.0F}});
  const results::Explanations out = explained_terms(why, {{9, 7}, {8}}, 2);
  EXPECT_THAT(out.rests, ElementsAre(IsNan(), FloatEq(0.5F), FloatEq(0.5F), IsNan()));
  EXPECT_THAT(out.slots, ElementsAre(2)) << "slots count over the requests";
}

TEST(ExplainedTerms, NothingServedIsNothingExplained) {
  const Why why = said(batch({{-1}}, {{kMinusInfinity}}), {});
  const results::Explanations out = explained_terms(why, {{}}, 2);
  EXPECT_THAT(out.rests, ElementsAre(IsNan(), IsNan()));
  EXPECT_THAT(out.slots, IsEmpty());
}

TEST(OnlyWanted, KeepsTheOrderAndPadsWhatIsShorter) {
  const CandidateBatch all =
      batch({{5, 3, 8, 1}, {2, 4, -1, -1}}, {{4, 3, 2, 1}, {2, 1, kMinusInfinity, kMinusInfinity}});
  const CandidateBatch out = only_wanted(all, {{1, 5, 77}, {4}});
  ASSERT_EQ(out.item.sizes(), (at::IntArrayRef{2, 3}));
  const std::vector<int64_t> items(out.item.const_data_ptr<int64_t>(),
                                   out.item.const_data_ptr<int64_t>() + 6);
  const std::vector<float> scores(out.score.const_data_ptr<float>(),
                                  out.score.const_data_ptr<float>() + 6);
  EXPECT_THAT(items, ElementsAre(5, 1, -1, 4, -1, -1));
  EXPECT_THAT(scores, ElementsAre(4, 1, kMinusInfinity, 1, kMinusInfinity, kMinusInfinity));
}

}  // namespace
}  // namespace assay::worker
