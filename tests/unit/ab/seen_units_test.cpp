#include "ab/seen_units.h"

#include <gtest/gtest.h>

namespace assay::ab {
namespace {

using Was = SeenUnits::Was;

TEST(SeenUnits, KnowsUnitsAndTheirArms) {
  SeenUnits seen;
  constexpr int64_t kUnits = 100'000;  // it grows on the way
  for (int64_t unit = 0; unit < kUnits; ++unit)
    ASSERT_EQ(seen.see(hash_of(unit), static_cast<int>(unit % 3)), Was::unseen) << unit;
  for (int64_t unit = 0; unit < kUnits; ++unit) {
    ASSERT_EQ(seen.see(hash_of(unit), static_cast<int>(unit % 3)), Was::in_same_arm) << unit;
    ASSERT_EQ(seen.see(hash_of(unit), static_cast<int>((unit + 1) % 3)), Was::in_other_arm) << unit;
  }
  EXPECT_EQ(seen.units(), kUnits);
}

TEST(SeenUnits, TakesHashesOfAnyValue) {
  SeenUnits seen;
  seen.reserve(10);
  EXPECT_EQ(seen.see(0, 0), Was::unseen);
  EXPECT_EQ(seen.see(~uint64_t{0}, 99), Was::unseen);
  EXPECT_EQ(seen.see(0, 0), Was::in_same_arm);
  EXPECT_EQ(seen.see(~uint64_t{0}, 99), Was::in_same_arm);
}

}  // namespace
}  // namespace assay::ab
