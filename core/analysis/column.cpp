#include "analysis/column.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "error/error.h"

namespace assay::analysis {

namespace {

/// As many as a shard has: chunks of lists are then read whole.
constexpr int64_t kStretch = 8192;

/// [first, first + count) of an array, a range at a time.
template <typename Take>
void each_stretch(int64_t size, Take take) {
  for (int64_t first = 0; first < size; first += kStretch)
    take(first, std::min(kStretch, size - first));
}

/// Folds number their users each for itself; pooled, a user has one number, by the outside id.
void renumber(const std::vector<std::string>& ids, std::vector<int32_t>& users,
              std::unordered_map<std::string, int32_t>& numbers) {
  for (size_t r = 0; r < users.size(); ++r) {
    if (users[r] < 0) continue;  // anonymous
    users[r] = numbers.emplace(ids[r], static_cast<int32_t>(numbers.size())).first->second;
  }
}

}  // namespace

std::vector<RequestRange> ranges_of(const results::Reader& reader, const TrialGroup& group) {
  std::vector<RequestRange> all;
  const std::vector<std::string>& keys = group.seeds.front().trial_keys;
  for (size_t set = 0; set < keys.size(); ++set) {
    const std::array<assay::results::Cell, 1> key{keys[set]};
    const results::QueryAnswer trial =
        reader.query("SELECT requests FROM trial WHERE trial_key = ?", key);
    each_stretch(std::get<int64_t>(trial.rows.at(0).at(0)), [&](int64_t first, int64_t count) {
      all.push_back({set, first, count});
    });
  }
  return all;
}

Column::Column(const results::Reader& reader, const TrialGroup& group,
               const results::StageMetric& at)
    : ranges_(ranges_of(reader, group)) {
  for (const SeedTrials& seed : group.seeds) {
    auto& sets = by_seed_.emplace_back();
    for (const std::string& key : seed.trial_keys) sets.push_back(reader.stored_values(key, at));
  }
}

SeedValues Column::read(const RequestRange& range) const {
  SeedValues values;
  for (const auto& sets : by_seed_) {
    const results::StoredArray<float>& array = sets.at(range.set);
    error::require(range.first + range.count <= array.size(), "trials of a group answer alike");
    values.push_back(array.read(range.first, range.count));
  }
  return values;
}

GroupUsers::GroupUsers(const results::Reader& reader, const TrialGroup& group) {
  for (const std::string& set : group.request_sets) {
    if (!reader.has_request_set(set)) return;
  }
  for (const std::string& set : group.request_sets) stored_.push_back(reader.stored_users(set));
  std::unordered_map<std::string, int32_t> numbers;
  for (size_t set = 0; set < stored_.size() && stored_.size() > 1; ++set) {
    renumbered_.push_back(stored_[set].read(0, stored_[set].size()));
    renumber(reader.request_user_ids(group.request_sets[set]), renumbered_.back(), numbers);
  }
  order_ = stats::cluster_order([&](const auto& take) {
    for (const std::vector<int32_t>& users : renumbered_) take(users);
    if (!renumbered_.empty()) return;
    each_stretch(stored_.front().size(),
                 [&](int64_t first, int64_t count) { take(stored_.front().read(first, count)); });
  });
}

std::vector<int32_t> GroupUsers::read(const RequestRange& range) const {
  if (!repeat()) return {};
  if (renumbered_.empty()) return stored_.at(range.set).read(range.first, range.count);
  const std::vector<int32_t>& users = renumbered_.at(range.set);
  const auto first = users.begin() + range.first;
  return {first, first + range.count};
}

}  // namespace assay::analysis
