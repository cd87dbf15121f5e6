#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ingest/column_batch.h"

namespace assay::ingest {

/// A column with a value a row, repeated for the elements that a list of the row holds. A list may go
/// on in the next batch, whose first elements then have the value of the row before.
class RowValues {
 public:
  /// Forgets the last row: another row group begins, with a new row.
  void restart() { last_.reset(); }

  /// Makes what `column` holds of `rows` rows what it holds of elements, turned into what `use` asks
  /// for.
  /// @param row_of  row of each element; -1 is the one that goes on from the batch before
  void repeat(int64_t rows, std::span<const int32_t> row_of, Use use, const TimeReader& times,
              BatchColumn& column);

 private:
  /// A value, whatever its kind.
  struct Last {
    int64_t integer = 0;  // or a code
    double number = 0;
    std::string text;
    Cell cell;
    std::shared_ptr<void> memory;  // of the cell
    bool missing = false;
  };
  static Last last_of(const BatchColumn& column);
  static void put_before(const Last& last, int64_t rows, BatchColumn& column);
  template <typename T>
  static void spread(std::vector<T>& values, std::vector<T>& buffer,
                     std::span<const int32_t> row_of, int32_t shift);

  std::optional<Last> last_;
  // What spread() reads from, so that it allocates nothing.
  std::vector<int64_t> integers_;
  std::vector<double> numbers_;
  std::vector<std::string_view> texts_;
  std::vector<Cell> cells_;
  std::vector<int32_t> codes_;
  std::vector<uint8_t> missing_;
};

}  // namespace assay::ingest
