#pragma once

/// Real logged data and what independent tools make of it.

#include <assay/plugin.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include "tiny_data.h"

namespace assay::test {

/// Looks a file up in the folders of ASSAY_DATA. Without it a test is skipped, or fails where data
/// is required.
inline std::optional<std::string> find_data(const std::string& file) {
  const char* const folders = std::getenv("ASSAY_DATA");
  std::istringstream stream(folders == nullptr ? "" : folders);
  for (std::string folder; std::getline(stream, folder, ':');) {
    const std::string path = folder + "/" + file;
    if (std::filesystem::exists(path)) return path;
  }
  return std::nullopt;
}

inline bool data_is_required() {
  return std::getenv("CI") != nullptr || std::getenv("ASSAY_REQUIRE_DATA") != nullptr;
}

/// Defines `path`, or ends the test.
#define ASSAY_NEEDS_DATA(path, file)                                                             \
  const std::optional<std::string> path##_found = ::assay::test::find_data(file);                \
  if (!path##_found) {                                                                           \
    ASSERT_FALSE(::assay::test::data_is_required()) << file << " is in no folder of ASSAY_DATA"; \
    GTEST_SKIP() << file << " is in no folder of ASSAY_DATA";                                    \
  }                                                                                              \
  const std::string path = *path##_found

inline nlohmann::json oracle(const std::string& name) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR "/tests/golden/oracles/") + name);
  return nlohmann::json::parse(file);
}

/// Training data and one request for each user with held-out items.
struct Split {
  TrainingView train;
  RequestBatch requests;
  Lists truth;
  int64_t first_id = 0;  // outside id of item 0
};

struct Rating {
  int64_t user, item, time, row;
};

inline std::vector<Rating> read_ratings(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  std::vector<Rating> ratings;
  double value;
  for (Rating r{}; file >> r.user >> r.item >> value >> r.time; ++r.row)
    ratings.push_back({r.user - 1, r.item - 1, r.time, r.row});
  return ratings;
}

/// Requests of all users with truth, whose history is their training rows in order.
inline Split split_of(const std::vector<Event>& train, const Lists& truth, int64_t items) {
  Split split;
  split.train = training_of(train, static_cast<int64_t>(truth.size()), items);
  const Lists history = lists(split.train.by_user);
  Lists asked;
  std::vector<int64_t> users;
  for (size_t u = 0; u < truth.size(); ++u) {
    if (truth[u].empty()) continue;
    users.push_back(static_cast<int64_t>(u));
    asked.push_back(history[u]);
    split.truth.push_back(truth[u]);
  }
  split.requests = requests_of(asked);
  split.requests.user = at::tensor(users, at::kLong);
  return split;
}

/// The splits of models_ml100k.json, see its `protocol`.
inline Split movielens(const std::string& path, const std::string& protocol) {
  constexpr int64_t kUsers = 943, kItems = 1682;
  std::vector<Rating> ratings = read_ratings(path);
  std::stable_sort(ratings.begin(), ratings.end(),
                   [](const Rating& a, const Rating& b) { return a.time < b.time; });
  std::vector<int64_t> left(kUsers, 0);
  for (const Rating& r : ratings) ++left[r.user];
  std::vector<Event> train;
  std::vector<Rating> test;
  int64_t place = 0;
  for (const Rating& r : ratings) {
    const bool is_last = --left[r.user] == 0;
    const bool hashed = ((r.row * 2654435761) % (int64_t{1} << 32)) % 5 == 0;
    const bool held_out = protocol == "A" ? is_last : protocol == "B" ? place >= 80000 : hashed;
    if (held_out)
      test.push_back(r);
    else
      train.push_back({r.user, r.item, r.time});
    ++place;
  }
  std::set<int64_t> users, items;
  for (const Event& e : train) users.insert(e.user), items.insert(e.item);
  Lists truth(kUsers);
  for (const Rating& r : test) {
    if (protocol == "B" && (!users.contains(r.user) || !items.contains(r.item))) continue;
    truth[r.user].push_back(r.item);
  }
  Split split = split_of(train, truth, kItems);
  split.first_id = 1;
  return split;
}

/// Lines `user item item ...`.
inline Lists read_user_items(const std::string& path) {
  std::ifstream file(path);
  Lists rows;
  for (std::string line; std::getline(file, line);) {
    std::istringstream numbers(line);
    size_t user = 0;
    numbers >> user;
    rows.resize(std::max(rows.size(), user + 1));
    for (int64_t item = 0; numbers >> item;) rows[user].push_back(item);
    std::sort(rows[user].begin(), rows[user].end());
    rows[user].erase(std::unique(rows[user].begin(), rows[user].end()), rows[user].end());
  }
  return rows;
}

struct Quality {
  double recall = 0, ndcg = 0, mrr = 0, coverage = 0, gini = 0;
};

/// As the oracles define them, over lists of `k`.
inline Quality quality(const Lists& served, const Lists& truth, int64_t k, int64_t items) {
  Quality q;
  std::vector<double> exposure(static_cast<size_t>(items), 0);
  for (size_t r = 0; r < served.size(); ++r) {
    const std::set<int64_t> relevant(truth[r].begin(), truth[r].end());
    double hits = 0, gain = 0, ideal = 0, first = 0;
    for (int64_t j = 0; j < k; ++j) {
      const double discount = 1 / std::log2(static_cast<double>(j) + 2);
      if (j < std::ssize(relevant)) ideal += discount;
      if (served[r][j] >= 0) ++exposure[served[r][j]];
      if (!relevant.contains(served[r][j])) continue;
      ++hits;
      gain += discount;
      if (first == 0) first = 1 / static_cast<double>(j + 1);
    }
    q.recall += hits / static_cast<double>(relevant.size());
    q.ndcg += gain / ideal;
    q.mrr += first;
  }
  const auto n = static_cast<double>(served.size());
  q.recall /= n, q.ndcg /= n, q.mrr /= n;
  std::sort(exposure.begin(), exposure.end());
  const double total = std::accumulate(exposure.begin(), exposure.end(), 0.0);
  for (int64_t i = 0; i < items; ++i) {
    q.gini += (2.0 * static_cast<double>(i + 1) - static_cast<double>(items) - 1) * exposure[i];
    if (exposure[i] > 0) q.coverage += 1 / static_cast<double>(items);
  }
  q.gini /= static_cast<double>(items) * total;
  return q;
}

}  // namespace assay::test
