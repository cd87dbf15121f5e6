#include "recall/als/float_cholesky.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include "some_rows.h"

namespace assay::test {
namespace {

using namespace als;

TEST(FloatCholesky, SolvesAsDoublesDo) {
  for (const int64_t factors : {1, 16, 37, 64}) {
    const at::Tensor y = some_rows(300, factors), products = gram(y);
    FloatCholesky system(products, y, 0.5);
    for (const int64_t seen : {1, 3, 64, 150}) {
      const Row row(seen);
      at::Tensor x = at::zeros({y.size(1)});
      ASSERT_TRUE(system.solve(row.columns, row.confidence, x.mutable_data_ptr<float>()));
      EXPECT_TRUE(x.slice(0, 0, factors)
                      .to(at::kDouble)
                      .allclose(expected(y, factors, seen, 0.5), 1e-4, 1e-6))
          << factors << " factors, " << seen << " seen";
      EXPECT_EQ(x.slice(0, factors).count_nonzero().item<int64_t>(), 0);
    }
  }
}

}  // namespace
}  // namespace assay::test
