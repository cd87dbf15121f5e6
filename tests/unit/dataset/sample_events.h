#pragma once

/// Small logs for tests of splits, filters and audits.

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "dataset/events.h"
#include "dataset/time.h"
#include "error/error.h"

namespace assay::test {

/// One event in words: who, what, when (seconds), how strong.
struct Row {
  int32_t user, item;
  int64_t time = 0;
  float value = 1;
};

/// Events of `rows`, which must be in time order. Without times their order is all there is.
/// A value of at least 3 is positive where `with_target` is set.
inline dataset::Events events_of(const std::vector<Row>& rows, bool with_times = true,
                                 bool with_target = false) {
  dataset::Events events;
  if (with_target) events.targets.emplace_back();
  for (const Row& row : rows) {
    events.user.push_back(row.user);
    events.item.push_back(row.item);
    events.row.push_back(std::ssize(events.row));
    events.value.push_back(row.value);
    if (with_times) events.time_us.push_back(row.time * dataset::kMicroseconds);
    if (with_target) events.targets[0].push_back(row.value >= 3);
    events.users = std::max<int64_t>(events.users, row.user + 1);
    events.items = std::max<int64_t>(events.items, row.item + 1);
  }
  return events;
}

/// Times in seconds.
inline std::vector<int64_t> seconds(std::span<const int64_t> times_us) {
  std::vector<int64_t> out;
  for (const int64_t time_us : times_us) out.push_back(dataset::seconds_of(time_us));
  return out;
}

/// A log of chance: many equal times, users of very different length, a third of the events
/// positive.
inline dataset::Events random_events(uint32_t seed, size_t count, bool with_times = true) {
  std::mt19937 random(seed);
  std::vector<Row> rows;
  int64_t time = 1000;
  for (size_t i = 0; i < count; ++i) {
    time += random() % 3;
    const uint32_t a = random() % 40, b = random() % 40;
    rows.push_back({static_cast<int32_t>(std::min(a, b)), static_cast<int32_t>(random() % 60), time,
                    static_cast<float>(random() % 4 + 0)});
  }
  dataset::Events events = events_of(rows, with_times, true);
  events.users = 40;
  events.items = 60;
  return events;
}

inline std::vector<int> windows(const std::vector<uint8_t>& window) {
  return {window.begin(), window.end()};
}

/// A folder of its own for each test, gone with it.
class TestFolder {
 public:
  TestFolder() {
    static int count = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("assay_dataset_" + std::to_string(::getpid()) + "_" + std::to_string(count++));
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// The text of the UserError that `body` throws; "" where it throws none.
template <typename Body>
std::string error_of(Body&& body) {
  try {
    body();
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace assay::test
