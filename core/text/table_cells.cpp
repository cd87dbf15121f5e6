#include "text/table_cells.h"

#include <cstddef>

namespace assay::text {

namespace {

/// The text with `with` before every `c`.
std::string marked(const std::string& text, char c, char with) {
  std::string out;
  for (const char each : text) {
    if (each == c) out += with;
    out += each;
  }
  return out;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return '"' + marked(text, '"', '"') + '"';
}

}  // namespace

std::string markdown_cell(const std::string& text) { return marked(text, '|', '\\'); }

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) line += (i > 0 ? "," : "") + csv_cell(cells[i]);
  return line + "\n";
}

}  // namespace assay::text
