#include "analysis/gate.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "analysis/finding.h"
#include "analysis/judged_by.h"
#include "analysis/metric_name.h"
#include "analysis/recorded_rows.h"
#include "analysis/timings.h"
#include "error/error.h"
#include "metric_catalog/self_checked.h"
#include "results/self_check_table.h"
#include "stats/verdict.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::analysis {

namespace {

using results::ComparisonRow;

/// Of the served lists of all requests and folds together.
bool is_of_all(const std::string& stage, const std::string& fold, const std::string& slice) {
  return stage == "served" && fold == "all" && slice == "all";
}

/// "+0.0121 [0.0102, 0.0139]".
std::string numbers_of(const ComparisonRow& row) {
  std::string text = fmt::format("{:+.4g}", *row.difference);
  if (row.ci_low) text += fmt::format(" [{:.4g}, {:.4g}]", *row.ci_low, *row.ci_high);
  return text;
}

/// "245 users", "1 request": what stands in the n of a row.
std::string counted_n(const ComparisonRow& row) {
  const char* unit = row.definition == kLatency ? "value"
                     : is_by_user(row.method)   ? "user"
                                                : "request";
  return text::counted(row.n.value_or(0), unit);
}

class Judge {
 public:
  Judge(const results::Reader& reader, const results::RunInfo& run, const std::string& path,
        const std::string& candidate, const task::GateSpec& rules)
      : reader_(reader), run_(run), path_(path), rules_(rules), metrics_(reader.metrics()) {
    decision_.candidate = candidate;
    find_variants();
    check_trials(decision_.baseline, "the baseline");
    check_trials(candidate, "the candidate");
    summaries_ = recorded_summaries(reader, run.run_id);
    comparisons_ = recorded_comparisons(reader, run.run_id);
    self_checks_ = results::self_checks(reader, run.run_id);
    std::erase_if(comparisons_, [&](const ComparisonRow& row) {
      return row.variant != candidate || row.baseline != decision_.baseline ||
             !is_of_all(row.stage, row.fold, row.slice);
    });
  }

