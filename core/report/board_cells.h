#pragma once

#include <string>
#include <vector>

#include "report/board.h"

namespace assay::report {

/// A board as words: one row of texts a variant, under one header. What the text and the Markdown
/// table have in common.
struct BoardCells {
  std::string title;                ///< "ml100k, served slate, n = 943, mean of 3 seeds"
  std::vector<std::string> header;  ///< as many as a row has cells; variant and letters have none
  std::vector<std::vector<std::string>> rows;
};

/// Cells: variant, letters (only where there are any), mean with interval and spread, then the
/// columns. A column has one number of decimals; "-" stands where there is no value, "!" after what
/// breaks a guardrail. Means and times are padded so that brackets and points stand one below the
/// other.
BoardCells board_cells(const Comparison& comparison, const Board& board);

/// An aligned table. The first two columns are text, all others numbers; the title shares the line
/// of the header where there is room.
std::string text_table(const BoardCells& cells, bool letters);

/// A pipe table below its title.
std::string markdown_table(const BoardCells& cells);

}  // namespace assay::report
