#include "metrics/list_metric.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "metrics/host_batch.h"

namespace assay::metrics {
HostBatch::HostBatch(const MetricBatch& batch)
    : items_(batch.items.cpu().contiguous()),
      truth_(batch.truth),
      history_(batch.context.history),
      judged_(batch.context.judged) {
  if (batch.score.defined()) score_ = batch.score.cpu().to(at::kFloat).contiguous();
  if (batch.context.value.defined())
    value_ = batch.context.value.cpu().to(at::kDouble).contiguous();
}

ListView HostBatch::view(int64_t r) const {
  const int64_t width = items_.size(1);
  const int64_t* item = items_.const_data_ptr<int64_t>() + r * width;
  const auto count = static_cast<size_t>(std::find(item, item + width, -1) - item);
  ListView view{.items = {item, count},
                .relevant = truth_.row(r),
                .history = history_.row(r),
                .judged = judged_.row(r)};
  if (score_.defined()) view.scores = {score_.const_data_ptr<float>() + r * width, count};
  if (value_.defined())
    view.value = {value_.const_data_ptr<double>() + judged_.begin(r), view.judged.size()};
  return view;
}

ListView cut(ListView view, int64_t cutoff) {
  const size_t count = std::min(view.items.size(), static_cast<size_t>(cutoff));
  view.cutoff = cutoff;
  view.items = view.items.first(count);
  if (!view.scores.empty()) view.scores = view.scores.first(count);
  return view;
}

bool ListView::is_relevant(int64_t item) const {
  return std::ranges::binary_search(relevant, item);
}

int64_t ListView::hits(int64_t n) const {
  const auto first = items.first(std::min(items.size(), static_cast<size_t>(n)));
  return std::ranges::count_if(first, [&](int64_t item) { return is_relevant(item); });
}

double ListView::value_of(int64_t item, double otherwise) const {
  const auto place = std::ranges::lower_bound(judged, item);
  if (place == judged.end() || *place != item) return otherwise;
  const double known = value[static_cast<size_t>(place - judged.begin())];
  return std::isnan(known) ? otherwise : known;
}

const ListMetric* find_list_metric(std::string_view definition) {
  const std::string_view name = definition.substr(0, definition.find('{'));
  for (const auto rows : {judgement_metrics, score_list_metrics, category_metrics,
                          popularity_list_metrics, list_quality_rows}) {
    for (const ListMetric& row : rows()) {
      if (row.name == name) return &row;
    }
  }
  return nullptr;
}

void ListFamily::compute(const MetricBatch& batch, const at::Tensor& out) const {
  const HostBatch host(batch);
  const int64_t rows = host.rows();
  at::Tensor result = at::empty({static_cast<int64_t>(columns_.size()), rows},
                                at::TensorOptions().dtype(at::kDouble));
  double* value = result.mutable_data_ptr<double>();
  at::parallel_for(0, rows, 64, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      const ListView whole = host.view(r);
      for (size_t c = 0; c < columns_.size(); ++c) {
        value[static_cast<int64_t>(c) * rows + r] =
            columns_[c].value(cut(whole, columns_[c].cutoff));
      }
    }
  });
  for (size_t c = 0; c < columns_.size(); ++c)
    out[columns_[c].row].copy_(result[static_cast<int64_t>(c)]);
}

}  // namespace assay::metrics
