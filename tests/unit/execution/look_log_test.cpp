#include "execution/look_log.h"

#include <gmock/gmock.h>

#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

LoggedLook look(const std::string& time, const std::string& source,
                std::optional<int64_t> first = std::nullopt,
                std::optional<int64_t> last = std::nullopt) {
  return {time, "file", source, first, last, {"chain"}};
}

TEST(LookLog, KeepsLooksOverAllFiles) {
  const test::TempFolder folder;
  const std::string path = folder.file("looks.jsonl");
  log_look(path, look("2026-11-22T10:00:00Z", "a", 5, 9));
  log_look(path, look("2026-11-21T10:00:00Z", "a"));
  log_look(path, look("2026-11-23T10:00:00Z", "b"));
  const std::vector<LoggedLook> looks = logged_looks(path, "a");
  ASSERT_EQ(looks.size(), 2U);
  EXPECT_EQ(looks[0].time, "2026-11-21T10:00:00Z");
  EXPECT_FALSE(looks[0].first_s);
  EXPECT_EQ(*looks[1].first_s, 5);
  EXPECT_EQ(*looks[1].last_s, 9);
  EXPECT_THAT(looks[1].chains, ElementsAre("chain"));
}

TEST(LookLog, ATornLineIsLeftOut) {
  const test::TempFolder folder;
  const std::string path = folder.write("looks.jsonl", "{\"time\": \"2026-\n[1]\n\n");
  log_look(path, look("2026-11-22T10:00:00Z", "a"));
  EXPECT_EQ(logged_looks(path, "a").size(), 1U);
}

TEST(LookLog, NoneIsKeptWhereNoneIsAskedForOrNoneCanBeWritten) {
  log_look("", look("2026-11-22T10:00:00Z", "a"));
  log_look("/proc/no/such/folder/looks.jsonl", look("2026-11-22T10:00:00Z", "a"));
  EXPECT_THAT(logged_looks("/proc/no/such/folder/looks.jsonl", "a"), IsEmpty());
}

TEST(LookLog, WindowsOverlapWhereTheyHaveAMomentInCommon) {
  EXPECT_TRUE(may_overlap(look("", "", 1, 5), look("", "", 5, 9)));
  EXPECT_FALSE(may_overlap(look("", "", 1, 4), look("", "", 5, 9)));
  EXPECT_TRUE(may_overlap(look("", ""), look("", "", 5, 9))) << "without times nothing is known";
}

}  // namespace
}  // namespace assay::execution
