#include "ingest/impression_pieces.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <tuple>

#include "error/error.h"
#include "ingest/event_builder.h"

namespace assay::ingest {
namespace {

using dataset::ImpressionColumn;
using dataset::ImpressionTable;

template <typename T>
using Values = ImpressionColumn<T>;

/// For each piece the first piece of its request.
using FirstPiece = ImpressionColumn<int64_t>;

// Sorts `pieces`.
FirstPiece first_pieces(Values<ImpressionPiece>& pieces) {
  std::ranges::sort(pieces, {},
                    [](const ImpressionPiece& p) { return std::pair(p.hash, p.piece); });
  FirstPiece first;
  first.extend(pieces.size());
  for (size_t begin = 0, i = 0; i < pieces.size(); ++i) {
    if (pieces[i].hash != pieces[begin].hash) begin = i;
    first[static_cast<size_t>(pieces[i].piece)] = pieces[begin].piece;
  }
  return first;
}

// Pieces in the order of the joined table.
ImpressionColumn<int64_t> joined_order(const FirstPiece& first) {
  ImpressionColumn<int64_t> order;
  order.extend(first.size());
  for (size_t piece = 0; piece < first.size(); ++piece) order[piece] = static_cast<int64_t>(piece);
  std::ranges::sort(order, {}, [&](int64_t p) { return std::pair(first[p], p); });
  return order;
}

void check_piece(const ImpressionTable& table, int64_t first, int64_t piece,
                 const Values<int64_t>& lines, const std::string& path, const char* unit) {
  const char* differs = nullptr;
  if (table.user[first] != table.user[piece]) differs = "user";
  if (!table.time_us.empty() && table.time_us[first] != table.time_us[piece]) differs = "time";
  if (!table.allowed_set.empty() && table.allowed_set[first] != table.allowed_set[piece])
    differs = "allowed set";
  if (!differs) return;
  throw error::UserError(
      Origin{path, lines[piece], unit}.text(),
      fmt::format("is a row of the request that begins in {} {}, and has another {}; all rows of "
                  "a request have one",
                  unit ? unit : "line", lines[first], differs));
}

template <typename T>
void reorder_requests(const ImpressionColumn<int64_t>& order, const FirstPiece& first,
                      Values<T>& column) {
  if (column.empty()) return;
  Values<T> out;
  for (const int64_t piece : order)
    if (first[piece] == piece) out.push_back(column[piece]);
  column = std::move(out);
}

template <typename T>
void reorder_rows(const ImpressionColumn<int64_t>& order, const Values<int64_t>& offsets,
                  Values<T>& column) {
  if (column.empty()) return;
  Values<T> out;
  out.reserve(column.size());
  for (const int64_t piece : order)
    out.append(std::span(column).subspan(offsets[piece], offsets[piece + 1] - offsets[piece]));
  column = std::move(out);
}

void reorder(const ImpressionColumn<int64_t>& order, const FirstPiece& first,
             ImpressionTable& table) {
  reorder_rows(order, table.offsets, table.item);
  reorder_rows(order, table.offsets, table.position);
  reorder_rows(order, table.offsets, table.propensity);
  for (dataset::ImpressionLabel& label : table.labels) {
    reorder_rows(order, table.offsets, label.flag);
    reorder_rows(order, table.offsets, label.value);
  }
  for (dataset::ImpressionContext& column : table.context) {
    reorder_rows(order, table.offsets, column.code);
    reorder_rows(order, table.offsets, column.number);
  }
  Values<int64_t> offsets;
  int64_t rows = 0;
  for (const int64_t piece : order) {
    if (first[piece] == piece) offsets.push_back(rows);
    rows += table.offsets[piece + 1] - table.offsets[piece];
  }
  offsets.push_back(rows);
  reorder_requests(order, first, table.user);
  reorder_requests(order, first, table.time_us);
  reorder_requests(order, first, table.allowed_set);
  table.offsets = std::move(offsets);
}

// NaN is equal to itself here.
template <typename T>
bool same_in_requests(const Values<T>& column, const Values<int64_t>& offsets) {
  if (column.empty()) return true;
  for (size_t r = 0; r + 1 < offsets.size(); ++r) {
    const T& first = column[offsets[r]];
    for (int64_t row = offsets[r] + 1; row < offsets[r + 1]; ++row)
      if (std::memcmp(&column[row], &first, sizeof first) != 0) return false;
  }
  return true;
}

template <typename T>
void keep_first_rows(const Values<int64_t>& offsets, Values<T>& column) {
  if (column.empty() || column.size() + 1 == offsets.size()) return;
  for (size_t r = 0; r + 1 < offsets.size(); ++r) column[r] = column[offsets[r]];
  Values<T> out;
  out.append(std::span(column).first(offsets.size() - 1));
  column = std::move(out);
}

}  // namespace

int64_t join_pieces(Values<ImpressionPiece>& pieces, const Values<int64_t>& lines,
                    const std::string& path, const char* unit, ImpressionTable& table) {
  const FirstPiece first = first_pieces(pieces);
  std::vector<int64_t> several;  // only where there are some
  for (size_t piece = 0; piece < first.size(); ++piece) {
    if (first[piece] == static_cast<int64_t>(piece)) continue;
    check_piece(table, first[piece], static_cast<int64_t>(piece), lines, path, unit);
    several.push_back(first[piece]);
  }
  if (several.empty()) return 0;
  reorder(joined_order(first), first, table);
  std::ranges::sort(several);
  return std::ranges::unique(several).begin() - several.begin();
}

void find_request_columns(ImpressionTable& table) {
  for (dataset::ImpressionContext& column : table.context) {
    column.of_request = same_in_requests(column.code, table.offsets) &&
                        same_in_requests(column.number, table.offsets);
    if (!column.of_request) continue;
    keep_first_rows(table.offsets, column.code);
    keep_first_rows(table.offsets, column.number);
  }
}

}  // namespace assay::ingest
