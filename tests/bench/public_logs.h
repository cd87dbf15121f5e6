#pragma once

/// Gowalla's training part and Beauty's sequences as lists, where ASSAY_DATA has them.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace assay::bench {

/// Rows of "user item item ...", by user; empty where no folder of ASSAY_DATA has the file.
inline std::vector<std::vector<int64_t>> rows_of(const std::string& file) {
  std::istringstream folders(std::getenv("ASSAY_DATA") ? std::getenv("ASSAY_DATA") : "");
  std::vector<std::vector<int64_t>> rows;
  for (std::string folder; std::getline(folders, folder, ':') && rows.empty();) {
    std::ifstream lines(folder + "/" + file);
    for (std::string line; std::getline(lines, line);) {
      std::istringstream numbers(line);
      size_t user = 0;
      numbers >> user;
      rows.resize(std::max(rows.size(), user + 1));
      for (int64_t item = 0; numbers >> item;) rows[user].push_back(item);
    }
  }
  return rows;
}

inline constexpr int64_t kGowallaItems = 40981;
inline constexpr int64_t kBeautyItems = 12102;  // ids from 1

/// Each item of a user once, ascending.
inline std::vector<std::vector<int64_t>> gowalla() {
  std::vector<std::vector<int64_t>> rows = rows_of("gowalla/train.txt");
  for (auto& row : rows) {
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
  }
  return rows;
}

/// All but the last two items of each user, in time order.
inline std::vector<std::vector<int64_t>> beauty() {
  std::vector<std::vector<int64_t>> rows = rows_of("amazon-beauty/Beauty.txt");
  for (auto& row : rows) row.resize(row.size() < 2 ? 0 : row.size() - 2);
  return rows;
}

}  // namespace assay::bench
