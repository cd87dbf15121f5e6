#include "stats/letters.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "error/error.h"

namespace assay::stats {

namespace {

/// One letter: 1 for each thing that carries it.
using Column = std::vector<int8_t>;

bool within(const Column& inner, const Column& outer) {
  for (size_t i = 0; i < inner.size(); ++i) {
    if (inner[i] && !outer[i]) return false;
  }
  return true;
}

/// Adds `column` unless another holds all of it, and drops those that it holds.
void absorb(std::vector<Column>& columns, Column column) {
  for (const Column& other : columns) {
    if (within(column, other)) return;
  }
  std::erase_if(columns, [&](const Column& other) { return within(other, column); });
  columns.push_back(std::move(column));
}

/// Splits every column in which both of a differing pair stand: one copy without each.
std::vector<Column> insert(std::vector<Column> columns, DifferingPair pair) {
  std::vector<Column> result;
  std::vector<Column> split;
  for (Column& column : columns) {
    const bool both = column[pair.first] && column[pair.second];
    (both ? split : result).push_back(std::move(column));
  }
  for (const Column& column : split) {
    for (size_t without : {pair.first, pair.second}) {
      Column copy = column;
      copy[without] = 0;
      absorb(result, std::move(copy));
    }
  }
  return result;
}

bool share_other(const std::vector<Column>& columns, size_t skip, size_t a, size_t b) {
  for (size_t c = 0; c < columns.size(); ++c) {
    if (c != skip && columns[c][a] && columns[c][b]) return true;
  }
  return false;
}

/// Whether thing i needs column c: alone to be shown at all (a with itself), or to share a letter.
bool needed(const std::vector<Column>& columns, size_t c, size_t i) {
  for (size_t j = 0; j < columns[c].size(); ++j) {
    if (columns[c][j] && !share_other(columns, c, i, j)) return true;
  }
  return false;
}

/// Takes away what says nothing new: a letter of a thing all of whose partners share another.
void sweep(std::vector<Column>& columns) {
  for (size_t c = 0; c < columns.size(); ++c) {
    for (size_t i = 0; i < columns[c].size(); ++i) {
      if (columns[c][i] && !needed(columns, c, i)) columns[c][i] = 0;
    }
  }
  std::erase_if(columns, [](const Column& column) { return std::ranges::count(column, 1) == 0; });
}

std::string letter(size_t index) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  std::string text(1, kLetters[index % kLetters.size()]);
  if (index >= kLetters.size()) text += std::to_string(index / kLetters.size() + 1);
  return text;
}

}  // namespace

std::vector<std::string> compact_letters(size_t count, std::span<const DifferingPair> differing) {
  std::vector<std::string> letters(count);
  if (count == 0) return letters;
  std::vector<Column> columns{Column(count, 1)};
  for (const DifferingPair& pair : differing) {
    error::require(pair.first < count && pair.second < count && pair.first != pair.second,
                   "a differing pair names two of the things compared");
    columns = insert(std::move(columns), pair);
  }
  sweep(columns);
  // The column in which the earliest things stand comes first.
  std::ranges::sort(columns, std::greater<>());
  for (size_t c = 0; c < columns.size(); ++c) {
    for (size_t i = 0; i < count; ++i) {
      if (columns[c][i]) letters[i] += letter(c);
    }
  }
  return letters;
}

}  // namespace assay::stats
