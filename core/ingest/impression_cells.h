#pragma once

/// Cells of a table of logged rows, one function a role. Each throws UserError with the place, the
/// value and what is expected.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dataset/impressions.h"
#include "ingest/table.h"
#include "task/experiment.h"

namespace assay::ingest {

/// A column of the table, and what messages call it.
struct NamedColumn {
  int place = -1;
  std::string name;
  bool exists() const { return place >= 0; }
};

/// A whole number from 0 on; -1 where it is missing.
int32_t position_of(const Cell& cell, const std::string& column, const Origin& origin);

/// Above 0 and at most 1.
float propensity_of(const Cell& cell, const std::string& column, const Origin& origin);

/// Any finite number; none where it is missing. A truth value is 0 or 1.
std::optional<double> finite_number(const Cell& cell, const std::string& column,
                                    const Origin& origin);

/// Whether a label has no condition: its column holds its value.
bool is_value(const task::TargetSpec& label);
/// 0, 1 or kLabelMissing of a label with a condition.
uint8_t flag_of(const Cell& cell, const task::TargetSpec& label, const Origin& origin);
/// From 0 on, in 32 bits; NaN where it is missing.
float value_of(const Cell& cell, const task::TargetSpec& label, const Origin& origin);

/// The members of a list: elements of a list, or a text such as "[1, 2]", "a|b", "a,b" or "a b".
/// What it points to lives as long as the cell and `digits`.
void members_of(const Cell& cell, const std::string& column, const Origin& origin,
                std::vector<std::string>& digits, std::vector<std::string_view>& members);

/// A cell as a text that tells it from others: digits of integers, "" of a missing one.
std::string_view plain_text(const Cell& cell, const std::string& column, const Origin& origin,
                            std::string& buffer);

}  // namespace assay::ingest
