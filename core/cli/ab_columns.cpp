#include "cli/ab_columns.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error/error.h"
#include "ingest/table.h"
#include "ingest/text.h"

namespace assay::cli {
namespace {

using ingest::BatchColumn;
using ingest::BatchTable;
using ingest::Cell;
using Kind = BatchColumn::Kind;

std::optional<double> number_in(const Cell& cell) {
  if (cell.kind == Cell::Kind::boolean) return static_cast<double>(cell.integer);
  if (cell.kind == Cell::Kind::text) return ingest::parse_number(cell.text);
  return ingest::number_of(cell);
}

/// How many different values the codes of a column stand for.
size_t codes_of(const BatchColumn& column) {
  if (column.kind != Kind::codes || column.has_missing()) return 0;
  return std::max(column.dictionary->texts.size(), column.dictionary->integers.size());
}

}  // namespace

void read_numbers(const BatchTable& table, const BatchColumn& column, const std::string& name,
                  int64_t rows, std::vector<double>& out) {
  out.resize(static_cast<size_t>(rows));
  const auto refuse = [&](int64_t row, const std::string& what) {
    throw error::UserError(table.origin_of(row).text(),
                           fmt::format("{} is {}; it must be a number, or empty", name, what));
  };
  const bool plain = !column.has_missing();
  for (int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<size_t>(row);
    if (plain && column.kind == Kind::numbers) {
      out[at] = column.numbers[at];
    } else if (plain && column.kind == Kind::integers && !column.is_unsigned) {
      out[at] = static_cast<double>(column.integers[at]);
    } else {
      const Cell cell = column.cell(row);
      const std::optional<double> number = number_in(cell);
      if (!number && !cell.missing()) refuse(row, shown(cell));
      out[at] = number.value_or(std::numeric_limits<double>::quiet_NaN());
    }
    if (std::isinf(out[at])) refuse(row, "infinite");
  }
}

int32_t FewNames::place_of(std::string_view name) {
  if (last_ < names_.size() && names_[last_] == name) return static_cast<int32_t>(last_);
  const auto found = std::ranges::find(names_, name);
  last_ = static_cast<size_t>(found - names_.begin());
  if (found == names_.end()) names_.emplace_back(name);
  return static_cast<int32_t>(last_);
}

void read_names(const BatchTable& table, const BatchColumn& column, const std::string& name,
                int64_t rows, FewNames& names, std::vector<int32_t>& out,
                const std::function<void(int64_t, std::string_view)>& check) {
  out.resize(static_cast<size_t>(rows));
  std::string buffer;
  std::vector<int32_t> of_code(codes_of(column), -1);
  for (int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<size_t>(row);
    int32_t* known = of_code.empty() ? nullptr : &of_code[static_cast<size_t>(column.codes[at])];
    if (known != nullptr && *known >= 0) {
      out[at] = *known;
      continue;
    }
    const Cell cell = column.cell(row);
    const std::string_view text = cell.kind == Cell::Kind::boolean
                                      ? std::string_view(cell.integer != 0 ? "true" : "false")
                                      : id_text(cell, name, table.origin_of(row), buffer);
    out[at] = names.place_of(text);
    check(row, text);
    if (known != nullptr) *known = out[at];
  }
}

}  // namespace assay::cli
