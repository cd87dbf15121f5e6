#include "stats/philox.h"

#include <gmock/gmock.h>

#include "stats/moments.h"

namespace assay::stats {
namespace {

using testing::ElementsAre;

// The known answers that Salmon et al. ship with Random123 (kat_vectors, philox4x32 10).
TEST(Philox, GivesThePublishedWords) {
  EXPECT_THAT(philox({0, 0, 0, 0}, 0),
              ElementsAre(0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u));
  EXPECT_THAT(philox({~0u, ~0u, ~0u, ~0u}, ~uint64_t{0}),
              ElementsAre(0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu));
  EXPECT_THAT(philox({0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u}, 0x299f31d0a4093822u),
              ElementsAre(0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u));
}

TEST(Philox, SequencesOfOtherStreamsDiffer) {
  PhiloxSequence first(1, 2, 3);
  PhiloxSequence again(1, 2, 3);
  PhiloxSequence other(1, 3, 2);
  const uint32_t word = first.next_word();
  EXPECT_EQ(word, again.next_word());
  EXPECT_NE(word, other.next_word());
}

TEST(Philox, NormalAndGammaHaveTheirMoments) {
  constexpr int kDraws = 40'000;
  PhiloxSequence random(5, 0, 0);
  std::vector<double> normal;
  std::vector<double> gamma;
  for (int i = 0; i < kDraws; ++i) {
    normal.push_back(random.next_normal());
    gamma.push_back(random.next_gamma(3.0));
  }
  EXPECT_NEAR(moments_of(normal).mean, 0.0, 0.02);
  EXPECT_NEAR(moments_of(normal).variance, 1.0, 0.03);
  EXPECT_NEAR(moments_of(gamma).mean, 3.0, 0.04);
  EXPECT_NEAR(moments_of(gamma).variance, 3.0, 0.15);
}

}  // namespace
}  // namespace assay::stats
