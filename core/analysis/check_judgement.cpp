#include "analysis/check_judgement.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include "analysis/analysis.h"
#include "analysis/finding.h"
#include "analysis/judged_by.h"
#include "analysis/metric_name.h"
#include "analysis/recorded_rows.h"
#include "results/attack_table.h"
#include "results/loop_table.h"
#include "results/policy_table.h"

namespace assay::analysis {

namespace {

using Number = std::optional<double>;

constexpr double kTolerance = 1e-9;

bool is_same(const Number& stored, const Number& made) {
  if (!stored || !made) return stored.has_value() == made.has_value();
  return std::abs(*stored - *made) <= kTolerance * std::max(std::abs(*stored), std::abs(*made));
}

std::string text_of(const Number& number) {
  return number ? fmt::format("{:.6g}", *number) : "none";
}
std::string text_of(const std::string& text) { return text.empty() ? "none" : text; }

/// A cell of a row, by name: what is compared.
struct Cells {
  std::vector<std::pair<const char*, Number>> numbers;
  std::vector<std::pair<const char*, std::string>> texts;
};

Number real(const std::optional<int64_t>& count) {
  return count ? Number(static_cast<double>(*count)) : std::nullopt;
}

Cells cells_of(const results::SummaryRow& row) {
  return {{{"mean", row.mean},
           {"ci_low", row.ci_low},
           {"ci_high", row.ci_high},
           {"sd_over_seeds", row.sd_over_seeds},
           {"requests", real(row.requests)},
           {"excluded_requests", real(row.excluded_requests)}},
          {}};
}

Cells cells_of(const results::ComparisonRow& row) {
  return {{{"difference", row.difference},
           {"relative", row.relative},
           {"ci_low", row.ci_low},
           {"ci_high", row.ci_high},
           {"p", row.p},
           {"p_adjusted", row.p_adjusted},
           {"n", real(row.n)},
           {"minimum_detectable_effect", row.minimum_detectable_effect},
           {"family_size", real(row.family_size)},
           {"needed", real(row.needed)}},
          {{"verdict", row.verdict}, {"family", row.family}, {"reason", row.reason}}};
}

Cells cells_of(const results::PolicyValueRow& row) {
  return {{{"value", row.value},
           {"standard_error", row.standard_error},
           {"ci_low", row.ci_low},
           {"ci_high", row.ci_high},
           {"rows", real(row.rows)},
           {"effective_rows", row.effective_rows},
           {"largest_weight", row.largest_weight},
           {"mean_weight", row.mean_weight},
           {"outside_support", row.outside_support}},
          {{"interval", row.interval}, {"reason", row.reason}}};
}

Cells cells_of(const results::AttackEffectRow& row) {
  return {{{"requests", real(row.requests)},
           {"hit_ratio", row.hit_ratio},
           {"twin_hit_ratio", row.twin_hit_ratio},
           {"hit_shift", row.hit_shift},
           {"ci_low", row.ci_low},
           {"ci_high", row.ci_high},
           {"targets_per_list", row.targets_per_list},
           {"twin_targets_per_list", row.twin_targets_per_list},
           {"rank_shift", row.rank_shift},
           {"prediction_shift", row.prediction_shift},
           {"scored", real(row.scored)}},
          {{"twin", row.twin}, {"reason", row.reason}}};
}

Cells cells_of(const results::LoopDayRow& row) {
  return {{{"requests", real(row.requests)},
           {"value", row.value},
           {"difference", row.difference},
           {"ci_low", row.ci_low},
           {"ci_high", row.ci_high}},
          {{"reason", row.reason}}};
}

std::string metric_of(const std::vector<results::MetricRow>& metrics, const std::string& definition,
                      int cutoff) {
  const results::MetricRow* metric = find_metric(metrics, definition);
  return metric_text(metric == nullptr ? definition : metric->name, cutoff);
}

std::string place_of(const std::string& dataset, const std::string& fold,
                     const std::string& slice) {
  std::string text = ", " + dataset;
  if (fold != "all") text += ", fold " + fold;
  if (slice != "all") text += ", " + slice;
  return text;
}

class Check {
 public:
  Check(const results::Reader& reader, int64_t run_id) : metrics_(reader.metrics()) {
    const std::string judged_by = run_of(reader, run_id).judged_by;
    check_.rules = rules_of(judged_by);
    const auto settings = judged_settings(judged_by);
    if (!settings) return;
    check_.recomputed = true;
    check_.without_times = passes(reader, run_id) > 1;
    const Analysis made = analyse_run(reader, run_id, *settings);
    compare(recorded_summaries(reader, run_id), made.summaries);
    compare(recorded_comparisons(reader, run_id), made.comparisons);
    const std::vector<results::PolicyValueRow> policies = results::policy_values(reader, run_id);
    check_.has_policies = !policies.empty();
    compare(policies, made.policies);
    compare(results::attack_effects(reader, run_id), made.attacks);
    compare(results::loop_days(reader, run_id), made.loop);
  }

