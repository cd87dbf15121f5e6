#pragma once

#include <string>
#include <vector>

namespace assay::text {

/// A cell of a Markdown table: a bar within it would end it, so it is escaped.
std::string markdown_cell(const std::string& text);

/// A line of CSV with its line end (RFC 4180, but a line feed alone): a cell that holds a comma, a
/// quote or a line end is quoted.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace assay::text
