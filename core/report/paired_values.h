#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "report/run_samples.h"
#include "stats/paired.h"

namespace assay::report {

/// The same values, as core/stats takes them.
std::vector<std::span<const float>> spans(const SeedValues& by_seed);

/// The users behind the requests of a group, where some user asks more than once and requests are
/// therefore not independent; else none.
std::vector<std::int32_t> repeating_users(const RunSamples& samples, const TrialGroup& group);

/// One number a user (stats::by_cluster) of the values that are not NaN.
std::vector<double> by_user(std::span<const double> values, std::span<const std::int32_t> users);

/// Two variants on the same requests.
struct PairedValues {
  stats::PairedSample sample;           ///< variant - baseline; one a user where users repeat
  std::optional<double> baseline_mean;  ///< over the requests that are paired
};

/// Averages over seeds, pairs, and gathers by user where `users` is not empty.
PairedValues pair_values(const SeedValues& baseline, const SeedValues& variant,
                         std::span<const std::int32_t> users);

}  // namespace assay::report
