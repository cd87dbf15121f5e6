#include <assay/extra/sampling/alias_table.h>
#include <gmock/gmock.h>

#include <vector>

namespace assay::test {
namespace {

using namespace extra;
using testing::DoubleNear;
using testing::ElementsAre;

// The exact probabilities of the places, from a fine grid of columns and coins.
std::vector<double> shares(const std::vector<double>& weights) {
  constexpr int kCoins = 1000;
  const AliasTable table(weights);
  const auto columns = static_cast<double>(weights.size());
  std::vector<double> share(weights.size(), 0);
  for (size_t column = 0; column < weights.size(); ++column) {
    for (int coin = 0; coin < kCoins; ++coin) {
      const int64_t place =
          table((static_cast<double>(column) + 0.5) / columns, (coin + 0.5) / kCoins);
      share[place] += 1 / (columns * kCoins);
    }
  }
  return share;
}

TEST(AliasTable, DrawsInProportionToTheWeights) {
  EXPECT_THAT(shares({1, 2, 5, 2}), ElementsAre(DoubleNear(0.1, 1e-3), DoubleNear(0.2, 1e-3),
                                                DoubleNear(0.5, 1e-3), DoubleNear(0.2, 1e-3)));
  EXPECT_THAT(shares({3}), ElementsAre(DoubleNear(1, 1e-9)));
}

TEST(AliasTable, NeverDrawsAWeightOfZero) {
  // Tenths add up to 1 only but for rounding, so that something is left over at the end.
  std::vector<double> weights(30, 0.1);
  for (size_t i = 0; i < weights.size(); i += 3) weights[i] = 0;
  const std::vector<double> share = shares(weights);
  for (size_t i = 0; i < share.size(); i += 3) EXPECT_EQ(share[i], 0) << i;
}

}  // namespace
}  // namespace assay::test
