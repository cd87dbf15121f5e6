#include "report/paired_values.h"

#include <cmath>

#include "stats/clusters.h"
#include "stats/seeds.h"

namespace assay::report {

std::vector<std::span<const float>> spans(const SeedValues& by_seed) {
  return {by_seed.begin(), by_seed.end()};
}

std::vector<std::int32_t> repeating_users(const RunSamples& samples, const TrialGroup& group) {
  std::vector<std::int32_t> users = samples.users(group);
  if (!stats::has_repeats(users)) users.clear();
  return users;
}

std::vector<double> by_user(std::span<const double> values, std::span<const std::int32_t> users) {
  std::vector<double> used;
  std::vector<std::int32_t> whose;
  for (std::size_t r = 0; r < values.size(); ++r) {
    if (std::isnan(values[r])) continue;
    used.push_back(values[r]);
    whose.push_back(users[r]);
  }
  return stats::by_cluster(used, whose);
}

PairedValues pair_values(const SeedValues& baseline, const SeedValues& variant,
                         std::span<const std::int32_t> users) {
  PairedValues pairs;
  pairs.sample = stats::pair_up_seeds(spans(baseline), spans(variant));
  if (pairs.sample.differences.empty()) return pairs;
  const std::vector<double> from = stats::average_over_seeds(spans(baseline));
  const std::vector<double> to = stats::average_over_seeds(spans(variant));
  std::vector<double> differences(from.size());
  double sum = 0;
  for (std::size_t r = 0; r < from.size(); ++r) {
    differences[r] = to[r] - from[r];
    if (!std::isnan(differences[r])) sum += from[r];
  }
  pairs.baseline_mean = sum / static_cast<double>(pairs.sample.differences.size());
  if (!users.empty()) pairs.sample.differences = by_user(differences, users);
  return pairs;
}

}  // namespace assay::report
