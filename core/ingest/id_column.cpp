#include "ingest/id_column.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "ingest/table.h"

namespace assay::ingest {
namespace {

constexpr int64_t kSmall = int64_t{1} << 24;
constexpr size_t kFirstSlots = 1024;

}  // namespace

IntegerRows::IntegerRows() : large_(kFirstSlots) {}

void IntegerRows::add(int64_t id, int32_t row) {
  if (id < 0 || id >= kSmall) return add_large(id, row);
  const auto place = static_cast<size_t>(id);
  if (place >= small_.size()) small_.resize(std::max(place + 1, small_.size() * 2), -1);
  small_[place] = row;
}

// Multiplicative hashing (Knuth, TAOCP 3, 6.4) of the upper bits, then the next free slot.
size_t IntegerRows::slot_of(int64_t id) const {
  const size_t mask = large_.size() - 1;
  size_t place = (static_cast<uint64_t>(id) * 0x9E3779B97F4A7C15u) >> 20 & mask;
  while (large_[place].row >= 0 && large_[place].id != id) place = (place + 1) & mask;
  return place;
}

void IntegerRows::add_large(int64_t id, int32_t row) {
  large_[slot_of(id)] = {id, row};
  if (++large_count_ * 2 <= large_.size()) return;
  std::vector<Slot> old(large_.size() * 2);
  old.swap(large_);
  for (const Slot& slot : old)
    if (slot.row >= 0) large_[slot_of(slot.id)] = slot;
}

IdColumn::IdColumn(dataset::Interner& ids, const std::string& name, const char* what)
    : ids_(&ids), name_(name), what_(what) {}

int32_t IdColumn::row_of(const Cell& cell, const Origin& origin) {
  const bool large = cell.kind == Cell::Kind::large;
  if (cell.kind != Cell::Kind::integer && !large) return interned(cell, origin);
  IntegerRows& rows = large ? large_ : integers_;
  int32_t row = rows.find(cell.integer);
  if (row >= 0) return row;
  row = interned(cell, origin);
  rows.add(cell.integer, row);
  return row;
}

std::vector<int32_t>& IdColumn::rows_of_codes(
    const std::shared_ptr<const BatchColumn>& dictionary) {
  if (dictionary == dictionary_) return row_of_code_;
  dictionary_ = dictionary;
  row_of_code_.clear();
  for (const int64_t id : dictionary->integers)
    row_of_code_.push_back(dictionary->is_unsigned ? known_unsigned(id) : known(id));
  for (const std::string_view id : dictionary->texts) row_of_code_.push_back(ids_->find(id));
  return row_of_code_;
}

int32_t IdColumn::interned(const Cell& cell, const Origin& origin) {
  const std::string_view text = id_text(cell, name_, origin, digits_);
  if (text == last_text_ && last_row_ >= 0) return last_row_;
  last_row_ = row_of(text, dataset::Interner::hash_of(text), origin);
  last_text_ = text;
  return last_row_;
}

int32_t IdColumn::row_of(std::string_view text, uint64_t hash, const Origin& origin) {
  if (text.empty()) {
    throw error::UserError(origin.text(),
                           fmt::format("{} is empty; every event has {}", name_, what_));
  }
  return add_id(text, hash, *ids_, name_, origin);
}

}  // namespace assay::ingest
