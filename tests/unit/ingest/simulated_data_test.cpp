#include "ingest/simulated_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "impression_files.h"
#include "ingest/load.h"
#include "simulator/logging.h"

namespace assay::ingest {
namespace {

using dataset::Impressions;
using test::list;

class SimulatedData : public test::ImpressionFiles {
 protected:
  SimulatedData() {
    auto spec = std::make_shared<task::SimulatorSpec>();
    spec->users = 30;
    spec->items = 40;
    spec->days = 3;
    spec->events = 600;
    spec->slate = 2;
    dataset_.name = "simulated";
    dataset_.impressions = task::simulated_rows();
    dataset_.simulator = spec;
  }

  task::DatasetSpec made() { return with_simulated_files(dataset_, cache()); }
  std::string cache() const { return folder_.path("cache"); }

  task::DatasetSpec dataset_;
};

TEST_F(SimulatedData, TheTableHoldsWhatTheWorldLogged) {
  const Impressions table =
      Impressions::open(import_impression_table(*made().impressions, cache()).path);
  EXPECT_EQ(table.rows(), 600);
  EXPECT_EQ(table.requests(), 300);
  EXPECT_EQ(table.info().at("outside_allowed"), 0);
  EXPECT_EQ(table.info().at("world"), nlohmann::json(*dataset_.simulator));
  const simulator::World world(*dataset_.simulator);
  simulator::log_day(world, 0, 1 << 20, [&](const simulator::LogRows& rows) {
    EXPECT_EQ(rows.size(), 200U);
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto row = static_cast<int64_t>(i);
      EXPECT_EQ(table.ids("item")[table.item()[i]], std::to_string(rows.item[i]));
      EXPECT_EQ(table.propensity()[i], rows.propensity[i]) << "to the last bit";
      EXPECT_EQ(table.position()[i], rows.position[i]);
      EXPECT_EQ(table.labels().front().positive(row), rows.click[i] == 1);
      EXPECT_EQ(table.time_us()[i / 2], rows.time_us[i]);
    }
  });
}

TEST_F(SimulatedData, FilesAreMadeOnceAndNamedByTheWorld) {
  const std::string rows = made().impressions->path;
  const auto written = std::filesystem::last_write_time(rows);
  EXPECT_EQ(made().impressions->path, rows);
  EXPECT_EQ(std::filesystem::last_write_time(rows), written);
  auto other = std::make_shared<task::SimulatorSpec>(*dataset_.simulator);
  other->seed = 2;
  dataset_.simulator = other;
  EXPECT_NE(made().impressions->path, rows);
}

TEST_F(SimulatedData, UsersAndItemsHaveFeatures) {
  const task::DatasetSpec files = made();
  ASSERT_EQ(files.features.size(), 2U);
  EXPECT_EQ(files.features[0].of, "user");
  EXPECT_EQ(files.features[1].columns.at("trait_3"), "number");
  EXPECT_TRUE(std::filesystem::exists(files.features[1].path));
}

}  // namespace
}  // namespace assay::ingest
