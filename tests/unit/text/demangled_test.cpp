#include "text/demangled.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(Demangled, IsTheNameAsItWasWritten) {
  EXPECT_EQ(demangled("_ZN5assay4text9demangledEi"), "assay::text::demangled(int)");
}

TEST(Demangled, LeavesOtherSymbolsAlone) {
  EXPECT_EQ(demangled("addr2line"), "addr2line");
  EXPECT_EQ(demangled("-"), "-");
  EXPECT_EQ(demangled("f"), "f") << "a function of C, not the type float";
}

}  // namespace
}  // namespace assay::text
