#include "dataset/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "sample_events.h"

namespace assay::dataset {
namespace {

using test::TestFolder;
using testing::ElementsAre;
using testing::HasSubstr;

class Safetensors : public testing::Test {
 protected:
  void write(const std::string& path) const {
    SafetensorsWriter out;
    out.add("bytes", bytes_);
    out.add("scores", scores_);
    out.add("matrix", matrix_, {2, 3});
    out.add("ids", ids_);
    out.add("empty", std::vector<int32_t>{});
    out.note("made_by", "a test");
    out.write(path);
  }

  // Whether a damaged copy is noticed, on opening or by its hash.
  bool noticed(const std::string& bytes) const {
    test::write_bytes(folder_.path("damaged"), bytes);
    try {
      return !SafetensorsFile::open(folder_.path("damaged")).intact();
    } catch (const error::UserError& error) {
      return std::string(error.what()).find("is damaged") != std::string::npos;
    }
  }

  TestFolder folder_;
  std::vector<uint8_t> bytes_ = {1, 2, 3};
  std::vector<double> scores_ = {0.5, -1};
  std::vector<float> matrix_ = {1, 2, 3, 4, 5, 6};
  std::vector<int64_t> ids_ = {7, 8, 9};
};

TEST_F(Safetensors, ComeBackAsTheyWere) {
  write(folder_.path("a/b/file"));
  const SafetensorsFile file = SafetensorsFile::open(folder_.path("a/b/file"));
  EXPECT_TRUE(file.intact());
  EXPECT_THAT(file.array<uint8_t>("bytes"), ElementsAre(1, 2, 3));
  EXPECT_THAT(file.array<double>("scores"), ElementsAre(0.5, -1));
  EXPECT_THAT(file.array<int64_t>("ids"), ElementsAre(7, 8, 9));
  EXPECT_THAT(file.tensor("matrix").shape, ElementsAre(2, 3));
  EXPECT_TRUE(file.array<int32_t>("empty").empty());
  EXPECT_EQ(file.note("made_by"), "a test");
  EXPECT_THAT(file.names(), ElementsAre("bytes", "empty", "ids", "matrix", "scores"));
}

TEST_F(Safetensors, LieAlignedAndWithoutGapsAsTheFormatWantsIt) {
  write(folder_.path("file"));
  const std::string bytes = test::read_bytes(folder_.path("file"));
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ((sizeof length + length) % 64, 0);
  const nlohmann::json header = nlohmann::json::parse(bytes.substr(sizeof length, length));
  std::vector<std::pair<uint64_t, uint64_t>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name != "__metadata__") ranges.push_back(entry.at("data_offsets"));
  }
  std::ranges::sort(ranges);
  uint64_t end = 0;
  for (const auto& range : ranges) {
    EXPECT_EQ(range.first, end);
    end = range.second;
  }
  EXPECT_EQ(sizeof length + length + end, bytes.size());
  const SafetensorsFile file = SafetensorsFile::open(folder_.path("file"));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.tensor("scores").bytes.data()) % sizeof(double), 0);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(file.tensor("ids").bytes.data()) % sizeof(int64_t), 0);
}

TEST_F(Safetensors, AreNoticedWhenTheyAreCut) {
  write(folder_.path("file"));
  const std::string bytes = test::read_bytes(folder_.path("file"));
  for (size_t size = 0; size < bytes.size(); size += size < 16 ? 1 : 7) {
    EXPECT_TRUE(noticed(bytes.substr(0, size))) << "cut after " << size << " of " << bytes.size();
  }
}

TEST_F(Safetensors, AreNoticedWhenABitOfAnyByteFlips) {
  write(folder_.path("file"));
  const std::string bytes = test::read_bytes(folder_.path("file"));
  for (size_t byte = 0; byte < bytes.size(); ++byte) {
    std::string flipped = bytes;
    flipped[byte] = static_cast<char>(flipped[byte] ^ (1 << byte % 8));
    EXPECT_TRUE(noticed(flipped)) << "bit " << byte % 8 << " of byte " << byte;
  }
}

TEST_F(Safetensors, AreTheSameBytesWheneverTheyAreWritten) {
  write(folder_.path("one"));
  write(folder_.path("two"));
  EXPECT_EQ(test::read_bytes(folder_.path("one")), test::read_bytes(folder_.path("two")));
}

TEST_F(Safetensors, KeepAnOpenMappingWhenTheFileIsReplaced) {
  write(folder_.path("file"));
  const SafetensorsFile before = SafetensorsFile::open(folder_.path("file"));
  ids_ = {1};
  write(folder_.path("file"));
  EXPECT_THAT(before.array<int64_t>("ids"), ElementsAre(7, 8, 9));
  EXPECT_THAT(SafetensorsFile::open(folder_.path("file")).array<int64_t>("ids"), ElementsAre(1));
}

TEST_F(Safetensors, SayWhatIsWrong) {
  EXPECT_EQ(test::error_of([&] { SafetensorsFile::open(folder_.path("none")); }),
            folder_.path("none") + ": cannot be read: No such file or directory");
  test::write_bytes(folder_.path("text"), "this is no safetensors file at all");
  EXPECT_EQ(test::error_of([&] { SafetensorsFile::open(folder_.path("text")); }),
            folder_.path("text") + ": is damaged: it is shorter than its header");
  test::write_bytes(folder_.path("text"), "");
  EXPECT_THAT(test::error_of([&] { SafetensorsFile::open(folder_.path("text")); }),
              HasSubstr("is damaged"));
  std::filesystem::create_directories(folder_.path("folder"));
  EXPECT_EQ(test::error_of([&] { SafetensorsFile::open(folder_.path("folder")); }),
            folder_.path("folder") + ": is not a regular file");
}

TEST_F(Safetensors, LeaveNoTemporaryFileWhereWritingFails) {
  std::filesystem::create_directories(folder_.path("taken/child"));
  EXPECT_THAT(test::error_of([&] { write(folder_.path("taken")); }),
              HasSubstr("cannot be written"));
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path(".")))
    files += entry.is_regular_file();
  EXPECT_EQ(files, 0);
}

TEST_F(Safetensors, RefuseATensorThatDoesNotFitItsShape) {
  SafetensorsWriter out;
  EXPECT_THROW(out.add("matrix", matrix_, {4, 4}), error::InternalError);
  out.add("ids", ids_);
  EXPECT_THROW(out.add("ids", ids_), error::InternalError);
  write(folder_.path("file"));
  const SafetensorsFile file = SafetensorsFile::open(folder_.path("file"));
  EXPECT_THROW(file.array<float>("ids"), error::InternalError);
  EXPECT_THROW(file.tensor("nothing"), error::InternalError);
}

}  // namespace
}  // namespace assay::dataset
