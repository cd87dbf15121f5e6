#include "results/self_check_table.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "results/part_writer.h"
#include "sample_run.h"

namespace assay::results {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Result = SelfCheckRow::Result;

struct SelfCheckTable : ::testing::Test {
  SelfCheckTable() : database(Database::open_or_create(folder / "x.sqlite")) {
    run = sample::begin_sample(database);
    database.write(DataSourceRow{.run_id = run,
                                 .dataset = "ml100k",
                                 .source = "movielens-100k",
                                 .source_hash = "s",
                                 .prepared_hash = hash,
                                 .windows = "{}"});
  }

  void merge(const std::string& name, Result result, const std::string& detail) {
    PartWriter part(folder / name, {name, "self_check"});
    for (const char* check : {"twice", "ideal"})
      part.self_check({.prepared_hash = hash,
                       .definition = "mrr",
                       .cutoff = 10,
                       .check = check,
                       .result = result,
                       .found = 0.5,
                       .expected = 0.75,
                       .tolerance = 1e-6,
                       .requests = 512,
                       .detail = detail});
    part.finish();
    database.merge(folder / name, run, sample::coverage);
  }

  sample::Folder folder;
  Database database;
  int64_t run = 0;
  std::string hash = "p";
};

TEST_F(SelfCheckTable, RowsAreOfTheRunThatThePartIsMergedFor) {
  merge("a", Result::fails, "the ideal list has 0.5");
  const std::vector<SelfCheckRow> all = self_checks(Reader(database), run);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].check, "ideal") << "in the order of the checks";
  EXPECT_EQ(all[0].definition, "mrr");
  EXPECT_EQ(all[0].cutoff, 10);
  EXPECT_EQ(all[0].result, Result::fails);
  EXPECT_EQ(all[0].found, 0.5);
  EXPECT_EQ(all[0].expected, 0.75);
  EXPECT_EQ(all[0].tolerance, 1e-6);
  EXPECT_EQ(all[0].requests, 512);
  EXPECT_EQ(all[0].detail, "the ideal list has 0.5");
  EXPECT_EQ(all[0].dataset, "ml100k");
  EXPECT_THAT(self_checks(Reader(database), run + 1), IsEmpty());
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST_F(SelfCheckTable, ALaterCheckOfTheSameMetricReplacesTheEarlierOne) {
  merge("a", Result::fails, "broken");
  merge("b", Result::holds, "");
  const std::vector<SelfCheckRow> all = self_checks(Reader(database), run);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].result, Result::holds);
  EXPECT_EQ(all[0].detail, "");
}

TEST_F(SelfCheckTable, ALaterRunOfTheSameBuildInheritsWhatHeldForItsData) {
  merge("a", Result::holds, "");
  const auto later = [&](const std::string& data) {
    const int64_t id = sample::begin_sample(database);
    database.write(DataSourceRow{.run_id = id,
                                 .dataset = "ml100k",
                                 .source = "movielens-100k",
                                 .source_hash = "s",
                                 .prepared_hash = data,
                                 .windows = "{}"});
    inherit_self_checks(database, id);
    return self_checks(Reader(database), id);
  };
  const std::vector<SelfCheckRow> same = later(hash);
  ASSERT_EQ(same.size(), 2U);
  EXPECT_EQ(same[0].check, "ideal");
  EXPECT_EQ(same[0].requests, 512);
  EXPECT_THAT(later("other"), IsEmpty());
  merge("b", Result::fails, "broken");
  EXPECT_THAT(later(hash), IsEmpty()) << "what failed is looked at again";
}

TEST_F(SelfCheckTable, AFileFromBeforeGetsAnEmptyTable) {
  const auto step = std::ranges::find(migrations(), "adds self_check", &Migration::what);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_THAT(self_checks(Reader(newer), 1), IsEmpty());
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

}  // namespace
}  // namespace assay::results
