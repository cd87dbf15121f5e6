#include "dataset/large_vector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>

#include "error/error.h"

namespace assay::dataset {
namespace {

using testing::ElementsAre;

TEST(LargeVector, HoldsWhatIsAddedOneByOneOrTogether) {
  LargeVector<int32_t> values = {1, 2};
  values.push_back(3);
  values.append(LargeVector<int32_t>{4, 5});
  values.append(2, 6);
  EXPECT_THAT(values, ElementsAre(1, 2, 3, 4, 5, 6, 6));
}

TEST(LargeVector, KeepsItsValuesWhenItGrowsPastSmallPages) {
  LargeVector<int64_t> values;
  for (int64_t i = 0; i < 3'000'000; ++i) values.push_back(i * i);
  ASSERT_EQ(values.size(), 3'000'000);
  for (int64_t i = 0; i < 3'000'000; ++i) ASSERT_EQ(values[i], i * i);
}

TEST(LargeVector, CopiesAreTheirOwn) {
  LargeVector<int32_t> values = {1, 2};
  LargeVector<int32_t> copy = values;
  copy[0] = 9;
  const LargeVector<int32_t> moved = std::move(copy);
  EXPECT_THAT(values, ElementsAre(1, 2));
  EXPECT_THAT(moved, ElementsAre(9, 2));
}

TEST(LargeVectorMemory, MovesToAFileWhereItIsLargeAndKeepsWhatItHolds) {
  large_vector_detail::Memory memory;
  constexpr size_t kLimit = 1 << 20;
  size_t used = 0;
  for (size_t bytes = 1 << 18; bytes <= 8 * kLimit; bytes *= 2) {
    memory.grow(used, bytes, kLimit);
    EXPECT_EQ(memory.file >= 0, bytes > kLimit) << bytes;
    char* const text = static_cast<char*>(memory.start);
    for (size_t i = 0; i < used; ++i) ASSERT_EQ(text[i], static_cast<char>(i * 31)) << i;
    for (; used < bytes; ++used) text[used] = static_cast<char>(used * 31);
  }
}

TEST(LargeVectorMemory, SaysWhereAFileCannotBeMade) {
  ::setenv("TMPDIR", "/no/such/folder", 1);
  large_vector_detail::Memory memory;
  try {
    memory.grow(0, 1 << 20, 0);
    ADD_FAILURE() << "it was made";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/no/such/folder"));
    EXPECT_THAT(error.what(), testing::HasSubstr("no temporary file can be made for a column"));
  }
  ::unsetenv("TMPDIR");
}

}  // namespace
}  // namespace assay::dataset
