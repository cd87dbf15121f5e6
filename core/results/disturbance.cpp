#include <fmt/core.h>

#include "results/trial_rows.h"

namespace assay::results {
namespace {

constexpr double kWaitedShare = 0.02;
constexpr double kOthersShare = 0.10;
constexpr double kOthersBesideWaiting = 0.02;
constexpr double kStolenShare = 0.01;
constexpr double kSwitchesPerSecond = 50;

bool above(const std::optional<double>& value, double limit) { return value && *value > limit; }

}  // namespace

bool Disturbance::is_disturbed(bool own_threads) const {
  const bool others_ran = !own_threads || above(others_cpu_share, kOthersBesideWaiting);
  if (above(cpu_wait_share, kWaitedShare) && others_ran) return true;
  if (above(others_cpu_share, kOthersShare) || above(steal_share, kStolenShare)) return true;
  return !cpu_wait_share && !others_cpu_share &&
         above(involuntary_switches_per_s, kSwitchesPerSecond);
}

std::string Disturbance::text() const {
  const auto percent = [](double share) { return fmt::format("{:.0f} %", 100 * share); };
  if (above(others_cpu_share, kOthersShare))
    return "other processes took " + percent(*others_cpu_share) + " of the cores' time";
  if (above(steal_share, kStolenShare))
    return "the hypervisor took " + percent(*steal_share) + " of the cores' time";
  if (above(cpu_wait_share, kWaitedShare))
    return "tasks waited for a core for " + percent(*cpu_wait_share) + " of the time";
  return fmt::format("the timed process lost its core {:.0f} times a second",
                     involuntary_switches_per_s.value_or(0));
}

}  // namespace assay::results
