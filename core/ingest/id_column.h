#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "dataset/dense_ids.h"
#include "ingest/cell.h"
#include "ingest/column_batch.h"
#include "ingest/event_builder.h"

namespace assay::ingest {

/// Integers to rows: small ones in a list, others in a table of their own.
class IntegerRows {
 public:
  IntegerRows();
  /// The row of an integer, or -1.
  int32_t find(int64_t id) const {
    return static_cast<uint64_t>(id) < small_.size() ? small_[static_cast<size_t>(id)]
                                                     : large_[slot_of(id)].row;
  }
  void add(int64_t id, int32_t row);

 private:
  struct Slot {
    int64_t id = 0;
    int32_t row = -1;
  };
  size_t slot_of(int64_t id) const;
  void add_large(int64_t id, int32_t row);

  std::vector<int32_t> small_;
  std::vector<Slot> large_;
  size_t large_count_ = 0;
};

/// Ids of a column to rows. Integers are looked up instead of being written out and hashed.
class IdColumn {
 public:
  /// @param what  "a user", "an item"
  IdColumn(dataset::Interner& ids, const std::string& name, const char* what);

  /// Throws UserError where the cell is no id.
  int32_t row_of(const Cell& cell, const Origin& origin);
  /// Of a text, with what look_ahead() gave for it. Throws UserError where it is empty.
  int32_t row_of(std::string_view text, uint64_t hash, const Origin& origin);
  /// As Interner::look_ahead.
  void look_ahead(std::span<const std::string_view> texts, uint64_t* hashes) const {
    ids_->look_ahead(texts, hashes);
  }

  /// The rows of the values of a dictionary, of integers or texts; -1 where one was not seen before
  /// and the caller has not put it there yet.
  std::vector<int32_t>& rows_of_codes(const std::shared_ptr<const BatchColumn>& dictionary);

  /// The row of an integer that was seen before, or -1.
  int32_t known(int64_t id) const { return integers_.find(id); }
  /// As above, of the bits of an unsigned integer.
  int32_t known_unsigned(int64_t id) const { return id < 0 ? large_.find(id) : known(id); }

 private:
  int32_t interned(const Cell& cell, const Origin& origin);

  dataset::Interner* ids_;
  std::string name_;
  const char* what_;
  std::string digits_;
  std::string last_text_;  // rows of one user often follow each other
  int32_t last_row_ = -1;
  IntegerRows integers_;
  IntegerRows large_;  // of 2^63 or more, by their bits
  std::shared_ptr<const BatchColumn> dictionary_;
  std::vector<int32_t> row_of_code_;
};

}  // namespace assay::ingest
