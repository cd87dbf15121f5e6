#pragma once

/// Files and folders for tests of readers, and real data where it is at hand.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "dataset/imported.h"
#include "dataset/prepared.h"
#include "dataset/time.h"
#include "error/error.h"
#include "ingest/load.h"

namespace assay::test {

/// A folder of its own for each test, gone with it.
class TestFolder {
 public:
  TestFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("assay_import_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name = "") const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  /// Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path(name);
  }
  ingest::DataPlaces places() const { return {{path("data")}, path("cache")}; }

 private:
  std::filesystem::path path_;
};

/// The text of the UserError that `body` throws, without `folder`; "" where it throws none.
template <typename Body>
std::string error_of(const TestFolder& folder, Body&& body) {
  try {
    body();
  } catch (const error::UserError& error) {
    std::string text = error.what();
    const std::string prefix = folder.path() + "/";
    for (size_t at = 0; (at = text.find(prefix)) != std::string::npos;)
      text.erase(at, prefix.size());
    return text;
  }
  return "";
}

inline task::DatasetSpec dataset_at(const std::string& path, const std::string& format) {
  task::DatasetSpec dataset;
  dataset.name = "logs";
  dataset.path = path;
  dataset.format = format;
  return dataset;
}

inline task::DatasetSpec csv_at(const std::string& path) {
  task::DatasetSpec dataset = dataset_at(path, "csv");
  dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", "at"}};
  return dataset;
}

inline dataset::ImportedData imported(const TestFolder& folder, const task::DatasetSpec& dataset) {
  return dataset::ImportedData::open(import_dataset(dataset, folder.places()).path);
}

inline std::vector<std::string> texts(const dataset::TextView& view) {
  std::vector<std::string> out;
  for (int64_t i = 0; i < view.size(); ++i) out.emplace_back(view[i]);
  return out;
}

/// A tensor of times, in seconds.
inline std::vector<double> seconds(const dataset::SafetensorsFile& file, const std::string& name) {
  std::vector<double> out;
  for (const int64_t time_us : file.array<int64_t>(name))
    out.push_back(time_us < 0 ? -1 : static_cast<double>(time_us) / dataset::kMicroseconds);
  return out;
}

template <typename T>
std::vector<T> values(const dataset::SafetensorsFile& file, const std::string& name) {
  const auto span = file.array<T>(name);
  return {span.begin(), span.end()};
}

inline bool data_is_required() {
  return std::getenv("CI") != nullptr || std::getenv("ASSAY_REQUIRE_DATA") != nullptr;
}

/// Logs as tables: columns user, item and a time.
class LogTables : public ::testing::Test {
 protected:
  task::DatasetSpec at(const std::string& name, const std::string& format,
                       const std::string& time = "at") const {
    task::DatasetSpec dataset = dataset_at(folder_.path(name), format);
    dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", time}};
    return dataset;
  }
  /// What an import says is wrong; "" where nothing is.
  std::string error(const task::DatasetSpec& dataset) const {
    return error_of(folder_, [&] { ingest::import_dataset(dataset, folder_.places()); });
  }
  TestFolder folder_;
};

/// Expects the last row of the audit to be a property that was found.
inline void expect_property(const dataset::PreparedRef& ref, const std::string& check,
                            const std::string& text) {
  const nlohmann::json& row = ref.info.at("audit").back();
  EXPECT_EQ(row.at("check"), check);
  EXPECT_EQ(row.at("kind"), "property");
  EXPECT_EQ(row.at("result"), "found");
  EXPECT_EQ(row.at("detail"), text);
}

}  // namespace assay::test

/// Ends the test where a data set of the catalogue is in no folder of ASSAY_DATA (nor in ./data).
#define ASSAY_NEEDS_CATALOGUE(name, places)                                                    \
  if (!find_data(catalogue_entry(name), places)) {                                             \
    if (::assay::test::data_is_required()) FAIL() << name << " is in no folder of ASSAY_DATA"; \
    GTEST_SKIP() << name << " is in no folder of ASSAY_DATA";                                  \
  }
