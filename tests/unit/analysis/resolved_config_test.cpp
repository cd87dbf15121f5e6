#include "analysis/resolved_config.h"

#include <gtest/gtest.h>

namespace assay::analysis {
namespace {

constexpr char kConfig[] =
    "name: quick\n"
    "description: \"split: not here\"\n"
    "datasets:\n"
    "  ml100k:\n"
    "    targets:\n"
    "      click:\n"
    "        column: rating\n"
    "    split:\n"
    "      method: leave_last_out\n"
    "      over: all\n"
    "  \"a: b\":\n"
    "    split:\n"
    "      method: given\n"
    "traffic:\n"
    "  exclude_seen: [train, validation]\n"
    "latency:\n"
    "  scenarios:\n"
    "    - {kind: single_stream}\n"
    "split:\n"
    "  method: none\n";

TEST(ResolvedConfig, FindsAValueByItsPath) {
  EXPECT_EQ(config_value(kConfig, {"name"}), "quick");
  EXPECT_EQ(config_value(kConfig, {"datasets", "ml100k", "split", "method"}), "leave_last_out");
  EXPECT_EQ(config_value(kConfig, {"datasets", "a: b", "split", "method"}), "given");
  EXPECT_EQ(config_value(kConfig, {"traffic", "exclude_seen"}), "[train, validation]");
  EXPECT_EQ(config_value(kConfig, {"description"}), "split: not here");
}

TEST(ResolvedConfig, DoesNotLookIntoOtherBranches) {
  EXPECT_EQ(config_value(kConfig, {"datasets", "ml100k", "method"}), std::nullopt);
  EXPECT_EQ(config_value(kConfig, {"datasets", "ml100k", "evaluate_on", "users"}), std::nullopt);
  EXPECT_EQ(config_value(kConfig, {"datasets", "other", "split"}), std::nullopt);
  EXPECT_EQ(config_value(kConfig, {"latency", "rounds"}), std::nullopt);
}

TEST(ResolvedConfig, ListsHoldTheirTextsWithoutQuotes) {
  const std::string config =
      "metrics:\n"
      "  cutoffs: []\n"
      "  slices: [\"users: activity\", user.gender, \"item.a, \\\"b]\\\"\", \"time: 4\"]\n";
  EXPECT_EQ(
      config_list(config, {"metrics", "slices"}),
      (std::vector<std::string>{"users: activity", "user.gender", "item.a, \"b]\"", "time: 4"}));
  EXPECT_TRUE(config_list(config, {"metrics", "cutoffs"}).empty());
  EXPECT_TRUE(config_list(config, {"metrics", "names"}).empty());
}

TEST(ResolvedConfig, AMapIsNoValue) {
  EXPECT_EQ(config_value(kConfig, {"datasets", "ml100k"}), std::nullopt);
  EXPECT_EQ(config_value("", {"name"}), std::nullopt);
}

}  // namespace
}  // namespace assay::analysis
