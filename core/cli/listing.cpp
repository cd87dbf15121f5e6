#include "cli/listing.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "error/error.h"
#include "error/thousands.h"

namespace assay::cli {
namespace {

using nlohmann::json;

// Columns that a terminal shows: code points, not bytes.
size_t width(const std::string& text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string for_people(const json& cell) {
  if (cell.is_null()) return "-";
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_boolean()) return cell.get<bool>() ? "yes" : "no";
  if (cell.is_number_integer()) return error::thousands(cell.get<int64_t>());
  if (cell.is_number()) return fmt::format("{:.6g}", cell.get<double>());
  return cell.dump();
}

std::string for_machines(const json& cell) {
  if (cell.is_null()) return "";
  return cell.is_string() ? cell.get<std::string>() : cell.dump();
}

std::string pad(const std::string& text, size_t to, bool right) {
  const std::string space(to - std::min(to, width(text)), ' ');
  return right ? space + text : text + space;
}

/// Cells as people read them, and how each column is set.
struct Layout {
  std::vector<std::vector<std::string>> rows;
  std::vector<size_t> widths;
  std::vector<bool> right;

  explicit Layout(const Listing& table) : right(table.columns.size(), true) {
    for (const std::string& name : table.columns) widths.push_back(width(name));
    for (const auto& row : table.rows) {
      rows.emplace_back();
      for (size_t i = 0; i < row.size(); ++i) {
        rows.back().push_back(for_people(row[i]));
        widths[i] = std::max(widths[i], width(rows.back().back()));
        if (!row[i].is_number() && !row[i].is_null()) right[i] = false;
      }
    }
  }
};

std::string text_line(const std::vector<std::string>& cells, const Layout& layout) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    line += (i > 0 ? "  " : "") + pad(cells[i], layout.widths[i], layout.right[i]);
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + "\n";
}

std::string render_text(const Listing& table) {
  const Layout layout(table);
  std::string out = text_line(table.columns, layout);
  for (const auto& row : layout.rows) out += text_line(row, layout);
  return out;
}

std::string escaped(std::string text) {
  for (size_t at = 0; (at = text.find('|', at)) != std::string::npos; at += 2)
    text.insert(at, "\\");
  return text;
}

std::string render_markdown(const Listing& table) {
  const Layout layout(table);
  std::string out = fmt::format("| {} |\n|", fmt::join(table.columns, " | "));
  for (bool right : layout.right) out += right ? "---:|" : "---|";
  out += "\n";
  for (const auto& row : layout.rows) {
    out += "|";
    for (const std::string& cell : row) out += " " + escaped(cell) + " |";
    out += "\n";
  }
  return out;
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string out = "\"";
  for (char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

std::string render_csv(const Listing& table) {
  std::vector<std::string> cells;
  for (const std::string& name : table.columns) cells.push_back(csv_cell(name));
  std::string out = fmt::format("{}\n", fmt::join(cells, ","));
  for (const auto& row : table.rows) {
    cells.clear();
    for (const json& cell : row) cells.push_back(csv_cell(for_machines(cell)));
    out += fmt::format("{}\n", fmt::join(cells, ","));
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
