#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/diag.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/linalg_qr.h>
#include <ATen/ops/rand.h>
#include <gtest/gtest.h>
#include <recall/gf_cf/leading_vectors.h>

#include <cmath>

#include "tiny_data.h"

namespace assay::test {
namespace {

using gf_cf::Block;
using gf_cf::LeadingVectors;

gf_cf::Operator operator_of(const at::Tensor& matrix) {
  return [matrix](const Block& from, Block& to) {
    const at::Tensor block = at::from_blob(const_cast<double*>(from.values.data()),
                                           {from.rows, gf_cf::kBlock}, at::kDouble);
    const at::Tensor product = matrix.mm(block).contiguous();
    const double* const values = product.const_data_ptr<double>();
    to.values.assign(values, values + product.numel());
  };
}

at::Tensor matrix_with(const std::vector<double>& eigenvalues) {
  const auto n = static_cast<int64_t>(eigenvalues.size());
  const at::Tensor random =
      at::rand({n, n}, at::detail::createCPUGenerator(3), at::TensorOptions().dtype(at::kDouble));
  const at::Tensor q = std::get<0>(at::linalg_qr(random - 0.5));
  const at::Tensor made = q.mm(at::diag(at::tensor(eigenvalues, at::kDouble))).mm(q.t());
  return (made + made.t()) / 2;
}

at::Tensor projector(const LeadingVectors& leading) {
  const gf_cf::TallMatrix& v = leading.vectors;
  const at::Tensor all =
      at::from_blob(const_cast<double*>(v.values.data()), {v.rows, v.stride}, at::kDouble);
  const at::Tensor used = all.slice(1, 0, v.width);
  return used.mm(used.t());
}

at::Tensor exact_projector(const at::Tensor& matrix, int64_t count) {
  const at::Tensor v = std::get<1>(at::linalg_eigh(matrix)).slice(1, matrix.size(0) - count);
  return v.mm(v.t());
}

TEST(LeadingVectors, SpanTheSpaceOfTheLargestEigenvalues) {
  std::vector<double> values;
  for (int n = 0; n < 900; ++n) values.push_back(1 / (1 + 0.05 * n));
  const at::Tensor matrix = matrix_with(values);
  const LeadingVectors leading =
      gf_cf::leading_vectors(operator_of(matrix), 900, {.count = 40, .tolerance = 1e-11});
  EXPECT_TRUE(leading.converged) << leading.residual << " after " << leading.cycles;
  ASSERT_EQ(leading.values.size(), 40);
  for (size_t n = 0; n < 40; ++n) EXPECT_NEAR(leading.values[n], values[n], 1e-13);
  EXPECT_NEAR(leading.next, values[40], 1e-4);
  EXPECT_TRUE(projector(leading).allclose(exact_projector(matrix, 40), 0, 1e-10));
}

// As many ones as a graph has components, more than a block has columns.
TEST(LeadingVectors, FindManyEqualEigenvalues) {
  std::vector<double> values(60, 1.0);
  for (int n = 0; n < 700; ++n) values.push_back(0.9 * std::pow(0.97, n));
  const at::Tensor matrix = matrix_with(values);
  const LeadingVectors leading = gf_cf::leading_vectors(operator_of(matrix), 760, {.count = 60});
  EXPECT_TRUE(leading.converged) << leading.residual << " after " << leading.cycles;
  ASSERT_EQ(leading.values.size(), 60);
  EXPECT_NEAR(leading.values.back(), 1, 1e-12);
  EXPECT_TRUE(projector(leading).allclose(exact_projector(matrix, 60), 0, 1e-9));
}

TEST(LeadingVectors, AreAsManyAsTheRankWhereMoreAreAskedFor) {
  const at::Tensor matrix = matrix_with({1, 0.5, 0.25, 0, 0, 0, 0});
  const LeadingVectors leading = gf_cf::leading_vectors(operator_of(matrix), 7, {.count = 100});
  ASSERT_EQ(leading.values.size(), 3);
  EXPECT_TRUE(projector(leading).allclose(exact_projector(matrix, 3), 0, 1e-12));
}

TEST(LeadingVectors, EndWhereTheyAreToldToAndSaySo) {
  std::vector<double> values;
  for (int n = 0; n < 900; ++n) values.push_back(1 - 0.001 * n);
  const LeadingVectors one =
      gf_cf::leading_vectors(operator_of(matrix_with(values)), 900, {.count = 30, .cycles = 1});
  EXPECT_FALSE(one.converged);
  EXPECT_EQ(one.cycles, 1);
  EXPECT_GT(one.residual, 1e-12);
}

TEST(LeadingVectors, HaveTheSameBitsWithAnyNumberOfThreads) {
  std::vector<double> values;
  for (int n = 0; n < 3000; ++n) values.push_back(1 / (1 + 0.1 * n));
  const at::Tensor diagonal = at::tensor(values, at::kDouble).unsqueeze(1);
  const gf_cf::Operator apply = [&](const Block& from, Block& to) {
    for (int64_t row = 0; row < 3000; ++row)
      for (int64_t c = 0; c < gf_cf::kBlock; ++c)
        to.row(row)[c] = values[static_cast<size_t>(row)] * from.row(row)[c];
  };
  const int threads = at::get_num_threads();
  std::vector<std::vector<double>> found;
  for (const int count : {1, 2, 3}) {
    at::set_num_threads(count);
    found.push_back(gf_cf::leading_vectors(apply, 3000, {.count = 20}).vectors.values);
  }
  at::set_num_threads(threads);
  EXPECT_EQ(found[0], found[1]);
  EXPECT_EQ(found[0], found[2]);
}

}  // namespace
}  // namespace assay::test
