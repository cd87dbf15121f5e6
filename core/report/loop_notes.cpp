#include "report/loop_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "report/numbers.h"
#include "results/loop_table.h"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;
using results::LoopDayRow;

std::vector<LoopDayRow> rows_of(const results::Reader& reader, int64_t run_id,
                                const std::string& dataset) {
  std::vector<LoopDayRow> rows = results::loop_days(reader, run_id);
  std::erase_if(rows, [&](const LoopDayRow& row) { return row.dataset != dataset; });
  return rows;
}

/// Of one variant: values by measure and day.
class Days {
 public:
  Days(const std::vector<LoopDayRow>& rows, std::string variant)
      : rows_(rows), variant_(std::move(variant)) {}

  const LoopDayRow* find(const char* measure, int day) const {
    const auto found = std::ranges::find_if(rows_, [&](const LoopDayRow& row) {
      return row.variant == variant_ && row.measure == measure && row.day == day;
    });
    return found == rows_.end() ? nullptr : &*found;
  }
  std::string value(const char* measure, int day, int decimals) const {
    const LoopDayRow* row = find(measure, day);
    return row && row->value ? fixed(*row->value, decimals) : "-";
  }
  std::string difference(const char* measure, int day) const {
    const LoopDayRow* row = find(measure, day);
    if (!row || !row->difference) return "-";
    if (!row->ci_low || !row->ci_high) return fixed(*row->difference, 4);
    return fmt::format("{} [{}, {}]", fixed(*row->difference, 4), fixed(*row->ci_low, 4),
                       fixed(*row->ci_high, 4));
  }

 private:
  const std::vector<LoopDayRow>& rows_;
  std::string variant_;
};

std::vector<std::string> variants_of(const std::vector<LoopDayRow>& rows) {
  std::vector<std::string> names;
  for (const LoopDayRow& row : rows)
    if (std::ranges::count(names, row.variant) == 0) names.push_back(row.variant);
  return names;
}

std::vector<std::string> day_cells(const Days& days, const std::string& variant, int day) {
  return {fmt::format("{}, day {}", variant, day),
          days.value("clicks", day, 4),
          days.difference("clicks", day),
          days.value("coverage", day, 3),
          days.difference("coverage", day),
          days.value("gini", day, 3),
          days.difference("gini", day),
          days.value("diversity", day, 3),
          days.difference("diversity", day)};
}

std::vector<std::string> first_and_last(const Days& days, const std::string& variant, int last) {
  std::vector<std::string> cells = {variant, days.value("clicks", 1, 4),
                                    days.value("clicks", last, 4), days.value("clicks", 0, 4),
                                    days.difference("clicks", 0)};
  for (const char* measure : {"coverage", "gini", "diversity"})
    cells.push_back(
        fmt::format("{} -> {}", days.value(measure, 1, 3), days.value(measure, last, 3)));
  return cells;
}

}  // namespace

BoardCells loop_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset,
                      bool all) {
  BoardCells cells;
  const std::vector<LoopDayRow> rows = rows_of(reader, run_id, dataset);
  if (rows.empty()) return cells;
  const int last = std::ranges::max(rows, {}, &LoopDayRow::day).day;
  for (const std::string& variant : variants_of(rows)) {
    const Days days(rows, variant);
    if (!all) cells.rows.push_back(first_and_last(days, variant, last));
    for (int day = 1; all && day <= last; ++day)
      cells.rows.push_back(day_cells(days, variant, day));
  }
  cells.title = fmt::format("{}, loop of {} days", dataset, last);
  if (all)
    cells.header = {"",     "clicks",     "difference", "coverage",  "difference",
                    "gini", "difference", "diversity",  "difference"};
  else
    cells.header = {"",     "clicks, day 1", fmt::format("day {}", last),
                    "all",  "difference",    "coverage",
                    "gini", "diversity"};
  return cells;
}

std::vector<std::string> loop_footer(const results::Reader& reader, int64_t run_id,
                                     const std::string& dataset) {
  const std::vector<LoopDayRow> rows = rows_of(reader, run_id, dataset);
  if (rows.empty()) return {};
  const auto variants = reader.variants(run_id);
  const auto baseline = std::ranges::find_if(variants, &results::VariantInfo::is_baseline);
  std::vector<std::string> lines = {fmt::format(
      "Each variant learns from what was clicked on its own lists of the days before. Clicks: "
      "expected a request, by the world; difference: to {}. Coverage: share of the items that are "
      "shown; gini: how unevenly (0: all alike); diversity: 1 - mean cosine of two items of a "
      "list; "
      "first day -> last day.",
      baseline == variants.end() ? "the baseline" : baseline->name)};
  std::set<std::string> said;
  for (const LoopDayRow& row : rows)
    if (!row.reason.empty() && said.insert(row.variant + row.reason).second)
      lines.push_back(fmt::format("{}, day {}: {}.", row.variant, row.day, row.reason));
  return lines;
}

Json loop_json(const results::Reader& reader, int64_t run_id) {
  Json out = Json::array();
  const auto put = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  for (const LoopDayRow& row : results::loop_days(reader, run_id))
    out.push_back({{"variant", row.variant},
                   {"dataset", row.dataset},
                   {"day", row.day},
                   {"measure", row.measure},
                   {"requests", row.requests},
                   {"value", put(row.value)},
                   {"difference", put(row.difference)},
                   {"ci_low", put(row.ci_low)},
                   {"ci_high", put(row.ci_high)},
                   {"reason", row.reason.empty() ? Json(nullptr) : Json(row.reason)}});
  return out;
}

}  // namespace assay::report
