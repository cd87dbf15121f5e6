#include "cli/cache_command.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "error/error.h"

namespace assay::cli {
namespace {

std::string error_of(const std::string& bytes) {
  try {
    parse_bytes(bytes, "--keep");
  } catch (const error::UserError& error) {
    return error.what();
  }
  return "";
}

TEST(CacheCommand, SizesHaveDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_bytes("20GiB", "--keep"), int64_t{20} << 30);
  EXPECT_EQ(parse_bytes("1.5 MiB", "--keep"), 3 << 19);
  EXPECT_EQ(parse_bytes("2GB", "--keep"), 2'000'000'000);
  EXPECT_EQ(parse_bytes("1000", "--keep"), 1000);
  EXPECT_EQ(parse_bytes("0", "--keep"), 0);
}

TEST(CacheCommand, AgesHaveUnits) {
  EXPECT_EQ(parse_age("30d", "--unused"), 30 * 86'400);
  EXPECT_EQ(parse_age("12h", "--unused"), 12 * 3600);
  EXPECT_EQ(parse_age("2w", "--unused"), 14 * 86'400);
}

TEST(CacheCommand, WhatIsNoSizeOrAgeIsRefusedWithAnExample) {
  EXPECT_EQ(error_of("20gigs"),
            "--keep: is \"20gigs\"; it must be a number with one of B, KB, MB, GB, TB, KiB, MiB, "
            "GiB, TiB, such as 20GiB");
  for (const char* bad : {"", "GiB", "-1GiB", "nan", "1e99TiB", "20 30GiB"})
    EXPECT_NE(error_of(bad), "") << bad;
  EXPECT_THROW(parse_age("30", "--unused"), error::UserError) << "days or seconds?";
}

TEST(CacheCommand, TheLimitIsTheOptionElseTheEnvironment) {
  ::unsetenv("ASSAY_CACHE_LIMIT");
  EXPECT_EQ(cache_limit(""), std::nullopt);
  EXPECT_EQ(cache_limit("1KiB"), 1024);
  ::setenv("ASSAY_CACHE_LIMIT", "2KiB", 1);
  EXPECT_EQ(cache_limit(""), 2048);
  EXPECT_EQ(cache_limit("1KiB"), 1024);
  EXPECT_EQ(cache_limit("", 0.5), 512 * 1024 * 1024) << "of the experiment file";
  EXPECT_EQ(cache_limit("1KiB", 0.5), 1024);
  ::setenv("ASSAY_CACHE_LIMIT", "lots", 1);
  EXPECT_THROW(cache_limit(""), error::UserError);
  ::unsetenv("ASSAY_CACHE_LIMIT");
}

}  // namespace
}  // namespace assay::cli
