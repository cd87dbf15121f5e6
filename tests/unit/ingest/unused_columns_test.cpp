#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using test::dataset_at;
using test::ParquetColumn;

/// A log of three users with a column of stars, which a target uses, and one of clicks, which
/// nothing does; in any format.
struct Log {
  std::string format = "csv";
  int clicks = 1;
  int stars = 4;
  std::string type = "view";
};

class UnusedColumns : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("items.csv", "sku,shelf,price\na,1,10\nb,2,20\nc,1,30\nd,2,40\n");
  }

  void write(const Log& log) {
    if (log.format == "parquet") return write_parquet(log);
    const bool csv = log.format == "csv";
    std::string text = csv ? "user,item,at,stars,clicks,kind\n" : "";
    for (int row = 0; row < 12; ++row)
      text += csv ? fmt::format("u{},{},{},{},{},{}\n", row % 3, item(row), 1'000'000 + row,
                                row == 2 ? log.stars : 5, row * log.clicks, log.type)
                  : fmt::format(
                        "{{\"clicks\": {}, \"user\": \"u{}\", \"item\": \"{}\", \"at\": {}, "
                        "\"stars\": {}, \"kind\": \"{}\"}}\n",
                        row * log.clicks, row % 3, item(row), 1'000'000 + row,
                        row == 2 ? log.stars : 5, log.type);
    folder_.write("log." + log.format, text);
  }

  /// The name of the prepared data.
  std::string key(const std::string& format = "csv") {
    task::DatasetSpec dataset = dataset_at(folder_.path("log." + format), format);
    dataset.columns = {{"user", "user"}, {"item", "item"}, {"time", "at"}};
    dataset.targets = {{.name = "liked", .column = "stars", .at_least = 4}};
    dataset.split = {
        .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
    if (with_items_) {
      dataset.features = {{.of = "item",
                           .path = folder_.path("items.csv"),
                           .format = "csv",
                           .id = "sku",
                           .columns = {{"shelf", "category"}}}};
    }
    return load_dataset(dataset, {}, {}, 1, folder_.places()).key;
  }

  test::TestFolder folder_;
  bool with_items_ = false;

 private:
  static char item(int row) { return static_cast<char>('a' + (row / 3 + row) % 4); }

  void write_parquet(const Log& log) {
    std::string user, items, at, stars, clicks, kind;
    for (int row = 0; row < 12; ++row) {
      const char* const comma = row == 0 ? "" : ", ";
      user += fmt::format("{}\"u{}\"", comma, row % 3);
      items += fmt::format("{}\"{}\"", comma, item(row));
      at += fmt::format("{}{}", comma, 1'000'000 + row);
      stars += fmt::format("{}{}", comma, row == 2 ? log.stars : 5);
      clicks += fmt::format("{}{}", comma, row * log.clicks);
      kind += fmt::format("{}\"{}\"", comma, log.type);
    }
    const auto list = [](const std::string& values) { return "[" + values + "]"; };
    test::write_parquet(folder_.path("log.parquet"), {{"kind", arrow::utf8(), list(kind)},
                                                      {"user", arrow::utf8(), list(user)},
                                                      {"item", arrow::utf8(), list(items)},
                                                      {"at", arrow::int64(), list(at)},
                                                      {"stars", arrow::int32(), list(stars)},
                                                      {"clicks", arrow::int32(), list(clicks)}});
  }
};

TEST_F(UnusedColumns, OfALogChangeNothingWhateverItsFormatIs) {
  std::set<std::string> all;
  for (const std::string format : {"csv", "jsonl", "parquet"}) {
    SCOPED_TRACE(format);
    write({.format = format});
    const std::string before = key(format);
    all.insert(before);
    write({.format = format, .clicks = 2});
    EXPECT_EQ(key(format), before) << "numbers";
    write({.format = format, .type = "buy"});
    EXPECT_EQ(key(format), before) << "texts";
    write({.format = format, .stars = 1});
    EXPECT_NE(key(format), before) << "a target's";
  }
  EXPECT_EQ(all.size(), 1U) << "the same log in another format is the same data";
}

TEST_F(UnusedColumns, OfAFeatureFileChangeNothing) {
  with_items_ = true;
  write({});
  const std::string before = key();
  folder_.write("items.csv", "price,sku,shelf,name\n11,a,1,x\n21,b,2,y\n31,c,1,z\n41,d,2,\"\"\n");
  EXPECT_EQ(key(), before);
  folder_.write("items.csv", "sku,shelf,price\na,2,10\nb,2,20\nc,1,30\nd,2,40\n");
  EXPECT_NE(key(), before) << "a shelf";
  folder_.write("items.csv", "sku,shelf,price\na,1,10\nb,2,20\nc,1,30\nd,2,40\ne,2,50\n");
  EXPECT_NE(key(), before) << "an item more in the catalogue";
}

TEST_F(UnusedColumns, TheOrderOfRowsIsUsed) {
  folder_.write("log.csv", "user,item,at,stars\nu,a,1,5\nu,b,1,5\nu,c,1,5\nu,d,2,5\n");
  const std::string before = key();
  folder_.write("log.csv", "user,item,at,stars\nu,b,1,5\nu,a,1,5\nu,c,1,5\nu,d,2,5\n");
  EXPECT_NE(key(), before) << "equal times keep it";
}

}  // namespace
}  // namespace assay::ingest
