#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <assay/error.h>
#include <assay/extra/features/candidate_examples.h>
#include <gmock/gmock.h>

#include <string>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;
using testing::HasSubstr;

// Label 1 for the first of each list, 0 for the others.
LabelledBatch batch(const Lists& items, double weight) {
  LabelledBatch made;
  Numbers scores, labels, weights;
  for (const auto& row : items) {
    scores.emplace_back(row.size(), 2.0);
    labels.emplace_back(row.size(), 0.0);
    weights.emplace_back(row.size(), weight);
    if (!row.empty()) labels.back()[0] = 1;
  }
  made.requests = requests_of(Lists(items.size()));
  made.candidates = candidates_of(items, scores);
  const int64_t width = made.candidates.width();
  made.label = at::zeros({made.candidates.size(), width, 1});
  made.weight = at::zeros({made.candidates.size(), width});
  for (size_t r = 0; r < items.size(); ++r) {
    for (size_t c = 0; c < items[r].size(); ++c) {
      made.label[r][c][0] = labels[r][c];
      made.weight[r][c] = weights[r][c];
    }
  }
  return made;
}

const ExampleColumns kScoreAlone{
    .inputs =
        [](const RequestBatch&, const CandidateBatch& candidates) {
          return std::vector<CandidateInput>{{"score", candidates.score.to(at::kDouble)}};
        },
    .request =
        [](const RequestBatch& requests) {
          FeatureTable table;
          table.rows = requests.size();
          table.columns = {{.name = "user", .values = requests.user.to(at::kFloat)}};
          return table;
        }};

std::vector<int64_t> ids(const at::Tensor& values) { return lists(values.unsqueeze(0))[0]; }

TEST(CandidateExamples, AreTheCandidatesWithAnOutcomeAndAWeight) {
  LabelledBatch first = batch({{4, 5, 6}, {7}}, 2);
  first.label[0][1][0] = kNaN;
  first.weight[0][2] = 0;
  TinyLabelled labelled({first, batch({{8, 9}}, 1)});
  const CandidateExamples examples = candidate_examples(labelled, {}, at::kCPU, kScoreAlone);
  EXPECT_THAT(ids(examples.item), ElementsAre(4, 7, 8, 9));
  EXPECT_THAT(ids(examples.request), ElementsAre(0, 1, 2, 2)) << "numbered over all batches";
  EXPECT_THAT(numbers(examples.first_label().unsqueeze(0))[0], ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(numbers(examples.weight.unsqueeze(0))[0], ElementsAre(2, 2, 1, 1));
  EXPECT_THAT(examples.names, ElementsAre("score"));
  EXPECT_EQ(examples.requests.rows, 3);
  EXPECT_EQ(examples.requests.columns.at(0).values.size(0), 3);
}

TEST(CandidateExamples, OfAWalkWithoutABatchHaveTheirColumns) {
  TinyLabelled none;
  const CandidateExamples examples = candidate_examples(none, {}, at::kCPU, kScoreAlone);
  EXPECT_EQ(examples.size(), 0);
  EXPECT_THAT(examples.inputs.sizes(), ElementsAre(0, 1));
}

// Labels of `click` and `buy`, one row of candidates.
LabelledBatch of_two_targets(const Lists& items, const Numbers& click, const Numbers& buy) {
  LabelledBatch made = batch(items, 1);
  made.label = at::stack({matrix(click), matrix(buy)}, 2);
  return made;
}

TEST(CandidateExamples, OfSeveralTargetsHaveAColumnForEachAndKeepWhatIsKnownOfOneAlone) {
  TinyLabelled labelled(
      {of_two_targets({{4, 5, 6, 7}}, {{1, 0, kNaN, kNaN}}, {{0, kNaN, 1, kNaN}})}, {},
      {"click", "buy"});
  const CandidateExamples examples =
      candidate_examples(labelled, {.targets = {1, 0}}, at::kCPU, kScoreAlone);
  EXPECT_THAT(ids(examples.item), ElementsAre(4, 5, 6)) << "7 says nothing";
  EXPECT_THAT(examples.label.sizes(), ElementsAre(3, 2));
  const Numbers label = numbers(examples.label);
  EXPECT_THAT(label[0], ElementsAre(0, 1)) << "in the order in which they are asked for";
  EXPECT_THAT(label[1], ElementsAre(testing::IsNan(), 0));
  EXPECT_THAT(label[2], ElementsAre(1, testing::IsNan()));
}

TEST(CandidateExamples, OfOneTargetAmongSeveralAreThoseThatAreKnownOfIt) {
  TinyLabelled labelled({of_two_targets({{4, 5}}, {{1, 0}}, {{kNaN, 1}})}, {}, {"click", "buy"});
  const CandidateExamples examples =
      candidate_examples(labelled, {.targets = {1}}, at::kCPU, kScoreAlone);
  EXPECT_THAT(ids(examples.item), ElementsAre(5));
  EXPECT_THAT(numbers(examples.label)[0], ElementsAre(1));
}

TEST(CandidateExamples, HaveWhatATeacherSaysBesideThem) {
  LabelledBatch first = batch({{4, 5}}, 1);
  first.weight[0][0] = 0;
  TinyLabelled labelled({first, batch({{6}}, 1)});
  const ExampleOutcomes taught{.teacher = [](const RequestBatch&, const CandidateBatch& given) {
    return given.item.to(at::kDouble) / 10;
  }};
  EXPECT_THAT(
      numbers(candidate_examples(labelled, taught, at::kCPU, kScoreAlone).teacher.unsqueeze(0))[0],
      ElementsAre(0.5, 0.6));
  TinyLabelled none;
  EXPECT_EQ(candidate_examples(none, taught, at::kCPU, kScoreAlone).teacher.size(0), 0);
}

TEST(CandidateExamples, AllTargetsAreMeantWhereNoneIsNamedAndNoneMayBeNamedTwice) {
  const TinyLabelled labelled({}, {}, {"click", "buy"});
  EXPECT_THAT(targets_named(labelled, {}, "ranker"), ElementsAre(0, 1));
  EXPECT_THAT(targets_named(labelled, {"buy"}, "ranker"), ElementsAre(1));
  EXPECT_THAT(targets_named(TinyLabelled({}, {}, {}), {}, "ranker"), ElementsAre(0));
  try {
    targets_named(labelled, {"buy", "buy"}, "ranker");
    FAIL();
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(), "ranker: targets has \"buy\" twice; name each target once.");
  }
}

TEST(CandidateExamples, ATargetIsFoundByItsName) {
  const TinyLabelled labelled({}, {}, {"click", "buy"});
  EXPECT_EQ(target_named(labelled, "", "ranker"), 0);
  EXPECT_EQ(target_named(labelled, "buy", "ranker"), 1);
  try {
    target_named(labelled, "bye", "ranker");
    FAIL();
  } catch (const InvalidInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("ranker: the data have no target \"bye\""));
    EXPECT_THAT(error.what(), HasSubstr("click, buy"));
  }
}

TEST(CandidateExamples, ATargetOfDataThatDeclareNoneIsToldWhereToDeclareIt) {
  try {
    target_named(TinyLabelled({}, {}, {}), "click", "ranker");
    FAIL();
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "ranker: the data have no target \"click\"; none is declared, so that every event "
                 "is positive. Leave `target` out, or declare it in `targets` of the data set.");
  }
}

}  // namespace
}  // namespace assay::test
