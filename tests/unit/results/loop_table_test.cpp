#include "results/loop_table.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "sample_run.h"

namespace assay::results {
namespace {

using ::testing::IsEmpty;

TEST(LoopTable, RowsComeBackAsTheyWereWritten) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  LoopDayRow row{.run_id = run, .variant = "control", .dataset = "world", .measure = "clicks"};
  row.requests = 10;
  row.day = 2;
  row.value = 0.5;
  write_loop_day(database, row);
  row.value = 0.25;
  row.difference = 0.0;
  row.ci_low = -1.0;
  row.ci_high = 1.0;
  write_loop_day(database, row);
  row.day = 1;
  row.value.reset();
  row.reason = "not all of its trials are done";
  write_loop_day(database, row);

  const auto rows = loop_days(Reader(database), run);
  ASSERT_EQ(rows.size(), 2U) << "a row of the same key is replaced";
  EXPECT_EQ(rows[0].day, 1);
  EXPECT_EQ(rows[0].value, std::nullopt);
  EXPECT_EQ(rows[0].reason, "not all of its trials are done");
  EXPECT_EQ(rows[1].value, 0.25);
  EXPECT_EQ(rows[1].ci_low, -1.0);
  EXPECT_EQ(rows[1].requests, 10);
  EXPECT_THAT(database.check(), IsEmpty());
}

TEST(LoopTable, AFileFromBeforeLoopsGetsAnEmptyTable) {
  const auto step = std::ranges::find(migrations(), "adds loop_day", &Migration::what);
  ASSERT_NE(step, migrations().end());
  const std::vector<Migration> before(migrations().begin(), step);
  const sample::Folder folder;
  const std::string path = folder / "old.sqlite";
  {
    auto old = Database::open_or_create(path, 100, before);
    sample::begin_sample(old);
    old.close();
  }
  const auto newer = Database::open_or_create(path, 100);
  EXPECT_THAT(loop_days(Reader(newer), 1), IsEmpty());
  EXPECT_EQ(Reader(newer).variants(1).size(), 2U) << "what was there stays";
  EXPECT_THAT(newer.check(), IsEmpty());
}

}  // namespace
}  // namespace assay::results
