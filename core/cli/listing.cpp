#include "cli/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "error/error.h"
#include "text/display_width.h"
#include "text/table_cells.h"
#include "text/thousands.h"
#include "text/trimmed.h"

namespace assay::cli {
namespace {

using nlohmann::json;

std::string for_people(const json& cell) {
  if (cell.is_null()) return "-";
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_boolean()) return cell.get<bool>() ? "yes" : "no";
  if (cell.is_number_integer()) return text::thousands(cell.get<int64_t>());
  if (cell.is_number()) return fmt::format("{:.6g}", cell.get<double>());
  return cell.dump();
}

std::string for_machines(const json& cell) {
  if (cell.is_null()) return "";
  return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

/// Cells as people read them, and how each column is set.
struct Layout {
  std::vector<std::vector<std::string>> rows;
  std::vector<size_t> widths;
  std::vector<bool> right;

  explicit Layout(const Listing& table) : right(table.columns.size(), true) {
    for (const std::string& name : table.columns) widths.push_back(text::display_width(name));
    for (const auto& row : table.rows) {
      rows.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        rows.back().push_back(for_people(row[i]));
        widths[i] = std::max(widths[i], text::display_width(rows.back().back()));
        if (!row[i].is_number() && !row[i].is_null()) right[i] = false;
      }
    }
  }
};

std::string text_line(const std::vector<std::string>& cells, const Layout& layout) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += i > 0 ? "  " : "";
    line += layout.right[i] ? text::pad_left(cells[i], layout.widths[i])
                            : text::pad_right(cells[i], layout.widths[i]);
  }
  return text::without_trailing_blanks(std::move(line)) + "\n";
}

std::string render_text(const Listing& table) {
  const Layout layout(table);
  std::string out = text_line(table.columns, layout);
  for (const auto& row : layout.rows) out += text_line(row, layout);
  return out;
}

std::string render_markdown(const Listing& table) {
  const Layout layout(table);
  std::string out = fmt::format("| {} |\n|", fmt::join(table.columns, " | "));
  for (bool right : layout.right) out += right ? "---:|" : "---|";
  out += "\n";
  for (const auto& row : layout.rows) {
    out += "|";
    for (const std::string& cell : row) out += " " + text::markdown_cell(cell) + " |";
    out += "\n";
  }
  return out;
}

std::string render_csv(const Listing& table) {
  std::string out = text::csv_line(table.columns);
  for (const auto& row : table.rows) {
    std::vector<std::string> cells;
    for (const json& cell : row) cells.push_back(for_machines(cell));
    out += text::csv_line(cells);
  }
  return out;
}

std::string render_json(const Listing& table) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const auto& row : table.rows) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (size_t i = 0; i < row.size(); ++i) object[table.columns[i]] = row[i];
    out.push_back(std::move(object));
  }
  return out.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

CLI::Option* add_format_option(CLI::App& command, OutputFormat& format) {
  static const std::vector<std::pair<std::string, OutputFormat>> names = {
      {"text", OutputFormat::text},
      {"markdown", OutputFormat::markdown},
      {"json", OutputFormat::json},
      {"csv", OutputFormat::csv}};
  const auto read = [&format](const std::string& text) {
    const auto found = std::ranges::find(names, text, &std::pair<std::string, OutputFormat>::first);
    if (found == names.end())
      throw CLI::ValidationError(
          "--format", fmt::format("is {}; it must be text, markdown, json or csv", text));
    format = found->second;
  };
  return command.add_option_function<std::string>("--format", read, "text, markdown, json or csv")
      ->option_text("FORMAT");
}

void Listing::add(std::vector<json> cells) {
  error::require(cells.size() == columns.size(), "a row of a table has a cell for each column");
  rows.push_back(std::move(cells));
}

std::string render(const Listing& table, OutputFormat format) {
  switch (format) {
    case OutputFormat::text:
      return render_text(table);
    case OutputFormat::markdown:
      return render_markdown(table);
    case OutputFormat::json:
      return render_json(table);
    case OutputFormat::csv:
      return render_csv(table);
  }
  throw error::InternalError("a table has one of four formats");
}

}  // namespace assay::cli
