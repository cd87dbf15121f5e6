#include "clock/time_pattern.h"

#include <gtest/gtest.h>

namespace assay::clock {
namespace {

constexpr int64_t kSecond = 1'000'000;

// In seconds; -1 where the text does not fit.
double seconds(const char* format, const char* text) {
  const auto time = TimePattern(format).parse(text);
  return time ? static_cast<double>(time->time_us) / kSecond : -1;
}

// What Python's datetime.strptime says of the same, but for the last four.
TEST(TimePattern, ReadsWhatPublishedLogsHold) {
  EXPECT_EQ(seconds("%d/%m/%Y %H:%M", "31/05/2024 18:30"), 1717180200);
  EXPECT_EQ(seconds("%m/%d/%Y %I:%M:%S %p", "11/15/2019 8:55:22 AM"), 1573808122) << "MIND";
  EXPECT_EQ(seconds("%m/%d/%Y %I:%M:%S %p", "11/15/2019 12:00:01 am"), 1573776001);
  EXPECT_EQ(seconds("%a %b %d %H:%M:%S %z %Y", "Fri Aug 25 13:55:02 -0700 2017"), 1503694502)
      << "Goodreads";
  EXPECT_EQ(seconds("%Y%m%d", "20240229"), 1709164800);
  EXPECT_EQ(seconds("%Y-%m-%d %H:%M:%S.%f", "2024-05-31 18:30:00.25"), 1717180200.25);
  EXPECT_EQ(seconds("%B %d, %Y", "august 5, 2017"), 1501891200);
  EXPECT_EQ(seconds("%d.%m.%y", "01.02.69"), -28857600) << "1969";
  EXPECT_EQ(seconds("%Y/%j", "2024/366"), 1735603200);
  EXPECT_EQ(seconds("%FT%T%z", "2024-05-31T18:30:00+05:30"), 1717160400);
  EXPECT_EQ(seconds("%F %T %Z", "2024-05-31 18:30:00 UTC"), 1717180200);
  EXPECT_EQ(seconds("%b %e %Y", "Aug  5 2017"), 1501891200);
  EXPECT_EQ(seconds("%Y-%m-%d %H:%M:%S.%f", "2024-05-31 18:30:00.123456789"), 1717180200.123456);
  EXPECT_EQ(seconds("100%% %Y", "100% 1971"), 365 * 86400);
}

TEST(TimePattern, RefusesWhatIsNoTimeOfTheCalendar) {
  EXPECT_EQ(seconds("%d/%m/%Y", "30/02/2024"), -1);
  EXPECT_EQ(seconds("%d/%m/%Y", "05/13/2024"), -1);
  EXPECT_EQ(seconds("%d/%m/%Y %H:%M", "31/05/2024 24:00"), -1);
  EXPECT_EQ(seconds("%Y/%j", "2023/366"), -1);
  EXPECT_EQ(seconds("%d/%m/%Y %H:%M", "31/05/2024 18:30:00"), -1) << "there is more";
  EXPECT_EQ(seconds("%d/%m/%Y %H:%M", "31/05/2024"), -1) << "there is less";
  EXPECT_EQ(seconds("%d/%m/%Y", "1/2/24"), -1) << "a year has four digits";
  EXPECT_EQ(seconds("%Y%m%d", "2024111"), -1) << "the 11th of January or the 1st of November";
  EXPECT_EQ(seconds("%F %T %Z", "2024-05-31 18:30:00 CST"), -1) << "of China or of Chicago";
  EXPECT_EQ(seconds("%d/%m/%Y", ""), -1);
}

TEST(TimePattern, KnowsWhetherATextNamesItsZone) {
  EXPECT_TRUE(TimePattern("%F %z").has_zone());
  EXPECT_TRUE(TimePattern("%F %z").parse("2024-05-31 Z")->is_utc);
  EXPECT_FALSE(TimePattern("%F").parse("2024-05-31")->is_utc);
}

TEST(TimePattern, SaysWhatIsWrongWithAFormat) {
  EXPECT_EQ(TimePattern::problem("%d/%m/%Y %H:%M"), "");
  EXPECT_EQ(TimePattern::problem(""), "is empty");
  EXPECT_EQ(TimePattern::problem("%d/%m/%Y %H:%i"),
            "has %i, no directive that is known; did you mean %M?");
  EXPECT_EQ(TimePattern::problem("%F %T.%N"),
            "has %N, no directive that is known; did you mean %f?");
  EXPECT_EQ(TimePattern::problem("%F %s"), "has %s, no directive that is known; did you mean %S?");
  EXPECT_EQ(TimePattern::problem("%F %Q"),
            "has %Q, no directive that is known; known: %Y %y %m %b %B %h %d %e %j %H %I "
            "%M %S %f %p %a %A %z %Z %n %t %% %F %T %D %R");
  EXPECT_EQ(TimePattern::problem("%F %"), "ends within a directive; a percent sign itself is %%");
  EXPECT_EQ(TimePattern::problem("%F %é"),
            "has % before what is no directive; a percent sign itself is %%");
  EXPECT_EQ(TimePattern::problem("%H:%M"), "has no year (%Y or %y)");
  EXPECT_EQ(TimePattern::problem("%Y-%d"), "has a day (%d) without a month (%m or %b)");
  EXPECT_EQ(TimePattern::problem("%F %Y"), "has %Y twice, or two directives that mean the same");
  EXPECT_EQ(TimePattern::problem("%F %I:%M"),
            "has an hour up to 12 (%I) without %p, which says AM or PM");
  EXPECT_EQ(TimePattern::problem("%F %H:%M %p"), "has AM or PM (%p) without an hour up to 12 (%I)");
}

}  // namespace
}  // namespace assay::clock
