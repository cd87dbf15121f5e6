#include "analysis/served_clicks.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "analysis/analysis.h"
#include "results/world_table.h"
#include "simulator/click_models.h"

namespace assay::analysis {
namespace {

constexpr int64_t kStretch = 8192;  // lists that are read at once
constexpr char kItems[] =
    "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) WHERE request_set = ?";

std::vector<int32_t> numbers(const std::vector<std::string>& ids) {
  std::vector<int32_t> out;
  for (const std::string& id : ids) out.push_back(id.empty() ? -1 : std::stoi(id));
  return out;
}

/// Users and items of a request set as the world numbers them.
struct Asked {
  Asked(const results::Reader& reader, const std::string& set)
      : user(numbers(reader.request_user_ids(set))), times(reader.request_users(set).times) {
    const std::array<results::Cell, 1> of{set};
    const results::QueryAnswer answer = reader.query(kItems, of);
    item = numbers(nlohmann::json::parse(std::get<std::string>(answer.rows.at(0).at(0))));
  }
  std::vector<int32_t> user, item;
  std::vector<int64_t> times;
};

struct Clicks {
  double sum = 0;
  int64_t requests = 0;
};

void add_lists(const simulator::World& world, const Asked& asked, const results::Slates& slates,
               int64_t first, Clicks& clicks) {
  const auto size = static_cast<size_t>(slates.size);
  std::vector<int32_t> slate;
  for (int64_t r = 0; r < slates.requests; ++r) {
    slate.clear();
    for (size_t place = 0; place < size; ++place) {
      const int32_t item = slates.items[static_cast<size_t>(r) * size + place];
      if (item >= 0) slate.push_back(asked.item.at(static_cast<size_t>(item)));
    }
    const auto request = static_cast<size_t>(first + r);
    const int64_t day = simulator::day_of(asked.times.at(request) * 1'000'000);
    clicks.sum += simulator::expected_clicks(world, asked.user.at(request), day, slate);
    ++clicks.requests;
  }
}

Clicks clicks_of(const simulator::World& world, const results::Reader& reader,
                 const TrialGroup& group, const SeedTrials& seed) {
  Clicks clicks;
  for (size_t fold = 0; fold < seed.trial_keys.size(); ++fold) {
    const Asked asked(reader, group.request_sets[fold]);
    const auto requests = static_cast<int64_t>(asked.user.size());
    for (int64_t first = 0; first < requests; first += kStretch)
      add_lists(world, asked,
                reader.slates(seed.trial_keys[fold], first, std::min(kStretch, requests - first)),
                first, clicks);
  }
  return clicks;
}

results::PolicyValueRow row_of(const simulator::World& world, const RunSamples& samples,
                               const TrialGroup& group) {
  results::PolicyValueRow row;
  row.variant = group.variant;
  row.dataset = group.dataset;
  row.fold = group.fold;
  row.estimator = kServedClicks;
  row.position = 1000;  // behind all estimators
  double sum = 0;
  if (!group.complete || group.seeds.empty()) {
    row.reason = kIncomplete;
    return row;
  }
  for (const SeedTrials& seed : group.seeds) {
    const Clicks clicks = clicks_of(world, samples.reader(), group, seed);
    row.rows = clicks.requests;
    if (clicks.requests > 0) sum += clicks.sum / static_cast<double>(clicks.requests);
  }
  if (row.rows == 0)
    row.reason = "there is no request";
  else
    row.value = sum / static_cast<double>(group.seeds.size());
  return row;
}

}  // namespace

std::vector<results::PolicyValueRow> served_clicks(const RunSamples& samples, int64_t run_id) {
  std::vector<results::PolicyValueRow> all;
  for (const auto& [dataset, spec] : results::worlds(samples.reader(), run_id)) {
    const simulator::World world(nlohmann::json::parse(spec).get<task::SimulatorSpec>());
    for (const TrialGroup& group : samples.groups()) {
      if (group.dataset != dataset) continue;
      all.push_back(row_of(world, samples, group));
      all.back().run_id = run_id;
    }
  }
  return all;
}

}  // namespace assay::analysis
