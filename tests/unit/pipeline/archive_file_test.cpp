#include "pipeline/archive_file.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "dataset/safetensors.h"

namespace assay::pipeline {
namespace {

class ArchiveFile : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    Archive archive;
    archive.put("weights", at::arange(1000, at::kFloat).view({10, 100}));
    archive.put("width", at::tensor({1, 2, 3}, at::kInt));
    archive.put_text("said", "so");
    write_archive(archive, path_, {{"kind", "artifact"}});
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_ = testing::TempDir() + "/archive_file_test." + std::to_string(::getpid());
  std::string path_ = folder_ + "/model.safetensors";
};

void expect_what_was_written(const Archive& archive) {
  EXPECT_TRUE(archive.tensor("weights").equal(at::arange(1000, at::kFloat).view({10, 100})));
  EXPECT_TRUE(archive.tensor("width").equal(at::tensor({1, 2, 3}, at::kInt)));
  EXPECT_EQ(archive.text("said"), "so");
}

TEST_F(ArchiveFile, HoldsWhatWasWrittenHoweverItIsOpened) {
  expect_what_was_written(read_archive(path_));
  expect_what_was_written(map_archive(path_));
  expect_what_was_written(open_archive(path_));
  expect_what_was_written(open_archive(path_, 0));
  expect_what_was_written(open_archive(path_, 4000));
}

TEST_F(ArchiveFile, KeepsTensorsOfEveryTypeThatModelsAreServedIn) {
  Archive archive;
  const at::Tensor some = at::arange(-3, 4, at::kFloat);
  for (const at::ScalarType type : {at::kChar, at::kByte, at::kHalf, at::kBFloat16, at::kDouble})
    archive.put(at::toString(type), some.abs().mul(type == at::kByte ? 1 : -1).to(type));
  write_archive(archive, path_, {});
  const Archive found = read_archive(path_);
  for (const auto& [name, value] : archive.tensors()) {
    EXPECT_EQ(found.tensor(name).scalar_type(), value.scalar_type()) << name;
    EXPECT_TRUE(found.tensor(name).equal(value)) << name;
  }
}

// Lines of /proc/self/maps that name the file.
int mappings_of(const std::string& path) {
  std::ifstream in("/proc/self/maps");
  int found = 0;
  for (std::string line; std::getline(in, line);) found += line.ends_with(path) ? 1 : 0;
  return found;
}

TEST_F(ArchiveFile, LargeTensorsLieOverTheFileAndSmallOnesDoNot) {
  const std::string path = std::filesystem::canonical(path_);
  {
    const Archive small = open_archive(path_, 4001);
    EXPECT_EQ(mappings_of(path), 0);
    const Archive large = open_archive(path_, 4000);
    EXPECT_GT(mappings_of(path), 0);
  }
  EXPECT_EQ(mappings_of(path), 0) << "what is gone holds nothing";
}

TEST_F(ArchiveFile, WritingToAMappedTensorLeavesTheFileAsItIs) {
  Archive archive = open_archive(path_, 4000);
  at::Tensor weights = archive.tensor("weights");
  weights.add_(1);
  EXPECT_EQ(weights[0][0].item<float>(), 1);
  EXPECT_TRUE(dataset::SafetensorsFile::open(path_).intact());
  expect_what_was_written(read_archive(path_));
}

TEST_F(ArchiveFile, AMappedTensorOutlivesItsName) {
  const Archive archive = open_archive(path_, 0);
  std::filesystem::remove(path_);
  expect_what_was_written(archive);
}

}  // namespace
}  // namespace assay::pipeline
