#include <assay/extra/features/candidate_inputs.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::NanSensitiveDoubleNear;

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(CandidateInputs, AffinityIsTheShareOfTheHistoryWithTheCandidatesCategories) {
  const Feature genre{.name = "genre",
                      .type = FeatureType::category,
                      .values = at::tensor(std::vector<int>{0, 0, 1, -1}, at::kInt),
                      .cardinality = 2};
  const Feature tags{.name = "tags",
                     .type = FeatureType::set,
                     .sets = ragged({{0, 1}, {1}, {2}, {}}),
                     .cardinality = 3};
  const Ragged history = ragged({{0, 1, 2, 3}, {}});
  const at::Tensor item = ids({0, 2, 3, 1, 1, -1}).view({2, 3});
  EXPECT_THAT(numbers(category_affinity(genre, history, item))[0],
              ElementsAre(0.5, 0.25, NanSensitiveDoubleNear(kNaN, 0)));
  EXPECT_THAT(numbers(category_affinity(tags, history, item))[0],
              ElementsAre((0.25 + 0.5) / 2, 0.25, NanSensitiveDoubleNear(kNaN, 0)));
  EXPECT_TRUE(category_affinity(genre, history, item)[1].isnan().all().item<bool>())
      << "no history, no affinity";
}

TEST(CandidateInputs, AffinityCountsAnItemOfTheHistoryByItsWeight) {
  const Feature genre{.name = "genre",
                      .type = FeatureType::category,
                      .values = at::tensor(std::vector<int>{0, 0, 1}, at::kInt),
                      .cardinality = 2};
  History history(ragged({{0, 1, 2}}));
  history.weight = at::tensor({0.5F, 0.5F, 3.0F}, at::kFloat);
  EXPECT_THAT(numbers(category_affinity(genre, history, ids({0, 2}).view({1, 2})))[0],
              ElementsAre(0.25, 0.75));
}

TEST(CandidateInputs, NameScorePlaceSourcesAndAffinities) {
  CandidateBatch candidates = candidates_of({{0, 1}}, {{7, 5}});
  candidates.source_score = matrix({{7, kNaN}, {kNaN, 5}}).view({1, 2, 2});
  const Feature tags{
      .name = "tags", .type = FeatureType::set, .sets = ragged({{0}, {1}}), .cardinality = 2};
  const std::vector<CandidateInput> inputs =
      candidate_inputs(requests_of({{0}}), candidates, {"recall[0]", "recall[1]"}, {&tags});
  std::vector<std::string> names;
  for (const CandidateInput& input : inputs) names.push_back(input.name);
  EXPECT_THAT(names, ElementsAre("score", "score_relative", "place", "source:recall[0]",
                                 "source_relative:recall[0]", "source:recall[1]",
                                 "source_relative:recall[1]", "affinity:tags"));
  EXPECT_THAT(numbers(inputs[1].value)[0], ElementsAre(1, 0));
  EXPECT_THAT(numbers(inputs[2].value)[0], ElementsAre(1, DoubleNear(1 / std::log2(3), 1e-12)));
  EXPECT_THAT(numbers(inputs[5].value)[0], ElementsAre(NanSensitiveDoubleNear(kNaN, 0), 5));
  EXPECT_THAT(numbers(inputs[6].value)[0], ElementsAre(NanSensitiveDoubleNear(kNaN, 0), 1));
  EXPECT_THAT(numbers(inputs[7].value)[0], ElementsAre(1, 0));
}

TEST(CandidateInputs, RelativeScoresLeavePaddingAside) {
  const std::vector<CandidateInput> inputs = candidate_inputs(
      requests_of({{}}), candidates_of({{0, 1, 2, -1}}, {{8, 6, 4, kNone}}), {}, {});
  EXPECT_THAT(numbers(inputs[1].value)[0], ElementsAre(1, 0.5, 0, testing::_));
}

TEST(CandidateInputs, ASourceThatIsNotThereIsUnknown) {
  const std::vector<CandidateInput> inputs =
      candidate_inputs(requests_of({{0}}), candidates_of({{0}}, {{7}}), {"recall[0]"}, {});
  EXPECT_TRUE(std::isnan(numbers(inputs[3].value)[0][0]));
  EXPECT_TRUE(std::isnan(numbers(inputs[4].value)[0][0]));
}

}  // namespace
}  // namespace assay::test
