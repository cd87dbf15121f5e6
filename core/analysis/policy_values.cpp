#include "analysis/policy_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "analysis/policy_rounds.h"
#include "error/error.h"
#include "ope/estimators.h"
#include "results/policy_table.h"
#include "text/thousands.h"

namespace assay::analysis {
namespace {

ope::Options options_of(const PolicyRounds& rounds, const TrialGroup& group,
                        const AnalysisSettings& settings) {
  ope::Options options;
  options.alpha = settings.compare.alpha;
  options.bootstrap.seed = settings.seed;
  options.source = fmt::format("the logged rows of {}", group.dataset);
  // A label that is a value may be larger than all that were seen.
  if (!rounds.rewards_are_flags()) options.reward_range.reset();
  return options;
}

void set_interval(const stats::Interval& interval, const std::string& method,
                  results::PolicyValueRow& row) {
  row.ci_low = interval.low;
  row.ci_high = interval.high;
  row.interval = method;
}

nlohmann::json intervals_of(const ope::PolicyEstimate& estimate) {
  nlohmann::json all = nlohmann::json::object();
  const auto put = [&](const char* name, const std::optional<stats::Interval>& interval) {
    if (interval) all[name] = {interval->low, interval->high};
  };
  put("normal", estimate.normal);
  put("bootstrap", estimate.bootstrap);
  put("bernstein", estimate.bernstein);
  put("sequence", estimate.sequence);
  return all;
}

void set_value(const ope::PolicyEstimate& estimate, const ope::Options& options,
               results::PolicyValueRow& row) {
  row.value = estimate.value;
  row.standard_error = estimate.standard_error;
  // Of one user there is no spread, whatever is resampled.
  if (estimate.bootstrap && estimate.standard_error)
    set_interval(*estimate.bootstrap,
                 fmt::format("bootstrap ({})", text::thousands(options.bootstrap.resamples)), row);
  else if (estimate.normal)
    set_interval(*estimate.normal, "normal", row);
  if (const nlohmann::json all = intervals_of(estimate); !all.empty()) row.intervals = all.dump();
}

/// Those that the experiment names; else all for which a worker makes the columns unasked: no weights
/// of a classifier, and no reward model made for one estimator. Replay is for policies that never
/// draw.
std::vector<ope::Choice> choices(const PolicyRounds& rounds, const AnalysisSettings& settings) {
  using enum ope::Estimator;
  std::vector<ope::Choice> all = ope::all_choices();
  const std::vector<std::string>& named = settings.estimators;
  std::erase_if(all, [&](const ope::Choice& choice) {
    if (!named.empty())
      return std::ranges::count(named, ope::estimator_name(choice.estimator)) == 0;
    return (choice.estimator == replay && rounds.draws()) || choice.estimator == balanced_ips ||
           (choice.estimator == mips && !rounds.has_embeddings()) || choice.estimator == mrdr;
  });
  for (ope::Choice& choice : all) {
    const auto given =
        settings.estimator_parameters.find(std::string(ope::estimator_name(choice.estimator)));
    if (given != settings.estimator_parameters.end()) choice.parameter = given->second;
  }
  return all;
}

/// As PolicyValueRow::overlap.
std::string overlap_text(const ope::Overlap& overlap) {
  const auto& counts = overlap.histogram;
  const auto is_filled = [](int64_t count) { return count > 0; };
  const auto first = std::ranges::find_if(counts, is_filled);
  const auto last = std::find_if(counts.rbegin(), counts.rend(), is_filled).base();
  nlohmann::json json = {{"none", static_cast<int64_t>(std::llround(
                                      overlap.unused_share * static_cast<double>(overlap.rounds)))},
                         {"log2", 0},
                         {"counts", nlohmann::json::array()}};
  if (first == counts.end()) return json.dump();
  // Bin 1 begins at 2^-15; what is below stands in the bin below.
  json["log2"] = (first - counts.begin()) - 16;
  json["counts"] = std::vector<int64_t>(first, last);
  return json.dump();
}

std::string parameters_of(const ope::PolicyEstimate& estimate) {
  if (!estimate.parameter && !estimate.unlimited) return "";
  nlohmann::json parameter = "infinity";
  if (estimate.parameter) parameter = *estimate.parameter;
  nlohmann::json all = {{"parameter", parameter}};
  if (estimate.tuned) all["by"] = "slope";
  return all.dump();
}

// Of estimators that use no weights (dm) there is nothing to say of them.
void set_diagnostics(const ope::PolicyEstimate& estimate, const ope::Overlap& overlap,
                     results::PolicyValueRow& row) {
  row.outside_support = overlap.outside_share;
  if (estimate.weights.mean <= 0 && estimate.weights.largest <= 0) return;
  row.effective_rows = estimate.weights.effective_size;
  row.largest_weight = estimate.weights.largest;
  row.mean_weight = estimate.weights.mean;
}

/// Over all folds of a group, the mean of its seeds; none unless every trial knows it.
std::optional<double> true_value(const RunSamples& samples, const TrialGroup& group,
                                 const std::string& policy) {
  double all_seeds = 0;
  for (const SeedTrials& seed : group.seeds) {
    results::PolicyTruth folds;
    for (const std::string& trial : seed.trial_keys) {
      const auto one = results::policy_truth(samples.reader(), trial, policy);
      if (!one) return std::nullopt;
      folds.rows += one->rows;
      folds.sum += one->sum;
    }
    if (folds.rows == 0) return std::nullopt;
    all_seeds += folds.sum / static_cast<double>(folds.rows);
  }
  if (group.seeds.empty()) return std::nullopt;
  return all_seeds / static_cast<double>(group.seeds.size());
}

/// Rows of one variant on one data set and fold.
class Values {
 public:
  Values(const TrialGroup& group, const PolicyRounds& rounds, const AnalysisSettings& settings)
      : group_(group),
        rounds_(rounds),
        choices_(choices(rounds, settings)),
        options_(options_of(rounds, group, settings)) {}

