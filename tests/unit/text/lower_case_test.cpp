#include "text/lower_case.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(LowerCase, ChangesTheLettersOfAsciiAlone) {
  EXPECT_EQ(lower_case("LOG.Parquet_[1]@Z"), "log.parquet_[1]@z");
  EXPECT_EQ(lower_case("Ärger"), "Ärger") << "bytes of other characters stay";
}

}  // namespace
}  // namespace assay::text
