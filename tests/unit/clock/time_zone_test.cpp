#include "clock/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "clock/posix_rule.h"

namespace assay::clock {
namespace {

using testing::Contains;

/// A few zones of tzdata 2026 (public domain), whose files end with a rule for the years to come.
class Zones : public testing::Test {
 protected:
  void SetUp() override { setenv("TZDIR", ASSAY_SOURCE_DIR "/tests/unit/clock/zoneinfo", 1); }
  void TearDown() override { unsetenv("TZDIR"); }

  // Seconds since 1970, UTC, of a time of the clock, -1 where it was skipped.
  static int64_t utc(const char* zone, int64_t local_s) {
    const auto time_us = TimeZone::find(zone)->utc_of(local_s * 1'000'000);
    return time_us ? *time_us / 1'000'000 : -1;
  }
};

// As Python's zoneinfo has them.
TEST_F(Zones, TurnTimesOfTheClockIntoUtc) {
  EXPECT_EQ(utc("Asia/Shanghai", 1717180200), 1717151400);
  EXPECT_EQ(utc("Asia/Shanghai", 583761600), 583729200) << "summer time of 1988";
  EXPECT_EQ(utc("America/New_York", 1720051200), 1720065600);
  EXPECT_EQ(utc("America/New_York", 2098742400), 2098756800) << "by the rule, in 2036";
  EXPECT_EQ(utc("Europe/Dublin", 1719792000), 1719788400) << "whose winter time is the exception";
  EXPECT_EQ(utc("America/Nuuk", 1751328000), 1751331600);
  EXPECT_EQ(utc("Pacific/Apia", 1325376000), 1325325600);
  EXPECT_EQ(utc("UTC", 1717180200), 1717180200);
  EXPECT_EQ(*TimeZone::find("Asia/Shanghai")->utc_of(1717180200000001), 1717151400000001);
  EXPECT_EQ(*TimeZone::find("UTC")->utc_of(-1), -1);
}

TEST_F(Zones, TakeTheEarlierOfTwoTimesAndNoneThatWasSkipped) {
  EXPECT_EQ(utc("America/New_York", 1730597400), 1730611800)
      << "1:30 of 2024-11-03, in summer time";
  EXPECT_EQ(utc("Australia/Lord_Howe", 1712454300), 1712414700) << "turned back by half an hour";
  EXPECT_EQ(utc("America/New_York", 1710035999), 1710053999);
  EXPECT_EQ(utc("America/New_York", 1710039600 - 3600), -1) << "2:00 of 2024-03-10";
  EXPECT_EQ(utc("America/New_York", 1710039599), -1);
  EXPECT_EQ(utc("America/New_York", 1710039600), 1710054000) << "3:00";
  EXPECT_EQ(utc("Pacific/Apia", 1325246400), -1) << "the 30th of December 2011";
}

TEST_F(Zones, AreFoundByTheirNamesAlone) {
  EXPECT_EQ(TimeZone::problem("Asia/Shanghai"), "");
  EXPECT_EQ(TimeZone::problem("Asia/Shangai"),
            "is no time zone that this machine knows; did you mean \"Asia/Shanghai\"?");
  EXPECT_EQ(TimeZone::problem("new_york"),
            "is no time zone that this machine knows; did you mean \"America/New_York\"?");
  EXPECT_EQ(TimeZone::problem("CEST"),
            "is no time zone that this machine knows; expected an IANA name such as Asia/Shanghai "
            "or UTC");
  EXPECT_NE(TimeZone::problem("../clock/zoneinfo/UTC"), "") << "a name leads out of no folder";
  EXPECT_NE(TimeZone::problem("America"), "") << "a folder";
  EXPECT_NE(TimeZone::problem(""), "");
  EXPECT_THAT(zone_names(), Contains("Australia/Lord_Howe"));
}

TEST_F(Zones, NeedTheDatabase) {
  setenv("TZDIR", "/nowhere", 1);
  EXPECT_EQ(TimeZone::problem("UTC"),
            "cannot be looked up, since this machine has no database of time zones in /nowhere; "
            "install tzdata, or let TZDIR name its folder");
}

TEST(PosixRule, ReadsWhatZoneFilesEndWith) {
  const auto new_york = PosixRule::parse("EST5EDT,M3.2.0,M11.1.0");
  ASSERT_TRUE(new_york);
  EXPECT_EQ(new_york->standard_offset_s, -5 * 3600);
  EXPECT_EQ(new_york->summer_offset_s, -4 * 3600);
  EXPECT_EQ(new_york->summer_begins.in_year(2024), 1710036000) << "2024-03-10 02:00";
  EXPECT_EQ(new_york->summer_ends.in_year(2024), 1730599200) << "2024-11-03 02:00";
  EXPECT_FALSE(PosixRule::parse("<+03>-3")->has_summer);
  EXPECT_EQ(PosixRule::parse("<+0330>-3:30")->standard_offset_s, 3 * 3600 + 1800);
  const auto nuuk = PosixRule::parse("<-02>2<-01>,M3.5.0/-1,M10.5.0/0");
  EXPECT_EQ(nuuk->summer_begins.in_year(2024), 1711839600) << "2024-03-30 23:00";
  const auto by_days = PosixRule::parse("AAA3BBB,J60/0,59/0");
  EXPECT_EQ(by_days->summer_begins.in_year(2024), 1709251200) << "March 1, leap year or not";
  EXPECT_EQ(by_days->summer_ends.in_year(2024), 1709164800) << "the 60th day, of 2024 February 29";
  for (const char* text : {"", "EST", "EST5EDT,M3", "EST5EDT,M13.1.0,M11.1.0", "5", "<+03-3"})
    EXPECT_FALSE(PosixRule::parse(text)) << text;
}

}  // namespace
}  // namespace assay::clock
