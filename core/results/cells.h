#pragma once

/// Inside core/results: cells of a query as numbers and texts.

#include <cstdint>
#include <optional>
#include <string>

#include "results/reader.h"

namespace assay::results {

/// Of a column that is never NULL.
inline int64_t integer(const Cell& cell) { return std::get<int64_t>(cell); }

/// "" of NULL.
inline std::string text(const Cell& cell) {
  const auto* const found = std::get_if<std::string>(&cell);
  return found ? *found : "";
}

/// None of NULL.
inline std::optional<double> real(const Cell& cell) {
  if (const auto* const number = std::get_if<double>(&cell)) return *number;
  return std::nullopt;
}

}  // namespace assay::results
