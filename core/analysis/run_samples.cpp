#include "analysis/run_samples.h"

#include <algorithm>
#include <array>
#include <map>

namespace assay::analysis {

namespace {

constexpr std::string_view kPooled = "all";

/// Trials come by variant, data set, fold: those of one group stand together.
TrialGroup& group_of(std::vector<TrialGroup>& groups, const results::RunTrial& trial) {
  const bool same = !groups.empty() && groups.back().variant == trial.variant &&
                    groups.back().dataset == trial.dataset && groups.back().fold == trial.fold;
  if (same) return groups.back();
  return groups.emplace_back(TrialGroup{
      trial.variant, trial.dataset, trial.fold, {}, {trial.request_set}, true, trial.serving});
}

bool same_but_fold(const TrialGroup& a, const TrialGroup& b) {
  return a.variant == b.variant && a.dataset == b.dataset;
}

/// Appends a fold to the group that pools them; a seed that a fold lacks leaves it incomplete.
void pool(TrialGroup& pooled, const TrialGroup& fold) {
  pooled.complete = pooled.complete && fold.complete && pooled.seeds.size() == fold.seeds.size();
  pooled.request_sets.insert(pooled.request_sets.end(), fold.request_sets.begin(),
                             fold.request_sets.end());
  for (size_t s = 0; s < std::min(pooled.seeds.size(), fold.seeds.size()); ++s) {
    auto& keys = pooled.seeds[s].trial_keys;
    const auto& more = fold.seeds[s].trial_keys;
    keys.insert(keys.end(), more.begin(), more.end());
    pooled.complete = pooled.complete && pooled.seeds[s].seed == fold.seeds[s].seed;
  }
}

std::vector<TrialGroup> with_pooled_folds(const std::vector<TrialGroup>& groups) {
  std::vector<TrialGroup> all;
  std::optional<size_t> pooled;  // place of the group that gathers the folds at hand
  for (const TrialGroup& group : groups) {
    if (group.fold == kPooled) {
      all.push_back(group);
      continue;
    }
    if (pooled && same_but_fold(all[*pooled], group)) {
      pool(all[*pooled], group);
    } else {
      pooled = all.size();
      all.push_back(group);
      all.back().fold = kPooled;
    }
    all.push_back(group);
  }
  return all;
}

}  // namespace

RunSamples::RunSamples(const results::Reader& reader, int64_t run_id) : reader_(reader) {
  std::vector<TrialGroup> groups;
  for (const results::RunTrial& trial : reader_.trials(run_id)) {
    TrialGroup& group = group_of(groups, trial);
    group.seeds.push_back({trial.seed, {trial.trial_key}});
    group.complete = group.complete && trial.status == results::TrialState::Status::done;
  }
  groups_ = with_pooled_folds(groups);
}

const TrialGroup* RunSamples::find(std::string_view variant, std::string_view dataset,
                                   std::string_view fold) const {
  for (const TrialGroup& group : groups_) {
    if (group.variant == variant && group.dataset == dataset && group.fold == fold) return &group;
  }
  return nullptr;
}

std::vector<results::StageMetric> RunSamples::columns_of(const std::string& trial_key) const {
  const std::array<assay::results::Cell, 1> parameters{trial_key};
  const results::QueryAnswer table = reader_.query(
      "SELECT stage, definition, cutoff FROM request_value WHERE trial_key = ? ORDER BY 1, 2, 3",
      parameters);
  std::vector<results::StageMetric> columns;
  for (const auto& row : table.rows) {
    columns.push_back({std::get<std::string>(row[0]), std::get<std::string>(row[1]),
                       static_cast<int>(std::get<int64_t>(row[2]))});
  }
  std::ranges::sort(columns);
  return columns;
}

std::vector<results::StageMetric> RunSamples::columns(const TrialGroup& group) const {
  std::optional<std::vector<results::StageMetric>> common;
  for (const SeedTrials& seed : group.seeds) {
    for (const std::string& key : seed.trial_keys) {
      const std::vector<results::StageMetric> have = columns_of(key);
      if (!common) {
        common = have;
      } else {
        std::erase_if(*common, [&](const results::StageMetric& at) {
          return !std::ranges::binary_search(have, at);
        });
      }
    }
  }
  return common.value_or(std::vector<results::StageMetric>());
}

SeedValues RunSamples::values(const TrialGroup& group, const results::StageMetric& at) const {
  SeedValues by_seed;
  for (const SeedTrials& seed : group.seeds) {
    auto& values = by_seed.emplace_back();
    for (const std::string& key : seed.trial_keys) {
      const std::vector<float> more = reader_.request_values(key, at);
      values.insert(values.end(), more.begin(), more.end());
    }
  }
  return by_seed;
}

}  // namespace assay::analysis
