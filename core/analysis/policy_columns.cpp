#include "analysis/policy_columns.h"

#include <algorithm>
#include <array>

#include "error/error.h"
#include "task/policy_work.h"

namespace assay::analysis {
namespace {

constexpr char kFailures[] =
    "SELECT reason FROM failure WHERE trial_key = ? AND task = ? ORDER BY failure_id DESC";

std::string reason_of(const RunSamples& samples, const std::string& trial_key,
                      const std::string& policy) {
  const std::array<results::Cell, 2> key{trial_key, std::string(task::kPolicyWork) + policy};
  const results::QueryAnswer found = samples.reader().query(kFailures, key);
  if (!found.rows.empty()) return std::get<std::string>(found.rows.front().front());
  return "it was not asked what it does with the logged rows: run the experiment again";
}

void append(const std::vector<float>& from, std::vector<float>& to) {
  to.insert(to.end(), from.begin(), from.end());
}

/// Rows of one fold of one seed, behind what is there.
void append_input(const results::PolicyInput& input, PolicyColumns& columns,
                  std::vector<int32_t>& requests) {
  requests.insert(requests.end(), input.requests.begin(), input.requests.end());
  append(input.propensity, columns.propensity);
  append(input.reward, columns.reward);
  append(input.probability, columns.probability);
  append(input.predicted, columns.predicted);
  append(input.expected, columns.expected);
  append(input.unsupported, columns.unsupported);
  columns.unlabelled += input.unlabelled;
  columns.unserved += input.unserved;
}

/// Numbers of users and of requests of nobody; those of a fold follow those of the one before it.
void append_clusters(const RunSamples& samples, const std::string& request_set,
                     const std::vector<int32_t>& requests, int32_t& used,
                     std::vector<int32_t>& cluster) {
  const std::vector<int32_t> users = samples.reader().request_users(request_set).users;
  const int32_t known = users.empty() ? 0 : std::ranges::max(users) + 1;
  for (const int32_t request : requests) {
    const int32_t user = users.at(static_cast<size_t>(request));
    cluster.push_back(used + (user >= 0 ? user : known + request));
  }
  used += known + static_cast<int32_t>(users.size());
}

PolicyColumns of_seed(const RunSamples& samples, const TrialGroup& group, const SeedTrials& seed,
                      const std::string& policy) {
  PolicyColumns columns;
  int32_t used = 0;
  for (size_t fold = 0; fold < seed.trial_keys.size(); ++fold) {
    const std::vector<results::PolicyInput> input =
        results::policy_input(samples.reader(), seed.trial_keys[fold], policy);
    if (input.empty()) {
      columns.problem = reason_of(samples, seed.trial_keys[fold], policy);
      return columns;
    }
    std::vector<int32_t> requests;
    for (const results::PolicyInput& shard : input) append_input(shard, columns, requests);
    append_clusters(samples, group.request_sets[fold], requests, used, columns.cluster);
  }
  return columns;
}

void add(const std::vector<float>& from, std::vector<float>& to) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

void add_seed(const PolicyColumns& seed, PolicyColumns& sum) {
  error::require(seed.reward == sum.reward && seed.propensity == sum.propensity,
                 "the trials of a variant are asked about the same logged rows");
  add(seed.probability, sum.probability);
  add(seed.expected, sum.expected);
  add(seed.unsupported, sum.unsupported);
  sum.unserved = std::max(sum.unserved, seed.unserved);
}

void divide(float by, std::vector<float>& values) {
  for (float& value : values) value /= by;
}

}  // namespace

PolicyColumns policy_columns(const RunSamples& samples, const TrialGroup& group,
                             const std::string& policy) {
  PolicyColumns columns;
  if (!group.complete) {
    columns.problem = "not all of its trials are done";
    return columns;
  }
  for (size_t i = 0; i < group.seeds.size(); ++i) {
    PolicyColumns seed = of_seed(samples, group, group.seeds[i], policy);
    if (!seed.problem.empty()) return seed;
    if (i == 0)
      columns = std::move(seed);
    else
      add_seed(seed, columns);
  }
  const auto seeds = static_cast<float>(group.seeds.size());
  divide(seeds, columns.probability);
  divide(seeds, columns.expected);
  divide(seeds, columns.unsupported);
  if (columns.rows() == 0 && columns.problem.empty())
    columns.problem = "no logged row shows an item and has a reward";
  return columns;
}

}  // namespace assay::analysis
