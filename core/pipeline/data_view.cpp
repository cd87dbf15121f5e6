#include "pipeline/data_view.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
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

namespace assay::pipeline {
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

at::Tensor microseconds(const at::Tensor& seconds) {
  at::Tensor out = at::empty_like(seconds);
  const int64_t* from = seconds.const_data_ptr<int64_t>();
  int64_t* to = out.mutable_data_ptr<int64_t>();
  for (int64_t i = 0; i < seconds.size(0); ++i) to[i] = from[i] < 0 ? kNoTime : from[i] * 1'000'000;
  return out;
}

at::Tensor seen_mask(const at::Tensor& ids, int64_t size) {
  at::Tensor mask = at::zeros({size}, at::kBool);
  bool* out = mask.mutable_data_ptr<bool>();
  const int32_t* id = ids.const_data_ptr<int32_t>();
  for (int64_t i = 0; i < ids.size(0); ++i) out[id[i]] = true;
  return mask;
}

void move_to(EventSlice& events, const at::Device& device) {
  for (at::Tensor* tensor :
       {&events.user, &events.item, &events.time_us, &events.value, &events.positive})
    *tensor = tensor->to(device);
}

void move_to(TrainingView& view, const at::Device& device) {
  move_to(static_cast<EventSlice&>(view), device);
  view.user_seen = view.user_seen.to(device);
  view.item_seen = view.item_seen.to(device);
  view.by_user = view.by_user.to(device);
  view.by_item = view.by_item.to(device);
}

}  // namespace

bool DataView::UserShare::holds(int64_t user) const {
  return parts <= 1 || mix(seed, static_cast<uint64_t>(user)) % parts == part;
}

DataView::DataView(dataset::PreparedData data, const at::Device& device)
    : data_(std::move(data)),
      device_(device),
      features_(read_features(data_, device)),
      earlier_(data_.info().value("earlier_folds", std::vector<std::vector<size_t>>())) {}

const Features& DataView::features(const at::Device& device) const {
  if (device == device_) return features_;
  error::require(device.is_cpu(), "features are asked for on the device of the data or on the CPU");
  if (!cpu_features_) cpu_features_ = read_features(data_, device);
  return *cpu_features_;
}

/// Whether an event lies in one of some windows of a fold.
struct DataView::Within {
  std::array<bool, 4> wanted{};
  std::span<const uint8_t> window;  // of this fold
  std::vector<size_t> ends;         // of the windows of an earlier one; empty for this one

  bool operator()(size_t event) const {
    const size_t place =
        ends.empty() ? window[event] : std::ranges::upper_bound(ends, event) - ends.begin();
    return place < wanted.size() && wanted[place];
  }
};

DataView::Within DataView::within(const std::vector<task::Window>& windows, int64_t fold) const {
  Within out;
  for (task::Window window : windows) out.wanted[static_cast<size_t>(window)] = true;
  out.window = data_.array<uint8_t>("event.window");
  if (fold < this->fold()) out.ends = earlier_.at(static_cast<size_t>(fold - 1));
  return out;
}

template <typename Marked>
EventSlice DataView::slice(const Marked& marked, const UserShare& share) const {
  const auto user = data_.array<int32_t>("event.user");
  std::vector<int64_t> rows;
  for (size_t e = 0; e < user.size(); ++e) {
    if (marked(e) && share.holds(user[e])) rows.push_back(static_cast<int64_t>(e));
  }
  EventSlice out;
  out.user = gather(user, rows, at::kInt);
  out.item = gather(data_.array<int32_t>("event.item"), rows, at::kInt);
  out.time_us = microseconds(gather(data_.array<int64_t>("event.time_s"), rows, at::kLong));
  out.value = gather(data_.array<float>("event.value"), rows, at::kFloat);
  out.positive = at::full({out.size()}, true, at::kBool);
  if (!data_.targets().empty()) {
    const auto holds = data_.array<uint8_t>("event.target." + data_.targets().front());
    out.positive = gather(holds, rows, at::kByte).eq(1);
  }
  return out;
}

