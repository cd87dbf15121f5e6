#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data_files.h"
#include "ingest/batch_pipeline.h"

namespace assay::ingest {
namespace {

using test::csv_at;
using test::error_of;
using test::imported;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;

BatchColumn narrowed(std::vector<std::string_view> texts, Use use) {
  BatchColumn column;
  column.kind = BatchColumn::Kind::texts;
  column.texts = std::move(texts);
  narrow(column, use, TimeReader());
  return column;
}

TEST(Narrow, IdsBecomeIntegersOnlyAsWeWouldWriteThem) {
  const BatchColumn column = narrowed({"0", "17", "-4", "999999999999999999"}, Use::id);
  ASSERT_EQ(column.kind, BatchColumn::Kind::integers);
  EXPECT_THAT(column.integers, ElementsAre(0, 17, -4, 999999999999999999));
  for (const char* text : {"007", "-0", "+1", "", "1 ", "1e3", "9999999999999999999", "x"}) {
    EXPECT_EQ(narrowed({"1", text}, Use::id).kind, BatchColumn::Kind::texts) << text;
  }
}

TEST(Narrow, TimesBecomeMicrosecondsUnlessOneIsWrong) {
  const BatchColumn column = narrowed({"12", "13.9", "1970-01-01T00:01:00Z"}, Use::time);
  ASSERT_EQ(column.kind, BatchColumn::Kind::times);
  EXPECT_THAT(column.integers, ElementsAre(12'000'000, 13'900'000, 60'000'000));
  for (const char* text : {"-1", "soon", "99999999999", "1969-01-01"})
    EXPECT_EQ(narrowed({"1", text}, Use::time).kind, BatchColumn::Kind::texts) << text;
}

TEST(Narrow, TimesMayBeMissing) {
  const BatchColumn column = narrowed({"12", "", "13"}, Use::time);
  ASSERT_EQ(column.kind, BatchColumn::Kind::times);
  EXPECT_THAT(column.missing, ElementsAre(0, 1, 0));
}

TEST(Narrow, NumbersMayBeMissing) {
  const BatchColumn column = narrowed({"1", "", " 2.5"}, Use::number);
  ASSERT_EQ(column.kind, BatchColumn::Kind::numbers);
  EXPECT_THAT(column.numbers, ElementsAre(1, testing::IsNan(), 2.5));
  EXPECT_EQ(narrowed({"1", "inf"}, Use::number).kind, BatchColumn::Kind::texts);
}

/// Batches of one row that hold their number; number `fails` throws.
class Numbers : public BatchSource {
 public:
  explicit Numbers(int64_t count, int64_t fails = -1)
      : BatchSource(0), count_(count), fails_(fails) {}
  bool fill(int64_t k, ColumnBatch& batch) override {
    if (k == fails_) throw error::UserError("batch 5 is bad");
    batch.rows = k;
    return k < count_;
  }
  int threads() const override { return 3; }
  int64_t rows_expected() override { return count_; }

 private:
  int64_t count_, fails_;
};

TEST(BatchPipeline, HandsBatchesOutInTheirOrder) {
  Numbers source(1000);
  BatchPipeline pipeline(source);
  for (int64_t k = 0; k < 1000; ++k) ASSERT_EQ(pipeline.next()->rows, k);
  EXPECT_EQ(pipeline.next(), nullptr);
  EXPECT_EQ(pipeline.next(), nullptr);
}

TEST(BatchPipeline, ThrowsWhatABatchThrewAtItsTurn) {
  Numbers source(1000, 5);
  BatchPipeline pipeline(source);
  for (int64_t k = 0; k < 5; ++k) ASSERT_EQ(pipeline.next()->rows, k);
  EXPECT_THROW(pipeline.next(), error::UserError);
}

TEST(BatchPipeline, CanBeLeftInTheMiddle) {
  Numbers source(1'000'000);
  BatchPipeline pipeline(source);
  EXPECT_EQ(pipeline.next()->rows, 0);
}

class CsvBlocks : public testing::Test {
 protected:
  dataset::ImportedData data_of(const std::string& text) {
    folder_.write("log.csv", text);
    return imported(folder_, dataset_);
  }
  std::string error_with(const std::string& text) {
    folder_.write("log.csv", text);
    return error_of(folder_, [&] { import_dataset(dataset_, folder_.places()); });
  }
  TestFolder folder_;
  task::DatasetSpec dataset_ = csv_at(folder_.path("log.csv"));
};

TEST_F(CsvBlocks, LinesLieOnBothSidesOfABlockWhateverTheirEnds) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    std::string text = "user,item,at" + end;
    int64_t sum = 0;
    for (int i = 0; i < 200'000; ++i) {
      text += std::to_string(i % 977) + ",\"a, " + std::to_string(i % 13) + "\"," +
              std::to_string(i) + end;
      sum += i % 977;
    }
    const dataset::ImportedData log = data_of(text);
    ASSERT_EQ(log.events(), 200'000);
    int64_t found = 0;
    for (const int32_t user : values<int32_t>(log.file(), "event.user")) found += user;
    EXPECT_EQ(found, sum) << "users are numbered as they are named";
    EXPECT_EQ(log.items(), 13);
    EXPECT_FALSE(log.file().has("event.row")) << "in file order";
  }
}

TEST_F(CsvBlocks, ALineMayBeLongerThanABlock) {
  const std::string note(3'000'000, 'x');
  const dataset::ImportedData log = data_of("user,item,at,note\n1,2,3," + note + "\n4,5,6,y\n");
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("1", "4"));
}

TEST_F(CsvBlocks, TheFirstRowThatIsWrongIsSaidWhateverItsColumn) {
  dataset_.columns["value"] = "stars";
  EXPECT_EQ(error_with("user,item,at,stars\n1,2,3,4\n1,2,3,many\n,2,3,4\n1,2\n"),
            "log.csv:3: stars is \"many\"; expected a number");
  EXPECT_EQ(error_with("user,item,at,stars\n1,2,3,4\n,2,x,many\n1,2,3,many\n"),
            "log.csv:3: user is empty; every event has a user");
  EXPECT_EQ(error_with("user,item,at,stars\n1,2,3,4\n1,2\n1,2,3,many\n"),
            "log.csv:3: the row has 2 fields, the header names 4; it begins \"1,2\"");
}

TEST_F(CsvBlocks, AQuoteThatIsNotClosedIsSaid) {
  EXPECT_EQ(error_with("user,item,at\n1,2,3\n1,\"2,3\n1,2,3\n"),
            "log.csv:3: the row has 2 fields, the header names 3; it begins \"1,\"2,3\n1,2,3\"");
}

TEST_F(CsvBlocks, LargeIdsAreNotMistakenForEachOther) {
  std::string text = "user,item,at\n";
  for (int64_t i = 0; i < 20'000; ++i)
    text += std::to_string((i % 5000) << 40) + "," + std::to_string(-(i % 70)) + ",1\n";
  const dataset::ImportedData log = data_of(text);
  EXPECT_EQ(log.users(), 5000);
  EXPECT_EQ(log.items(), 70);
  EXPECT_EQ(values<int32_t>(log.file(), "event.user")[6000], 1000);
  EXPECT_EQ(values<int32_t>(log.file(), "event.item")[1], 68) << "-1 is the last but 0";
}

}  // namespace
}  // namespace assay::ingest
