#include "task/names.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "task/outcomes.h"
#include "task/settings.h"

namespace assay::task {
namespace {

template <typename E>
class NamesOf : public testing::Test {};
using Enums = testing::Types<PluginKind, Window, SplitMethod, SplitBoundary, SplitOver, FilterScope,
                             Population, RequestUnit, CandidateSource, ScenarioKind, MergeMethod,
                             ScoreScaling, Device, TrialStatus, FailureKind, LoadCountKind>;
TYPED_TEST_SUITE(NamesOf, Enums);

TYPED_TEST(NamesOf, AreReadAsTheValueThatTheyAreWrittenFor) {
  std::set<std::string_view> seen;
  for (const Name<TypeParam>& name : Names<TypeParam>::table) {
    EXPECT_EQ(parse<TypeParam>(name.text), name.value);
    EXPECT_EQ(name_of(name.value), name.text);
    EXPECT_EQ(nlohmann::json(name.value), nlohmann::json(std::string(name.text)));
    EXPECT_EQ(nlohmann::json(std::string(name.text)).get<TypeParam>(), name.value);
    EXPECT_TRUE(seen.insert(name.text).second) << name.text << " stands twice";
  }
}

TEST(Names, AreNothingElse) {
  EXPECT_EQ(parse<SplitMethod>("leave_last_ot"), std::nullopt);
  EXPECT_EQ(parse<SplitMethod>(""), std::nullopt);
  EXPECT_EQ(parse<SplitMethod>("global_time "), std::nullopt);
}

TEST(Names, AreListedInTheirOrder) {
  EXPECT_EQ(all_names<SplitBoundary>(), (std::vector<std::string>{"time", "row"}));
  EXPECT_EQ(spaced_names<SplitBoundary>, "time row");
  EXPECT_EQ(spaced_names<CandidateSource>, "retrieved logged allowed");
}

TEST(Names, OfNoChoiceAtAllAreWrittenButNotOffered) {
  EXPECT_EQ(nlohmann::json(MergeMethod::none), "");
  EXPECT_EQ(nlohmann::json("").get<MergeMethod>(), MergeMethod::none);
  EXPECT_EQ(spaced_names<MergeMethod>, "reciprocal_rank weighted_score round_robin quota");
  EXPECT_EQ(all_names<MergeMethod>().size(), 4u);
}

TEST(Names, OfAValueThatHasNoneAreAnError) {
  EXPECT_THROW(name_of(static_cast<SplitOver>(7)), error::InternalError);
}

TEST(Names, ThatAFileOfAnotherVersionHoldsAreSaid) {
  try {
    nlohmann::json("leave_last_ot").get<SplitMethod>();
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(
        error.what(),
        "split.method is stored as \"leave_last_ot\", which this version does not know; use "
        "the version that wrote it");
  }
}

TEST(TrialStatus, IsMissingWhereItIsNeitherDoneNorFailed) {
  EXPECT_EQ(stored_status("done"), TrialStatus::done);
  EXPECT_EQ(stored_status("failed"), TrialStatus::failed);
  EXPECT_EQ(stored_status("planned"), TrialStatus::missing);
}

}  // namespace
}  // namespace assay::task
