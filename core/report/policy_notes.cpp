#include "report/policy_notes.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "report/numbers.h"
#include "results/policy_table.h"
#include "task/off_policy_spec.h"
#include "task/policy.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/parts.h"
#include "text/thousands.h"

namespace assay::report {
namespace {

using Json = nlohmann::ordered_json;
using results::PolicyValueRow;

constexpr char kOnPolicy[] = "on_policy";
constexpr char kTruth[] = "truth";
constexpr char kServedClicks[] = "served_clicks";
constexpr char kLog[] = "the log itself";

/// The two to read first.
bool is_first(const PolicyValueRow& row) {
  return row.estimator == "snips" || row.estimator == "dr";
}

/// Of variants of a simulated log, whose world tells what they really earn.
std::map<std::string, double> truths_of(const results::Reader& reader, int64_t run_id,
                                        const std::string& dataset) {
  std::map<std::string, double> truths;
  for (const PolicyValueRow& row : results::policy_values(reader, run_id))
    if (row.estimator == kTruth && row.dataset == dataset && row.fold == "all" && row.value)
      truths[row.variant] = *row.value;
  return truths;
}

/// Of the data set, of all folds together; the log itself once, first.
std::vector<PolicyValueRow> rows_of(const results::Reader& reader, int64_t run_id,
                                    const std::string& dataset, bool all) {
  std::vector<PolicyValueRow> rows = results::policy_values(reader, run_id);
  std::erase_if(rows, [&](const PolicyValueRow& row) {
    return row.dataset != dataset || row.fold != "all" || row.estimator == kTruth ||
           row.estimator == kServedClicks;
  });
  const auto is_log = [](const PolicyValueRow& row) { return row.estimator == kOnPolicy; };
  // Where the experiment asked for neither of them, for all that it asked for.
  if (!all && std::ranges::any_of(rows, is_first))
    std::erase_if(rows, [&](const PolicyValueRow& row) { return !is_log(row) && !is_first(row); });
  std::ranges::stable_partition(rows, is_log);
  const auto rest = std::ranges::find_if_not(rows, is_log);
  // All variants are held against the same log: the first that could be asked tells of it.
  const auto told = std::find_if(rows.begin(), rest,
                                 [](const PolicyValueRow& row) { return row.value.has_value(); });
  std::vector<PolicyValueRow> out;
  if (told != rest) out.push_back(*told);
  out.insert(out.end(), rest, rows.end());
  return out;
}

std::string value_text(const PolicyValueRow& row) {
  if (!row.value) return "not available";
  if (!row.ci_low || !row.ci_high) return fixed(*row.value, 4);
  const int decimals = decimals_for((*row.ci_high - *row.ci_low) / 2);
  return fmt::format("{} [{}, {}]", fixed(*row.value, decimals), fixed(*row.ci_low, decimals),
                     fixed(*row.ci_high, decimals));
}

std::string number_text(const std::optional<double>& value, int decimals) {
  return value ? fixed(*value, decimals) : "-";
}

std::string percent_text(const std::optional<double>& share) {
  return share ? fmt::format("{} %", fixed(100 * *share, 1)) : "-";
}

std::vector<std::string> cells_of(const PolicyValueRow& row) {
  const bool log = row.estimator == kOnPolicy;
  return {log ? kLog : row.variant,
          log ? "mean" : row.estimator,
          value_text(row),
          row.effective_rows ? text::thousands(static_cast<int64_t>(*row.effective_rows + 0.5))
          : log              ? text::thousands(row.rows)
                             : "-",
          number_text(row.largest_weight, 1),
          number_text(row.mean_weight, 2),
          percent_text(row.outside_support)};
}

/// "dm, dr and sndr of greedy: ...", a line a variant and reason.
std::vector<std::string> reasons(const std::vector<PolicyValueRow>& rows) {
  std::vector<std::string> lines;
  std::set<std::pair<std::string, std::string>> told;
  for (const PolicyValueRow& row : rows) {
    if (row.value || !told.emplace(row.variant, row.reason).second) continue;
    std::vector<std::string> names;
    for (const PolicyValueRow& other : rows)
      if (!other.value && other.variant == row.variant && other.reason == row.reason)
        names.push_back(other.estimator);
    lines.push_back(fmt::format("{} of {}: {}.", text::listed(names), row.variant, row.reason));
  }
  return lines;
}

/// The estimators and variants that a note is about, each once.
struct Noted {
  std::vector<std::string> estimators, variants;

