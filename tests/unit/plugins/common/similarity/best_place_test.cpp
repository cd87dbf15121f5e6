#include <assay/extra/similarity/best_place.h>
#include <gmock/gmock.h>

#include <limits>
#include <numeric>
#include <vector>

namespace assay::test {
namespace {

using namespace extra;

constexpr double kLowest = -std::numeric_limits<double>::infinity();

TEST(BestPlace, ValuesWithinATieGoToTheSmallerItem) {
  const std::vector<int64_t> items = {7, 3, 5};
  EXPECT_EQ(best_place(std::vector<double>{1, 1 - 1e-13, 1}, items), 1);
  EXPECT_EQ(best_place(std::vector<double>{1, 1 - 1e-11, 1}, items), 2);
}

TEST(BestPlace, WithoutAnyValueThereIsNone) {
  EXPECT_EQ(best_place(std::vector<double>{kLowest, kLowest}, std::vector<int64_t>{0, 1}), -1);
  EXPECT_EQ(best_place({}, {}), -1);
}

TEST(BestPlace, FindsTheLargestAtAnyPlaceOfAnyLength) {
  for (size_t length = 1; length < 20; ++length) {
    for (size_t at = 0; at < length; ++at) {
      std::vector<double> values(length, -3);
      std::vector<int64_t> items(length);
      std::iota(items.begin(), items.end(), 0);
      values[at] = -1;
      EXPECT_EQ(best_place(values, items), static_cast<int64_t>(at));
    }
  }
}

TEST(BestPlace, LooksAgainOnlyAtThoseThatMightBeTheLargest) {
  std::vector<double> bound = {9, 7, 5, 3};
  const std::vector<double> now = {6, 4, 2, 1};
  std::vector<bool> fresh(4, false);
  std::vector<int64_t> seen;
  const auto best = lazily_best_place(
      bound, std::vector<int64_t>{0, 1, 2, 3},
      [&](int64_t place) { return bool(fresh[static_cast<size_t>(place)]); },
      [&](int64_t place) {
        const auto at = static_cast<size_t>(place);
        bound[at] = now[at];
        fresh[at] = true;
        seen.push_back(place);
      });
  EXPECT_EQ(best, 0);
  EXPECT_THAT(seen, testing::ElementsAre(0, 1));
}

TEST(BestPlace, DotProductsRunOverPaddedRows) {
  EXPECT_EQ(padded_width(0), 0);
  EXPECT_EQ(padded_width(9), 16);
  std::vector<double> a(16), b(16);
  std::iota(a.begin(), a.end(), 1);
  std::iota(b.begin(), b.end(), 2);
  EXPECT_EQ(dot(a.data(), b.data(), 16), std::inner_product(a.begin(), a.end(), b.begin(), 0.0));
}

}  // namespace
}  // namespace assay::test
