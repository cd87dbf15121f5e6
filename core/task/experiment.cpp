#include "task/experiment.h"

#include <fmt/core.h>

#include "task/feature_spec.h"
#include "task/json_members.h"

namespace assay::task {

std::vector<DatasetSpec> by_fold(const std::vector<DatasetSpec>& datasets) {
  std::vector<DatasetSpec> out;
  for (const DatasetSpec& dataset : datasets) {
    if (dataset.split.method != SplitMethod::walk_forward) {
      out.push_back(dataset);
      continue;
    }
    for (int64_t fold = 1; fold <= dataset.split.folds; ++fold) {
      out.push_back(dataset);
      out.back().split.fold = fold;
    }
  }
  return out;
}

std::string fold_name(const SplitSpec& split) {
  return split.fold == 0 ? "all" : std::to_string(split.fold);
}

bool counts_events(const SplitSpec& split) {
  return split.method == SplitMethod::leave_last_out || split.method == SplitMethod::leave_k_out;
}

std::string StageSpec::place() const { return fmt::format("{}[{}]", name_of(kind), index); }

ASSAY_JSON(StagePart, name, params)
ASSAY_JSON(MergeSpec, method, params, k)
ASSAY_JSON(Chain, recall, merge, rank, rerank)
ASSAY_JSON(DeadlineSpec, stage, ms, fallback)
ASSAY_JSON(ServingSpec, instances, queue, cache_capacity, cache_ttl_s, batch_size, batch_wait_ms,
           deadlines, breaker_after, breaker_open_s)
ASSAY_JSON(TargetSpec, name, column, at_least, at_most, equals, equals_text)
ASSAY_JSON(FilterSpec, min_user_events, min_item_events, k_core, scope)
ASSAY_JSON(CleanSpec, duplicates, missing_values, missing_times, value_at_least, value_at_most,
           max_user_events, max_events_per_hour, min_gap_entropy)
ASSAY_JSON(SplitSpec, method, rank, validation, test, boundary, over, train_path, test_path,
           multiplier, modulus, test_residue, folds, fold)
ASSAY_JSON(EvaluateOn, users, items)
ASSAY_JSON(FitOn, recall, rank, final)
ASSAY_JSON(TrafficSpec, requests, candidates, session_gap_s, history_length, exclude_seen)
ASSAY_JSON(MetricAt, definition, cutoff)
ASSAY_JSON(PluginMetric, definition, plugin, version, library, library_sha256, params, unit, doc,
           higher_is_better)
ASSAY_JSON(MetricsSpec, served, pool, primary, slices, own)
ASSAY_JSON(ScenarioSpec, kind, requests, batch_size, rate_qps, duration_s)
ASSAY_JSON(LatencySpec, rounds, warmup_requests, scenarios, repeat_s)
ASSAY_JSON(GuardrailSpec, metric, quantile, scenario, max_increase, max_increase_relative,
           max_decrease, max_decrease_relative)
ASSAY_JSON(CompareSpec, baseline, unit, alpha, margin, power, resamples, guardrails,
           smallest_differences)
ASSAY_JSON(NumericSpec, device, threads, tf32, dtype, batch_size)
ASSAY_JSON(LimitsSpec, fit_s, batch_s, memory_gib, cache_gib)

#define ASSAY_STAGE_MEMBERS                                                                     \
  kind, index, plugin, library, library_sha256, version, params, file_sha256, inputs, lists, k, \
      traits, functions, parts, refit, sees, where

void to_json(nlohmann::json& out, const StageSpec& value) {
  out = nlohmann::json::object();
  NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(ASSAY_JSON_PUT, ASSAY_STAGE_MEMBERS))
  if (value.unknown) out["unknown"] = *value.unknown;
  if (value.features) out["features"] = *value.features;
}

void from_json(const nlohmann::json& in, StageSpec& value) {
  NLOHMANN_JSON_EXPAND(NLOHMANN_JSON_PASTE(ASSAY_JSON_GET, ASSAY_STAGE_MEMBERS))
  if (in.contains("unknown"))
    value.unknown = std::make_shared<const StageSpec>(in.at("unknown").get<StageSpec>());
  if (in.contains("features"))
    value.features =
        std::make_shared<const FeatureSetSpec>(in.at("features").get<FeatureSetSpec>());
}

#undef ASSAY_STAGE_MEMBERS

void to_json(nlohmann::json& out, const InputSpec& value) {
  out = {{"name", value.name}, {"stage", value.stage}, {"upstream", nullptr}};
  if (value.upstream) out["upstream"] = *value.upstream;
}

void from_json(const nlohmann::json& in, InputSpec& value) {
  in.at("name").get_to(value.name);
  in.at("stage").get_to(value.stage);
  if (!in.at("upstream").is_null()) {
    value.upstream = std::make_shared<const Chain>(in.at("upstream").get<Chain>());
  }
}

}  // namespace assay::task
