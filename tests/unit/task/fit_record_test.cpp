#include "task/fit_record.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace assay::task {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class FitRecordFile : public ::testing::Test {
 protected:
  FitRecordFile() { std::filesystem::create_directories(folder_); }
  ~FitRecordFile() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("assay_fit_record_" + std::to_string(::getpid()));
  const std::string artifact_ = folder_ / "ab12.safetensors";
};

FitRecord record() {
  return {.artifact_key = "ab12",
          .plugin = "bpr",
          .stage = "recall[0]",
          .seconds = 0.1 + 0.2,
          .bytes = 4096,
          .fit_bytes = 1 << 20,
          .peak_bytes = 1 << 30,
          .notes = {{"chosen.epochs", "7"}, {"loss", "0.5"}, {"chosen.epochs", "12"}},
          .curves = {{"loss", {1, 2}, {1.0 / 3, std::nullopt}}},
          .measured = {{"ndcg", 10, 900, 0.07}, {"recall", 10, 0, std::nullopt}}};
}

TEST_F(FitRecordFile, StandsBesideTheModelAndLosesNothing) {
  write_fit_record(record(), artifact_);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "ab12.fit.json"));
  const auto read = read_fit_record(artifact_);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->plugin, "bpr");
  EXPECT_EQ(read->seconds, 0.1 + 0.2) << "to the last bit";
  EXPECT_EQ(read->fit_bytes, 1 << 20);
  ASSERT_EQ(read->curves.size(), 1U);
  EXPECT_THAT(read->curves[0].steps, ElementsAre(1, 2));
  EXPECT_THAT(read->curves[0].values, ElementsAre(1.0 / 3, std::nullopt));
  ASSERT_EQ(read->measured.size(), 2U);
  EXPECT_EQ(read->measured[0].value, 0.07);
  EXPECT_EQ(read->measured[1].value, std::nullopt);
  ASSERT_EQ(read->notes.size(), 3U);
  EXPECT_EQ(read->notes[1].value, "0.5");
}

TEST_F(FitRecordFile, LeavesNoOtherFile) {
  write_fit_record(record(), artifact_);
  write_fit_record(record(), artifact_);
  const std::filesystem::directory_iterator files(folder_);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(FitRecordFile, ThatIsMissingOrDamagedIsNone) {
  EXPECT_FALSE(read_fit_record(artifact_));
  for (const char* text : {"", "{", "[]", "{\"plugin\": \"bpr\"}"}) {
    std::ofstream(fit_record_path(artifact_)) << text;
    EXPECT_FALSE(read_fit_record(artifact_)) << text;
  }
}

TEST_F(FitRecordFile, KeepsANoteThatIsNoText) {
  FitRecord odd = record();
  odd.notes = {{"title", "caf\xe9"}};
  write_fit_record(odd, artifact_);
  EXPECT_TRUE(read_fit_record(artifact_));
}

TEST(ChosenValues, AreTheLastOfEachKey) {
  EXPECT_THAT(chosen_values(record()), ElementsAre(Pair("epochs", "12")));
  EXPECT_THAT(chosen_values({}), IsEmpty());
}

}  // namespace
}  // namespace assay::task
