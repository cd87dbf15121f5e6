#include "timing/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>

namespace assay::timing {
namespace {

namespace fs = std::filesystem;

TEST(ResourceSampler, ReadsThisProcessAndSaysWhyAGpuHasNoReadings) {
  ResourceSampler sampler(task::Device::cpu, 0.001);
  volatile double sink = 0;
  for (int i = 0; i < 20'000'000; ++i) sink = sink + i;
  std::map<std::string, std::vector<ResourceReading>> by_name;
  for (ResourceReading& reading : sampler.stop()) by_name[reading.name].push_back(reading);

  const auto& cpu = by_name.at("cpu_seconds");
  ASSERT_GE(cpu.size(), 2);
  EXPECT_GT(cpu.back().value, cpu.front().value);
  EXPECT_GT(by_name.at("rss_bytes").front().value, 1e6);
  for (const char* name : {"gpu_bytes", "gpu_busy", "gpu_joules"}) {
    ASSERT_EQ(by_name.at(name).size(), 1) << name;
    EXPECT_EQ(by_name.at(name)[0].value, std::nullopt);
    EXPECT_EQ(by_name.at(name)[0].reason, "the worker uses no GPU");
  }
  for (const auto& [name, readings] : by_name) {
    for (const ResourceReading& reading : readings)
      EXPECT_NE(reading.value.has_value(), !reading.reason.empty()) << name;
  }
}

class CpuEnergyTest : public testing::Test {
 protected:
  void SetUp() override {
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void package(const std::string& name, int64_t used_uj) const {
    fs::create_directories(folder_ / name);
    std::ofstream(folder_ / name / "energy_uj") << used_uj << '\n';
    std::ofstream(folder_ / name / "max_energy_range_uj") << 10'000'000 << '\n';
  }

  fs::path folder_ = fs::path(testing::TempDir()) / "assay_powercap";
};

TEST_F(CpuEnergyTest, AddsUpPackagesAndNotTheirParts) {
  package("intel-rapl:0", 1'000'000);
  package("intel-rapl:1", 5'000'000);
  package("intel-rapl:0:0", 0);
  CpuEnergy energy(folder_);
  EXPECT_EQ(energy.joules(), 0.0);
  package("intel-rapl:0", 3'000'000);
  package("intel-rapl:1", 5'500'000);
  package("intel-rapl:0:0", 9'000'000);
  EXPECT_EQ(energy.joules(), 2.5);
}

TEST_F(CpuEnergyTest, FollowsACounterThatWraps) {
  package("intel-rapl:0", 9'000'000);
  CpuEnergy energy(folder_);
  package("intel-rapl:0", 500'000);
  EXPECT_EQ(energy.joules(), 1.5);
}

TEST_F(CpuEnergyTest, SaysWhyThereIsNone) {
  CpuEnergy none(folder_);
  EXPECT_EQ(none.joules(), std::nullopt);
  EXPECT_EQ(none.reason(), "the machine shows no RAPL counters in " + folder_.string());

  package("intel-rapl:0", 1);
  CpuEnergy gone(folder_);
  fs::remove(folder_ / "intel-rapl:0" / "energy_uj");
  EXPECT_EQ(gone.joules(), std::nullopt);
  EXPECT_EQ(gone.reason(),
            (folder_ / "intel-rapl:0" / "energy_uj").string() + " can no longer be read");

  CpuEnergy locked(folder_);
  EXPECT_EQ(locked.joules(), std::nullopt);
  EXPECT_THAT(locked.reason(), testing::HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace assay::timing