TrainingView DataView::training(const std::vector<task::Window>& windows, const UserShare& share,
                                int64_t fold) const {
  TrainingView view;
  static_cast<EventSlice&>(view) = slice(within(windows, fold), share);
  view.users = users();
  view.items = items();
  view.user_seen = seen_mask(view.user, view.users);
  view.item_seen = seen_mask(view.item, view.items);
  view.features = &features_;
  if (view.size() > 0) view.end_us = view.time_us.const_data_ptr<int64_t>()[view.size() - 1];
  group_positives(view);
  if (!device_.is_cpu()) move_to(view, device_);
  return view;
}

EventSlice DataView::news(const std::vector<task::Window>& windows, const UserShare& share,
                          int64_t fold) const {
  error::require(fold > 1, "the first fold has nothing to be updated with");
  const Within now = within(windows, fold), before = within(windows, fold - 1);
  EventSlice out = slice([&](size_t e) { return now(e) && !before(e); }, share);
  if (!device_.is_cpu()) move_to(out, device_);
  return out;
}

TrainingView DataView::training(const std::vector<task::Window>& windows) const {
  if (kept_windows_ != windows || windows.empty()) {
    kept_windows_.clear();
    kept_ = {};  // so that two are never held
    kept_ = training(windows, {});
    kept_windows_ = windows;
  }
  return kept_;
}

Ragged DataView::rows_of(const dataset::RaggedView& all, int64_t first, int64_t count,
                         int64_t padded) const {
  const int64_t begin = all.offsets[first];
  at::Tensor offsets = at::empty({padded + 1}, at::kLong);
  int64_t* to = offsets.mutable_data_ptr<int64_t>();
  for (int64_t r = 0; r <= padded; ++r) to[r] = all.offsets[first + std::min(r, count)] - begin;
  const auto values = all.values.subspan(begin, all.offsets[first + count] - begin);
  return Ragged{over(values, at::kLong), offsets}.to(device_);
}

RequestBatch DataView::requests(task::Window window, int64_t first, int64_t count,
                                int64_t pad_to) const {
  const dataset::RequestSetView set = data_.requests(window);
  error::require(first >= 0 && first + count <= set.size(), "requests lie in their window");
  const int64_t padded = (count + pad_to - 1) / pad_to * pad_to;
  std::vector<int64_t> request(padded, -1), user(padded, -1), time_s(padded, -1);
  std::iota(request.begin(), request.begin() + count, first);
  std::copy_n(set.user.begin() + first, count, user.begin());
  std::copy_n(set.time_s.begin() + first, count, time_s.begin());

  RequestBatch batch;
  batch.request = int64_tensor(request).to(device_);
  batch.user = int64_tensor(user).to(device_);
  batch.time_us = microseconds(int64_tensor(time_s)).to(device_);
  batch.history = rows_of(set.history, first, count, padded);
  batch.excluded = rows_of(set.excluded, first, count, padded);
  batch.context.rows = padded;
  return batch;
}

RequestBatch DataView::requests(task::Window window, const std::vector<int64_t>& rows) const {
  const RequestBatch all = requests(window, 0, data_.requests(window).size(), 1);
  const at::Tensor place = int64_tensor(rows).to(device_);
  RequestBatch batch;
  batch.request = all.request.index_select(0, place);
  batch.user = all.user.index_select(0, place);
  batch.time_us = all.time_us.index_select(0, place);
  batch.history = all.history.select(place);
  batch.excluded = all.excluded.select(place);
  batch.context.rows = static_cast<int64_t>(rows.size());
  return batch;
}

Ragged DataView::truth(task::Window window, int64_t first, int64_t count) const {
  return rows_of(data_.requests(window).truth, first, count, count);
}

Ragged DataView::target(task::Window window, int64_t t, int64_t first, int64_t count) const {
  if (t == 0) return truth(window, first, count);
  const std::string prefix = "requests." + to_string(window) + ".target." + data_.targets()[t];
  return rows_of(data_.ragged(prefix), first, count, count);
}

}  // namespace assay::pipeline
