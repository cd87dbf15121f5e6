#include "report/sentences.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "analysis/baseline_agreement.h"
#include "analysis/finding.h"
#include "analysis/metric_name.h"
#include "report/all_pairs.h"
#include "report/numbers.h"
#include "stats/verdict.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

using stats::Verdict;

constexpr Verdict kVerdicts[] = {Verdict::better, Verdict::equivalent, Verdict::undecided,
                                 Verdict::too_few, Verdict::worse};

Verdict verdict_of(const results::ComparisonRow& row) {
  for (const Verdict verdict : kVerdicts) {
    if (row.verdict == stats::verdict_word(verdict)) return verdict;
  }
  return Verdict::undecided;
}

bool is_decided(Verdict verdict) {
  return verdict != Verdict::undecided && verdict != Verdict::too_few;
}

/// What is said of a variant's metric on one data set.
struct Part {
  const results::ComparisonRow* row = nullptr;
  int64_t one_sided = 0;  ///< requests left out because only one side has a value
  Verdict verdict = Verdict::undecided;
  std::string phrase;  ///< "is better than"
  std::string note;    ///< "too few requests to decide"
};

std::string phrase_of(const results::ComparisonRow& row, Verdict verdict,
                      const Comparison& comparison) {
  stats::DecisionInput input;
  input.n = row.n.value_or(0);
  if (row.ci_low) input.interval = {*row.ci_low, *row.ci_high};
  input.margin = comparison.run.info.row.margin.value_or(0.0);
  input.higher_is_better = comparison.higher_is_better(row.definition);
  return std::string(stats::verdict_phrase(verdict, input));
}

/// "p = 0.077 after Holm over 9 comparisons", where the interval alone would have decided.
std::string correction_of(const results::ComparisonRow& row) {
  const bool clear = row.ci_low && (*row.ci_low > 0.0 || *row.ci_high < 0.0);
  if (!clear || !row.p_adjusted || row.family_size.value_or(1) < 2) return "";
  return fmt::format("p = {:.2g} after Holm over {} comparisons", *row.p_adjusted,
                     *row.family_size);
}

/// "more seeds are needed: their variance alone hides the margin", the end of the reason; empty where
/// requests can decide.
std::string seeds_needed(const results::ComparisonRow& row) {
  const size_t at = row.reason.find("more seeds are needed");
  return at == std::string::npos || row.needed ? "" : row.reason.substr(at);
}

std::string note_of(const results::ComparisonRow& row, Verdict verdict, const std::string& phrase,
                    const Comparison& comparison) {
  if (verdict != Verdict::too_few) return row.reason;
  if (phrase == "is no better than") return correction_of(row);
  std::string note(stats::kTooFewRequests);
  if (row.n.value_or(0) < stats::kRequestsForVerdict) return note;
  if (const std::string seeds = seeds_needed(row); !seeds.empty()) return "undecided: " + seeds;
  if (const std::string p = correction_of(row); !p.empty()) note += ": " + p;
  if (row.needed) {
    note += note.ends_with("comparisons") ? ", " : ": ";
    note += analysis::needed_text(*row.needed, row.method, power_of(comparison.run.info.row));
  }
  return note;
}

Part part_of(const results::ComparisonRow& row, const Comparison& comparison) {
  Part part;
  part.row = &row;
  const auto left_out = comparison.one_sided.find({row.variant, row.dataset});
  if (left_out != comparison.one_sided.end()) part.one_sided = left_out->second;
  part.verdict = verdict_of(row);
  part.phrase = phrase_of(row, part.verdict, comparison);
  part.note = note_of(row, part.verdict, part.phrase, comparison);
  return part;
}

/// "beauty +0.0121 [0.0102, 0.0139] (n = 22,363 requests)"; of the only data set without its name and
/// without parentheses.
std::string numbers_of(const Part& part, bool name_dataset) {
  const results::ComparisonRow& row = *part.row;
  std::string count = "n = " + text::counted(row.n.value_or(0), unit_of(row));
  if (part.one_sided > 0)
    count +=
        fmt::format(", {} left out: only one side has a value", text::thousands(part.one_sided));
  if (!part.note.empty()) count += ", " + part.note;
  const std::string difference = difference_text(*row.difference, row.ci_low, row.ci_high);
  if (!name_dataset) return fmt::format("{}, {}", difference, count);
  return fmt::format("{} {} ({})", row.dataset, difference, count);
}

