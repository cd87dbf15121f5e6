#include "report/board_cells.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "analysis/metric_name.h"
#include "report/numbers.h"
#include "text/counted.h"
#include "text/display_width.h"
#include "text/table_cells.h"
#include "text/trimmed.h"

namespace assay::report {

namespace {

std::string title_of(const Comparison& comparison, const Board& board) {
  std::string title = board.dataset + ", served slate";
  if (comparison.slice != "all") title += ", " + comparison.slice;
  if (board.n) title += ", n = " + text::counted(*board.n, "request");
  if (board.seeds.value_or(0) > 1) title += fmt::format(", mean of {} seeds", *board.seeds);
  return title;
}

/// Decimals that show `digits` digits of a number below 1; of larger ones, as many less.
int decimals_showing(double number, int digits) {
  const double magnitude = std::floor(std::log10(number));
  return static_cast<int>(std::clamp(digits - 1.0 - magnitude, 0.0, 6.0));
}

/// One number of decimals for the means and intervals of a board: two digits of half the narrowest
/// interval.
int mean_decimals(const Board& board) {
  double narrowest = HUGE_VAL;
  for (const BoardRow& row : board.rows) {
    if (!row.metric || !row.metric->ci_low) continue;
    const double half = (*row.metric->ci_high - *row.metric->ci_low) / 2.0;
    if (half > 0.0) narrowest = std::min(narrowest, half);
  }
  return std::isfinite(narrowest) ? decimals_showing(narrowest, 2) : 4;
}

/// At least those of the means, and one digit of the smallest spread.
int spread_decimals(const Board& board, int mean_decimals) {
  int decimals = mean_decimals;
  for (const BoardRow& row : board.rows) {
    const double sd = row.metric ? row.metric->sd_over_seeds.value_or(0.0) : 0.0;
    if (sd > 0.0) decimals = std::max(decimals, decimals_showing(sd, 1));
  }
  return decimals;
}

std::string mean_text(const BoardRow& row, int decimals) {
  if (row.status == task::TrialStatus::failed) return "failed, see below";
  if (row.status == task::TrialStatus::missing) return "not finished";
  if (!row.metric || !row.metric->mean) return "no data";
  std::string text = fixed(*row.metric->mean, decimals);
  if (row.metric->ci_low) {
    text += fmt::format(" [{}, {}]", fixed(*row.metric->ci_low, decimals),
                        fixed(*row.metric->ci_high, decimals));
  }
  return text;
}

std::string spread_text(const BoardRow& row, int decimals) {
  if (!row.metric || !row.metric->sd_over_seeds) return "";
  return " ± " + fixed(*row.metric->sd_over_seeds, decimals);
}

/// "0.0340 [0.0323, 0.0357] ± 0.0004"; intervals, spreads and marks stand one below the other.
std::vector<std::string> mean_cells(const Board& board) {
  const int decimals = mean_decimals(board);
  std::vector<std::string> means, spreads;
  size_t mean_width = 0, spread_width = 0;
  bool any_mark = false;
  for (const BoardRow& row : board.rows) {
    means.push_back(mean_text(row, decimals));
    spreads.push_back(spread_text(row, spread_decimals(board, decimals)));
    any_mark |= row.metric_broken;
    if (row.metric && row.metric->mean) {
      mean_width = std::max(mean_width, text::display_width(means.back()));
    }
    spread_width = std::max(spread_width, text::display_width(spreads.back()));
  }
  std::vector<std::string> cells;
  for (size_t r = 0; r < means.size(); ++r) {
    const bool is_number = board.rows[r].metric && board.rows[r].metric->mean;
    std::string cell = is_number ? text::pad_left(means[r], mean_width) : means[r];
    cell =
        text::pad_right(text::pad_right(cell, mean_width) + spreads[r], mean_width + spread_width);
    if (any_mark) cell += board.rows[r].metric_broken ? " !" : "  ";
    cells.push_back(cell);
  }
  return cells;
}

/// Three digits of the largest value; times two decimals, more where they are short.
int column_decimals(const Board& board, size_t column) {
  double largest = 0.0;
  double smallest = HUGE_VAL;
  for (const BoardRow& row : board.rows) {
    if (!row.cells[column].value) continue;
    largest = std::max(largest, std::abs(*row.cells[column].value));
    smallest = std::min(smallest, std::abs(*row.cells[column].value));
  }
  if (board.columns[column].percent) return 1;
  if (board.columns[column].is_time()) return smallest < 0.1 ? 3 : 2;
  return largest > 0.0 ? std::min(decimals_showing(largest, 3), 4) : 2;
}

std::vector<std::string> column_cells(const Board& board, size_t column) {
  const int decimals = column_decimals(board, column);
  const bool percent = board.columns[column].percent;
  const bool any_mark = std::ranges::any_of(
      board.rows, [&](const BoardRow& row) { return row.cells[column].broken; });
  std::vector<std::string> cells;
  for (const BoardRow& row : board.rows) {
    const BoardCell& cell = row.cells[column];
    std::string text = "-";
    if (cell.value) text = fixed(percent ? 100.0 * *cell.value : *cell.value, decimals);
    if (cell.value && percent) text += " %";
    if (any_mark) text += cell.broken ? " !" : "  ";
    cells.push_back(text);
  }
  return cells;
}

std::string shown_name(const BoardRow& row) {
  return row.is_baseline ? row.variant + " (base)" : row.variant;
}

std::vector<size_t> widths_of(const BoardCells& cells) {
  std::vector<size_t> widths;
  for (size_t c = 0; c < cells.header.size(); ++c) {
    widths.push_back(text::display_width(cells.header[c]));
    for (const auto& row : cells.rows) widths[c] = std::max(widths[c], text::display_width(row[c]));
  }
  return widths;
}

/// The headers of the numbers, right-aligned, with room for the title on the left.
std::string header_line(const BoardCells& cells, const std::vector<size_t>& widths,
                        size_t text_columns) {
  std::string line;
  for (size_t c = 0; c < cells.header.size(); ++c) {
    const bool is_text = c < text_columns;
    line += "  " +
            (is_text ? text::pad_right("", widths[c]) : text::pad_left(cells.header[c], widths[c]));
  }
  const size_t room = line.find_first_not_of(' ');
  const size_t need = text::display_width(cells.title) + 2;
  line = text::without_trailing_blanks(line);
  if (room == std::string::npos || need > room) return cells.title + "\n" + line;
  return cells.title + line.substr(need - 2);
}

}  // namespace

BoardCells board_cells(const Comparison& comparison, const Board& board) {
  BoardCells cells;
  cells.title = title_of(comparison, board);
  cells.header.push_back("");
  const bool letters = board.any_letters();
  if (letters) cells.header.push_back("");
  cells.header.push_back(analysis::metric_text(comparison.metric.name, comparison.cutoff));
  const std::vector<std::string> means = mean_cells(board);
  std::vector<std::vector<std::string>> columns;
  for (size_t c = 0; c < board.columns.size(); ++c) {
    columns.push_back(column_cells(board, c));
    const bool marked =
        std::ranges::any_of(board.rows, [&](const BoardRow& row) { return row.cells[c].broken; });
    cells.header.push_back(board.columns[c].header + (marked ? "  " : ""));
  }
  for (size_t r = 0; r < board.rows.size(); ++r) {
    auto& row = cells.rows.emplace_back();
    row.push_back(shown_name(board.rows[r]));
    if (letters) row.push_back(board.rows[r].letters);
    row.push_back(means[r]);
    for (const auto& column : columns) row.push_back(column[r]);
  }
  return cells;
}

std::string text_table(const BoardCells& cells, bool letters) {
  const std::vector<size_t> widths = widths_of(cells);
  const size_t text_columns = letters ? 2 : 1;
  std::string text = header_line(cells, widths, text_columns) + "\n";
  for (const auto& row : cells.rows) {
    std::string line;
    for (size_t c = 0; c < row.size(); ++c) {
      // The mean is padded in itself; a word in its place stands on the left.
      const bool on_the_left = c <= text_columns;
      line += "  " + (on_the_left ? text::pad_right(row[c], widths[c])
                                  : text::pad_left(row[c], widths[c]));
    }
    text += text::without_trailing_blanks(line) + "\n";
  }
  return text;
}

std::string markdown_table(const BoardCells& cells) {
  const auto line = [](const std::vector<std::string>& row) {
    std::string text = "|";
    for (const std::string& cell : row) {
      const std::string escaped = text::markdown_cell(cell);
      const size_t from = std::min(escaped.find_first_not_of(' '), escaped.size());
      text += fmt::format(" {} |", text::without_trailing_blanks(escaped.substr(from)));
    }
    return text + "\n";
  };
  std::string text = fmt::format("**{}**\n\n{}", cells.title, line(cells.header));
  const size_t text_columns = cells.header.size() > 1 && cells.header[1].empty() ? 2 : 1;
  text += "|";
  for (size_t c = 0; c < cells.header.size(); ++c) text += c < text_columns ? "---|" : "---:|";
  text += "\n";
  for (const auto& row : cells.rows) text += line(row);
  return text;
}

}  // namespace assay::report
