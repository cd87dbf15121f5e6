#include <fmt/format.h>

#include <algorithm>

#include "config/variant_reader.h"
#include "metric_catalog/metric_definition.h"

namespace assay::config {
namespace {

constexpr char kRanking[] = "ranking";

std::string meaning_of(const ReadStage& stage) {
  return stage.plugin ? stage.plugin->traits.scores : kRanking;
}

// What the scores of the served list mean: what the last rank stage says, else the one recall
// source. Merged scores rank, and so do those of imported lists, or of a source whose unknown requests
// get scores of another meaning; a rerank stage hands scores on.
std::string meaning_of(const ReadVariant& variant) {
  if (!variant.rank.empty()) return meaning_of(variant.rank.back());
  if (variant.recall.size() != 1) return kRanking;
  const ReadStage& source = variant.recall.front();
  const bool mixed = source.unknown && meaning_of(*source.unknown) != meaning_of(source);
  return mixed ? kRanking : meaning_of(source);
}

// Nothing where the metric takes any scores.
std::string wanted_by(const metric_catalog::MetricDefinition& metric) {
  if (metric.needs_any(metric_catalog::MetricNeed::plugin)) return "";
  if (metric.needs_any(metric_catalog::MetricNeed::probability)) return "probability";
  if (metric.needs_any(metric_catalog::MetricNeed::rating)) return "rating";
  return metric.option("link") == "logit" ? kRanking : "";
}

std::string shown(const std::string& meaning) {
  if (meaning == kRanking) return "scores that only rank";
  return meaning == "rating" ? "scores that are ratings" : "scores that are probabilities";
}

}  // namespace

void check_scores(const std::vector<ReadVariant>& variants, const task::Experiment& experiment,
                  const Place& metrics, Problems& problems) {
  for (const task::MetricAt& at : experiment.metrics.served) {
    const metric_catalog::MetricDefinition metric = metric_catalog::parse_metric(at.definition);
    const std::string wanted = wanted_by(metric);
    if (wanted.empty()) continue;
    for (const ReadVariant& variant : variants) {
      const std::string found = meaning_of(variant);
      if (found == wanted) continue;
      problems.add(metrics, "",
                   fmt::format("metrics: {} needs {}; {} has {} (the trait scores of a strategy)",
                               display_name(metric), shown(wanted), variant.name, shown(found)));
    }
  }
}

}  // namespace assay::config
