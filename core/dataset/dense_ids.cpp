#include "dataset/dense_ids.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "error/error.h"
#include "hash/hash.h"

namespace assay::dataset {
namespace {

constexpr size_t kFirstSlots = 1024;
constexpr size_t kMaxIntegerDigits = 18;  // below 2^63 whatever the digits

uint32_t tag_of(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

}  // namespace

Interner::Interner() : slots_(kFirstSlots) {}

size_t Interner::slot_of(std::string_view text, uint64_t hash) const {
  const size_t mask = slots_.size() - 1;
  size_t place = hash & mask;
  while (slots_[place].id >= 0 &&
         (slots_[place].tag != tag_of(hash) || texts_[slots_[place].id] != text)) {
    place = (place + 1) & mask;
  }
  return place;
}

int32_t Interner::find(std::string_view text) const {
  return slots_[slot_of(text, hash::fast_hash(text))].id;
}

uint64_t Interner::hash_of(std::string_view text) { return hash::fast_hash(text); }

int32_t Interner::add(std::string_view text) { return add(text, hash_of(text)); }

int32_t Interner::add(std::string_view text, uint64_t hash) {
  const size_t place = slot_of(text, hash);
  if (slots_[place].id >= 0) return slots_[place].id;
  if (texts_.size() == std::numeric_limits<int32_t>::max()) {
    throw error::UserError("more than 2,147,483,647 different ids; assay holds ids in 32 bits");
  }
  const auto id = static_cast<int32_t>(texts_.size());
  slots_[place] = {tag_of(hash), id};
  texts_.add(text);
  if (static_cast<size_t>(texts_.size()) * 2 > slots_.size()) grow();
  return id;
}

void Interner::look_ahead(std::span<const std::string_view> texts, uint64_t* hashes) const {
  const size_t mask = slots_.size() - 1;
  for (size_t i = 0; i < texts.size(); ++i) {
    hashes[i] = hash::fast_hash(texts[i]);
    __builtin_prefetch(&slots_[hashes[i] & mask]);
  }
  const auto likely_id = [&](size_t i) {
    const Slot& slot = slots_[hashes[i] & mask];
    return slot.tag == tag_of(hashes[i]) ? slot.id : -1;
  };
  for (size_t i = 0; i < texts.size(); ++i)
    if (const int32_t id = likely_id(i); id >= 0) __builtin_prefetch(&texts_.offsets[id]);
  for (size_t i = 0; i < texts.size(); ++i)
    if (const int32_t id = likely_id(i); id >= 0)
      __builtin_prefetch(texts_.bytes.data() + texts_.offsets[id]);
}

void Interner::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  const size_t mask = slots_.size() - 1;
  for (int32_t id = 0; id < texts_.size(); ++id) {
    const uint64_t hash = hash::fast_hash(texts_[id]);
    size_t place = hash & mask;
    while (slots_[place].id >= 0) place = (place + 1) & mask;
    slots_[place] = {tag_of(hash), id};
  }
}

std::optional<int64_t> as_integer(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (digits.empty() || digits.size() > kMaxIntegerDigits) return std::nullopt;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

namespace {

/// An id with what decides its place, so that most comparisons need no look at the texts.
struct Place {
  int64_t key;
  int32_t row;
};

std::vector<int32_t> sorted_rows(std::vector<Place>& places, const TextView& ids) {
  std::ranges::sort(places, [&](const Place& a, const Place& b) {
    return a.key != b.key ? a.key < b.key : ids[a.row] < ids[b.row];
  });
  std::vector<int32_t> order;
  order.reserve(places.size());
  for (const Place& place : places) order.push_back(place.row);
  return order;
}

// The first 7 bytes as a number that is ordered as they are.
int64_t leading_bytes(std::string_view text) {
  int64_t key = 0;
  for (size_t i = 0; i < 7; ++i)
    key = key << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return key;
}

}  // namespace

std::vector<int32_t> order_of_ids(const TextView& ids) {
  std::vector<Place> places;
  places.reserve(static_cast<size_t>(ids.size()));
  bool integers = true;
  for (int32_t row = 0; row < ids.size() && integers; ++row) {
    const std::optional<int64_t> value = as_integer(ids[row]);
    integers = value.has_value();
    places.push_back({value.value_or(0), row});
  }
  if (!integers) {
    places.clear();
    for (int32_t row = 0; row < ids.size(); ++row) places.push_back({leading_bytes(ids[row]), row});
  }
  return sorted_rows(places, ids);
}

std::vector<int32_t> inverse(std::span<const int32_t> order) {
  std::vector<int32_t> rank(order.size());
  for (size_t place = 0; place < order.size(); ++place)
    rank[order[place]] = static_cast<int32_t>(place);
  return rank;
}

TextColumn select(const TextView& texts, std::span<const int32_t> rows) {
  TextColumn out;
  out.offsets.reserve(rows.size() + 1);
  for (int32_t row : rows) out.add(texts[row]);
  return out;
}

}  // namespace assay::dataset