  std::vector<results::PolicyValueRow> rows(const std::optional<double>& truth) {
    const std::string problem = rounds_.problem().empty() ? estimate() : rounds_.problem();
    if (!problem.empty()) {
      row(kOnPolicy).reason = problem;
      for (const ope::Choice& choice : choices_)
        row(std::string(ope::estimator_name(choice.estimator))).reason = problem;
    }
    if (truth) row(kTruth).value = truth;
    return std::move(rows_);
  }

 private:
  /// Why nothing can be estimated: a column holds what it cannot. Else empty.
  std::string estimate() {
    try {
      const ope::RoundSource<float> source = [&](const auto& take) { rounds_.each(take); };
      add(ope::evaluate(source, choices_, options_));
      return "";
    } catch (const error::UserError& error) {
      return error.what();
    }
  }

  results::PolicyValueRow& row(const std::string& estimator) {
    results::PolicyValueRow& row = rows_.emplace_back();
    row.variant = group_.variant;
    row.dataset = group_.dataset;
    row.fold = group_.fold;
    row.estimator = estimator;
    row.position = static_cast<int>(rows_.size()) - 1;
    row.rows = rounds_.rows();
    return row;
  }

  void add(const ope::Evaluation& evaluation) {
    add_logged(evaluation);
    for (const ope::PolicyEstimate& estimate : evaluation.estimates) {
      results::PolicyValueRow& out = row(estimate.name);
      set_diagnostics(estimate, evaluation.overlap, out);
      out.parameters = parameters_of(estimate);
      out.note = estimate.note;
      if (estimate.value && estimate.valid)
        set_value(estimate, options_, out);
      else
        out.reason = estimate.reason;
    }
  }

  void add_logged(const ope::Evaluation& evaluation) {
    const stats::Estimate& logged = evaluation.logged;
    results::PolicyValueRow& out = row(kOnPolicy);
    out.overlap = overlap_text(evaluation.overlap);
    out.value = logged.value;
    if (!logged.value) out.reason = logged.reason;
    if (logged.interval) set_interval(*logged.interval, "normal", out);
  }

  const TrialGroup& group_;
  const PolicyRounds& rounds_;
  std::vector<ope::Choice> choices_;
  ope::Options options_;
  std::vector<results::PolicyValueRow> rows_;
};

}  // namespace

std::vector<results::PolicyValueRow> policy_values(const RunSamples& samples, int64_t run_id,
                                                   const AnalysisSettings& settings) {
  std::map<std::string, std::string> policies;
  for (const results::VariantPolicyRow& row : results::variant_policies(samples.reader(), run_id))
    policies[row.variant] = row.policy;
  std::vector<results::PolicyValueRow> all;
  if (policies.empty()) return all;
  for (const TrialGroup& group : samples.groups()) {
    const auto policy = policies.find(group.variant);
    if (policy == policies.end()) continue;
    const PolicyRounds rounds(samples, group, policy->second);
    const std::optional<double> truth = true_value(samples, group, policy->second);
    for (results::PolicyValueRow& row : Values(group, rounds, settings).rows(truth)) {
      row.run_id = run_id;
      all.push_back(std::move(row));
    }
  }
  return all;
}

}  // namespace assay::analysis
