/// Large logs in Parquet, whose columns are built where they lie in the cache: they hold what the
/// same log holds as CSV, which is not.

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::csv_at;
using test::error_of;
using test::imported;
using test::TestFolder;
using test::texts;
using test::values;

constexpr int64_t kRows = 70'001;  // odd, so that columns of 4 bytes end between multiples of 8

/// A row of the log, made of its number.
struct Row {
  int64_t user, item, at;
  double stars;
};

using RowOf = Row (*)(int64_t);

Row in_order(int64_t i) { return {i * 7919 % 997, i * i % 503, 1000 + i / 3, 1.0 + i % 5}; }
Row out_of_order(int64_t i) {
  Row row = in_order(i);
  row.at = 1000 + i * 7919 % 50'000;
  return row;
}
// In order of time but for the last one.
Row late_surprise(int64_t i) {
  Row row = in_order(i);
  if (i == kRows - 1) row.at = 5;
  return row;
}
Row without_some_values(int64_t i) {
  Row row = in_order(i);
  if (i % 10'007 == 3) row.stars = std::numeric_limits<double>::quiet_NaN();
  return row;
}
// Its column of values turns out to be none, late.
Row infinite_value(int64_t i) {
  Row row = in_order(i);
  if (i == 60'000) row.stars = std::numeric_limits<double>::infinity();
  return row;
}

class LargeParquet : public testing::Test {
 protected:
  void write_csv(RowOf row_of) {
    std::ofstream out(folder_.path("log.csv"));
    out << "user,item,at,stars\n";
    for (int64_t i = 0; i < kRows; ++i) {
      const Row row = row_of(i);
      out << prefix_ << row.user << ',' << prefix_ << row.item << ',' << row.at << ',';
      if (!std::isnan(row.stars)) out << row.stars;
      out << '\n';
    }
  }

  std::shared_ptr<arrow::Array> ids(RowOf row_of, int64_t Row::*id) const {
    arrow::StringBuilder texts;
    arrow::Int64Builder integers;
    for (int64_t i = 0; i < kRows; ++i) {
      if (i == missing_user_ && id == &Row::user) {
        EXPECT_TRUE((texts.AppendNull() & integers.AppendNull()).ok());
        continue;
      }
      EXPECT_TRUE(texts.Append(prefix_ + std::to_string(row_of(i).*id)).ok());
      EXPECT_TRUE(integers.Append(row_of(i).*id).ok());
    }
    return prefix_.empty() ? *integers.Finish() : *texts.Finish();
  }

  void write_parquet(RowOf row_of) {
    arrow::Int64Builder at;
    arrow::DoubleBuilder stars;
    for (int64_t i = 0; i < kRows; ++i) {
      const Row row = row_of(i);
      EXPECT_TRUE(at.Append(row.at).ok());
      const bool missing = std::isnan(row.stars);
      EXPECT_TRUE((missing ? stars.AppendNull() : stars.Append(row.stars)).ok());
    }
    const auto user = ids(row_of, &Row::user), item = ids(row_of, &Row::item);
    const auto schema = arrow::schema({{"user", user->type()},
                                       {"item", item->type()},
                                       {"at", arrow::int64()},
                                       {"stars", arrow::float64()}});
    const auto table = arrow::Table::Make(schema, {user, item, *at.Finish(), *stars.Finish()});
    const auto out = *arrow::io::FileOutputStream::Open(folder_.path("log.parquet"));
    const auto properties =
        parquet::WriterProperties::Builder().dictionary_pagesize_limit(dictionary_bytes_)->build();
    ASSERT_TRUE(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out,
                                           /*chunk_size=*/30'000, properties)
                    .ok());
    ASSERT_TRUE(out->Close().ok());
  }

  task::DatasetSpec parquet() const {
    task::DatasetSpec dataset = csv_at(folder_.path("log.parquet"));
    dataset.format = "parquet";
    return dataset;
  }

  void expect_same(RowOf row_of) {
    write_csv(row_of);
    write_parquet(row_of);
    const dataset::ImportedData csv = imported(folder_, csv_at(folder_.path("log.csv")));
    const dataset::ImportedData log = imported(folder_, parquet());
    EXPECT_TRUE(log.file().intact());
    EXPECT_EQ(log.file().names(), csv.file().names());
    for (const std::string& name : csv.file().names()) {
      const dataset::TensorView& ours = log.file().tensor(name);
      EXPECT_EQ(ours.dtype, csv.file().tensor(name).dtype) << name;
      EXPECT_EQ(ours.shape, csv.file().tensor(name).shape) << name;
      EXPECT_TRUE(same_bits(ours, csv.file().tensor(name))) << name;
    }
  }

  int64_t bytes_before_data() const {
    const std::string path = import_dataset(parquet(), folder_.places()).path;
    const dataset::SafetensorsFile file = dataset::SafetensorsFile::open(path);
    auto bytes = static_cast<int64_t>(std::filesystem::file_size(path));
    for (const std::string& name : file.names()) bytes -= std::ssize(file.tensor(name).bytes);
    return bytes;
  }

  // NaN is NaN, whatever its bits.
  static bool same_bits(const dataset::TensorView& a, const dataset::TensorView& b) {
    if (a.dtype != "F64") return std::ranges::equal(a.bytes, b.bytes);
    const auto* const x = reinterpret_cast<const double*>(a.bytes.data());
    const auto* const y = reinterpret_cast<const double*>(b.bytes.data());
    bool same = a.bytes.size() == b.bytes.size();
    for (size_t i = 0; same && i < a.bytes.size() / sizeof(double); ++i)
      same = x[i] == y[i] || (std::isnan(x[i]) && std::isnan(y[i]));
    return same;
  }

  TestFolder folder_;
  std::string prefix_;
  int64_t dictionary_bytes_ = 1 << 20;
  int64_t missing_user_ = -1;
};

TEST_F(LargeParquet, HoldsWhatTheCsvHolds) {
  expect_same(in_order);
  EXPECT_GT(bytes_before_data(), 1 << 16) << "built in its place, behind room for a header";
}

TEST_F(LargeParquet, IsPutInOrderOfTime) {
  expect_same(out_of_order);
  EXPECT_LT(bytes_before_data(), 1 << 16) << "sorted, then written";
}

TEST_F(LargeParquet, MayBeOutOfOrderInItsLastRow) { expect_same(late_surprise); }

TEST_F(LargeParquet, MayMissValues) { expect_same(without_some_values); }

TEST_F(LargeParquet, LosesAColumnThatIsNoNumberLate) {
  expect_same(infinite_value);
  const dataset::ImportedData log = imported(folder_, parquet());
  EXPECT_FALSE(log.file().has("event.number.stars"));
  EXPECT_TRUE(log.info().at("not_numbers").contains("stars"));
}

TEST_F(LargeParquet, MayHaveTextsAsIds) {
  prefix_ = "id of ";
  expect_same(in_order);
}

TEST_F(LargeParquet, MayHaveChunksWhoseDictionaryWasTooLarge) {
  for (const std::string prefix : {"", "id of "}) {
    prefix_ = prefix;
    dictionary_bytes_ = 1000;
    expect_same(in_order);
  }
}

TEST_F(LargeParquet, SaysWhereAnIdIsMissing) {
  missing_user_ = 50'000;
  for (const std::string prefix : {"", "id of "}) {
    prefix_ = prefix;
    write_parquet(in_order);
    EXPECT_EQ(error_of(folder_, [&] { import_dataset(parquet(), folder_.places()); }),
              "log.parquet, row 50001: user is empty; every event has a user");
  }
}

}  // namespace
}  // namespace assay::ingest
