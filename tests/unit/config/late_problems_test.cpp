#include "config/late_problems.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "load.h"

namespace assay::config {
namespace {

class LateProblems : public testing::Test {
 protected:
  void SetUp() override {
    file_ = folder_.write("exp.yaml",
                          "data:\n"
                          "  source: movielens-100k\n"
                          "  targets: {liked: {column: ratng}}\n"
                          "  filter: {k_core: 1000}\n"
                          "traffic:\n"
                          "  requests: per_session\n");
    dataset_.name = "movielens-100k";
    dataset_.where = file_ + ":2:3";
  }
  std::string placed(const std::string& what) {
    const error::UserError error(dataset_.where, what);
    const std::string text = with_setting_places(error, dataset_, file_, overrides_).what();
    return text.substr(text.starts_with(file_) ? file_.size() : 0);
  }
  Folder folder_;
  std::string file_;
  task::DatasetSpec dataset_;
  std::vector<std::string> overrides_;
};

TEST_F(LateProblems, StandAtTheSettingThatTheyBeginWith) {
  EXPECT_EQ(placed("filter leaves nothing; lower it"),
            ":4:3: data.filter leaves nothing; lower it\n"
            "    4 |   filter: {k_core: 1000}\n"
            "      |   ^^^^^^");
  EXPECT_THAT(placed("targets.liked.column is ratng"),
              testing::StartsWith(":3:29: data.targets.liked.column is ratng\n"));
  EXPECT_THAT(placed("traffic.requests is per_session"),
              testing::StartsWith(":6:13: traffic.requests is per_session\n"));
}

TEST_F(LateProblems, WithoutTheSettingStandWhereItWouldBe) {
  EXPECT_EQ(placed("split leaves no test request"), ":2:3: data.split leaves no test request");
  EXPECT_THAT(placed("filter.k_cores is 3"),
              testing::StartsWith(":4:3: data.filter.k_cores is 3\n"));
  EXPECT_EQ(placed("fit_on.recall names train"), ":2:3: fit_on.recall names train");
}

TEST_F(LateProblems, OthersStayAsTheyAre) {
  EXPECT_EQ(placed("the data has no event"), ":2:3: the data has no event");
  EXPECT_EQ(placed("no filter: none"), ":2:3: no filter: none");
  dataset_.where = "log.csv:7";
  const error::UserError elsewhere("log.csv:8", "filter is no number");
  EXPECT_STREQ(with_setting_places(elsewhere, dataset_, file_, {}).what(), elsewhere.what());
}

TEST_F(LateProblems, OfANamedDataSetHaveItsName) {
  file_ = folder_.write("two.yaml", "datasets:\n  a: {source: x}\n  b: {source: y, clean: {}}\n");
  dataset_.name = "b";
  dataset_.where = file_ + ":3:6";
  EXPECT_THAT(placed("clean removes all events"),
              testing::StartsWith(":3:18: datasets.b.clean removes all events\n"));
}

TEST_F(LateProblems, KnowWhatTheCommandLineSet) {
  overrides_ = {"data.filter.min_user_events=7"};
  EXPECT_THAT(
      placed("filter.min_user_events is 7"),
      testing::StartsWith("--set data.filter.min_user_events=7: data.filter.min_user_events"));
}

TEST_F(LateProblems, OfAFileThatIsGoneStayAsTheyAre) {
  std::filesystem::remove(file_);
  EXPECT_EQ(placed("filter leaves nothing"), ":2:3: filter leaves nothing");
}

}  // namespace
}  // namespace assay::config
