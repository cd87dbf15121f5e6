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
#include "ingest/parquet_columns.h"

namespace assay::ingest {

/// Values of one physical type, or codes of those that a chunk holds once. Those that are missing
/// take a place of their own. A column within lists is read slot by slot: an element of a list is
/// one, and so is a list that is missing or empty, which gives no value.
template <typename ParquetType>
class Values {
 public:
  using Value = typename ParquetType::c_type;

  Values(parquet::ParquetFileReader& file, int column)
      : file_(file), column_(column), levels_(*file.metadata()->schema()->Column(column)) {}

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
  /// @param slots  rows, or as SlotLevels has it
  /// @param page   called with the values of a page while what they point to is there
  /// @return how many values there are: one a row, or one an element
  template <typename Page>
  int64_t read(int64_t slots, Value* values, std::vector<uint8_t>& missing, const Page& page) {
    return each_page(
        slots, values, missing,
        [&](int64_t count, int16_t* definition, int16_t* repetition, Value* here,
            int64_t* present) {
          return reader_->ReadBatch(count, definition, repetition, here, present);
        },
        page);
  }
  int64_t read(int64_t slots, Value* values, std::vector<uint8_t>& missing) {
    return read(slots, values, missing, [](Value*, int64_t) {});
  }

  /// Reads the next codes.
  /// @param keep  makes a column of the values that codes stand for; called once a chunk
  template <typename Keep>
  void read_codes(int64_t slots, BatchColumn& out, const Keep& keep) {
    out.kind = BatchColumn::Kind::codes;
    out.codes.resize(static_cast<size_t>(slots));
    const auto read_page = [&](int64_t count, int16_t* definition, int16_t* repetition,
                               int32_t* here, int64_t* present) {
      const Value* values = nullptr;
      int32_t size = 0;
      const int64_t read = reader_->ReadBatchWithDictionary(count, definition, repetition, here,
                                                            present, &values, &size);
      if (!dictionary_) dictionary_ = keep(std::span(values, static_cast<size_t>(size)));
      check_codes(std::span(here, static_cast<size_t>(*present)), size);
      return read;
    };
    const int64_t count =
        each_page(slots, out.codes.data(), out.missing, read_page, [](int32_t*, int64_t) {});
    out.codes.resize(static_cast<size_t>(count));
    out.dictionary = dictionary_;
  }

  /// Of the slots that were read last; null of a column that is in no list.
  const SlotLevels* levels() const { return levels_.in_list() ? &levels_ : nullptr; }

 private:
  template <typename Stored, typename ReadPage, typename Page>
  int64_t each_page(int64_t slots, Stored* out, std::vector<uint8_t>& missing,
                    const ReadPage& read_page, const Page& page) {
    missing.clear();
    levels_.resize(slots);
    int64_t values = 0;
    for (int64_t done = 0; done < slots;) {
      if (!reader_->HasNext())
        throw parquet::ParquetException("a column is shorter than its metadata says");
      int64_t present = 0;
      Stored* const here = out + values;
      int16_t* const repetition = levels_.in_list() ? levels_.repetition.data() + done : nullptr;
      const int64_t read =
          read_page(slots - done, levels_.definition.data() + done, repetition, here, &present);
      const int64_t count = levels_.in_list() ? levels_.elements(done, read) : read;
      if (present < count) {
        missing.resize(static_cast<size_t>(slots), 0);
        spread(here, done, read, {count, present}, missing.data() + values);
      }
      page(here, count);
      done += read;
      values += count;
    }
    if (!missing.empty()) missing.resize(static_cast<size_t>(values));
    return values;
  }

  struct Counts {
    int64_t values, present;
  };
  // Values stand one behind the other; each goes to its row or element.
  template <typename Stored>
  void spread(Stored* values, int64_t first_slot, int64_t slots, Counts counts,
              uint8_t* missing) const {
    const int16_t* const definition = levels_.definition.data() + first_slot;
    for (int64_t slot = slots; slot-- > 0;) {
      if (definition[slot] < levels_.element) continue;
      const int64_t to = --counts.values;
      missing[to] = definition[slot] < levels_.present;
      values[to] = missing[to] ? Stored{} : values[--counts.present];
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
  SlotLevels levels_;
};

}  // namespace assay::ingest
