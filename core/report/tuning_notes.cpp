#include "report/tuning_notes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "analysis/metric_name.h"
#include "report/numbers.h"
#include "results/tuning_table.h"
#include "task/names.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::report {
namespace {

struct Tuned {
  results::RunTuningRow run;
  std::vector<results::TuningTrialRow> rows;  // in the order in which they ended
  bool higher_is_better = true;

  // Of asha each trial counts once, however often it was promoted: as how its last rung ended.
  int64_t count(results::TuningStatus status) const {
    std::map<int64_t, const results::TuningTrialRow*> last;
    for (const results::TuningTrialRow& row : rows) {
      const results::TuningTrialRow*& kept = last[row.number];
      if (kept == nullptr || row.rung > kept->rung) kept = &row;
    }
    return std::ranges::count_if(last,
                                 [&](const auto& each) { return each.second->status == status; });
  }
  int64_t trials() const {
    std::set<int64_t> numbers;
    for (const results::TuningTrialRow& row : rows) numbers.insert(row.number);
    return std::ssize(numbers);
  }
  double seconds() const {
    double sum = 0;
    for (const results::TuningTrialRow& row : rows) sum += row.seconds;
    return sum;
  }
  /// The best value of the first `share` of the trials.
  std::optional<double> best(double share) const {
    std::optional<double> best;
    const auto end = static_cast<size_t>(share * static_cast<double>(rows.size()) + 0.5);
    for (size_t i = 0; i < std::max<size_t>(1, end) && i < rows.size(); ++i) {
      const std::optional<double>& value = rows[i].value;
      if (value && (!best || (higher_is_better ? *value > *best : *value < *best))) best = value;
    }
    return best;
  }
};

bool is_better_higher(const Comparison& comparison, const std::string& definition) {
  const auto known =
      std::ranges::find(comparison.metrics, definition, &results::MetricRow::definition);
  return known == comparison.metrics.end() || known->higher_is_better.value_or(true);
}

std::vector<Tuned> tuned_on(const Comparison& comparison, const results::Database& database,
                            const std::string& dataset) {
  const results::TuningTable table(database);
  std::vector<Tuned> all;
  for (const results::RunTuningRow& run : table.of_run(comparison.run.info.run_id)) {
    if (run.dataset != dataset) continue;
    Tuned one{run, table.trials(run.tuning_key), is_better_higher(comparison, run.definition)};
    std::ranges::stable_sort(one.rows, {}, &results::TuningTrialRow::finished);
    all.push_back(std::move(one));
  }
  return all;
}

std::string value_text(const nlohmann::json& value) {
  if (value.is_number_float()) return fmt::format("{:.4g}", value.get<double>());
  return value.is_string() ? value.get<std::string>() : value.dump();
}

// "factors = 64, regularization = 0.03".
std::string chosen_text(const Tuned& tuned) {
  std::vector<std::string> parts;
  for (const results::TuningTrialRow& row : tuned.rows) {
    if (row.number != tuned.run.chosen) continue;
    for (const auto& [name, value] : row.params.items())
      parts.push_back(fmt::format("{} = {}", name.substr(name.rfind('.') + 1), value_text(value)));
    break;
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string trials_text(const Tuned& tuned) {
  // A grid has as many combinations as it has, however large the budget.
  std::string text = tuned.run.method == "grid"
                         ? fmt::format("{}", tuned.trials())
                         : fmt::format("{} of {}", tuned.trials(), tuned.run.trials);
  const int64_t pruned = tuned.count(results::TuningStatus::pruned);
  const int64_t failed = tuned.count(results::TuningStatus::failed);
  if (pruned > 0) text += fmt::format(", {} pruned", pruned);
  if (failed > 0) text += fmt::format(", {} failed", failed);
  return text;
}

std::string best_text(const std::optional<double>& value) { return value ? fixed(*value, 4) : "-"; }

}  // namespace

BoardCells tuning_cells(const Comparison& comparison, const results::Database& database,
                        const std::string& dataset) {
  BoardCells cells;
  const std::vector<Tuned> all = tuned_on(comparison, database, dataset);
  if (all.empty()) return cells;
  const results::RunTuningRow& first = all.front().run;
  cells.title = fmt::format("Tuning by {}, {} on the validation window", first.method,
                            analysis::metric_text(comparison.metric_name(first.definition),
                                                  static_cast<int>(first.cutoff)));
  cells.header = {"", "", "trials", "seconds", "best of a quarter", "of half", "of all"};
  for (const Tuned& tuned : all) {
    cells.rows.push_back({tuned.run.variant, chosen_text(tuned), trials_text(tuned),
                          fixed(tuned.seconds(), 1), best_text(tuned.best(0.25)),
                          best_text(tuned.best(0.5)), best_text(tuned.best(1))});
  }
  return cells;
}

std::string tuning_footer(const Comparison& comparison, const results::Database& database,
                          const std::string& dataset) {
  const std::vector<Tuned> all = tuned_on(comparison, database, dataset);
  if (all.empty()) return "";
  const auto [least, most] =
      std::ranges::minmax_element(all, {}, [](const Tuned& tuned) { return tuned.trials(); });
  std::string text =
      least->trials() == most->trials()
          ? fmt::format("Every tuned variant had {}", text::counted(most->trials(), "trial"))
          : fmt::format("Budgets differ: {} had {}, {} {}", least->run.variant,
                        text::counted(least->trials(), "trial"), most->run.variant, most->trials());
  std::vector<std::string> untuned;
  for (const std::string& variant : comparison.variants) {
    const auto same = [&](const Tuned& tuned) { return tuned.run.variant == variant; };
    if (std::ranges::none_of(all, same)) untuned.push_back(variant);
  }
  if (!untuned.empty()) text += fmt::format("; not tuned: {}", fmt::join(untuned, ", "));
  return text + ".";
}

std::string grid_note(const Comparison& comparison) {
  std::map<std::string, int> members;
  for (const std::string& variant : comparison.variants) {
    const size_t bracket = variant.find('[');
    if (bracket != std::string::npos) ++members[variant.substr(0, bracket)];
  }
  std::vector<std::string> grids;
  for (const auto& [name, count] : members)
    if (count >= 2) grids.push_back(name);
  if (grids.empty()) return "";
  return fmt::format(
      "The members of {} {} are compared on the test window; {{tune: [...]}} in place of "
      "{{grid: [...]}} chooses among them on the validation window.",
      grids.size() == 1 ? "the grid" : "the grids", text::listed(grids));
}

}  // namespace assay::report