/// Data sets of which the same is said.
struct Group {
  std::string phrase;
  std::vector<Part> parts;
};

/// What is decided comes first; what is open joins the first group that is decided, its note saying
/// that it is not.
std::vector<Group> grouped(std::vector<Part> parts) {
  std::ranges::stable_partition(parts, [](const Part& part) { return is_decided(part.verdict); });
  std::vector<Group> groups;
  for (const Part& part : parts) {
    const bool joins = !groups.empty() && !is_decided(part.verdict) &&
                       is_decided(groups.front().parts.front().verdict);
    const auto same = [&](const Group& group) { return group.phrase == part.phrase; };
    auto group = joins ? groups.begin() : std::ranges::find_if(groups, same);
    if (group == groups.end()) group = groups.insert(group, {part.phrase, {}});
    group->parts.push_back(part);
    if (joins && part.note.empty()) group->parts.back().note = "undecided";
  }
  return groups;
}

/// "ndcg@10", "ndcg@10 in users: cold".
std::string metric_of(const Comparison& comparison) {
  const std::string metric = analysis::metric_text(comparison.metric.name, comparison.cutoff);
  return comparison.slice == "all" ? metric : fmt::format("{} in {}", metric, comparison.slice);
}

/// Equivalent means: no further apart than the margin, so that it has to be said.
std::string margin_of(const Comparison& comparison, const Group& group) {
  const double margin = comparison.run.info.row.margin.value_or(0.0);
  if (group.parts.front().verdict != Verdict::equivalent || margin <= 0.0) return "";
  return fmt::format(" (margin {:.4g})", margin);
}

std::string main_clause(const Comparison& comparison, const std::string& variant,
                        const std::vector<Part>& parts) {
  const bool name_datasets = comparison.datasets.size() > 1;
  std::string text;
  for (const Group& group : grouped(parts)) {
    if (text.empty()) {
      text = fmt::format("{} {} {} on {}{}: ", variant, group.phrase, comparison.baseline,
                         metric_of(comparison), margin_of(comparison, group));
    } else {
      text += fmt::format("; it {} {}{}: ", group.phrase, comparison.baseline,
                          margin_of(comparison, group));
    }
    for (size_t i = 0; i < group.parts.size(); ++i) {
      text += (i > 0 ? ", " : "") + numbers_of(group.parts[i], name_datasets);
    }
  }
  return text;
}

/// Another metric than the primary one, or a slice: numbers without a verdict.
std::string exploratory_clause(const Comparison& comparison, const std::string& variant,
                               std::vector<Part> parts) {
  for (Part& part : parts) {
    const auto& p = part.row->p_adjusted;
    part.note = p ? fmt::format("adjusted p = {:.2g}", *p) : part.row->reason;
  }
  std::string text = fmt::format("{} compared with {} on {} (exploratory, no verdict): ", variant,
                                 comparison.baseline, metric_of(comparison));
  for (size_t i = 0; i < parts.size(); ++i) {
    text += (i > 0 ? ", " : "") + numbers_of(parts[i], comparison.datasets.size() > 1);
  }
  return text;
}

std::string with_clauses(const std::string& main, const std::vector<Clause>& clauses,
                         bool is_good) {
  if (clauses.empty()) return main + ".";
  if (clauses.size() == 1 && !clauses.front().alone.empty()) {
    return fmt::format("{}; {}.", main, clauses.front().alone);
  }
  std::string text = main + "; ";
  for (size_t i = 0; i < clauses.size(); ++i) {
    const bool last = i > 0 && i + 1 == clauses.size();
    if (i > 0) text += last ? ", and " : ", ";
    if (i == 0 && is_good && clauses[i].alarm) text += "but ";
    text += clauses[i].text;
  }
  return text + ".";
}

/// Comparisons that have no number say why, each data set by itself.
std::string without_numbers(const Comparison& comparison, const std::string& variant,
                            const results::ComparisonRow& row) {
  const std::string where = comparison.datasets.size() > 1 ? " (" + row.dataset + ")" : "";
  return fmt::format("{} cannot be compared with {} on {}{}: {}.", variant, comparison.baseline,
                     metric_of(comparison), where, row.reason);
}

struct Statement {
  std::string variant;
  std::string text;
  Verdict verdict = Verdict::undecided;  ///< on the first data set
};

