#include "worker/measure.h"

#include <ATen/ops/sum.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "metric_catalog/metric_definition.h"
#include "metrics/hits.h"

namespace assay::worker {
namespace {

std::vector<metrics::MetricAtCutoff> columns_of(const std::vector<task::MetricAt>& metrics) {
  std::vector<metrics::MetricAtCutoff> out;
  for (const task::MetricAt& metric : metrics) out.push_back({metric.definition, metric.cutoff});
  return out;
}

// The first `size` values of each row, then `fill`.
template <typename To, typename From>
void append_rows(const at::Tensor& values, int size, To fill, std::vector<To>& out) {
  const at::Tensor host = values.cpu().contiguous();
  const From* from = host.const_data_ptr<From>();
  const int64_t width = host.size(1);
  for (int64_t row = 0; row < host.size(0); ++row) {
    for (int64_t j = 0; j < size; ++j) {
      out.push_back(j < width ? static_cast<To>(from[row * width + j]) : fill);
    }
  }
}

// int64 [B] behind what is there, and into the sum.
void append_counts(const at::Tensor& counts, std::vector<int32_t>& each, int64_t& sum) {
  const at::Tensor host = counts.cpu().contiguous();
  const int64_t* count = host.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < host.size(0); ++r) {
    each.push_back(static_cast<int32_t>(count[r]));
    sum += count[r];
  }
}

std::string too_large(const task::MetricAt& metric) {
  return fmt::format(
      "{}@{} of a request is beyond 3.4e38, the largest number that is kept: the scores, or the "
      "grades of items, are too large for this metric",
      metric.definition, metric.cutoff);
}

}  // namespace

MetricSplit split_metrics(const std::vector<task::MetricAt>& metrics) {
  MetricSplit out;
  for (const task::MetricAt& metric : metrics) {
    const metric_catalog::MetricDefinition definition =
        metric_catalog::parse_metric(metric.definition);
    out.needs_history |= definition.needs_any(metric_catalog::MetricNeed::history);
    out.needs_judged |= definition.needs_any(metric_catalog::MetricNeed::judged);
    if (definition.needs_any(metric_catalog::MetricNeed::baseline)) continue;
    if (definition.needs_any(metric_catalog::MetricNeed::plugin)) {
      out.of_plugins.push_back(metric);
      out.needs_requests = true;
      continue;
    }
    if (definition.needs_any(metric_catalog::MetricNeed::stages))
      out.of_stages.push_back(metric);
    else if (definition.per_request())
      out.per_request.push_back(metric);
    else if (definition.needs_any(metric_catalog::MetricNeed::exposure) &&
             !std::ranges::count(out.exposure_cutoffs, metric.cutoff))
      out.exposure_cutoffs.push_back(metric.cutoff);
  }
  return out;
}

MetricKit::MetricKit(const pipeline::DataView& data, const std::vector<task::Window>& train_windows)
    : training_(data.training(train_windows)),
      data_(std::make_shared<metrics::MetricData>(metrics::MetricData::of(training_))) {}

std::unique_ptr<metrics::MetricPass> MetricKit::pass(
    const std::vector<task::MetricAt>& per_request) const {
  return std::make_unique<metrics::MetricPass>(columns_of(per_request), data_);
}

Measure::Measure(const MetricSplit& metrics, const metrics::MetricPass& pass,
                 const PluginMetrics& own, int64_t items)
    : metrics_(metrics),
      pass_(pass),
      own_(own),
      values_(metrics.per_request.size()),
      own_values_(metrics.of_plugins.size()),
      exposure_(items, metrics.exposure_cutoffs) {}

void Measure::add(const CandidateBatch& lists, const Ragged& truth,
                  const metrics::RequestContext& context) {
  const at::Tensor values = pass_.values(lists, truth, context).cpu().contiguous();
  const float* value = values.const_data_ptr<float>();
  const int64_t rows = lists.size();
  for (size_t m = 0; m < values_.size(); ++m) {
    const std::span own(value + static_cast<int64_t>(m) * rows, static_cast<size_t>(rows));
    values_[m].insert(values_[m].end(), own.begin(), own.end());
    const bool fits = std::ranges::none_of(own, [](float one) { return std::isinf(one); });
    if (!fits && problem_.empty()) problem_ = too_large(metrics_.per_request[m]);
  }
  for (size_t m = 0; m < own_values_.size(); ++m) {
    const std::vector<float> own =
        own_.values(metrics_.of_plugins[m], *context.requests, lists, truth);
    own_values_[m].insert(own_values_[m].end(), own.begin(), own.end());
  }
  if (!metrics_.exposure_cutoffs.empty()) exposure_.add(lists.item);
  append_counts(truth.lengths(), relevant_each_, relevant_);
  append_counts(metrics::find_hits(lists.item, truth).sum(1), kept_each_, kept_);
}

void Measure::write(results::PartWriter& part, results::PartWriter::Shard shard,
                    const std::string& stage) const {
  const auto columns = [&](const std::vector<task::MetricAt>& metrics,
                           const std::vector<std::vector<float>>& values) {
    for (size_t m = 0; m < values.size(); ++m) {
      const task::MetricAt& metric = metrics[m];
      part.values(shard, {stage, metric.definition, static_cast<int>(metric.cutoff)}, values[m]);
    }
  };
  columns(metrics_.per_request, values_);
  columns(metrics_.of_plugins, own_values_);
  for (const int64_t cutoff : metrics_.exposure_cutoffs) {
    const at::Tensor counts = exposure_.counts(cutoff);
    part.exposure(shard, stage, static_cast<int>(cutoff),
                  {counts.const_data_ptr<int32_t>(), static_cast<size_t>(counts.size(0))});
  }
}

void SlateColumns::add(const CandidateBatch& lists) {
  append_rows<int32_t, int64_t>(lists.item, size, -1, items);
  append_rows<float, float>(lists.score, size, -std::numeric_limits<float>::infinity(), scores);
  if (lists.propensity) append_rows<float, float>(*lists.propensity, size, 1.f, propensity);
}

}  // namespace assay::worker