  GateDecision judge() {
    for (const task::GateMetric& metric : metric_rules()) ask(metric);
    for (const ComparisonRow& row : comparisons_) {
      if (row.family != kGuardrailFamily) continue;
      ask_guardrail(row);
      if (!row.scenario) look_at_harness(row.dataset, row.definition, row.cutoff);
    }
    for (const std::string& dataset : datasets_) count_guardrails(dataset);
    decision_.verdict = GateVerdict::promoted;
    for (const GateCheck& check : decision_.checks)
      decision_.verdict = std::max(decision_.verdict, check.verdict);
    // What a harness measures that is not known to measure right tells nothing, not even a loss.
    if (distrusted_) decision_.verdict = GateVerdict::undecided;
    return std::move(decision_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw error::UserError(path_, why); }

  void find_variants() {
    std::vector<std::string> names;
    for (const results::VariantInfo& variant : reader_.variants(run_.run_id)) {
      if (variant.is_baseline) {
        decision_.baseline = variant.name;
      } else {
        names.push_back(variant.name);
      }
    }
    const std::string& candidate = decision_.candidate;
    if (candidate == decision_.baseline)
      refuse(
          fmt::format("{} is the baseline of run {}; a gate asks whether another variant may "
                      "take its place",
                      candidate, run_.run_id));
    if (std::ranges::count(names, candidate) == 0)
      refuse(fmt::format("{} is no variant of run {}{}", candidate, run_.run_id,
                         error::did_you_mean(candidate, names)));
  }

  void check_trials(const std::string& variant, const char* role) {
    for (const results::RunTrial& trial : reader_.trials(run_.run_id)) {
      if (trial.variant != variant) continue;
      datasets_.push_back(trial.dataset);
      if (trial.status == results::TrialState::Status::done) continue;
      const std::string reason = trial.reason.empty() ? "it was not run" : trial.reason;
      refuse(fmt::format("{} {} has no result on {}, so that nothing can be judged: {}", role,
                         variant, trial.dataset, reason));
    }
    std::ranges::sort(datasets_);
    const auto twice = std::ranges::unique(datasets_);
    datasets_.erase(twice.begin(), twice.end());
  }

  /// The primary metric where the file names none.
  std::vector<task::GateMetric> metric_rules() const {
    if (!rules_.metrics.empty()) return rules_.metrics;
    task::GateMetric primary;
    primary.metric = metric_text(run_.row.primary_definition, run_.row.primary_cutoff);
    primary.tolerated_loss = run_.row.margin;
    return {primary};
  }

  void ask(const task::GateMetric& rule) {
    const MetricName name = parse_metric_name(rule.metric);
    const results::MetricRow* metric = find_metric(metrics_, name.name);
    const int cutoff = name.cutoff.value_or(0);
    for (const std::string& dataset : datasets_) {
      const auto found = std::ranges::find_if(comparisons_, [&](const ComparisonRow& row) {
        return metric != nullptr && row.dataset == dataset && row.cutoff == cutoff &&
               row.definition == metric->definition;
      });
      if (found == comparisons_.end())
        refuse(fmt::format("{} was not measured on {}, so that nothing can be judged", rule.metric,
                           dataset));
      if (found->family == kGuardrailFamily) continue;  // it is asked with the guardrails
      ask(rule, *metric, *found);
      look_at_harness(dataset, metric->definition, cutoff);
    }
  }

  /// Whether the harness checked itself on a metric, and held.
  void look_at_harness(const std::string& dataset, const std::string& definition, int cutoff) {
    const results::MetricRow* metric = find_metric(metrics_, definition);
    if (metric == nullptr || metric->scope != results::MetricRow::Scope::request ||
        !metric_catalog::is_self_checked(definition))
      return;
    std::string reason = fmt::format(
        "the harness has not checked itself on {}; assay rescore {}#{} "
        "--self-check does it",
        metric_text(metric->name, cutoff), path_, run_.run_id);
    for (const results::SelfCheckRow& row : self_checks_) {
      if (row.dataset != dataset || row.definition != definition || row.cutoff != cutoff) continue;
      if (row.result == results::SelfCheckRow::Result::fails) {
        reason = fmt::format("the harness failed its self-check on {} ({}): {}",
                             metric_text(metric->name, cutoff), row.check, row.detail);
        break;
      }
      reason.clear();
    }
    if (reason.empty()) return;
    distrusted_ = true;
    GateCheck check;
    check.dataset = dataset;
    check.metric = metric_text(metric->name, cutoff);
    check.rule = "self-check";
    check.reason = std::move(reason);
    decision_.checks.push_back(std::move(check));
  }

  double baseline_mean(const ComparisonRow& row) const {
    for (const results::SummaryRow& summary : summaries_) {
      if (summary.variant == row.baseline && summary.dataset == row.dataset &&
          summary.definition == row.definition && summary.cutoff == row.cutoff &&
          is_of_all(summary.stage, summary.fold, summary.slice))
        return summary.mean.value_or(0.0);
    }
    return 0.0;
  }

  void ask(const task::GateMetric& rule, const results::MetricRow& metric,
           const ComparisonRow& row) {
    const std::string name = metric_text(metric.name, row.cutoff);
    if (!metric.higher_is_better)
      refuse(
          fmt::format("neither direction of {} is better, so that a gate cannot ask for it; make "
                      "it a guardrail",
                      name));
    if (!row.difference || !row.ci_low)
      refuse(fmt::format("{} has no {} on {}, so that nothing can be judged: {}", name,
                         row.difference ? "interval" : "difference", row.dataset, row.reason));
    const double mean = baseline_mean(row);
    const double tolerated = std::max(rule.tolerated_loss.value_or(0.0),
                                      rule.tolerated_loss_relative.value_or(0.0) * std::abs(mean));
    GateCheck check{
        row.dataset,
        name,
        tolerated > 0 ? fmt::format("loses at most {:.4g}", tolerated) : "loses nothing",
        GateVerdict::undecided,
        "",
        row.difference,
        row.ci_low,
        row.ci_high,
        row.n};
    decide(check, row, {*metric.higher_is_better, tolerated, mean});
    decision_.checks.push_back(std::move(check));
  }

  /// How the numbers of a metric are to be read.
  struct Scale {
    bool higher_is_better;
    double tolerated;  ///< loss, at least 0
    double mean;       ///< of the baseline

    double gain(double difference) const { return higher_is_better ? difference : -difference; }
  };

  void decide(GateCheck& check, const ComparisonRow& row, const Scale& scale) const {
    const int64_t least = std::max(rules_.min_requests, stats::kRequestsForVerdict);
    const std::string numbers = fmt::format("{} {}", check.metric, numbers_of(row));
    const double low = std::min(scale.gain(*row.ci_low), scale.gain(*row.ci_high));
    const double high = std::max(scale.gain(*row.ci_low), scale.gain(*row.ci_high));
    if (row.n.value_or(0) < least) {
      check.reason = fmt::format("{}: {}, of which at least {} are asked for", numbers,
                                 counted_n(row), text::thousands(least));
    } else if (high < -scale.tolerated) {
      check.verdict = GateVerdict::rejected;
      check.reason = fmt::format("{}: it loses more than the {:.4g} that is tolerated", numbers,
                                 scale.tolerated);
    } else if (low < -scale.tolerated) {
      check.reason = fmt::format("{}: a loss beyond the {:.4g} that is tolerated is not ruled out",
                                 numbers, scale.tolerated);
    } else if (scale.tolerated == 0 && low != high && row.p_adjusted.value_or(0) > run_.row.alpha) {
      check.reason = fmt::format("{}: p = {:.2g} after correction", numbers, *row.p_adjusted);
    } else {
      check.verdict = GateVerdict::promoted;
      check.reason = numbers;
    }
    if (low > 0 && check.verdict == GateVerdict::promoted) look_twice(check, row, scale, numbers);
  }

  /// A gain that is too good to be true.
  void look_twice(GateCheck& check, const ComparisonRow& row, const Scale& scale,
                  const std::string& numbers) const {
    const double gain = scale.gain(*row.difference);
    std::string why;
    if (scale.higher_is_better && scale.mean == 0) {
      why = "the baseline scores 0 on every request";
    } else if (rules_.largest_gain && gain > *rules_.largest_gain) {
      why = fmt::format("more than the {:.4g} that is plausible", *rules_.largest_gain);
    } else if (rules_.largest_gain_relative &&
               gain > *rules_.largest_gain_relative * std::abs(scale.mean)) {
      why = fmt::format("{:+.0f} %, more than the {:.4g} % that is plausible",
                        100 * gain / std::abs(scale.mean), 100 * *rules_.largest_gain_relative);
    }
    if (why.empty()) return;
    check.verdict = GateVerdict::suspicious;
    check.reason = fmt::format("{}: {}; look for a broken baseline or a leak", numbers, why);
  }

  void ask_guardrail(const ComparisonRow& row) {
    const bool is_latency = row.scenario.has_value();
    const results::MetricRow* metric = find_metric(metrics_, row.definition);
    std::string name = metric_text(metric == nullptr ? row.definition : metric->name, row.cutoff);
    if (is_latency)
      name += fmt::format(" p{:.4g} ({})", 100 * row.quantile.value_or(0),
                          scenario_kind(*row.scenario));
    GateCheck check{row.dataset, name,           "guardrail", guardrail_verdict(row.verdict),
                    "",          row.difference, row.ci_low,  row.ci_high,
                    row.n};
    const std::string numbers = row.difference ? " " + numbers_of(row) : "";
    check.reason = fmt::format("{}{}: {}", name, numbers, row.verdict);
    if (check.verdict == GateVerdict::undecided && !row.reason.empty())
      check.reason += ", " + row.reason;
    if (check.verdict == GateVerdict::promoted && row.n && *row.n < rules_.min_requests) {
      check.verdict = GateVerdict::undecided;
      check.reason += fmt::format(", but on {}, of which at least {} are asked for", counted_n(row),
                                  text::thousands(rules_.min_requests));
    }
    decision_.checks.push_back(std::move(check));
  }

  /// A guardrail without any row (its timing pass was broken off, say) is not a kept one.
  void count_guardrails(const std::string& dataset) {
    const std::optional<AnalysisSettings> settings = judged_settings(run_.row.judged_by);
    if (!settings) return;
    const auto known = std::ranges::count_if(comparisons_, [&](const ComparisonRow& row) {
      return row.family == kGuardrailFamily && row.dataset == dataset;
    });
    std::set<std::tuple<std::string, std::string, double>> asked;  // one row each
    for (const task::GuardrailSpec& rail : settings->compare.guardrails)
      asked.emplace(rail.metric, rail.scenario, rail.quantile);
    const auto missing = std::ssize(asked) - known;
    if (missing <= 0) return;
    GateCheck check;
    check.dataset = dataset;
    check.rule = "guardrail";
    check.reason = fmt::format("{} without a result", text::counted(missing, "guardrail"));
    decision_.checks.push_back(std::move(check));
  }

  static GateVerdict guardrail_verdict(const std::string& word) {
    using enum stats::CostVerdict;
    if (word == kGuardrailBroken || word == verdict_word(guardrail_broken))
      return GateVerdict::rejected;
    for (const stats::CostVerdict kept : {faster, not_slower, slower_within_guardrail}) {
      if (word == verdict_word(kept)) return GateVerdict::promoted;
    }
    return word == kGuardrailKept ? GateVerdict::promoted : GateVerdict::undecided;
  }

  const results::Reader& reader_;
  const results::RunInfo& run_;
  const std::string& path_;
  const task::GateSpec& rules_;
  const std::vector<results::MetricRow> metrics_;
  std::vector<std::string> datasets_;
  std::vector<results::SummaryRow> summaries_;
  std::vector<ComparisonRow> comparisons_;
  std::vector<results::SelfCheckRow> self_checks_;
  bool distrusted_ = false;  // the harness, on some metric that was asked for
  GateDecision decision_;
};

}  // namespace

std::string_view gate_word(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::promoted:
      return "promoted";
    case GateVerdict::undecided:
      return "undecided";
    case GateVerdict::suspicious:
      return "suspicious";
    case GateVerdict::rejected:
      return "rejected";
  }
  return "";
}

GateDecision judge_gate(const results::Reader& reader, const results::RunInfo& run,
                        const std::string& path, const std::string& candidate,
                        const task::GateSpec& rules) {
  return Judge(reader, run, path, candidate, rules).judge();
}

}  // namespace assay::analysis
