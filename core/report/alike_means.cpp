#include "report/alike_means.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/alike.h"
#include "analysis/analysis.h"
#include "analysis/baseline_agreement.h"
#include "analysis/metric_name.h"
#include "report/board.h"
#include "report/comparison.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

using At = std::pair<std::string, int>;  // definition and cutoff

/// The comparison's metric, and those that stand beside it on the board.
std::set<At> shown(const Comparison& comparison) {
  std::set<At> shown = {{comparison.metric.definition, comparison.cutoff}};
  for (const BoardColumn& column : board_columns(comparison)) {
    if (!column.is_time()) shown.insert({column.definition, column.cutoff});
  }
  return shown;
}

/// Those of them whose means on the data set may be over unlike requests.
std::set<At> doubtful(const Comparison& comparison, const std::string& dataset) {
  const std::set<At> wanted = shown(comparison);
  std::map<At, std::set<int64_t>> lacking;
  for (const results::SummaryRow& row : comparison.summaries) {
    const bool counted = row.dataset == dataset && row.excluded_requests && row.mean;
    const At at{row.definition, row.cutoff};
    if (counted && wanted.contains(at) && !analysis::is_of_baseline(row.definition))
      lacking[at].insert(*row.excluded_requests);
  }
  std::set<At> out;
  for (const auto& [at, counts] : lacking) {
    const bool own = at == At{comparison.metric.definition, comparison.cutoff};
    if (counts.size() > 1 || (own && !counts.contains(0))) out.insert(at);
  }
  return out;
}

/// The baseline first, then those with a mean that were given its requests.
std::vector<const analysis::TrialGroup*> groups_of(const Comparison& comparison,
                                                   const analysis::RunSamples& samples,
                                                   const std::string& dataset,
                                                   const results::StageMetric& at) {
  std::vector<std::string> names = comparison.variants;
  std::ranges::stable_partition(
      names, [&](const std::string& name) { return name == comparison.baseline; });
  std::vector<const analysis::TrialGroup*> groups;
  for (const std::string& name : names) {
    const results::SummaryRow* row = comparison.summary(name, dataset, at.definition, at.cutoff);
    const analysis::TrialGroup* group = samples.find(name, dataset, "all");
    if (row == nullptr || !row->mean || group == nullptr || !group->complete) continue;
    if (!groups.empty() && group->request_sets != groups.front()->request_sets) continue;
    if (std::ranges::binary_search(samples.columns(*group), at)) groups.push_back(group);
  }
  return groups;
}

void put_in_place(Comparison& comparison, const results::SummaryRow& mean) {
  for (results::SummaryRow& row : comparison.summaries) {
    if (row.variant == mean.variant && row.dataset == mean.dataset &&
        row.definition == mean.definition && row.cutoff == mean.cutoff) {
      row = mean;
      if (!row.mean) row.reason = "no request for which every variant has a value";
    }
  }
}

}  // namespace

std::string UnlikeRequests::text() const {
  std::vector<std::string> parts;
  for (const auto& [variant, count] : lacking)
    parts.push_back(fmt::format("{} has none for {}", variant, text::thousands(count)));
  return fmt::format(
      "means of {} over the {} of {} requests for which every variant has a value ({})", metric,
      text::thousands(common), text::thousands(requests), text::listed(parts));
}

void average_alike(Comparison& comparison, const analysis::RunSamples& samples) {
  const results::RunRow& run = comparison.run.info.row;
  const task::MetricsSpec metrics = analysis::recorded_settings(run).metrics;
  for (const std::string& dataset : comparison.datasets) {
    for (const auto& [definition, cutoff] : doubtful(comparison, dataset)) {
      const results::StageMetric at{analysis::kServed, definition, cutoff};
      const auto groups = groups_of(comparison, samples, dataset, at);
      const auto alike =
          analysis::average_alike(samples, groups, at, metrics, comparison.slice, run.alpha);
      if (!alike || !alike->unlike()) continue;
      UnlikeRequests told{dataset,
                          definition,
                          cutoff,
                          analysis::metric_text(comparison.metric_name(definition), cutoff),
                          alike->requests,
                          alike->common,
                          {}};
      const bool own = definition == comparison.metric.definition && cutoff == comparison.cutoff;
      for (size_t g = 0; g < groups.size(); ++g) {
        put_in_place(comparison, alike->means[g]);
        const std::string& variant = groups[g]->variant;
        if (alike->own[g] < alike->requests)
          told.lacking.emplace_back(variant, alike->requests - alike->own[g]);
        if (own) comparison.one_sided[{variant, dataset}] = alike->one_sided[g];
      }
      comparison.unlike.push_back(std::move(told));
    }
  }
}

}  // namespace assay::report
