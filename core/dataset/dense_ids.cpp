#include "dataset/dense_ids.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <numeric>

#include "error/error.h"
#include "hash/hash.h"

namespace assay {
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
  return slots_[slot_of(text, fast_hash(text))].id;
}

int32_t Interner::add(std::string_view text) {
  const uint64_t hash = fast_hash(text);
  const size_t place = slot_of(text, hash);
  if (slots_[place].id >= 0) return slots_[place].id;
  if (texts_.size() == std::numeric_limits<int32_t>::max()) {
    throw UserError("more than 2,147,483,647 different ids; assay holds ids in 32 bits");
  }
  const auto id = static_cast<int32_t>(texts_.size());
  slots_[place] = {tag_of(hash), id};
  texts_.add(text);
  if (static_cast<size_t>(texts_.size()) * 2 > slots_.size()) grow();
  return id;
}

void Interner::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  const size_t mask = slots_.size() - 1;
  for (int32_t id = 0; id < texts_.size(); ++id) {
    const uint64_t hash = fast_hash(texts_[id]);
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

std::vector<int32_t> order_of_ids(const TextView& ids) {
  std::vector<int32_t> order(ids.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<int64_t> values;
  values.reserve(order.size());
  for (int64_t row = 0; row < ids.size(); ++row) {
    const std::optional<int64_t> value = as_integer(ids[row]);
    if (!value) break;
    values.push_back(*value);
  }
  if (static_cast<int64_t>(values.size()) == ids.size()) {
    std::ranges::sort(order, [&](int32_t a, int32_t b) {
      return values[a] != values[b] ? values[a] < values[b] : ids[a] < ids[b];
    });
  } else {
    std::ranges::sort(order, [&](int32_t a, int32_t b) { return ids[a] < ids[b]; });
  }
  return order;
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

}  // namespace assay
