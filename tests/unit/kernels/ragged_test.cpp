#include <assay/kernels.h>
#include <assay/ragged.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

using ::testing::ElementsAre;
using testing::floats;
using testing::integers;
using ::testing::IsEmpty;
using testing::Lists;
using testing::ragged;

Lists rows_of(const Ragged& r) {
  const auto values = integers(r.values), offsets = integers(r.offsets);
  Lists rows;
  for (size_t i = 0; i + 1 < offsets.size(); ++i)
    rows.emplace_back(values.begin() + offsets[i], values.begin() + offsets[i + 1]);
  return rows;
}

const Lists kRows = {{5, 6, 7}, {}, {1}, {2, 3}, {}};

TEST(Ragged, LengthsAndRowIndexCountEmptyRows) {
  EXPECT_THAT(integers(ragged(kRows).lengths()), ElementsAre(3, 0, 1, 2, 0));
  EXPECT_THAT(integers(ragged(kRows).row_index()), ElementsAre(0, 0, 0, 2, 3, 3));
}

TEST(Ragged, PaddedKeepsTheNewestInTheLastColumn) {
  EXPECT_THAT(integers(ragged(kRows).padded(2)), ElementsAre(6, 7, -1, -1, -1, 1, 2, 3, -1, -1));
  EXPECT_THAT(integers(ragged(kRows).padded(4, 0)[0]), ElementsAre(0, 5, 6, 7));
  EXPECT_EQ(ragged(kRows).padded(0).sizes(), (std::vector<int64_t>{5, 0}));
  EXPECT_THAT(integers(ragged({{}, {}}).padded(2)), ElementsAre(-1, -1, -1, -1));
}

TEST(Ragged, SliceAndSelectGiveRowsOfTheirOwn) {
  EXPECT_EQ(rows_of(ragged(kRows).slice(1, 3)), (Lists{{}, {1}, {2, 3}}));
  EXPECT_EQ(rows_of(ragged(kRows).slice(2, 0)), Lists{});
  EXPECT_EQ(rows_of(ragged(kRows).slice(0, 5)), kRows);
  EXPECT_EQ(rows_of(ragged(kRows).select(at::tensor({3, 1, 0, 3}, at::kLong))),
            (Lists{{2, 3}, {}, {5, 6, 7}, {2, 3}}));
  EXPECT_EQ(rows_of(ragged(kRows).select(at::tensor(std::vector<int64_t>{}, at::kLong))), Lists{});
}

TEST(Ragged, SliceBeyondTheRowsIsNamed) {
  try {
    ragged(kRows).slice(4, 3);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(),
                 "Ragged::slice: rows 4 .. 7 must be within its 5 rows; got Long [6] on cpu");
  }
}

TEST(Ragged, OneWithoutRowsAnswersLikeAnEmptyOne) {
  const Ragged none;
  EXPECT_EQ(none.rows(), 0);
  EXPECT_THAT(integers(none.lengths()), IsEmpty());
  EXPECT_THAT(integers(none.row_index()), IsEmpty());
  EXPECT_EQ(none.padded(3).sizes(), (std::vector<int64_t>{0, 3}));
  EXPECT_EQ(none.slice(0, 0).rows(), 0);
  EXPECT_EQ(none.to(at::Device(at::kCPU)).rows(), 0);
  EXPECT_EQ(none.dense(4).sizes(), (std::vector<int64_t>{0, 4}));
}

TEST(Ragged, DenseAndMultiHotMarkEveryValue) {
  EXPECT_THAT(floats(ragged({{0, 2}, {}, {1, 1}}).dense(3)),
              ElementsAre(1, 0, 1, 0, 0, 0, 0, 1, 0));
  const at::Tensor hot = multi_hot(ragged({{0, 2}, {}, {1}}), 3);
  EXPECT_THAT(floats(hot), ElementsAre(1, 0, 1, 0, 0, 0, 0, 1, 0));
  EXPECT_EQ(hot.scalar_type(), at::kFloat);
  EXPECT_EQ(ragged({{1}}).dense(2).scalar_type(), at::kBool);
}

TEST(Ragged, AValueOutsideTheColumnsIsNamed) {
  try {
    multi_hot(ragged({{3}}), 3);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "a row of 3 columns cannot hold the value 3");
  }
  EXPECT_THROW(ragged({{-1}}).dense(3), std::invalid_argument);
}

}  // namespace
}  // namespace assay
