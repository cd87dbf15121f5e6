#include "report/grid_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <span>

#include "analysis/metric_name.h"
#include "report/numbers.h"
#include "stats/verdict.h"
#include "text/counted.h"
#include "text/display_width.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

using stats::Verdict;

constexpr Verdict kVerdicts[] = {Verdict::better, Verdict::equivalent, Verdict::undecided,
                                 Verdict::too_few, Verdict::worse};
constexpr size_t kBarWidth = 10;

/// Members that a row of the board is about.
struct Row {
  std::string label;  ///< "neighbours = 20", "neighbours = 20 to 50"
  std::vector<std::string> members;
  int64_t measured = 0;  ///< of them
  double mean = 0.0;     ///< of their means
  double best = 0.0;
  std::map<std::string, int64_t> verdicts;
};

/// Values that stand in a row together, in their order.
std::vector<std::span<const std::string>> portions(const std::vector<std::string>& values) {
  const size_t size = (values.size() + kMostValues - 1) / kMostValues;
  std::vector<std::span<const std::string>> all;
  for (size_t first = 0; first < values.size(); first += size)
    all.push_back(std::span(values).subspan(first, std::min(size, values.size() - first)));
  return all;
}

void count_verdict(const Comparison& comparison, const std::string& variant,
                   const std::string& dataset, std::map<std::string, int64_t>& verdicts) {
  if (!comparison.primary) return;
  const results::ComparisonRow* row =
      comparison.comparison(variant, dataset, comparison.metric.definition, comparison.cutoff);
  if (row != nullptr) ++verdicts[row->verdict];
}

Row make_row(const Comparison& comparison, const VariantGrid& grid, size_t parameter,
             std::span<const std::string> values, const std::string& dataset) {
  const bool higher = comparison.higher_is_better(comparison.metric.definition);
  Row row;
  row.label = fmt::format("{} = {}", grid.parameters[parameter], values.front());
  if (values.size() > 1) row.label += " to " + values.back();
  for (const GridMember& member : grid.members) {
    if (std::ranges::count(values, member.values[parameter]) == 0) continue;
    row.members.push_back(member.variant);
    const results::SummaryRow* summary = comparison.summary(member.variant, dataset);
    if (summary == nullptr || !summary->mean) continue;
    const bool better = higher ? *summary->mean > row.best : *summary->mean < row.best;
    if (row.measured++ == 0 || better) row.best = *summary->mean;
    row.mean += *summary->mean;
    count_verdict(comparison, member.variant, dataset, row.verdicts);
  }
  if (row.measured > 0) row.mean /= static_cast<double>(row.measured);
  return row;
}

/// "1 better, 2 undecided"; empty where nothing was compared.
std::string verdicts_text(const std::map<std::string, int64_t>& counts) {
  std::vector<std::string> parts;
  for (const Verdict verdict : kVerdicts) {
    const auto found = counts.find(std::string(stats::verdict_word(verdict)));
    if (found != counts.end())
      parts.push_back(fmt::format("{} {}", text::thousands(found->second), found->first));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// The means of one parameter's rows as bars: nothing for the least, all of the width for the most.
std::string bar(double value, double least, double most) {
  const double share = most > least ? (value - least) / (most - least) : 1.0;
  const auto full = static_cast<size_t>(std::lround(share * static_cast<double>(kBarWidth)));
  std::string text;
  for (size_t i = 0; i < full; ++i) text += "█";
  return text::pad_right(text, kBarWidth);
}

std::string count_text(const Row& row) {
  const std::string all = text::thousands(std::ssize(row.members));
  if (row.measured == std::ssize(row.members)) return all;
  return fmt::format("{} of {}", text::thousands(row.measured), all);
}

std::vector<Row> rows_of(const Comparison& comparison, const VariantGrid& grid, size_t parameter,
                         const std::string& dataset) {
  const std::vector<std::string> values = grid.values_of(parameter);
  std::vector<Row> rows;
  if (values.size() < 2) return rows;  // it changes nothing
  for (const auto portion : portions(values))
    rows.push_back(make_row(comparison, grid, parameter, portion, dataset));
  return rows;
}

/// Two digits of what lies between the least and the most.
int decimals_of(const std::vector<std::vector<Row>>& all) {
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const auto& rows : all) {
    for (const Row& row : rows) {
      if (row.measured == 0) continue;
      least = std::min({least, row.mean, row.best});
      most = std::max({most, row.mean, row.best});
    }
  }
  return most > least ? std::min(decimals_for(most - least) + 1, 6) : 4;
}

void add_rows(const std::vector<Row>& rows, int decimals, BoardCells& cells) {
  double least = HUGE_VAL, most = -HUGE_VAL;
  for (const Row& row : rows) {
    if (row.measured == 0) continue;
    least = std::min(least, row.mean);
    most = std::max(most, row.mean);
  }
  for (const Row& row : rows) {
    const bool known = row.measured > 0;
    cells.rows.push_back({row.label, known ? bar(row.mean, least, most) : "",
                          known ? fixed(row.mean, decimals) : "-",
                          known ? fixed(row.best, decimals) : "-", count_text(row),
                          verdicts_text(row.verdicts)});
  }
}

/// Words stand on the left of the last column; without verdicts there is none.
void align_verdicts(BoardCells& cells) {
  size_t width = 0;
  for (const auto& row : cells.rows) width = std::max(width, text::display_width(row.back()));
  if (width == 0) {
    cells.header.pop_back();
    for (auto& row : cells.rows) row.pop_back();
    return;
  }
  cells.header.back() = text::pad_right(cells.header.back(), width);
  for (auto& row : cells.rows) row.back() = text::pad_right(row.back(), width);
}

}  // namespace

BoardCells grid_cells(const Comparison& comparison, const VariantGrid& grid,
                      const std::string& dataset) {
  std::vector<std::vector<Row>> all;
  for (size_t p = 0; p < grid.parameters.size(); ++p)
    all.push_back(rows_of(comparison, grid, p, dataset));
  const std::string metric = analysis::metric_text(comparison.metric.name, comparison.cutoff);
  BoardCells cells;
  cells.title = fmt::format("{} by parameter", grid.name);
  if (comparison.datasets.size() > 1) cells.title += ", " + dataset;
  cells.header = {"", "", "mean " + metric, "best", "members", "verdicts"};
  const int decimals = decimals_of(all);
  for (const auto& rows : all) {
    const bool any = std::ranges::any_of(rows, [](const Row& row) { return row.measured > 0; });
    if (any) add_rows(rows, decimals, cells);
  }
  align_verdicts(cells);
  return cells;
}

std::string grid_sentence(const Comparison& comparison, const VariantGrid& grid, size_t shown) {
  std::map<std::string, int64_t> verdicts;
  for (const GridMember& member : grid.members) {
    for (const std::string& dataset : comparison.datasets)
      count_verdict(comparison, member.variant, dataset, verdicts);
  }
  std::string text =
      fmt::format("{} has {}", grid.name, text::counted(std::ssize(grid.members), "member"));
  const std::string fared = verdicts_text(verdicts);
  if (!fared.empty()) text += ": " + fared;
  if (!fared.empty() && comparison.datasets.size() > 1)
    text += fmt::format(" (on {} data sets)", comparison.datasets.size());
  return text + fmt::format("; {} of them {} shown here, all by assay compare --all.", shown,
                            shown == 1 ? "is" : "are");
}

}  // namespace assay::report
