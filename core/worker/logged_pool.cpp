#include "worker/logged_pool.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <limits>

#include "pipeline/unknown_rows.h"
#include "worker/item_means.h"

namespace assay::worker {
namespace {

constexpr int64_t kBatch = 1024;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

/// 1, 0 or NaN of an item among the rows of a request.
float label_of(const dataset::Impressions& table, const dataset::LabelView& label, int64_t place,
               int64_t item) {
  float value = kNaN;
  for (int64_t row = table.offsets()[place]; row < table.offsets()[place + 1]; ++row) {
    if (table.item()[row] != item || label.missing(row)) continue;
    if (label.positive(row)) return 1;
    value = 0;
  }
  return value;
}

/// int64 [N], on the CPU.
at::Tensor tensor_of(std::span<const int64_t> values) {
  at::Tensor out = at::empty({std::ssize(values)}, at::kLong);
  std::ranges::copy(values, out.mutable_data_ptr<int64_t>());
  return out;
}

}  // namespace

RequestBatch lone_requests(RequestBatch batch, std::span<const int64_t> rows) {
  const auto options = batch.request.options();
  batch.allowed.reset();
  batch.excluded = Ragged{at::zeros({0}, options), at::zeros({batch.size() + 1}, options)};
  return pipeline::chosen_requests(batch, tensor_of(rows));
}

CandidateBatch lone_candidates(std::span<const int64_t> items, const at::Device& device) {
  const at::Tensor item = tensor_of(items).unsqueeze(1).to(device);
  return {item, at::zeros(item.sizes(), item.options().dtype(at::kFloat))};
}

LoggedPool::LoggedPool(const pipeline::DataView& data, const dataset::Impressions& table,
                       task::Window window, const task::DataScope& sees, int held_out, int folds)
    : data_(data),
      table_(table),
      window_(window),
      sees_(sees),
      held_out_(held_out),
      folds_(folds),
      places_(data.prepared().requests(window).logged),
      targets_(data.prepared().labels()) {
  for (const int64_t place : places_) requests_ += is_held_out(place) ? 0 : 1;
}

bool LoggedPool::is_held_out(int64_t place) const {
  return fold_of(table_.user()[static_cast<size_t>(place)], place, folds_) == held_out_;
}

Pairs LoggedPool::pairs(int64_t first, int64_t count) const {
  Pairs out;
  for (int64_t r = 0; r < count; ++r) {
    const int64_t place = places_[first + r];
    if (is_held_out(place)) continue;
    std::vector<int64_t> items;
    for (int64_t at = table_.offsets()[place]; at < table_.offsets()[place + 1]; ++at)
      if (table_.item()[at] >= 0 && !table_.labels().front().missing(at))
        items.push_back(table_.item()[at]);
    std::ranges::sort(items);
    const auto rest = std::ranges::unique(items);
    items.erase(rest.begin(), rest.end());
    for (const int64_t item : items) out.add(r, item);
  }
  return out;
}

at::Tensor LoggedPool::labels(const Pairs& pairs, int64_t first) const {
  const auto targets = std::ssize(table_.labels());
  at::Tensor out = at::empty({pairs.size(), 1, targets}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  for (size_t i = 0; i < pairs.row.size(); ++i) {
    const int64_t place = places_[first + pairs.row[i]];
    for (const dataset::LabelView& label : table_.labels())
      *to++ = label_of(table_, label, place, pairs.item[i]);
  }
  return out;
}

std::optional<LabelledBatch> LoggedPool::next() {
  const auto all = std::ssize(places_);
  Pairs found;
  int64_t first = next_;
  for (; next_ < all && found.size() == 0; next_ += std::min(kBatch, all - next_)) {
    first = next_;
    found = pairs(first, std::min(kBatch, all - first));
  }
  if (found.size() == 0) return std::nullopt;
  const at::Device& device = data_.device();
  LabelledBatch batch;
  batch.requests = data_.seen_by(
      sees_, window_,
      lone_requests(data_.requests(window_, first, std::min(kBatch, all - first)), found.row));
  batch.candidates = lone_candidates(found.item, device);
  batch.label = labels(found, first).to(device);
  batch.weight = at::ones({found.size(), 1}, at::kFloat).to(device);
  return batch;
}

}  // namespace assay::worker
