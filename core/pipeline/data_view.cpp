#include "pipeline/data_view.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "error/error.h"
#include "pipeline/feature_tables.h"
#include "pipeline/hashing.h"
#include "pipeline/positive_pairs.h"

namespace assay {
namespace {

// Tensors over the mapping are handed to const interfaces only; at::from_blob has no const form.
template <typename T>
at::Tensor over(std::span<const T> values, at::ScalarType type) {
  return at::from_blob(const_cast<T*>(values.data()), {static_cast<int64_t>(values.size())}, type);
}

at::Tensor int64_tensor(const std::vector<int64_t>& values) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), out.mutable_data_ptr<int64_t>());
  return out;
}

// The chosen events (ascending) of a column: copied, but not where they follow each other, as those
// of a split by time do.
template <typename T>
at::Tensor gather(std::span<const T> column, const std::vector<int64_t>& rows,
                  at::ScalarType type) {
  if (!rows.empty() && rows.back() - rows.front() + 1 == std::ssize(rows))
    return over(column.subspan(rows.front(), rows.size()), type);
  at::Tensor out = at::empty({static_cast<int64_t>(rows.size())}, type);
  T* to = out.mutable_data_ptr<T>();
  for (size_t i = 0; i < rows.size(); ++i) to[i] = column[rows[i]];
  return out;
}

at::Tensor seen_mask(const at::Tensor& ids, int64_t size) {
  at::Tensor mask = at::zeros({size}, at::kBool);
  bool* out = mask.mutable_data_ptr<bool>();
  const int32_t* id = ids.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < ids.size(0); ++i) out[id[i]] = true;
  return mask;
}

void move_to(TrainingView& view, const at::Device& device) {
  for (at::Tensor* tensor : {&view.user, &view.item, &view.time_s, &view.value, &view.positive,
                             &view.user_seen, &view.item_seen}) {
    *tensor = tensor->to(device);
  }
  view.by_user = view.by_user.to(device);
  view.by_item = view.by_item.to(device);
}

}  // namespace

bool DataView::UserShare::holds(int64_t user) const {
  return parts <= 1 || mix(seed, static_cast<uint64_t>(user)) % parts == part;
}

DataView::DataView(PreparedData data, const at::Device& device)
    : data_(std::move(data)), device_(device), features_(read_features(data_, device)) {}

TrainingView DataView::training(const std::vector<Window>& windows, const UserShare& share) const {
  std::array<bool, 4> wanted{};
  for (Window window : windows) wanted[static_cast<size_t>(window)] = true;
  const auto window = data_.array<uint8_t>("event.window");
  const auto user = data_.array<int32_t>("event.user");
  std::vector<int64_t> rows;
  for (size_t i = 0; i < window.size(); ++i) {
    if (window[i] < wanted.size() && wanted[window[i]] && share.holds(user[i])) rows.push_back(i);
  }

  TrainingView view;
  view.users = users();
  view.items = items();
  view.user = gather(user, rows, at::kInt);
  view.item = gather(data_.array<int32_t>("event.item"), rows, at::kInt);
  view.time_s = gather(data_.array<int64_t>("event.time_s"), rows, at::kLong);
  view.value = gather(data_.array<float>("event.value"), rows, at::kFloat);
  view.positive = at::full({view.size()}, true, at::kBool);
  if (!data_.targets().empty()) {
    const auto holds = data_.array<uint8_t>("event.target." + data_.targets().front());
    view.positive = gather(holds, rows, at::kByte).eq(1);
  }
  view.user_seen = seen_mask(view.user, view.users);
  view.item_seen = seen_mask(view.item, view.items);
  view.features = &features_;
  if (!rows.empty()) view.end_s = view.time_s.const_data_ptr<int64_t>()[rows.size() - 1];
  group_positives(view);
  if (!device_.is_cpu()) move_to(view, device_);
  return view;
}

TrainingView DataView::training(const std::vector<Window>& windows) const {
  if (kept_windows_ != windows || windows.empty()) {
    kept_windows_.clear();
    kept_ = {};  // so that two are never held
    kept_ = training(windows, {});
    kept_windows_ = windows;
  }
  return kept_;
}

Ragged DataView::rows_of(const RaggedView& all, int64_t first, int64_t count,
                         int64_t padded) const {
  const int64_t begin = all.offsets[first];
  at::Tensor offsets = at::empty({padded + 1}, at::kLong);
  int64_t* to = offsets.mutable_data_ptr<int64_t>();
  for (int64_t r = 0; r <= padded; ++r) to[r] = all.offsets[first + std::min(r, count)] - begin;
  const auto values = all.values.subspan(begin, all.offsets[first + count] - begin);
  return Ragged{over(values, at::kLong), offsets}.to(device_);
}

RequestBatch DataView::requests(Window window, int64_t first, int64_t count, int64_t pad_to) const {
  const RequestSetView set = data_.requests(window);
  require(first >= 0 && first + count <= set.size(), "requests lie in their window");
  const int64_t padded = (count + pad_to - 1) / pad_to * pad_to;
  std::vector<int64_t> request(padded, -1), user(padded, -1), time_s(padded, -1);
  std::iota(request.begin(), request.begin() + count, first);
  std::copy_n(set.user.begin() + first, count, user.begin());
  std::copy_n(set.time_s.begin() + first, count, time_s.begin());

  RequestBatch batch;
  batch.request = int64_tensor(request).to(device_);
  batch.user = int64_tensor(user).to(device_);
  batch.time_s = int64_tensor(time_s).to(device_);
  batch.history = rows_of(set.history, first, count, padded);
  batch.excluded = rows_of(set.excluded, first, count, padded);
  batch.context.rows = padded;
  return batch;
}

RequestBatch DataView::requests(Window window, const std::vector<int64_t>& rows) const {
  const RequestBatch all = requests(window, 0, data_.requests(window).size(), 1);
  const at::Tensor place = int64_tensor(rows).to(device_);
  RequestBatch batch;
  batch.request = all.request.index_select(0, place);
  batch.user = all.user.index_select(0, place);
  batch.time_s = all.time_s.index_select(0, place);
  batch.history = all.history.select(place);
  batch.excluded = all.excluded.select(place);
  batch.context.rows = static_cast<int64_t>(rows.size());
  return batch;
}

Ragged DataView::truth(Window window, int64_t first, int64_t count) const {
  return rows_of(data_.requests(window).truth, first, count, count);
}

Ragged DataView::target(Window window, int64_t t, int64_t first, int64_t count) const {
  if (t == 0) return truth(window, first, count);
  const std::string prefix = "requests." + to_string(window) + ".target." + data_.targets()[t];
  return rows_of(data_.ragged(prefix), first, count, count);
}

}  // namespace assay
