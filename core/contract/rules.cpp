#include "contract/rules.h"

#include <cmath>
#include <limits>

// Most rules first look at the whole list without leaving early, which the compiler turns into a
// few vector instructions, and only then search for what is wrong.

namespace assay::contract {
namespace {

constexpr float kPadScore = -std::numeric_limits<float>::infinity();

// The first place that holds an item for which `is_wrong`, or the length.
template <typename Wrong>
size_t first_item(std::span<const int64_t> items, Wrong is_wrong) {
  size_t place = 0;
  while (place < items.size() && !is_wrong(items[place])) ++place;
  return place;
}

}  // namespace

Breach padding(const Row& got) {
  const size_t length = got.items.size();
  bool wrong = false;
  for (size_t rank = length; rank < got.item.size(); ++rank)
    wrong |= (got.item[rank] != -1) | (got.score[rank] != kPadScore);
  if (!wrong) return std::nullopt;
  for (size_t rank = length; rank < got.item.size(); ++rank)
    if (got.item[rank] != -1)
      return fmt::format(
          "has padding (-1) at rank {} and item {} after it; expected padding at the tail only",
          length, got.item[rank]);
  for (size_t rank = length; rank < got.item.size(); ++rank)
    if (got.score[rank] != kPadScore)
      return fmt::format("has padding (-1) with score {} at rank {}; expected -inf",
                         got.score[rank], rank);
  return std::nullopt;
}

Breach numbers(const Row& got) {
  const size_t length = got.items.size();
  bool wrong = false;
  for (size_t rank = 0; rank < length; ++rank)
    wrong |= !(std::abs(got.score[rank]) <= std::numeric_limits<float>::max());
  for (size_t rank = 0; wrong && rank < length; ++rank)
    if (!std::isfinite(got.score[rank]))
      return fmt::format("has score {} at rank {} (item {}); expected a finite number",
                         got.score[rank], rank, got.item[rank]);
  return std::nullopt;
}

Breach propensities(const Row& got, std::span<const float> propensity) {
  constexpr float kMost = 1.0001F;
  bool wrong = false;
  for (size_t rank = 0; rank < got.items.size(); ++rank)
    wrong |= !(propensity[rank] > 0) | !(propensity[rank] <= kMost);
  for (size_t rank = 0; wrong && rank < got.items.size(); ++rank)
    if (!(propensity[rank] > 0 && propensity[rank] <= kMost))
      return fmt::format("has propensity {} at rank {}; expected more than 0 and at most 1",
                         propensity[rank], rank);
  return std::nullopt;
}

Breach catalogue(const Row& got, int64_t items) {
  bool wrong = false;
  for (const int64_t item : got.items) wrong |= (item < 0) | (item >= items);
  if (!wrong) return std::nullopt;
  const size_t rank =
      first_item(got.items, [&](int64_t item) { return item < 0 || item >= items; });
  return fmt::format("has item {} at rank {}; expected 0 to {}, or -1 as padding", got.items[rank],
                     rank, items - 1);
}

Breach distinct(const Row& got, Marks& marks) {
  marks.start_row();
  const size_t again = first_item(got.items, [&](int64_t item) { return !marks.add(item); });
  if (again == got.items.size()) return std::nullopt;
  const size_t first =
      first_item(got.items, [&](int64_t item) { return item == got.items[again]; });
  return fmt::format("has item {} at ranks {} and {}; expected each item once", got.items[again],
                     first, again);
}

Breach excluded(const Row& got, std::span<const int64_t> ids, Marks& marks) {
  marks.start_row();
  for (const int64_t id : ids) marks.add(id);
  const size_t rank = first_item(got.items, [&](int64_t item) { return marks.holds(item); });
  if (rank == got.items.size()) return std::nullopt;
  return fmt::format("has item {} at rank {}, which is excluded for it", got.items[rank], rank);
}

Breach allowed(const Row& got, std::span<const int64_t> ids, Marks& marks) {
  marks.start_row();
  for (const int64_t id : ids) marks.add(id);
  const size_t rank = first_item(got.items, [&](int64_t item) { return !marks.holds(item); });
  if (rank == got.items.size()) return std::nullopt;
  return fmt::format("has item {} at rank {}, which is not among those allowed for it",
                     got.items[rank], rank);
}

Breach falling(const Row& got) {
  const size_t length = got.items.size();
  bool wrong = false;
  for (size_t rank = 1; rank < length; ++rank) wrong |= got.score[rank] > got.score[rank - 1];
  for (size_t rank = 1; wrong && rank < length; ++rank)
    if (got.score[rank] > got.score[rank - 1])
      return fmt::format("has score {} at rank {} after {}; expected non-increasing scores",
                         got.score[rank], rank, got.score[rank - 1]);
  return std::nullopt;
}

Breach candidates(const Row& got, const Row& given, Marks& marks) {
  marks.start_row();
  for (const int64_t item : given.items) marks.add(item);
  const size_t rank = first_item(got.items, [&](int64_t item) { return !marks.holds(item); });
  if (rank == got.items.size()) return std::nullopt;
  return fmt::format("has item {} at rank {}, which was not among its {} candidates",
                     got.items[rank], rank, given.items.size());
}

Breach kept_items(const Row& got, const Row& given, Marks& marks) {
  marks.start_row();
  for (const int64_t item : got.items) marks.add(item);
  const size_t rank = first_item(given.items, [&](int64_t item) { return !marks.holds(item); });
  if (rank == given.items.size()) return std::nullopt;
  return fmt::format("lost item {} (it was at rank {}); expected all {} candidates back",
                     given.items[rank], rank, given.items.size());
}

// Lists are short, and a slate is nearly in the given order.
Breach kept_scores(const Row& got, const Row& given) {
  for (size_t rank = 0; rank < got.items.size(); ++rank) {
    const size_t place =
        first_item(given.items, [&](int64_t item) { return item == got.items[rank]; });
    if (place == given.items.size() || got.score[rank] == given.score[place]) continue;
    return fmt::format("has item {} with score {} at rank {}; expected the score it came with, {}",
                       got.items[rank], got.score[rank], rank, given.score[place]);
  }
  return std::nullopt;
}

}  // namespace assay::contract
