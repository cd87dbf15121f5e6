#include "rules/philox.h"

#include <gmock/gmock.h>

namespace assay::rules {
namespace {

using testing::ElementsAre;

// The known answers that Salmon et al. ship with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedWords) {
  EXPECT_THAT(philox({0, 0, 0, 0}, {0, 0}),
              ElementsAre(0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u));
  EXPECT_THAT(philox({~0u, ~0u, ~0u, ~0u}, {~0u, ~0u}),
              ElementsAre(0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu));
  EXPECT_THAT(
      philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, philox_key(0x299f31d0a4093822u)),
      ElementsAre(0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u));
}

TEST(Philox, CanBeComputedByTheCompiler) {
  static_assert(philox({0, 0, 0, 0}, {0, 0})[0] == 0x6627e8d5u);
}

}  // namespace
}  // namespace assay::rules
