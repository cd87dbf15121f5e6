#include "report/attack_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/numbers.h"
#include "results/attack_table.h"
#include "task/feedback_spec.h"
#include "text/counted.h"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;
using results::AttackEffectRow;

std::string number(const std::optional<double>& value, int decimals) {
  return value ? fixed(*value, decimals) : "-";
}

std::string shift_text(const AttackEffectRow& row) {
  if (!row.hit_shift) return "-";
  if (!row.ci_low || !row.ci_high) return fixed(*row.hit_shift, 4);
  return fmt::format("{} [{}, {}]", fixed(*row.hit_shift, 4), fixed(*row.ci_low, 4),
                     fixed(*row.ci_high, 4));
}

/// "als_attacked learns from a log with 5 % average profiles that push 1 item (twin: als)."
std::string learns_from(const results::ChangedLogRow& row) {
  std::string text;
  if (!row.perturb.empty())
    text = task::perturb_words(nlohmann::json::parse(row.perturb).get<task::PerturbSpec>());
  if (!row.augment.empty())
    text += (text.empty() ? "" : ", then ") +
            task::augment_words(nlohmann::json::parse(row.augment).get<task::AugmentSpec>());
  if (!row.twin.empty()) text += fmt::format(" (twin: {})", row.twin);
  return fmt::format("{} learns from another log than it is measured on: {}.", row.variant, text);
}

}  // namespace

BoardCells attack_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset) {
  BoardCells cells;
  const std::vector<AttackEffectRow> rows = results::attack_effects(reader, run_id);
  int64_t requests = 0;
  for (const AttackEffectRow& row : rows) {
    if (row.dataset != dataset) continue;
    requests = row.requests;
    const std::string name =
        row.fold == "all" ? row.variant : fmt::format("{}, fold {}", row.variant, row.fold);
    cells.rows.push_back({name, row.twin.empty() ? "-" : row.twin, number(row.hit_ratio, 4),
                          number(row.twin_hit_ratio, 4), shift_text(row),
                          number(row.targets_per_list, 3), number(row.rank_shift, 2),
                          number(row.prediction_shift, 4)});
  }
  cells.title = fmt::format("{}, targets of attacks, n = {}", dataset, requests);
  cells.header = {
      "", "", "target hit ratio", "twin's", "shift", "targets a list", "rank shift", "score shift"};
  return cells;
}

std::vector<std::string> changed_log_lines(const results::Reader& reader, int64_t run_id) {
  std::vector<std::string> lines;
  for (const results::ChangedLogRow& row : results::changed_logs(reader, run_id))
    lines.push_back(learns_from(row));
  return lines;
}

std::vector<std::string> attack_footer(const results::Reader& reader, int64_t run_id,
                                       const std::string& dataset) {
  std::vector<std::string> lines;
  lines.push_back(
      "Target hit ratio: share of requests whose list holds a target. Rank shift: places that "
      "targets stand further up, one that is not in the list counted behind its end. Score shift: "
      "where both lists hold the target.");
  for (const AttackEffectRow& row : results::attack_effects(reader, run_id))
    if (row.dataset == dataset && !row.reason.empty())
      lines.push_back(fmt::format("{} has nothing beside it: {}.", row.variant, row.reason));
  return lines;
}

std::vector<std::string> attack_lines(const results::Reader& reader, int64_t run_id,
                                      const std::string& dataset) {
  std::vector<std::string> lines;
  for (const AttackEffectRow& row : results::attack_effects(reader, run_id)) {
    if (row.dataset != dataset) continue;
    std::string line =
        fmt::format("{}{} shows a target of its attack in {} of its lists", row.variant,
                    row.fold == "all" ? "" : ", fold " + row.fold, number(row.hit_ratio, 4));
    if (row.twin_hit_ratio)
      line +=
          fmt::format(", {} in {} (difference {}); targets stand {} places further up", row.twin,
                      number(row.twin_hit_ratio, 4), shift_text(row), number(row.rank_shift, 2));
    lines.push_back(line + ".");
  }
  return lines;
}

Json attack_json(const results::Reader& reader, int64_t run_id) {
  Json out = Json::array();
  const auto logs = results::changed_logs(reader, run_id);
  const auto targets = results::attack_targets(reader, run_id);
  const auto put = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
  for (const AttackEffectRow& row : results::attack_effects(reader, run_id)) {
    Json one = {{"variant", row.variant}, {"dataset", row.dataset}, {"fold", row.fold}};
    const auto log = std::ranges::find(logs, row.variant, &results::ChangedLogRow::variant);
    const bool augmented = log != logs.end() && !log->augment.empty();
    one["perturb"] = log != logs.end() ? Json::parse(log->perturb) : Json(nullptr);
    one["augment"] = augmented ? Json::parse(log->augment) : Json(nullptr);
    one["twin"] = row.twin.empty() ? Json(nullptr) : Json(row.twin);
    one["targets"] = Json::array();
    for (const results::AttackTargetRow& target : targets)
      if (target.variant == row.variant && target.dataset == row.dataset && target.fold == row.fold)
        one["targets"].push_back(target.id);
    one["requests"] = row.requests;
    one["hit_ratio"] = put(row.hit_ratio);
    one["twin_hit_ratio"] = put(row.twin_hit_ratio);
    one["hit_shift"] = put(row.hit_shift);
    one["ci_low"] = put(row.ci_low);
    one["ci_high"] = put(row.ci_high);
    one["targets_per_list"] = put(row.targets_per_list);
    one["twin_targets_per_list"] = put(row.twin_targets_per_list);
    one["rank_shift"] = put(row.rank_shift);
    one["prediction_shift"] = put(row.prediction_shift);
    one["scored"] = row.scored;
    one["reason"] = row.reason.empty() ? Json(nullptr) : Json(row.reason);
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace assay::report
