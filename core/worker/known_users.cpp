#include "worker/known_users.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include <algorithm>

namespace assay::worker {
namespace {

Ragged ragged(const std::vector<std::vector<int64_t>>& rows) {
  std::vector<int64_t> values, offsets = {0};
  for (const std::vector<int64_t>& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(std::ssize(values));
  }
  return {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)};
}

}  // namespace

KnownUsers::KnownUsers(const pipeline::DataView& data, const task::ExportRequest& request)
    : device_(data.device()) {
  // By value: asking for other windows replaces what the data keep.
  const TrainingView known = data.training(request.history, {});
  take_histories(known, request.history_length);
  take_excluded(data.training(request.exclude_seen, {}));
}

// Events come in time order.
void KnownUsers::take_histories(const TrainingView& events, int64_t length) {
  const at::Tensor user = events.user.cpu(), item = events.item.cpu(),
                   positive = events.positive.cpu(), seen = events.user_seen.cpu(),
                   times = events.time_us.cpu();
  std::vector<std::vector<int64_t>> places(static_cast<size_t>(events.users));
  for (int64_t e = 0; e < events.size(); ++e) {
    if (positive.const_data_ptr<bool>()[e])
      places[static_cast<size_t>(user.const_data_ptr<int32_t>()[e])].push_back(e);
  }
  for (std::vector<int64_t>& row : places) {
    if (length >= 0 && std::ssize(row) > length) row.erase(row.begin(), row.end() - length);
  }
  history_ = History(ragged(places));
  const at::Tensor event = history_.values;
  history_.values = item.index_select(0, event).to(at::kLong);
  if (events.end_us != kNoTime) history_.time_us = times.index_select(0, event);
  if (events.event_type) history_.event_type = events.event_type->cpu().index_select(0, event);
  for (int64_t id = 0; id < events.users; ++id)
    if (seen.const_data_ptr<bool>()[id]) users_.push_back(id);
  end_us_ = events.end_us;
}

void KnownUsers::take_excluded(const TrainingView& events) {
  const at::Tensor user = events.user.cpu(), item = events.item.cpu();
  std::vector<std::vector<int64_t>> seen(static_cast<size_t>(events.users));
  for (int64_t e = 0; e < events.size(); ++e)
    seen[static_cast<size_t>(user.const_data_ptr<int32_t>()[e])].push_back(
        item.const_data_ptr<int32_t>()[e]);
  for (std::vector<int64_t>& row : seen) {
    std::ranges::sort(row);
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
  excluded_ = ragged(seen);
}

RequestBatch KnownUsers::requests(int64_t first, int64_t count) const {
  const std::vector<int64_t> ids(users_.begin() + first, users_.begin() + first + count);
  const at::Tensor rows = at::tensor(ids, at::kLong);
  RequestBatch batch;
  batch.request = rows.to(device_);
  batch.user = batch.request;
  batch.time_us = at::full({count}, end_us_, at::kLong).to(device_);
  batch.history = history_.select(rows).to(device_);
  batch.excluded = excluded_.select(rows).to(device_);
  batch.context.rows = count;
  return batch;
}

}  // namespace assay::worker
