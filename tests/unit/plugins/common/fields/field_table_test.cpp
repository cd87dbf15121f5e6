#include <ATen/TensorOperators.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/fields/field_network.h>
#include <assay/extra/fields/field_table.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

constexpr int64_t kRows = 300, kTable = 40, kWidth = 5;

at::Generator chance() { return at::detail::createCPUGenerator(3); }

// Three singles and a bag, of numbers that follow a rule.
FieldCodes some_codes() {
  FieldCodes codes{.rows = kRows, .singles = 3};
  codes.bags.resize(1);
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t single = 0; single < 3; ++single) {
      codes.codes.push_back(static_cast<int32_t>((7 * row + 11 * single) % 30));
      codes.weights.push_back(single == 2 ? 0.25F * static_cast<float>(row % 5) : 1);
    }
    for (int64_t member = 0; member < row % 4; ++member)
      codes.bags[0].add(30 + (row + 3 * member) % 10, 0.5F);
    codes.bags[0].close();
  }
  return codes;
}

// A lookup a field, by operators.
at::Tensor field_by_field(const FieldCodes& codes, const at::Tensor& table) {
  std::vector<at::Tensor> fields;
  for (int64_t single = 0; single < codes.singles; ++single) {
    std::vector<int64_t> rows;
    std::vector<float> weights;
    for (int64_t row = 0; row < codes.rows; ++row) {
      rows.push_back(codes.codes[row * codes.singles + single]);
      weights.push_back(codes.weights[row * codes.singles + single]);
    }
    fields.push_back(table.index_select(0, at::tensor(rows, at::kLong)) *
                     at::tensor(weights, at::kFloat).unsqueeze(1));
  }
  for (const FieldBags& bags : codes.bags) {
    std::vector<at::Tensor> sums;
    for (int64_t row = 0; row < codes.rows; ++row) {
      at::Tensor sum = at::zeros({table.size(1)});
      for (int64_t at = bags.offsets[row]; at < bags.offsets[row + 1]; ++at)
        sum = sum + table[bags.codes[at]] * bags.weights[at];
      sums.push_back(sum);
    }
    fields.push_back(at::stack(sums));
  }
  return at::stack(fields, 1);
}

TEST(FieldTable, OneLookupGivesWhatOneAFieldGives) {
  const at::Tensor table = at::rand({kTable, kWidth}, chance());
  const FieldCodes codes = some_codes();
  const at::Tensor all = embedded(codes, table);
  EXPECT_TRUE(all.allclose(field_by_field(codes, table), 1e-6, 1e-7));
  EXPECT_TRUE(embedded(codes, 70, 3, table).equal(all.slice(0, 70, 73)));
}

TEST(FieldTable, AStepIsOneOfAdamWithTheGradientOfTheLookup) {
  const at::Tensor first = at::rand({kTable, kWidth}, chance());
  const FieldCodes codes = some_codes();
  const at::Tensor leaf = first.clone().requires_grad_();
  const at::Tensor gradient = at::rand({kRows, 4, kWidth}, chance()) - 0.5;
  (field_by_field(codes, leaf) * gradient).sum().backward();

  FieldTable learning(first.clone(), {.learning_rate = 0.01});
  const std::vector<FieldGradient> gradients = {{&codes, gradient}};
  learning.step(gradients);
  // Adam's first step is the learning rate against the sign of the gradient, nearly.
  const at::Tensor expected = first - 0.01 * leaf.grad() / (leaf.grad().abs() + 1e-8);
  EXPECT_TRUE(learning.table().allclose(expected, 1e-4, 1e-5));
}

TEST(FieldTable, GradientsOfSeveralLookupsAddUp) {
  const FieldCodes codes = some_codes();
  const at::Tensor gradient = at::rand({kRows, 4, kWidth}, chance());
  FieldTable once(at::zeros({kTable, kWidth}), {}), twice(at::zeros({kTable, kWidth}), {});
  const std::vector<FieldGradient> whole = {{&codes, gradient}},
                                   halves = {{&codes, gradient * 0.5}, {&codes, gradient * 0.5}};
  once.step(whole);
  twice.step(halves);
  EXPECT_TRUE(once.table().allclose(twice.table(), 1e-5, 1e-8));
}

TEST(FieldNetwork, PairwiseInteractionsAreTheSumOverAllPairsOfFields) {
  const at::Tensor vectors = at::rand({20, 6, 4}, chance());
  at::Tensor expected = at::zeros({20});
  for (int64_t i = 0; i < 6; ++i)
    for (int64_t j = i + 1; j < 6; ++j)
      expected = expected + (vectors.select(1, i) * vectors.select(1, j)).sum(1);
  EXPECT_TRUE(pairwise_interactions(vectors).allclose(expected, 1e-5, 1e-6));
}

}  // namespace
}  // namespace assay::test
