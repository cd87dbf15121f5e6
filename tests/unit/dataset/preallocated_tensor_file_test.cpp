#include "dataset/preallocated_tensor_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "dataset/safetensors.h"
#include "sample_events.h"

namespace assay::dataset {
namespace {

using test::TestFolder;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr size_t kRows = 1000;
constexpr size_t kHeader = 4096;

class Room : public testing::Test {
 protected:
  /// A column in the room, filled with 0, 1, ...
  template <typename T>
  LargeVector<T> column() {
    LargeVector<T> out;
    out.lie_in(room_->take(kRows * sizeof(T)));
    T* const first = out.extend(kRows);
    std::iota(first, first + kRows, T{});
    return out;
  }
  /// Writes the tensors with one more, and expects them to come back.
  void expect_written(const LargeVector<int64_t>& time, const LargeVector<int32_t>& user) {
    const std::vector<uint8_t> rest = {7, 8, 9};
    SafetensorsWriter out;
    out.add("time", time);
    out.add("user", user);
    out.add("rest", rest);
    out.note("made_by", "a test");
    out.write(path_, room_.get());
    const SafetensorsFile file = SafetensorsFile::open(path_);
    EXPECT_TRUE(file.intact());
    EXPECT_TRUE(std::ranges::equal(file.array<int64_t>("time"), time));
    EXPECT_TRUE(std::ranges::equal(file.array<int32_t>("user"), user));
    EXPECT_THAT(file.array<uint8_t>("rest"), ElementsAre(7, 8, 9));
    EXPECT_EQ(file.note("made_by"), "a test");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path("cache")), {}), 1)
        << "nothing lies beside it";
  }
  size_t bytes_before_data() const {
    const SafetensorsFile file = SafetensorsFile::open(path_);
    size_t data = 0;
    for (const std::string& name : file.names()) data += file.tensor(name).bytes.size();
    return std::filesystem::file_size(path_) - data;
  }

  TestFolder folder_;
  std::string path_ = folder_.path("cache/file");
  std::shared_ptr<PreallocatedTensorFile> room_ =
      PreallocatedTensorFile::make(folder_.path("cache"), kHeader, kRows * 1000);
};

TEST_F(Room, TensorsStayWhereTheyWereFilled) {
  ASSERT_TRUE(room_);
  const auto time = column<int64_t>();
  const auto user = column<int32_t>();
  expect_written(time, user);
  EXPECT_EQ(bytes_before_data(), kHeader) << "the header fills what was left for it";
}

TEST_F(Room, ATensorThatWasGivenUpLeavesNoGap) {
  const auto given_up = column<double>();
  const auto time = column<int64_t>();
  const auto user = column<int32_t>();
  expect_written(time, user);
  EXPECT_LT(bytes_before_data(), kHeader) << "written anew";
}

TEST_F(Room, TensorsMayLieElsewhere) {
  const auto time = column<int64_t>();
  LargeVector<int32_t> user;
  user.append(kRows, 5);
  expect_written(time, user);
  EXPECT_EQ(bytes_before_data(), kHeader);
}

TEST_F(Room, AHeaderThatDoesNotFitIsWrittenAllTheSame) {
  room_ = PreallocatedTensorFile::make(folder_.path("cache"), 64, kRows * 100);
  const auto time = column<int64_t>();
  const auto user = column<int32_t>();
  expect_written(time, user);
  EXPECT_GT(bytes_before_data(), 64u);
}

TEST_F(Room, AColumnThatOutgrowsItsPlaceKeepsItsValues) {
  auto user = column<int32_t>();
  for (int i = 0; i < 5000; ++i) user.push_back(i);
  ASSERT_EQ(user.size(), kRows + 5000);
  EXPECT_EQ(user[kRows - 1], static_cast<int32_t>(kRows - 1));
  EXPECT_EQ(user.back(), 4999);
  expect_written(column<int64_t>(), user);
}

TEST_F(Room, IsGoneWhereItWasNotWritten) {
  column<int64_t>();
  room_.reset();
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path("cache")));
}

TEST_F(Room, GivesNoMoreThanItHas) {
  EXPECT_THAT(room_->take(kRows * 1001), IsEmpty());
  EXPECT_EQ(room_->take(kRows * 1000).size(), kRows * 1000);
  EXPECT_THAT(room_->take(1), IsEmpty());
}

TEST(NoRoom, IsMadeWhereTheFileSystemHasNoSuchFiles) {
  EXPECT_EQ(PreallocatedTensorFile::make("/proc/self", 64, 64), nullptr);
}

}  // namespace
}  // namespace assay::dataset
