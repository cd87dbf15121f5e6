#include "report/headline.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "analysis/metric_name.h"
#include "report/numbers.h"
#include "report/sentences.h"
#include "stats/verdict.h"
#include "text/listed.h"

namespace assay::report {

namespace {

using stats::Verdict;

/// So many better variants are named; of more only their number is told.
constexpr size_t kMostNamed = 3;
constexpr char kMixed[] = "better on one data set and worse on another";

/// In the order in which they are told; `kMixed` comes first.
constexpr std::array kOthers{Verdict::equivalent, Verdict::undecided, Verdict::too_few,
                             Verdict::worse};

struct Fared {
  std::vector<std::string> better;   ///< variants, in the order of the file
  bool everywhere = true;            ///< each of them on every data set
  std::map<std::string, int> count;  ///< of the others, by word
  int variants = 0;
};

/// Verdicts of a variant on the metric, one a data set that has one.
std::multiset<std::string> verdicts_of(const Comparison& comparison, const std::string& variant) {
  std::multiset<std::string> verdicts;
  for (const std::string& dataset : comparison.datasets) {
    const results::ComparisonRow* row =
        comparison.comparison(variant, dataset, comparison.metric.definition, comparison.cutoff);
    if (row != nullptr) verdicts.insert(row->verdict);
  }
  return verdicts;
}

std::string word_of(const std::multiset<std::string>& verdicts) {
  for (const Verdict verdict :
       {Verdict::worse, Verdict::equivalent, Verdict::undecided, Verdict::too_few}) {
    const std::string word(stats::verdict_word(verdict));
    if (verdicts.contains(word)) return word;
  }
  return std::string(stats::verdict_word(Verdict::undecided));
}

Fared fared(const Comparison& comparison) {
  const std::string good(stats::verdict_word(Verdict::better));
  const std::string bad(stats::verdict_word(Verdict::worse));
  Fared result;
  for (const std::string& variant : comparison.variants) {
    const auto verdicts = verdicts_of(comparison, variant);
    if (verdicts.empty()) continue;
    ++result.variants;
    if (!verdicts.contains(good)) {
      ++result.count[word_of(verdicts)];
    } else if (verdicts.contains(bad)) {
      ++result.count[kMixed];
    } else {
      result.better.push_back(variant);
      result.everywhere &= verdicts.count(good) == comparison.datasets.size();
    }
  }
  return result;
}

/// "2 worse, 1 equivalent"; empty where there are no others.
std::string others_of(const Fared& fared) {
  std::vector<std::string> parts;
  const auto tell = [&](std::string_view word, std::string_view said) {
    const auto found = fared.count.find(std::string(word));
    if (found != fared.count.end()) parts.push_back(fmt::format("{} {}", found->second, said));
  };
  tell(kMixed, kMixed);
  for (const Verdict verdict : kOthers) {
    const std::string_view word = stats::verdict_word(verdict);
    tell(word, verdict == Verdict::too_few ? "with too few requests to decide" : word);
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

/// ", but breaks a guardrail", "; als breaks a guardrail"; empty where none does.
std::string alarms_of(const Comparison& comparison, const std::vector<std::string>& better) {
  std::vector<std::string> alarmed;
  for (const std::string& variant : better) {
    const auto clauses = side_clauses(comparison, variant);
    if (std::ranges::any_of(clauses, &Clause::alarm)) alarmed.push_back(variant);
  }
  if (alarmed.empty()) return "";
  const char* verb = alarmed.size() == 1 ? "breaks" : "break";
  if (alarmed.size() == better.size()) return fmt::format(", but {} a guardrail", verb);
  if (alarmed.size() > kMostNamed) return fmt::format("; {} {} a guardrail", alarmed.size(), verb);
  return fmt::format("; {} {} a guardrail", text::listed(alarmed), verb);
}

}  // namespace

std::string headline(const Comparison& comparison) {
  if (!comparison.primary) return "";
  const Fared all = fared(comparison);
  if (all.variants < 2) return "";
  const std::string against =
      fmt::format("better than {} on {}", comparison.baseline,
                  analysis::metric_text(comparison.metric.name, comparison.cutoff));
  const std::string others = others_of(all);
  if (all.better.empty()) return fmt::format("No variant is shown to be {}: {}.", against, others);
  const size_t count = all.better.size();
  const std::string who = count > kMostNamed ? fmt::format("{} of {} variants", count, all.variants)
                                             : text::listed(all.better);
  std::string text = fmt::format("{} {} {}", who, count == 1 ? "is" : "are", against);
  if (!all.everywhere) {
    text += fmt::format(" on at least one of {} data sets", comparison.datasets.size());
  }
  text += alarms_of(comparison, all.better) + ".";
  return others.empty() ? text : fmt::format("{} The others: {}.", text, others);
}

}  // namespace assay::report
