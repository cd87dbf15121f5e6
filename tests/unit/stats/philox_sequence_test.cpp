#include "stats/philox_sequence.h"

#include <gtest/gtest.h>

#include "stats/moments.h"

namespace assay::stats {
namespace {

TEST(PhiloxSequence, SequencesOfOtherStreamsDiffer) {
  PhiloxSequence first(1, 2, 3);
  PhiloxSequence again(1, 2, 3);
  PhiloxSequence other(1, 3, 2);
  const uint32_t word = first.next_word();
  EXPECT_EQ(word, again.next_word());
  EXPECT_NE(word, other.next_word());
}

TEST(PhiloxSequence, NormalAndGammaHaveTheirMoments) {
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
