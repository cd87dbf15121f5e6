/// Files that somebody writes to while they are read.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>

#include "arrow_files.h"
#include "data_files.h"
#include "ingest/feature_files.h"
#include "ingest/table.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TestFolder;

constexpr const char* kChanged =
    "changed while it was read; run again when no other process writes to it";

/// Lines that are longer than what readers read ahead.
std::string long_log(const std::string& header, const std::string& line) {
  std::string text = header;
  while (text.size() < (size_t{24} << 20)) text += line;
  return text;
}

class ChangingFiles : public testing::Test {
 protected:
  // Reads the first rows of a table, cuts its file short and reads on.
  std::string error_of_cut_table(const std::string& path, const TableFormat& format) {
    return error_of(folder_, [&] {
      const auto table = open_table(path, format);
      for (int row = 0; row < 3; ++row) EXPECT_TRUE(table->next());
      fs::resize_file(path, 100);
      while (table->next()) {
      }
    });
  }
  // `change` comes between the first look at the files and their reading.
  std::string error_of_change(const task::DatasetSpec& dataset,
                              const std::function<void()>& change) {
    const dataset::ImportedRef ref = import_dataset(dataset, folder_.places());
    fs::resize_file(ref.path, fs::file_size(ref.path) - 1);
    return error_of(folder_, [&] {
      import_dataset(dataset, folder_.places(), [&](const std::string&) { change(); });
    });
  }
  TestFolder folder_;
};

TEST_F(ChangingFiles, ATextThatIsCutShortWhileItIsReadIsSaid) {
  const std::string path = folder_.write("log.txt", long_log("", "1 2 3\n"));
  EXPECT_EQ(error_of(folder_,
                     [&] {
                       LineReader lines{TextFile(path)};
                       std::string_view line;
                       EXPECT_TRUE(lines.next(line));
                       fs::resize_file(path, 100);
                       while (lines.next(line)) {
                       }
                     }),
            std::string("log.txt: ") + kChanged);
}

TEST_F(ChangingFiles, TablesThatAreCutShortWhileTheyAreReadAreSaid) {
  const std::string rows = "u1\ta\t1\n";
  std::string csv = rows;
  std::ranges::replace(csv, '\t', ',');
  EXPECT_EQ(error_of_cut_table(folder_.write("log.csv", long_log("user,item,at\n", csv)),
                               {.name = "csv"}),
            std::string("log.csv: ") + kChanged);
  EXPECT_EQ(error_of_cut_table(folder_.write("log.tsv", long_log("user\titem\tat\n", rows)),
                               {.name = "tsv"}),
            std::string("log.tsv: ") + kChanged);
  EXPECT_EQ(error_of_cut_table(folder_.write("log.jsonl", long_log("", "{\"user\": 1}\n")),
                               {.name = "jsonl"}),
            std::string("log.jsonl: ") + kChanged);
}

TEST_F(ChangingFiles, AnImportSaysThatAFileChangedAndNotWhatIsWrongWithTheRest) {
  const std::string rows = "user,item,at\nu1,a,1\nu1,b,2\n";
  folder_.write("log.csv", rows);
  const task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  const auto cut = [&] { fs::resize_file(folder_.path("log.csv"), rows.size() - 3); };
  EXPECT_EQ(error_of_change(dataset, cut), std::string("log.csv: ") + kChanged);
  folder_.write("log.csv", rows);
  const auto remove = [&] { fs::remove(folder_.path("log.csv")); };
  EXPECT_EQ(error_of_change(dataset, remove), std::string("log.csv: ") + kChanged);
}

TEST_F(ChangingFiles, PackedAndParquetFilesThatAreCutShortAreNotCalledDamaged) {
  std::string text = "user,item,at\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i * 7919 % 1000) + ",2,3\n";
  folder_.write("log.csv.gz", test::packed(text, arrow::Compression::GZIP));
  const auto cut = [&](const std::string& name) {
    return [this, name] {
      fs::resize_file(folder_.path(name), fs::file_size(folder_.path(name)) / 2);
    };
  };
  EXPECT_EQ(error_of_change(test::csv_at(folder_.path("log.csv.gz")), cut("log.csv.gz")),
            std::string("log.csv.gz: ") + kChanged);
  test::write_parquet(folder_.path("log.parquet"), {{"user", arrow::int64(), "[1, 2, 3, 4]"},
                                                    {"item", arrow::int64(), "[1, 2, 3, 4]"},
                                                    {"at", arrow::int64(), "[1, 2, 3, 4]"}});
  task::DatasetSpec parquet = test::csv_at(folder_.path("log.parquet"));
  parquet.format = "parquet";
  EXPECT_EQ(error_of_change(parquet, cut("log.parquet")), std::string("log.parquet: ") + kChanged);
}

TEST_F(ChangingFiles, RankedListsAndFeatureFilesAreLookedAtTwiceToo) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\n");
  folder_.write("items.csv", "sku,price\na,1\nb,2\n");
  task::DatasetSpec dataset = test::csv_at(folder_.path("log.csv"));
  dataset.features = {{.of = "item",
                       .path = folder_.path("items.csv"),
                       .format = "csv",
                       .id = "sku",
                       .columns = {{"price", "number"}},
                       .where = {}}};
  const auto cut = [&] { folder_.write("items.csv", "sku,price\na,1\nb\n"); };
  EXPECT_EQ(error_of_change(dataset, cut), std::string("items.csv: ") + kChanged);

  const std::string lists = folder_.write("a.run", "u1 Q0 a 1 2.0 t\nu1 Q0 b 2 1.0 t\n");
  const dataset::ImportedRef ref = import_lists({lists}, folder_.path("cache"));
  fs::resize_file(ref.path, fs::file_size(ref.path) - 1);
  EXPECT_EQ(error_of(folder_,
                     [&] {
                       import_lists({lists}, folder_.path("cache"), [&](const std::string&) {
                         folder_.write("a.run", "u1 Q0 a 1 2.0 t\nu1 Q0 b\n");
                       });
                     }),
            std::string("a.run: ") + kChanged);
}

TEST_F(ChangingFiles, ATextIsReadAsItStandsAcrossPieces) {
  std::string text = "\xEF\xBB\xBF", joined;
  for (int i = 0; i < 40'000; ++i) text += std::string(static_cast<size_t>(i) % 97, 'x') + "\r\n";
  text += std::string(300'000, 'y');
  LineReader lines{TextFile(folder_.write("log.txt", text))};
  std::string_view line;
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_TRUE(lines.next(line));
    ASSERT_EQ(line, std::string(static_cast<size_t>(i) % 97, 'x'));
    ASSERT_EQ(lines.number(), i + 1);
  }
  ASSERT_TRUE(lines.next(line)) << "the last line lacks its end, and is longer than a piece";
  EXPECT_EQ(line.size(), 300'000u);
  EXPECT_FALSE(lines.next(line));
}

}  // namespace
}  // namespace assay::ingest
