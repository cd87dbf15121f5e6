#include "recall/ann/nearest_items.h"

#include <gmock/gmock.h>

#include <numeric>

#include "random_factors.h"

namespace assay::ann {
namespace {

using testing::ElementsAre;

TEST(NearestItems, ProductsAreThoseOfFloat64) {
  for (const int64_t width : {1, 7, 15, 16, 17, 64, 100}) {
    const at::Tensor rows = test::random_factors(2, width, 1);
    const float* const a = rows.const_data_ptr<float>();
    const float* const b = a + width;
    double expected = 0;
    for (int64_t d = 0; d < width; ++d) expected += static_cast<double>(a[d]) * b[d];
    EXPECT_NEAR(exact_product(a, b, width), expected, 1e-12) << width;
  }
}

TEST(NearestItems, EqualScoresStandByItem) {
  std::vector<ScoredItem> items = {{1, 5}, {2, 9}, {1, 3}, {2, 4}};
  std::ranges::sort(items, is_before);
  std::vector<int64_t> order;
  for (const ScoredItem& one : items) order.push_back(one.item);
  EXPECT_THAT(order, ElementsAre(4, 9, 3, 5));
}

TEST(NearestItems, WithoutAnIndexNothingIsFound) {
  const NearestItems items(test::random_factors(10, 4, 1), std::nullopt);
  NearestItems::Space space;
  const at::Tensor query = test::random_factors(1, 4, 2);
  EXPECT_FALSE(items.find(query.const_data_ptr<float>(), {.k = 1, .ef = 10, .most = 100}, space));
}

}  // namespace
}  // namespace assay::ann