  void add(const PolicyValueRow& row) {
    if (std::ranges::count(estimators, row.estimator) == 0) estimators.push_back(row.estimator);
    if (std::ranges::count(variants, row.variant) == 0) variants.push_back(row.variant);
  }
};

/// "dm: intervals do not cover the error of the reward model", a line a note; of notes that are about
/// some variants only, "dr of greedy: ...". Of intervals that the table does not show nothing is said.
std::vector<std::string> notes(const std::vector<PolicyValueRow>& rows) {
  std::map<std::string, Noted> noted;
  Noted all;
  for (const PolicyValueRow& row : rows) {
    if (!row.value) continue;
    if (row.estimator != kOnPolicy) all.add(row);
    for (const std::string& note : text::parts_of(row.note, "; "))
      if (!note.empty() && !note.starts_with("no Bernstein")) noted[note].add(row);
  }
  std::vector<std::string> lines;
  for (const auto& [note, about] : noted) {
    const bool some = about.variants.size() < all.variants.size();
    lines.push_back(fmt::format("{}{}: {}.", text::listed(about.estimators),
                                some ? " of " + text::listed(about.variants) : "", note));
  }
  return lines;
}

std::string policies_text(const results::Reader& reader, int64_t run_id) {
  std::vector<std::string> texts;
  for (const results::VariantPolicyRow& row : results::variant_policies(reader, run_id))
    texts.push_back(
        fmt::format("{} ({})", row.variant,
                    task::policy_words(nlohmann::json::parse(row.policy).get<task::PolicySpec>())));
  return text::listed(texts);
}

std::string rewards_text(const results::Reader& reader, int64_t run_id) {
  std::vector<std::string> texts;
  for (const results::VariantPolicyRow& row : results::variant_policies(reader, run_id)) {
    const std::string words = task::reward_words(row.policy);
    if (std::ranges::count(texts, words) == 0) texts.push_back(words);
  }
  return text::listed(texts);
}

/// 1/4, 1, 8.
std::string power_text(int64_t exponent) {
  return exponent < 0 ? fmt::format("1/{}", int64_t{1} << -exponent)
                      : fmt::format("{}", int64_t{1} << exponent);
}

/// "1/4 ▂ 1/2 █ 1 ▃ 2": a bar for the rounds between two weights, the largest of full height.
std::string bars(const Json& overlap) {
  constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto counts = overlap.at("counts").get<std::vector<int64_t>>();
  int64_t exponent = overlap.at("log2").get<int64_t>();
  const double most = static_cast<double>(std::ranges::max(counts));
  std::string out = power_text(exponent);
  for (const int64_t count : counts) {
    const double height = static_cast<double>(count) / most * (std::size(kBars) - 1);
    const auto place = static_cast<size_t>(std::ceil(height));
    out += fmt::format(" {} {}", count > 0 ? kBars[place] : " ", power_text(++exponent));
  }
  return out;
}

/// How each policy lies over the log, as far as it is known.
std::vector<std::string> overlap_lines(const results::Reader& reader, int64_t run_id,
                                       const std::string& dataset) {
  std::vector<std::string> lines;
  for (const PolicyValueRow& row : results::policy_values(reader, run_id)) {
    if (row.dataset != dataset || row.fold != "all" || row.overlap.empty() || row.rows == 0)
      continue;
    const Json overlap = Json::parse(row.overlap);
    if (overlap.at("counts").empty()) continue;
    const double none = overlap.at("none").get<double>() / static_cast<double>(row.rows);
    lines.push_back(fmt::format("Weights of {}: {}{}", row.variant, bars(overlap),
                                none > 0 ? fmt::format("; 0 in {} %", fixed(100 * none, 1)) : ""));
  }
  return lines;
}

std::string interval_text(const std::vector<PolicyValueRow>& rows) {
  std::vector<std::string> methods;
  for (const PolicyValueRow& row : rows)
    if (!row.interval.empty() && std::ranges::count(methods, row.interval) == 0)
      methods.push_back(row.interval);
  return methods.empty() ? "" : fmt::format(" Intervals: {}.", text::listed(methods));
}

Json maybe(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json maybe_text(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

}  // namespace

BoardCells policy_cells(const results::Reader& reader, int64_t run_id, const std::string& dataset,
                        bool all) {
  BoardCells cells;
  const std::vector<PolicyValueRow> rows = rows_of(reader, run_id, dataset, all);
  if (rows.empty()) return cells;
  cells.title = fmt::format("What it would have earned a logged row, {}", dataset);
  cells.header = {"", "", "", "effective rows", "largest weight", "mean weight", "outside"};
  for (const PolicyValueRow& row : rows) cells.rows.push_back(cells_of(row));
  const std::map<std::string, double> truths = truths_of(reader, run_id, dataset);
  if (truths.empty()) return cells;
  cells.header.insert(cells.header.begin() + 3, "truth");
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto truth = truths.find(rows[i].variant);
    const bool known = rows[i].estimator != kOnPolicy && truth != truths.end();
    cells.rows[i].insert(cells.rows[i].begin() + 3, known ? fixed(truth->second, 4) : "-");
  }
  return cells;
}

BoardCells served_clicks_cells(const results::Reader& reader, int64_t run_id,
                               const std::string& dataset) {
  BoardCells cells;
  cells.title = fmt::format("Expected clicks on a served list, by the world of {}", dataset);
  cells.header = {"", "clicks"};
  for (const PolicyValueRow& row : results::policy_values(reader, run_id))
    if (row.estimator == kServedClicks && row.dataset == dataset && row.fold == "all")
      cells.rows.push_back({row.variant, number_text(row.value, 4)});
  return cells;
}

std::vector<std::string> policy_footer(const results::Reader& reader, int64_t run_id,
                                       const std::string& dataset, bool all) {
  const std::vector<PolicyValueRow> rows = rows_of(reader, run_id, dataset, all);
  if (rows.empty()) return {};
  const int64_t count = std::ranges::max(rows, {}, &PolicyValueRow::rows).rows;
  std::vector<std::string> lines;
  if (count > 0)
    lines.push_back(fmt::format(
        "Estimated from {} by their propensities, rewards predicted by {}; policies: {}.{}",
        text::counted(count, "logged row"), rewards_text(reader, run_id),
        policies_text(reader, run_id), interval_text(rows)));
  if (!truths_of(reader, run_id, dataset).empty())
    lines.push_back(
        "truth: what the policy earns a row in expectation, by the world that made the log.");
  if (all) {
    for (std::string& line : overlap_lines(reader, run_id, dataset))
      lines.push_back(std::move(line));
  }
  for (std::string& line : reasons(rows)) lines.push_back(std::move(line));
  for (std::string& line : notes(rows)) lines.push_back(std::move(line));
  return lines;
}

nlohmann::ordered_json policy_json(const results::Reader& reader, int64_t run_id) {
  std::map<std::string, std::string> policies;
  for (const results::VariantPolicyRow& row : results::variant_policies(reader, run_id))
    policies[row.variant] = row.policy;
  Json json = Json::array();
  for (const PolicyValueRow& row : results::policy_values(reader, run_id)) {
    json.push_back(
        {{"dataset", row.dataset},
         {"fold", row.fold},
         {"variant", row.variant},
         {"policy",
          policies.contains(row.variant) ? Json::parse(policies.at(row.variant)) : Json()},
         {"estimator", row.estimator},
         {"value", maybe(row.value)},
         {"standard_error", maybe(row.standard_error)},
         {"ci_low", maybe(row.ci_low)},
         {"ci_high", maybe(row.ci_high)},
         {"interval", maybe_text(row.interval)},
         {"intervals", row.intervals.empty() ? Json() : Json::parse(row.intervals)},
         {"parameters", row.parameters.empty() ? Json() : Json::parse(row.parameters)},
         {"rows", row.rows},
         {"effective_rows", maybe(row.effective_rows)},
         {"largest_weight", maybe(row.largest_weight)},
         {"mean_weight", maybe(row.mean_weight)},
         {"outside_support", maybe(row.outside_support)},
         {"reason", maybe_text(row.reason)},
         {"note", maybe_text(row.note)},
         {"overlap", row.overlap.empty() ? Json() : Json::parse(row.overlap)}});
  }
  return json;
}

}  // namespace assay::report
