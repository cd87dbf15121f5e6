#include "timing/circuit_breaker.h"

#include <gtest/gtest.h>

namespace assay::timing {
namespace {

TEST(CircuitBreaker, OpensAfterOverrunsInARow) {
  CircuitBreaker breaker(2, 100);
  breaker.overran(0);
  breaker.in_time();
  breaker.overran(1);
  EXPECT_TRUE(breaker.allows(1));  // not in a row
  breaker.overran(2);
  EXPECT_FALSE(breaker.allows(3));
  EXPECT_FALSE(breaker.allows(101));
}

TEST(CircuitBreaker, OneTriesAgainAndIfInTimeAllMay) {
  CircuitBreaker breaker(1, 100);
  breaker.overran(0);
  EXPECT_TRUE(breaker.allows(100));
  EXPECT_FALSE(breaker.allows(100));  // one is trying
  breaker.in_time();
  EXPECT_TRUE(breaker.allows(101));
  EXPECT_TRUE(breaker.allows(101));
}

TEST(CircuitBreaker, StaysOpenWhenTheTrialOverruns) {
  CircuitBreaker breaker(3, 100);
  for (int i = 0; i < 3; ++i) breaker.overran(0);
  EXPECT_TRUE(breaker.allows(100));
  breaker.overran(150);
  EXPECT_FALSE(breaker.allows(249));
  EXPECT_TRUE(breaker.allows(250));
}

TEST(CircuitBreaker, NeverOpensWhereItIsOff) {
  CircuitBreaker breaker(0, 100);
  for (int i = 0; i < 1000; ++i) breaker.overran(i);
  EXPECT_TRUE(breaker.allows(1000));
}

}  // namespace
}  // namespace assay::timing
