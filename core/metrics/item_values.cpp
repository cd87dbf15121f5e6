#include "metrics/item_values.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/where.h>

#include <limits>

#include "error/error.h"
#include "metrics/popularity_order.h"

namespace assay::metrics {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// -log2(count / total); items with no user are left out.
at::Tensor surprise(const at::Tensor& count, int64_t total) {
  const at::Tensor share = count / static_cast<double>(total);
  return at::where(share > 0, -share.log2(), kNone);
}

at::Tensor count_of(const MetricData& data) { return data.item_count.to(at::kDouble); }

// 1 for an item that is not among the most popular `percent` per cent of the catalogue.
at::Tensor tail(const MetricData& data, int64_t percent) {
  at::Tensor out = at::ones({data.items}, at::TensorOptions().dtype(at::kDouble));
  double* value = out.mutable_data_ptr<double>();
  const std::vector<int64_t> order = popularity_order(data);
  const int64_t head = (data.items * percent + 99) / 100;
  for (int64_t place = 0; place < head; ++place) value[order[place]] = 0;
  return out;
}

struct Entry {
  std::string_view definition;
  at::Tensor (*values)(const MetricData& data);
};

constexpr Entry kEntries[] = {
    {"novelty{share=pairs,unseen=skip}",
     [](const MetricData& d) { return surprise(count_of(d), d.pairs); }},
    {"novelty{share=pairs,unseen=add_one}",
     [](const MetricData& d) { return surprise(count_of(d) + 1, d.pairs + d.items); }},
    {"novelty{share=users,unseen=skip}",
     [](const MetricData& d) { return surprise(count_of(d), d.users); }},
    {"novelty{share=users,unseen=add_one}",
     [](const MetricData& d) { return surprise(count_of(d) + 1, d.users + 1); }},
    {"average_popularity", [](const MetricData& d) { return count_of(d); }},
    {"long_tail_share{head=1%}", [](const MetricData& d) { return tail(d, 1); }},
    {"long_tail_share{head=5%}", [](const MetricData& d) { return tail(d, 5); }},
    {"long_tail_share{head=10%}", [](const MetricData& d) { return tail(d, 10); }},
    {"long_tail_share{head=20%}", [](const MetricData& d) { return tail(d, 20); }},
};

}  // namespace

bool is_item_mean(std::string_view definition) {
  for (const Entry& entry : kEntries) {
    if (entry.definition == definition) return true;
  }
  return false;
}

std::vector<std::string_view> item_mean_definitions() {
  std::vector<std::string_view> definitions;
  for (const Entry& entry : kEntries) definitions.push_back(entry.definition);
  return definitions;
}

at::Tensor item_values(std::string_view definition, const MetricData& data) {
  for (const Entry& entry : kEntries) {
    if (entry.definition == definition) return entry.values(data);
  }
  throw error::InternalError("no mean over items is called " + std::string(definition));
}

at::Tensor item_means(const at::Tensor& items, const at::Tensor& values, int64_t cutoff) {
  const at::Tensor list = items.slice(1, 0, cutoff);
  const at::Tensor found =
      values.index_select(0, list.clamp_min(0).reshape({-1})).view(list.sizes());
  const at::Tensor counts = (list >= 0) & at::isnan(found).logical_not();
  return at::where(counts, found, 0).sum(1) / counts.sum(1);  // 0 / 0 is NaN: no value
}

ItemMeanFamily::ItemMeanFamily(at::Tensor values, std::vector<Column> columns)
    : values_(std::move(values)), columns_(std::move(columns)) {}

void ItemMeanFamily::compute(const MetricBatch& batch, const at::Tensor& out) const {
  const at::Tensor& items = batch.items;
  const at::Tensor values = values_.to(items.device());
  for (const Column& column : columns_)
    out[column.row].copy_(item_means(items, values, column.cutoff));
}

}  // namespace assay::metrics
