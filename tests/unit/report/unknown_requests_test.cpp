#include "report/unknown_requests.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "unit/report/faked_run.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using ::testing::HasSubstr;
using ::testing::Not;

std::string spaced(std::string text) {
  std::ranges::replace(text, '\n', ' ');
  return text;
}

/// A variant with these strategies at places of its recall.
void add_variant(FakedRun& run, const std::string& name, int position,
                 const std::map<std::string, std::string>& stages) {
  results::VariantRow row;
  row.run_id = run.id();
  row.name = name;
  row.chain = "{}";
  row.position = position;
  row.is_baseline = position == 0;
  for (const auto& [place, plugin] : stages)
    row.stages.push_back({place, "recall", plugin, "1.0", "aa", "{}"});
  run.database.write(row);
}

/// A done trial of 300 requests, of which the stages do not know these.
void add_trial(FakedRun& run, const faked::Folder& folder, const std::string& variant,
               std::optional<int64_t> seed,
               const std::map<std::string, std::vector<int32_t>>& unknown) {
  const std::string trial = run.plan(variant, "ml100k", seed), path = folder / (trial + ".sqlite");
  results::PartWriter part(path, {path, "evaluate"});
  part.host(run.host);
  const auto shard = part.begin_shard({.trial_key = trial, .requests = 300});
  part.values(shard, {"served", faked::kNdcg, 10}, faked::values(300, 0, 10));
  for (const auto& [place, requests] : unknown) part.unknown_requests(shard, {place, requests});
  part.end_shard(shard, 0.1);
  part.finish();
  run.database.merge(path, run.id(), {});
}

struct UnknownRequestsTest : ::testing::Test {
  faked::Folder folder;
  FakedRun run;
  UnknownRequestsTest() { run.data("ml100k"); }
  std::string text() {
    run.finish();
    return spaced(run.text());
  }
};

TEST_F(UnknownRequestsTest, AreToldWithWhoAnsweredThem) {
  add_variant(run, "pop", 0, {{"recall[0]", "popularity"}});
  add_variant(run, "shop", 1, {{"recall[0]", "ease"}, {"recall[0].unknown", "popularity"}});
  add_variant(run, "bare", 2, {{"recall[0]", "ease"}});
  add_variant(run, "both", 3, {{"recall[0]", "ease"}, {"recall[1]", "popularity"}});
  add_trial(run, folder, "pop", std::nullopt, {});
  for (const char* name : {"shop", "bare", "both"})
    add_trial(run, folder, name, std::nullopt, {{"recall[0]", {2, 3, 299}}});
  const std::string told = text();
  EXPECT_THAT(told, HasSubstr("ease does not know 3 of 300 requests (recall[0] of shop); "
                              "popularity answered them."));
  EXPECT_THAT(told, HasSubstr("ease does not know 3 of 300 requests (recall[0] of bare); their "
                              "lists are empty."));
  EXPECT_THAT(told, HasSubstr("ease does not know 3 of 300 requests (recall[0] of both); it adds "
                              "nothing to their lists."));
  EXPECT_THAT(told, Not(HasSubstr("popularity does not know")));
  const auto json = nlohmann::json::parse(run.text({.format = TextFormat::json}));
  ASSERT_EQ(json["unknown_requests"].size(), 3U);
  EXPECT_EQ(json["unknown_requests"][0]["answered"], "popularity");
  EXPECT_EQ(json["unknown_requests"][1]["answered"], nullptr);
  EXPECT_EQ(json["unknown_requests"][1]["most"], 3);
}

TEST_F(UnknownRequestsTest, AreToldOnceForVariantsOfWhichTheSameIsToBeSaid) {
  for (const auto& [name, position] : {std::pair("a", 0), std::pair("b", 1)}) {
    add_variant(run, name, position, {{"recall[0]", "ease"}});
    add_trial(run, folder, name, std::nullopt, {{"recall[0]", {7}}});
  }
  EXPECT_THAT(text(), HasSubstr("ease does not know 1 of 300 requests (recall[0] of a and b); its "
                                "list is empty."));
}

TEST_F(UnknownRequestsTest, OfSeveralSeedsAreARange) {
  add_variant(run, "a", 0, {{"recall[0]", "bpr"}, {"recall[0].unknown", "item_knn"}});
  add_trial(run, folder, "a", 1, {{"recall[0]", {1, 2}}, {"recall[0].unknown", {2}}});
  add_trial(run, folder, "a", 2, {});
  EXPECT_THAT(text(), HasSubstr("bpr does not know 0 to 2 of 300 requests (recall[0] of a); "
                                "item_knn answered them but for 1."));
}

TEST_F(UnknownRequestsTest, ThatNobodyCountedAreNotTold) {
  add_variant(run, "a", 0, {{"recall[0]", "ease"}});
  add_trial(run, folder, "a", std::nullopt, {});
  EXPECT_THAT(text(), Not(HasSubstr("does not know")));
}

}  // namespace
}  // namespace assay::report