std::vector<Statement> statements_of(const Comparison& comparison, const std::string& variant) {
  std::vector<Part> parts;
  std::vector<Statement> statements;
  for (const std::string& dataset : comparison.datasets) {
    const results::ComparisonRow* row =
        comparison.comparison(variant, dataset, comparison.metric.definition, comparison.cutoff);
    if (row == nullptr) continue;
    if (row->difference) {
      parts.push_back(part_of(*row, comparison));
    } else {
      statements.push_back({variant, without_numbers(comparison, variant, *row), verdict_of(*row)});
    }
  }
  if (parts.empty()) return statements;
  const std::string main = comparison.primary ? main_clause(comparison, variant, parts)
                                              : exploratory_clause(comparison, variant, parts);
  const bool is_good = comparison.primary && parts.front().verdict == Verdict::better;
  const std::vector<Clause> clauses =
      comparison.primary ? side_clauses(comparison, variant) : std::vector<Clause>();
  statements.insert(statements.begin(),
                    {variant, with_clauses(main, clauses, is_good), parts.front().verdict});
  return statements;
}

/// Best first on the first data set, then what that one does not have, then what has no mean at
/// all.
std::vector<std::string> order_of(const Comparison& comparison) {
  std::vector<std::string> order;
  for (const std::string& dataset : comparison.datasets) {
    for (const std::string& variant : ranked_variants(comparison, dataset)) {
      const bool known = std::ranges::count(order, variant) > 0;
      if (!known && variant != comparison.baseline) order.push_back(variant);
    }
  }
  for (const results::ComparisonRow& row : comparison.comparisons) {
    const bool about = row.definition == comparison.metric.definition &&
                       row.cutoff == comparison.cutoff && !row.difference;
    if (about && std::ranges::count(order, row.variant) == 0) order.push_back(row.variant);
  }
  return order;
}

/// "31 more: 2 better, 20 too few requests and 9 worse; assay compare --all names each."
std::string rest_of(std::span<const Statement> rest) {
  std::map<Verdict, int64_t> counts;
  for (const Statement& statement : rest) ++counts[statement.verdict];
  std::vector<std::string> parts;
  for (const Verdict verdict : kVerdicts) {
    if (!counts.contains(verdict)) continue;
    parts.push_back(
        fmt::format("{} {}", text::thousands(counts[verdict]), stats::verdict_word(verdict)));
  }
  return fmt::format("{} more: {}; assay compare --all names each.",
                     text::thousands(std::ssize(rest)), text::listed(parts));
}

/// Why nothing was compared.
std::string nothing_compared(const Comparison& comparison) {
  const std::string metric = metric_of(comparison);
  const bool has_results = std::ranges::any_of(comparison.datasets, [&](const auto& dataset) {
    return !ranked_variants(comparison, dataset).empty();
  });
  if (!has_results) return "No variant has results; nothing to compare.";
  if (comparison.variants.size() == 1) {
    return fmt::format("{} is the only variant; nothing to compare it with.", comparison.baseline);
  }
  if (comparison.metric.scope == results::MetricRow::Scope::catalogue) {
    return fmt::format("{} is one value for all requests, so there is no interval and no test.",
                       metric);
  }
  if (analysis::is_of_baseline(comparison.metric.definition)) {
    return fmt::format(
        "{} measures agreement with the lists of {}, the baseline, so there is no difference to "
        "test.",
        metric, comparison.baseline);
  }
  const bool has_baseline = std::ranges::any_of(comparison.datasets, [&](const auto& dataset) {
    return std::ranges::count(ranked_variants(comparison, dataset), comparison.baseline) > 0;
  });
  if (!has_baseline) {
    return fmt::format("{}, the baseline, has no results, so nothing was compared.",
                       comparison.baseline);
  }
  if (order_of(comparison).empty()) {
    return fmt::format("Only {}, the baseline, has results; nothing to compare it with.",
                       comparison.baseline);
  }
  return fmt::format("Nothing was compared on {}.", metric);
}

}  // namespace

std::vector<std::string> sentences(const Comparison& comparison, size_t most) {
  std::vector<Statement> all;
  for (const std::string& variant : order_of(comparison)) {
    for (Statement& statement : statements_of(comparison, variant))
      all.push_back(std::move(statement));
  }
  if (all.empty()) return {nothing_compared(comparison)};
  std::vector<std::string> texts;
  const bool cut = all.size() > most + 1;
  for (size_t i = 0; i < (cut ? most : all.size()); ++i) {
    texts.push_back(all[i].text);
  }
  if (cut) texts.push_back(rest_of(std::span(all).subspan(most)));
  return texts;
}

}  // namespace assay::report
