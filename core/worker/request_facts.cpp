#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "worker/measure.h"

namespace assay::worker {
namespace {

template <typename T>
at::Tensor tensor_of(const std::vector<T>& values, at::ScalarType type) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, type);
  std::ranges::copy(values, out.mutable_data_ptr<T>());
  return out;
}

}  // namespace

RequestFacts::RequestFacts(const pipeline::DataView& data, task::Window window,
                           const MetricSplit& metrics)
    : data_(data),
      window_(window),
      needs_history_(metrics.needs_history),
      needs_judged_(metrics.needs_judged),
      needs_requests_(metrics.needs_requests) {
  if (needs_judged_) read_judgements();
}

// The window's events of every user; of a pair that is there twice, the higher value.
void RequestFacts::read_judgements() {
  const dataset::PreparedData& prepared = data_.prepared();
  const auto window = prepared.array<uint8_t>("event.window");
  const auto user = prepared.array<int32_t>("event.user"),
             item = prepared.array<int32_t>("event.item");
  const auto value = prepared.array<float>("event.value");
  for (size_t i = 0; i < window.size(); ++i) {
    if (window[i] == static_cast<uint8_t>(window_))
      judgements_.push_back({user[i], item[i], value[i]});
  }
  const auto known = [](const Judgement& one) {  // a missing value is below every other
    return std::isnan(one.value) ? -std::numeric_limits<double>::infinity() : one.value;
  };
  std::ranges::sort(judgements_, [&](const Judgement& a, const Judgement& b) {
    return std::tuple(a.user, a.item, known(b)) < std::tuple(b.user, b.item, known(a));
  });
  const auto same = [](const Judgement& a, const Judgement& b) {
    return a.user == b.user && a.item == b.item;
  };
  judgements_.erase(std::unique(judgements_.begin(), judgements_.end(), same), judgements_.end());
}

metrics::RequestContext RequestFacts::of(int64_t first, int64_t count) const {
  metrics::RequestContext context;
  if (needs_requests_ || needs_history_) {
    RequestBatch requests = data_.requests(window_, first, count, 1);
    if (needs_history_) context.history = requests.history;
    if (needs_requests_) context.requests = std::move(requests);
  }
  if (!needs_judged_) return context;
  std::vector<int64_t> items, offsets = {0};
  std::vector<double> values;
  const auto users = data_.prepared().requests(window_).user.subspan(first, count);
  for (const int64_t user : users) {
    for (const Judgement& one : std::ranges::equal_range(judgements_, user, {}, &Judgement::user)) {
      items.push_back(one.item);
      values.push_back(one.value);
    }
    offsets.push_back(static_cast<int64_t>(items.size()));
  }
  context.judged = Ragged{tensor_of(items, at::kLong), tensor_of(offsets, at::kLong)};
  context.value = tensor_of(values, at::kDouble);
  return context;
}

}  // namespace assay::worker
