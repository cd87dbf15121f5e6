#pragma once

/// Values of a column of a Parquet file, as they are stored.

#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "ingest/column_batch.h"

namespace assay::ingest {

/// Values of one physical type, or codes of those that a chunk holds once. Those that are missing
/// take a place of their own.
template <typename ParquetType>
class Values {
 public:
  using Value = typename ParquetType::c_type;

  Values(parquet::ParquetFileReader& file, int column) : file_(file), column_(column) {}

  /// Goes on to the rows of a group; where the group is a new one, to its chunk.
  void go_to(int group) {
    if (group == group_) return;
    if (reader_ && reader_->HasNext())
      throw parquet::ParquetException("a column is longer than its metadata says");
    group_ = group;
    group_reader_ = file_.RowGroup(group);
    reader_ = std::static_pointer_cast<parquet::TypedColumnReader<ParquetType>>(
        group_reader_->ColumnWithExposeEncoding(column_, parquet::ExposedEncoding::DICTIONARY));
    dictionary_.reset();
  }

  /// Whether the chunk holds codes alone.
  bool coded() const {
    return reader_->GetExposedEncoding() == parquet::ExposedEncoding::DICTIONARY;
  }

  /// Reads the next values. `missing` becomes 1 for each that is not there, or empty.
  /// @param page  called with the values of a page while what they point to is there
  template <typename Page>
  void read(int64_t rows, Value* values, std::vector<uint8_t>& missing, const Page& page) {
    each_page(
        rows, values, missing,
        [&](int64_t count, Value* here, int64_t* present) {
          return reader_->ReadBatch(count, levels_.data(), nullptr, here, present);
        },
        page);
  }
  void read(int64_t rows, Value* values, std::vector<uint8_t>& missing) {
    read(rows, values, missing, [](Value*, int64_t) {});
  }

  /// Reads the next codes.
  /// @param keep  makes a column of the values that codes stand for; called once a chunk
  template <typename Keep>
  void read_codes(int64_t rows, BatchColumn& out, const Keep& keep) {
    out.kind = BatchColumn::Kind::codes;
    out.codes.resize(static_cast<size_t>(rows));
    const auto read_page = [&](int64_t count, int32_t* here, int64_t* present) {
      const Value* values = nullptr;
      int32_t size = 0;
      const int64_t read = reader_->ReadBatchWithDictionary(count, levels_.data(), nullptr, here,
                                                            present, &values, &size);
      if (!dictionary_) dictionary_ = keep(std::span(values, static_cast<size_t>(size)));
      check_codes(std::span(here, static_cast<size_t>(*present)), size);
      return read;
    };
    each_page(rows, out.codes.data(), out.missing, read_page, [](int32_t*, int64_t) {});
    out.dictionary = dictionary_;
  }

 private:
  template <typename Stored, typename ReadPage, typename Page>
  void each_page(int64_t rows, Stored* out, std::vector<uint8_t>& missing,
                 const ReadPage& read_page, const Page& page) {
    missing.clear();
    levels_.resize(static_cast<size_t>(rows));
    for (int64_t done = 0; done < rows;) {
      if (!reader_->HasNext())
        throw parquet::ParquetException("a column is shorter than its metadata says");
      int64_t present = 0;
      Stored* const here = out + done;
      const int64_t read = read_page(rows - done, here, &present);
      if (present < read) {
        missing.resize(static_cast<size_t>(rows), 0);
        spread(here, read, present, missing.data() + done);
      }
      page(here, read);
      done += read;
    }
  }

  // Values stand one behind the other; each goes to its row.
  template <typename Stored>
  void spread(Stored* values, int64_t rows, int64_t present, uint8_t* missing) const {
    for (int64_t row = rows; row-- > 0;) {
      missing[row] = levels_[static_cast<size_t>(row)] == 0;
      values[row] = missing[row] ? Stored{} : values[--present];
    }
  }

  static void check_codes(std::span<const int32_t> codes, int32_t size) {
    bool inside = true;
    for (const int32_t code : codes)
      inside &= static_cast<uint32_t>(code) < static_cast<uint32_t>(size);
    if (!inside) throw parquet::ParquetException("a value is not in its dictionary");
  }

  parquet::ParquetFileReader& file_;
  int column_;
  int group_ = -1;
  std::shared_ptr<parquet::RowGroupReader> group_reader_;
  std::shared_ptr<parquet::TypedColumnReader<ParquetType>> reader_;
  std::shared_ptr<const BatchColumn> dictionary_;
  std::vector<int16_t> levels_;
};

}  // namespace assay::ingest
