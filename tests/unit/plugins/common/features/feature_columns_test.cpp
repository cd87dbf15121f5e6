#include <ATen/TensorOperators.h>
#include <ATen/ops/mv.h>
#include <assay/extra/features/feature_columns.h>
#include <gmock/gmock.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

at::Tensor doubles(const std::vector<double>& values) { return at::tensor(values, at::kDouble); }

// The sparse matrix as a dense one.
Numbers dense(const SparseColumns& m) {
  const at::Tensor all = at::zeros({m.rows * m.columns}, at::kDouble)
                             .index_add_(0, m.row * m.columns + m.column, m.value);
  return numbers(all.view({m.rows, m.columns}));
}

FeatureTable table() {
  FeatureTable result;
  result.rows = 3;
  result.columns = {{.name = "price", .values = at::tensor(std::vector<float>{1, 3, NAN})},
                    {.name = "title", .type = FeatureType::text, .texts = {"a", "b", "c"}},
                    {.name = "genre",
                     .type = FeatureType::category,
                     .values = at::tensor(std::vector<int>{1, -1, 0}, at::kInt),
                     .cardinality = 2},
                    {.name = "tags",
                     .type = FeatureType::set,
                     .sets = ragged({{0, 1, 2, 3}, {}, {3}}),
                     .cardinality = 4},
                    {.name = "cover",
                     .type = FeatureType::vector,
                     .values = matrix({{1, 0}, {-1, 0}, {kNaN, kNaN}})}};
  return result;
}

TEST(FeatureColumns, EncodesEveryTypeAndWhatIsMissing) {
  const FeatureColumns columns(table(), 100, at::kCPU);
  EXPECT_EQ(columns.columns(), 2 + 0 + 2 + 4 + 3);
  EXPECT_THAT(dense(columns.encode(table())),
              ElementsAre(ElementsAre(-1, 0, 0, 1, 0.5, 0.5, 0.5, 0.5, 1, 0, 0),
                          ElementsAre(1, 0, 0, 0, 0, 0, 0, 0, -1, 0, 0),
                          ElementsAre(0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 1)));
}

TEST(FeatureColumns, HashesCategoriesBeyondTheLimit) {
  FeatureTable many;
  many.rows = 1000;
  many.columns = {{.name = "id",
                   .type = FeatureType::category,
                   .values = at::arange(1000, at::kInt),
                   .cardinality = 1000}};
  const FeatureColumns columns(many, 16, at::kCPU);
  EXPECT_EQ(columns.columns(), 16);
  const at::Tensor used = columns.encode(many).transposed_times(at::ones({1000}, at::kDouble));
  EXPECT_GT(used.min().item<double>(), 30) << "buckets are about even";
  EXPECT_LT(used.max().item<double>(), 100);
}

TEST(FeatureColumns, ProductsAreThoseOfTheDenseMatrix) {
  const FeatureColumns columns(table(), 100, at::kCPU);
  const SparseColumns sparse = columns.encode(table());
  const at::Tensor full = matrix(dense(sparse), at::kDouble);
  const at::Tensor weights = at::arange(1, 12, at::kDouble);
  EXPECT_TRUE(sparse.times(weights).allclose(at::mv(full, weights), 1e-12, 1e-12));
  EXPECT_TRUE(sparse.transposed_times(doubles({1, 2, 3}))
                  .allclose(at::mv(full.t(), doubles({1, 2, 3})), 1e-12, 1e-12));
}

TEST(FeatureColumns, EncodesTheSameAfterSaveAndLoad) {
  const FeatureColumns columns(table(), 3, at::kCPU);
  Archive archive;
  columns.save(archive, "item.");
  const FeatureColumns loaded = FeatureColumns::load(archive, "item.", at::kCPU);
  EXPECT_EQ(dense(loaded.encode(table())), dense(columns.encode(table())));
  EXPECT_EQ(loaded.inputs().back().name, "cover");
}

TEST(FeatureColumns, StackedTablesAreOneTable) {
  const FeatureTable twice = stacked({table(), table()});
  EXPECT_EQ(twice.rows, 6);
  const FeatureColumns columns(table(), 100, at::kCPU);
  const Numbers once = dense(columns.encode(table()));
  Numbers expected = once;
  expected.insert(expected.end(), once.begin(), once.end());
  EXPECT_EQ(dense(columns.encode(twice)), expected);
}

}  // namespace
}  // namespace assay::test
