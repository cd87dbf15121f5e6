#include "task/stage_metrics.h"

#include <algorithm>

#include "error/error.h"

namespace assay::task {
namespace {

bool is_recall(const MeasuredStage& stage) { return stage.name.starts_with("recall"); }

using Where = bool (*)(const MeasuredStage& stage, bool several_sources);

struct Entry {
  std::string_view metric;
  Where where;
};

constexpr Entry kEntries[] = {
    {"recall_ceiling", [](const MeasuredStage& stage, bool) { return !stage.served; }},
    {"kept", [](const MeasuredStage& stage, bool) { return !is_recall(stage); }},
    {"lost", [](const MeasuredStage& stage, bool) { return !is_source(stage); }},
    {"source_only", [](const MeasuredStage& stage, bool) { return is_source(stage); }},
    {"source_share", [](const MeasuredStage& stage, bool) { return is_source(stage); }},
    {"source_overlap",
     [](const MeasuredStage& stage, bool several) { return several && stage.name == "recall"; }},
};

}  // namespace

bool is_source(const MeasuredStage& stage) { return stage.name.starts_with("recall["); }

std::vector<const MeasuredStage*> stages_measured(const MetricAt& at,
                                                  std::span<const MeasuredStage> stages) {
  // Metrics at a cutoff stand in the same places as the ceiling.
  const std::string metric =
      at.cutoff > 0 ? "recall_ceiling" : at.definition.substr(0, at.definition.find('{'));
  const auto entry = std::ranges::find(kEntries, metric, &Entry::metric);
  error::require(entry != std::end(kEntries),
                 "every metric of whole lists says where it is measured");
  const bool several = std::ranges::any_of(stages, is_source);
  std::vector<const MeasuredStage*> out;
  for (const MeasuredStage& stage : stages) {
    if (entry->where(stage, several)) out.push_back(&stage);
  }
  return out;
}

const MeasuredStage* stage_before(const MeasuredStage& stage,
                                  std::span<const MeasuredStage> stages) {
  if (is_recall(stage)) return nullptr;
  const MeasuredStage* before = nullptr;
  for (const MeasuredStage& other : stages) {
    const bool upstream =
        other.node < stage.node || (stage.served && !other.served && other.node == stage.node);
    if (upstream) before = &other;
  }
  return before;
}

}  // namespace assay::task
