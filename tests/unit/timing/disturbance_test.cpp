#include "timing/disturbance.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <sstream>
#include <thread>

namespace assay::timing {
namespace {

TEST(CpuTimes, LeaveIdleTimeAndTheTimeOfGuestsOut) {
  // user nice system idle iowait irq softirq steal guest guest_nice; guests are in user already.
  std::istringstream stat("cpu  100 20 30 4000 500 6 4 70 50 10\ncpu0 1 2 3 4 5 6 7 8 9 10\n");
  const auto times = read_cpu_times(stat, 100);
  ASSERT_TRUE(times);
  EXPECT_DOUBLE_EQ(times->busy_s, 1.6);
  EXPECT_DOUBLE_EQ(times->stolen_s, 0.7);
}

TEST(CpuTimes, AreNotReadFromAnotherForm) {
  std::istringstream empty, other("processor 0\n"), shorter("cpu  1 2 3\n");
  EXPECT_FALSE(read_cpu_times(empty, 100));
  EXPECT_FALSE(read_cpu_times(other, 100));
  EXPECT_FALSE(read_cpu_times(shorter, 100));
}

TEST(Pressure, IsTheTotalOfTheLineSome) {
  std::istringstream pressure(
      "some avg10=1.50 avg60=0.90 avg300=0.40 total=2500000\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n");
  EXPECT_EQ(read_waited_s(pressure), 2.5);
  std::istringstream other("full avg10=0.00 total=7\n"), empty;
  EXPECT_EQ(read_waited_s(other), std::nullopt);
  EXPECT_EQ(read_waited_s(empty), std::nullopt);
}

TEST(DisturbanceMeter, SeesProcessesThatTakeEveryCore) {
  std::vector<pid_t> busy;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      while (true) asm volatile("");
    }
    busy.push_back(child);
  }
  const DisturbanceMeter meter;
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto readings = meter.stop();
  for (const pid_t child : busy) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  std::map<std::string, ResourceReading> by_name;
  for (const ResourceReading& reading : readings) by_name[reading.name] = reading;
  ASSERT_EQ(by_name.size(), 4U);
  const ResourceReading& others = by_name.at("others_cpu_share");
  if (!others.value) GTEST_SKIP() << others.reason;
  EXPECT_GT(*others.value, 0.1);
  EXPECT_LE(*others.value, 1.05);
}

}  // namespace
}  // namespace assay::timing
