#include <gmock/gmock.h>

#include "results/trial_rows.h"

namespace assay::results {
namespace {

constexpr bool kOwnThreads = true;

TEST(Disturbance, IsWaitingForACore) {
  EXPECT_FALSE(Disturbance{.cpu_wait_share = 0.02}.is_disturbed(false));
  EXPECT_TRUE(Disturbance{.cpu_wait_share = 0.021}.is_disturbed(false));
  EXPECT_EQ(Disturbance{.cpu_wait_share = 0.5}.text(),
            "tasks waited for a core for 50 % of the time");
}

TEST(Disturbance, OfALoadWithThreadsOfItsOwnIsWaitingBesideOthers) {
  EXPECT_FALSE(
      (Disturbance{.others_cpu_share = 0.01, .cpu_wait_share = 0.9}).is_disturbed(kOwnThreads))
      << "its own threads wait for each other";
  EXPECT_TRUE(
      (Disturbance{.others_cpu_share = 0.03, .cpu_wait_share = 0.9}).is_disturbed(kOwnThreads));
}

TEST(Disturbance, IsATenthOfAllCoresForOthers) {
  EXPECT_FALSE(Disturbance{.others_cpu_share = 0.1}.is_disturbed(false));
  EXPECT_TRUE(Disturbance{.others_cpu_share = 0.46}.is_disturbed(false));
  EXPECT_EQ(Disturbance{.others_cpu_share = 0.46}.text(),
            "other processes took 46 % of the cores' time");
}

TEST(Disturbance, IsWhatTheHypervisorTakes) {
  EXPECT_FALSE(Disturbance{.steal_share = 0.01}.is_disturbed(false));
  EXPECT_TRUE(Disturbance{.steal_share = 0.2}.is_disturbed(kOwnThreads));
  EXPECT_EQ(Disturbance{.steal_share = 0.2}.text(), "the hypervisor took 20 % of the cores' time");
}

TEST(Disturbance, IsToldByLostCoresWhereNothingElseCanBeRead) {
  EXPECT_TRUE(Disturbance{.involuntary_switches_per_s = 80}.is_disturbed(false));
  EXPECT_FALSE(
      (Disturbance{.others_cpu_share = 0, .involuntary_switches_per_s = 80}).is_disturbed(false));
  EXPECT_EQ(Disturbance{.involuntary_switches_per_s = 80}.text(),
            "the timed process lost its core 80 times a second");
}

TEST(Disturbance, ThatWasNotMeasuredIsNone) { EXPECT_FALSE(Disturbance{}.is_disturbed(false)); }

}  // namespace
}  // namespace assay::results
