#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <assay/extra/fields/field_table.h>
#include <assay/extra/fields/served_table.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;

constexpr int64_t kRows = 200, kTable = 30, kFactors = 6;

// Two singles and a bag, whose weights are at most 1.
FieldCodes some_codes() {
  FieldCodes codes{.rows = kRows, .singles = 2};
  codes.bags.resize(1);
  for (int64_t row = 0; row < kRows; ++row) {
    for (int64_t single = 0; single < 2; ++single) {
      codes.codes.push_back(static_cast<int32_t>((7 * row + 11 * single) % kTable));
      codes.weights.push_back(single == 1 ? 0.25F * static_cast<float>(row % 5) : 1);
    }
    for (int64_t member = 0; member < row % 3; ++member)
      codes.bags[0].add((row + 3 * member) % kTable, 0.5F);
    codes.bags[0].close();
  }
  return codes;
}

// The last column is a first-order weight, a hundred times as large as the vectors.
at::Tensor some_table() {
  at::Tensor table = at::randn({kTable, kFactors + 1}, at::detail::createCPUGenerator(2));
  table.select(1, kFactors).mul_(100);
  return table;
}

double largest_error(const ServedTable& served, const at::Tensor& exact, int64_t first,
                     int64_t last) {
  return (served.embedded(some_codes(), 0, kRows) - exact)
      .slice(2, first, last)
      .abs()
      .max()
      .item<double>();
}

TEST(ServedTable, VectorsAreAsFarOffAsTheirPrecisionAllows) {
  const at::Tensor table = some_table(), exact = embedded(some_codes(), table);
  const double largest = table.slice(1, 0, kFactors).abs().max().item<double>();
  const auto error = [&](ServedPrecision precision, int64_t first, int64_t last) {
    return largest_error(ServedTable(table, kFactors, precision), exact, first, last);
  };
  EXPECT_EQ(error(ServedPrecision::fp32, 0, kFactors + 1), 0);
  EXPECT_LE(error(ServedPrecision::bf16, 0, kFactors), largest * std::ldexp(1, -8));
  EXPECT_LE(error(ServedPrecision::fp16, 0, kFactors), largest * std::ldexp(1, -11));
  EXPECT_LE(error(ServedPrecision::int8, 0, kFactors), largest * 0.5001 / 127);
  EXPECT_GT(error(ServedPrecision::int8, 0, kFactors), largest * 0.1 / 127);
}

TEST(ServedTable, FirstOrderWeightsDoNotShareTheScaleOfVectors) {
  const at::Tensor table = some_table();
  const ServedTable served(table, kFactors, ServedPrecision::int8);
  EXPECT_EQ(largest_error(served, embedded(some_codes(), table), kFactors, kFactors + 1), 0);
}

TEST(ServedTable, GivesTheSameAfterSaveAndLoadInTheBytesOfItsPrecision) {
  const at::Tensor table = some_table();
  const std::map<ServedPrecision, int64_t> bytes = {
      {ServedPrecision::fp32, 4 * kTable * (kFactors + 1)},
      {ServedPrecision::bf16, 2 * kTable * (kFactors + 1)},
      {ServedPrecision::fp16, 2 * kTable * (kFactors + 1)},
      {ServedPrecision::int8, (kFactors + 4 + 4) * kTable}};
  for (const auto& [precision, expected] : bytes) {
    const ServedTable served(table, kFactors, precision);
    EXPECT_EQ(served.bytes(), expected);
    EXPECT_EQ(served.numbers(), kTable * (kFactors + 1));
    Archive archive;
    served.save(archive);
    const at::Tensor all = served.embedded(some_codes(), 0, kRows);
    EXPECT_TRUE(ServedTable::load(archive).embedded(some_codes(), 0, kRows).equal(all));
    EXPECT_TRUE(served.embedded(some_codes(), 50, 3).equal(all.slice(0, 50, 53)));
  }
}

TEST(ServedTable, OfVectorsAloneHasNoFirstOrderWeights) {
  const at::Tensor table = some_table().slice(1, 0, kFactors).contiguous();
  const ServedTable served(table, kFactors, ServedPrecision::int8);
  EXPECT_EQ(served.bytes(), (kFactors + 4) * kTable);
  EXPECT_EQ(served.embedded(some_codes(), 0, kRows).size(2), kFactors);
}

}  // namespace
}  // namespace assay::test
