#include "report/test_looks.h"

#include <gmock/gmock.h>

#include "faked_run.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using ::testing::HasSubstr;

/// Another run of the same file, on windows of the same source that were prepared otherwise.
void look_again(FakedRun& run, const std::string& source, std::optional<int64_t> first,
                std::optional<int64_t> last, const std::string& variant) {
  results::RunRow row{.experiment = "again",
                      .started = "2026-11-23T10:00:00Z",
                      .config = "",
                      .seeds = "[1]",
                      .primary_definition = faked::kNdcg,
                      .primary_cutoff = 10,
                      .command_line = ""};
  const int64_t id = run.database.begin_run(row);
  const std::string prepared = "prepared-" + std::to_string(id);
  run.database.write(results::DataSourceRow{.run_id = id,
                                            .dataset = "shop",
                                            .source = "",
                                            .source_hash = source,
                                            .prepared_hash = prepared,
                                            .windows = "{}"});
  run.database.write(
      results::TestLookRow{id, "shop", prepared, "2026-11-23T10:00:00Z", first, last});
  run.database.write(results::VariantRow{.run_id = id, .name = variant, .chain = "{}"});
}

/// One look of the run itself, at 100 to 200.
void fill(FakedRun& run) {
  run.database.write(results::DataSourceRow{.run_id = run.id(),
                                            .dataset = "shop",
                                            .source = "",
                                            .source_hash = "log",
                                            .prepared_hash = "own",
                                            .windows = "{}"});
  run.database.write(
      results::TestLookRow{run.id(), "shop", "own", "2026-11-22T10:00:00Z", 100, 200});
  run.variant("control");
}

TestLooks looks(const FakedRun& run) {
  return test_looks(results::Reader(run.database), run.id(), "shop");
}

TEST(TestLooks, OneIsOne) {
  FakedRun run;
  fill(run);
  EXPECT_EQ(looks(run).text(),
            "test split evaluated once in this file (22 November 2026), with 1 variant");
}

// split.test: 0.15 -> 0.151, or users: cold: other prepared data, the same requests.
TEST(TestLooks, OverlappingWindowsOfTheSameFilesCountWhateverWasPrepared) {
  FakedRun run;
  fill(run);
  look_again(run, "log", 150, 300, "ease");
  EXPECT_EQ(looks(run).text(),
            "test split evaluated twice in this file (22 November 2026 and 23 November 2026), with "
            "2 variants");
}

TEST(TestLooks, AnEarlierWindowAndOtherFilesDoNotCount) {
  FakedRun run;
  fill(run);
  look_again(run, "log", 1, 99, "ease");
  look_again(run, "other log", 150, 300, "als");
  EXPECT_EQ(looks(run).here.size(), 1U);
}

TEST(TestLooks, WithoutTimesWindowsMayOverlap) {
  FakedRun run;
  fill(run);
  look_again(run, "log", std::nullopt, std::nullopt, "ease");
  EXPECT_EQ(looks(run).here.size(), 2U);
}

TEST(TestLooks, OfOtherFilesAreToldWhereTheLogKnewThem) {
  FakedRun run;
  fill(run);
  run.database.write(results::KnownLookRow{run.id(), "shop", "2026-11-20T00:00:00Z", "abc", 100,
                                           200, R"(["111", "222"])"});
  run.database.write(results::KnownLookRow{run.id(), "shop", "2026-11-21T00:00:00Z", "abc", 100,
                                           200, R"(["222"])"});
  EXPECT_EQ(looks(run).text(),
            "test split evaluated once in this file and twice in others (20 November 2026 to 22 "
            "November 2026), with 3 variants");
}

TEST(TestLooks, OfAnUnknownDataSetThereAreNone) {
  const FakedRun run;
  EXPECT_EQ(looks(run).text(), "");
}

}  // namespace
}  // namespace assay::report
