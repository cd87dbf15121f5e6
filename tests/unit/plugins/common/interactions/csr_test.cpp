#include <assay/extra/interactions/csr.h>
#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;

TEST(Csr, TransposedHoldsTheSameEntriesByColumn) {
  // 0: (2, 5) (0, 6)   1: -   2: (0, 7)
  const std::vector<int64_t> offsets = {0, 2, 2, 3};
  const std::vector<int32_t> columns = {2, 0, 0};
  const std::vector<double> values = {5, 6, 7};
  std::vector<int64_t> to_offsets(5, 0);
  std::vector<int32_t> to_columns(3);
  std::vector<double> to_values(3);
  transpose<int32_t, double>({offsets, columns, values}, {to_offsets, to_columns, to_values});
  EXPECT_THAT(to_offsets, ElementsAre(0, 2, 2, 3, 3))
      << "a column without an entry is an empty row";
  EXPECT_THAT(to_columns, ElementsAre(0, 2, 0));
  EXPECT_THAT(to_values, ElementsAre(6, 7, 5));
}

TEST(Csr, OfNoRowsIsEmpty) {
  const std::vector<int64_t> offsets = {0};
  std::vector<int64_t> to_offsets(3, 0);
  transpose<int64_t, float>({offsets, {}, {}}, {to_offsets, {}, {}});
  EXPECT_THAT(to_offsets, ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace assay::test
