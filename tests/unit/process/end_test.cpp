#include "process/end.h"

#include <gtest/gtest.h>

#include <csignal>

namespace assay::process {
namespace {

TEST(End, SaysHowAProcessEnded) {
  EXPECT_EQ((End{.exit_code = 3}).text(), "exit code 3");
  EXPECT_EQ((End{.signal = SIGSEGV}).text(), "SIGSEGV");
  EXPECT_EQ((End{.signal = 42}).text(), "signal 42");
}

TEST(End, OnlyAnExitWithoutACodeIsWell) {
  EXPECT_TRUE(End{}.well());
  EXPECT_FALSE((End{.exit_code = 1}).well());
  EXPECT_FALSE((End{.signal = SIGTERM}).well());
}

}  // namespace
}  // namespace assay::process
