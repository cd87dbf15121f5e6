#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fields/served_matrix.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

constexpr int64_t kRows = 33, kIn = 70, kOut = 45;

at::Generator chance() { return at::detail::createCPUGenerator(5); }

struct Product {
  at::Tensor rows, matrix, bias;
  at::Tensor exact;      // float64 [B, out]
  at::Tensor magnitude;  // float64 [B, out], of |rows| and |matrix|
};

Product some_product() {
  at::Generator generator = chance();
  Product out{.rows = at::randn({kRows, kIn}, generator),
              .matrix = at::randn({kOut, kIn}, generator),
              .bias = at::randn({kOut}, generator)};
  const at::Tensor rows = out.rows.to(at::kDouble), matrix = out.matrix.to(at::kDouble);
  out.exact = rows.matmul(matrix.t()) + out.bias;
  out.magnitude = rows.abs().matmul(matrix.abs().t());
  return out;
}

// The largest share of its bound that an error takes.
double share_of_bound(const Product& of, ServedPrecision precision, const at::Tensor& bound) {
  const at::Tensor found = ServedMatrix(of.matrix, precision).product(of.rows, of.bias);
  return ((found.to(at::kDouble) - of.exact).abs() / bound).max().item<double>();
}

TEST(ServedMatrix, ProductsInSixteenBitsAreAsFarOffAsTheirMantissasAllow) {
  const Product of = some_product();
  const at::Tensor sum = of.magnitude + of.exact.abs() + 1;
  EXPECT_LT(share_of_bound(of, ServedPrecision::fp32, sum * 1e-6), 1);
  EXPECT_LT(share_of_bound(of, ServedPrecision::fp16, sum * std::ldexp(1, -11)), 1);
  // Rows and matrix are rounded, then the sum is.
  EXPECT_LT(share_of_bound(of, ServedPrecision::bf16, sum * std::ldexp(1.01, -8)), 1);
}

TEST(ServedMatrix, ProductsInInt8AreAsFarOffAsHalfAStepOfEachFactorAllows) {
  const Product of = some_product();
  const auto step = [](const at::Tensor& rows) {
    return rows.to(at::kDouble).abs().amax(1, /*keepdim=*/true) / 63;
  };
  const at::Tensor of_rows = step(of.rows), of_matrix = step(of.matrix).t();
  const at::Tensor size_of_rows = of.rows.to(at::kDouble).abs().sum(1, true);
  const at::Tensor size_of_matrix = of.matrix.to(at::kDouble).abs().sum(1, true).t();
  const at::Tensor bound = (size_of_rows * of_matrix + size_of_matrix * of_rows) * 0.5 +
                           of_rows * of_matrix * (0.25 * kIn) + 1e-5;
  EXPECT_LT(share_of_bound(of, ServedPrecision::int8, bound), 1);
  // What is seen is far below the bound, where errors would have to be all of one sign.
  EXPECT_LT(share_of_bound(of, ServedPrecision::int8, bound), 0.5);
}

TEST(ServedMatrix, SumsOfInt8DoNotOverflow) {
  const at::Tensor matrix = at::ones({4, 5000}), rows = at::full({2, 5000}, -2.0, at::kFloat);
  const at::Tensor found = ServedMatrix(matrix, ServedPrecision::int8).product(rows, {});
  EXPECT_TRUE(found.allclose(at::full({2, 4}, -10000.0, at::kFloat), 1e-6, 0));
}

TEST(ServedMatrix, ARowOfAProductInInt8HasTheSameBitsBesideAnyOthers) {
  const Product of = some_product();
  const ServedMatrix matrix(of.matrix, ServedPrecision::int8);
  const at::Tensor all = matrix.product(of.rows, of.bias);
  for (int64_t row = 0; row < kRows; ++row)
    EXPECT_TRUE(matrix.product(of.rows.slice(0, row, row + 1), of.bias)[0].equal(all[row]));
}

TEST(ServedMatrix, ZerosGiveTheBiasAndWhatIsNoNumberStaysSo) {
  const Product of = some_product();
  const ServedMatrix matrix(of.matrix, ServedPrecision::int8);
  at::Tensor rows = at::zeros({3, kIn});
  rows[1][7] = NAN;
  rows[2].fill_(1e-42);  // too small for a step of its own
  const at::Tensor found = matrix.product(rows, of.bias);
  EXPECT_TRUE(found[0].equal(of.bias));
  EXPECT_TRUE(found[1].isnan().all().item<bool>());
  EXPECT_TRUE(found[2].equal(of.bias));
}

TEST(ServedMatrix, GivesTheSameAfterSaveAndLoadInTheBytesOfItsPrecision) {
  const Product of = some_product();
  const std::map<ServedPrecision, int64_t> bytes = {{ServedPrecision::fp32, 4 * kOut * kIn},
                                                    {ServedPrecision::bf16, 2 * kOut * kIn},
                                                    {ServedPrecision::fp16, 2 * kOut * kIn},
                                                    {ServedPrecision::int8, (kIn + 4) * kOut}};
  for (const auto& [precision, expected] : bytes) {
    const ServedMatrix matrix(of.matrix, precision);
    EXPECT_EQ(matrix.bytes(), expected);
    EXPECT_EQ(matrix.numbers(), kOut * kIn);
    Archive archive;
    matrix.save(archive, "it");
    EXPECT_TRUE(ServedMatrix::load(archive, "it")
                    .product(of.rows, of.bias)
                    .equal(matrix.product(of.rows, of.bias)));
  }
}

TEST(ScaledRows, AreOffByHalfAStepAtMost) {
  const at::Tensor rows = at::randn({50, 17}, chance());
  for (const int largest : {63, 127}) {
    const ScaledRows rounded = scaled_rows(rows, largest);
    EXPECT_EQ(rounded.values.abs().max().item<int>(), largest);
    const at::Tensor again = rounded.values.to(at::kFloat) * rounded.scale.unsqueeze(1);
    EXPECT_LE(((again - rows).abs() / rounded.scale.unsqueeze(1)).max().item<double>(), 0.5001);
  }
}

std::string refusal(const std::function<void()>& expectation) {
  try {
    expectation();
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "";
}

TEST(ServedPrecision, IsRefusedByNameWhereACpuDoesNotComputeInIt) {
  EXPECT_EQ(refusal([] { expect_bf16(0.3, "deep_fm"); }), "");
  EXPECT_EQ(
      refusal([] { expect_bf16(37.6, "deep_fm"); }),
      "deep_fm: precision is bf16, and this CPU does not compute in bfloat16: a product takes "
      "37.6 times as long as in float32. Set precision: fp16, which is as small and "
      "multiplied in float32, or int8 or fp32.");
  EXPECT_EQ(refusal([] { expect_int8(false, "mlp"); }),
            "mlp: precision is int8, and products of int8 are wrong on this CPU. Set precision: "
            "fp16, which is multiplied in float32, or fp32.");
  EXPECT_EQ(refusal([] { expect_computes_in(ServedPrecision::int8, "mlp"); }), "");
  EXPECT_EQ(refusal([] { expect_computes_in(ServedPrecision::fp16, "mlp"); }), "");
}

}  // namespace
}  // namespace assay::test
