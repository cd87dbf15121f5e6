#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// Users 0 and 1 are of segment 0, 2 of segment 1, 3 of none, 4 of segment 1 without an event.
Features features() {
  Features made;
  made.user = {5,
               {{.name = "age", .values = at::ones({5})},
                {.name = "job",
                 .type = FeatureType::category,
                 .values = at::tensor(std::vector<int>{0, 0, 1, -1, 1}, at::kInt),
                 .cardinality = 2}}};
  return made;
}

const Lists kPositives = {{0, 1}, {0}, {2}, {2, 1}, {}};

RequestBatch asked(const std::vector<int64_t>& users) {
  RequestBatch requests = requests_of(Lists(users.size()));
  requests.user = at::tensor(users, at::kLong);
  return requests;
}

TEST(SegmentPopularity, ServesWhatTheUsersSegmentLikesAndThePopularToOthers) {
  const Features known = features();
  const TrainingView data = training_of(kPositives, 4, &known);
  const auto popular = make_recall("segment_popularity", {{"prior", 1.0}});
  const CandidateBatch best = recalled(*popular, data, asked({0, 4, 3, -1}), 4);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(0, 1, 2, 3), ElementsAre(2, 0, 1, 3),
                                            ElementsAre(0, 1, 2, 3), ElementsAre(0, 1, 2, 3)));
  // Of four users with an event two like item 0.
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(2.5, 1.5, 0.5, 0));
  EXPECT_THAT(numbers(best.score)[3], ElementsAre(0.5, 0.5, 0.5, 0));
}

TEST(SegmentPopularity, ServesTheSameAfterSaveAndLoad) {
  const Features known = features();
  const auto popular = make_recall("segment_popularity");
  const CandidateBatch before =
      recalled(*popular, training_of(kPositives, 4, &known), asked({0, 2, -1}), 4);
  const auto loaded = copied(*popular, make_recall("segment_popularity"), &known);
  const CandidateBatch after = loaded->recall(asked({0, 2, -1}), 4, tiny_serve(1, &known));
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

std::string refusal(const std::string& feature, const Features& known) {
  TinyFit fit(&known);
  try {
    make_recall("segment_popularity", {{"feature", feature}})
        ->fit(training_of(kPositives, 4, &known), fit);
  } catch (const InvalidInput& problem) {
    return problem.what();
  }
  return "";
}

TEST(SegmentPopularity, RefusesWhatIsNoSegment) {
  EXPECT_EQ(refusal("age", features()),
            "segment_popularity: the user feature \"age\" is a number; name a category.");
  EXPECT_THAT(refusal("town", features()), testing::HasSubstr("job"));
  EXPECT_EQ(refusal("", Features{}),
            "segment_popularity: users have no category feature; add a feature file for users.");
}

}  // namespace
}  // namespace assay::test