  JudgementCheck take() { return std::move(check_); }

 private:
  static results::RunRow run_of(const results::Reader& reader, int64_t run_id) {
    for (const results::RunInfo& run : reader.runs()) {
      if (run.run_id == run_id) return run.row;
    }
    return {};
  }

  static int64_t passes(const results::Reader& reader, int64_t run_id) {
    const std::array<results::Cell, 1> parameters{run_id};
    return std::get<int64_t>(
        reader
            .query(
                "SELECT count(DISTINCT timing_key) FROM latency JOIN run_trial USING (trial_key) "
                "WHERE run_id = ? AND timing_key NOT LIKE 'attribution:%'",
                parameters)
            .rows.at(0)
            .at(0));
  }

  std::string name_of(const results::SummaryRow& row) const {
    return fmt::format("summary of {} on {} of {}{}", row.variant,
                       metric_of(metrics_, row.definition, row.cutoff), row.stage,
                       place_of(row.dataset, row.fold, row.slice));
  }
  std::string name_of(const results::ComparisonRow& row) const {
    std::string text = fmt::format("comparison of {} with {} on {}{}", row.variant, row.baseline,
                                   metric_of(metrics_, row.definition, row.cutoff),
                                   place_of(row.dataset, row.fold, row.slice));
    if (row.scenario) text += fmt::format(", {} of {}", row.quantile.value_or(0.0), *row.scenario);
    return text;
  }

  std::string name_of(const results::PolicyValueRow& row) const {
    return fmt::format("{} of the policy of {}{}", row.estimator, row.variant,
                       place_of(row.dataset, row.fold, "all"));
  }

  std::string name_of(const results::AttackEffectRow& row) const {
    return fmt::format("effect of the attack on {}{}", row.variant,
                       place_of(row.dataset, row.fold, "all"));
  }

  std::string name_of(const results::LoopDayRow& row) const {
    return fmt::format("{} of {} on day {} of the loop, {}", row.measure, row.variant, row.day,
                       row.dataset);
  }

  /// A catalogue metric has its mean from the trials themselves, and no analysis makes it.
  bool is_left_out(const results::SummaryRow& row) const {
    const results::MetricRow* metric = find_metric(metrics_, row.definition);
    return metric != nullptr && metric->scope == results::MetricRow::Scope::catalogue;
  }
  bool is_left_out(const results::ComparisonRow& row) const {
    return check_.without_times && row.definition == kLatency;
  }
  bool is_left_out(const results::PolicyValueRow&) const { return false; }
  bool is_left_out(const results::AttackEffectRow&) const { return false; }
  bool is_left_out(const results::LoopDayRow&) const { return false; }

  template <typename Row>
  void compare(const std::vector<Row>& stored, const std::vector<Row>& made) {
    std::map<std::string, const Row*> by_name;
    for (const Row& row : made) {
      if (!is_left_out(row)) by_name[name_of(row)] = &row;
    }
    for (const Row& row : stored) {
      if (is_left_out(row)) continue;
      ++check_.rows;
      const auto found = by_name.find(name_of(row));
      if (found == by_name.end()) {
        check_.differences.push_back(name_of(row) + ": is stored, and nothing stored gives it");
        continue;
      }
      compare(found->first, cells_of(row), cells_of(*found->second));
      by_name.erase(found);
    }
    for (const auto& [name, row] : by_name) check_.differences.push_back(name + ": is not stored");
  }

  /// The first cell that differs says enough of a row.
  void compare(const std::string& name, const Cells& stored, const Cells& made) {
    const auto say = [&](const char* what, const std::string& is, const std::string& was) {
      check_.differences.push_back(fmt::format("{}: {} is {}, recomputed {}", name, what, is, was));
    };
    for (size_t i = 0; i < stored.numbers.size(); ++i) {
      const auto& [what, number] = stored.numbers[i];
      if (!is_same(number, made.numbers[i].second))
        return say(what, text_of(number), text_of(made.numbers[i].second));
    }
    for (size_t i = 0; i < stored.texts.size(); ++i) {
      const auto& [what, text] = stored.texts[i];
      if (text != made.texts[i].second)
        return say(what, text_of(text), text_of(made.texts[i].second));
    }
  }

  std::vector<results::MetricRow> metrics_;
  JudgementCheck check_;
};

}  // namespace

JudgementCheck check_judgement(const results::Reader& reader, int64_t run_id) {
  return Check(reader, run_id).take();
}

}  // namespace assay::analysis
