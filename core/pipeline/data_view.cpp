#include "pipeline/data_view.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "error/error.h"
#include "pipeline/feature_tables.h"
#include "pipeline/hashing.h"
#include "pipeline/positive_pairs.h"
#include "pipeline/stage_features.h"

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

at::Tensor float_tensor(const std::vector<float>& values) {
  at::Tensor out = at::empty({static_cast<int64_t>(values.size())}, at::kFloat);
  std::copy(values.begin(), values.end(), out.mutable_data_ptr<float>());
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

void move_to(std::optional<at::Tensor>& tensor, const at::Device& device) {
  if (tensor) tensor = tensor->to(device);
}

void move_to(Interactions& pairs, const at::Device& device) {
  static_cast<Ragged&>(pairs) = pairs.to(device);
  move_to(pairs.count, device);
  move_to(pairs.weight, device);
}

void move_to(EventSlice& events, const at::Device& device) {
  for (at::Tensor* tensor :
       {&events.user, &events.item, &events.time_us, &events.value, &events.positive})
    *tensor = tensor->to(device);
  move_to(events.event_type, device);
  move_to(events.weight, device);
}

void move_to(TrainingView& view, const at::Device& device) {
  move_to(static_cast<EventSlice&>(view), device);
  view.user_seen = view.user_seen.to(device);
  view.item_seen = view.item_seen.to(device);
  move_to(view.by_user, device);
  move_to(view.by_item, device);
}

}  // namespace

bool DataView::UserShare::holds(int64_t user) const {
  return parts <= 1 || mix(seed, static_cast<uint64_t>(user)) % parts == part;
}

DataView::DataView(dataset::PreparedData data, const at::Device& device)
    : data_(std::move(data)),
      device_(device),
      features_(read_features(data_, device)),
      stage_features_(std::make_shared<StageFeatures>(data_)),
      earlier_(data_.info().value("earlier_folds", std::vector<std::vector<size_t>>())) {
  const std::string logged = data_.logged_rows_path();
  if (logged.empty()) return;
  const auto candidates =
      task::parse<task::CandidateSource>(data_.info().at("candidates").get<std::string>());
  logged_.emplace(dataset::Impressions::open(logged), candidates.value());
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

std::vector<float> DataView::weights(const task::DataScope& sees) const {
  std::vector<float> out;
  if (sees.learn_from.empty()) return out;
  for (const std::string& type : data_.event_types()) {
    out.push_back(0);
    for (const task::EventChoice& choice : sees.learn_from)
      if (choice.type == type) out.back() = static_cast<float>(choice.weight);
  }
  return out;
}

const Features& DataView::features(const task::DataScope& sees, const at::Device& device) const {
  if (sees.features.empty() && device == device_) return features_;
  error::require(device == device_ || device.is_cpu(),
                 "features are asked for on the device of the data or on the CPU");
  const std::lock_guard lock(chosen_features_->mutex);
  const auto [kept, is_new] = chosen_features_->tables.try_emplace(
      {sees.identity().value("features", nlohmann::json()).dump(), device.str()});
  if (!is_new) return kept->second;
  kept->second = device == device_ ? features_ : read_features(data_, device);
  for (const auto& [kind, choices] : sees.features) {
    FeatureTable& table = kind == "user" ? kept->second.user : kept->second.item;
    std::erase_if(table.columns, [&](const Feature& feature) {
      return std::ranges::none_of(choices, [&](const auto& c) { return c.name == feature.name; });
    });
  }
  return kept->second;
}

bool DataView::target_is_type() const { return data_.has_typed_histories(task::Window::test); }

History DataView::typed_history(task::Window window, const at::Tensor& rows) const {
  const dataset::RequestSetView set = data_.typed_requests(window);
  const at::Tensor row = rows.cpu().contiguous();
  const int64_t* first = row.const_data_ptr<int64_t>();
  std::vector<int64_t> places, offsets = {0};
  for (int64_t r = 0; r < row.size(0); ++r) {
    if (first[r] >= 0) {
      const int64_t begin = set.history.offsets[first[r]], end = set.history.offsets[first[r] + 1];
      for (int64_t place = begin; place < end; ++place) places.push_back(place);
    }
    offsets.push_back(std::ssize(places));
  }
  History out(
      Ragged{gather(set.history.values, places, at::kLong), int64_tensor(offsets)}.to(device_));
  if (!set.history_time_us.empty())
    out.time_us = gather(set.history_time_us, places, at::kLong).to(device_);
  out.event_type = gather(set.history_type, places, at::kInt).to(device_);
  out.distinct = false;
  return out;
}

RequestBatch DataView::seen_by(const task::DataScope& sees, task::Window window,
                               RequestBatch requests) const {
  const std::vector<float> weight = weights(sees);
  if (weight.empty() || !requests.history.event_type) return requests;
  if (target_is_type()) requests.history = typed_history(window, requests.request);
  const at::Tensor of_type = float_tensor(weight).to(device_);
  requests.history.weight = of_type.index_select(0, *requests.history.event_type);
  return requests;
}

template <typename Marked>
EventSlice DataView::slice(const Marked& marked, const UserShare& share,
                           const task::DataScope& sees) const {
  const std::vector<float> weight = weights(sees);
  std::span<const int32_t> type;
  if (!weight.empty()) type = data_.array<int32_t>("event.type");
  const auto is_seen = [&](size_t e) { return weight.empty() || weight[type[e]] > 0; };
  const auto user = data_.array<int32_t>("event.user");
  std::vector<int64_t> rows;
  for (size_t e = 0; e < user.size(); ++e) {
    if (marked(e) && is_seen(e) && share.holds(user[e])) rows.push_back(static_cast<int64_t>(e));
  }
  EventSlice out;
  out.user = gather(user, rows, at::kInt);
  out.item = gather(data_.array<int32_t>("event.item"), rows, at::kInt);
  out.time_us = gather(data_.array<int64_t>("event.time_us"), rows, at::kLong);
  out.value = gather(data_.array<float>("event.value"), rows, at::kFloat);
  if (!data_.event_types().empty())
    out.event_type = gather(data_.array<int32_t>("event.type"), rows, at::kInt);
  if (std::ranges::any_of(weight, [](float w) { return w != 0 && w != 1; }))
    out.weight = float_tensor(weight).index_select(0, *out.event_type);
  out.positive = at::full({out.size()}, true, at::kBool);
  // Where the target is a type, what the stage names is what it learns from.
  if (!data_.targets().empty() && (weight.empty() || !target_is_type())) {
    const auto holds = data_.array<uint8_t>("event.target." + data_.targets().front());
    out.positive = gather(holds, rows, at::kByte).eq(1);
  }
  return out;
}

TrainingView DataView::training(const std::vector<task::Window>& windows, const UserShare& share,
                                int64_t fold, const task::DataScope& sees) const {
  TrainingView view;
  static_cast<EventSlice&>(view) = slice(within(windows, fold), share, sees);
  view.users = users();
  view.items = items();
  view.user_seen = seen_mask(view.user, view.users);
  view.item_seen = seen_mask(view.item, view.items);
  view.features = &features(sees, device_);
  view.event_types = data_.event_types();
  if (view.size() > 0) view.end_us = view.time_us.const_data_ptr<int64_t>()[view.size() - 1];
  group_positives(view);
  if (!device_.is_cpu()) move_to(view, device_);
  return view;
}

EventSlice DataView::news(const std::vector<task::Window>& windows, const UserShare& share,
                          int64_t fold, const task::DataScope& sees) const {
  error::require(fold > 1, "the first fold has nothing to be updated with");
  const Within now = within(windows, fold), before = within(windows, fold - 1);
  EventSlice out = slice([&](size_t e) { return now(e) && !before(e); }, share, sees);
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

History DataView::history_of(const dataset::RequestSetView& set, int64_t first, int64_t count,
                             int64_t padded) const {
  History out(rows_of(set.history, first, count, padded));
  const auto begin = static_cast<size_t>(set.history.offsets[first]);
  const auto size = static_cast<size_t>(set.history.offsets[first + count]) - begin;
  if (!set.history_time_us.empty())
    out.time_us = over(set.history_time_us.subspan(begin, size), at::kLong).to(device_);
  if (!set.history_type.empty())
    out.event_type = over(set.history_type.subspan(begin, size), at::kInt).to(device_);
  out.distinct = set.distinct_histories;
  return out;
}

namespace {

// Places in the window to places in the table of logged rows.
std::vector<int64_t> logged_places(const dataset::RequestSetView& set,
                                   std::span<const int64_t> requests) {
  std::vector<int64_t> out;
  for (const int64_t request : requests) out.push_back(request < 0 ? -1 : set.logged[request]);
  return out;
}

std::span<const int64_t> values_of(const at::Tensor& ids) {
  return {ids.const_data_ptr<int64_t>(), static_cast<size_t>(ids.size(0))};
}

}  // namespace

void DataView::add_logged(const dataset::RequestSetView& set, std::span<const int64_t> requests,
                          RequestBatch& batch) const {
  batch.context.rows = std::ssize(requests);
  if (!logged_ || set.logged.empty()) return;
  const std::vector<int64_t> places = logged_places(set, requests);
  batch.context = logged_->context(places);
  for (Feature& feature : batch.context.columns) feature.values = feature.values.to(device_);
  if (const auto allowed = logged_->allowed(places, items())) batch.allowed = allowed->to(device_);
}

CandidateBatch DataView::logged_candidates(task::Window window,
                                           const RequestBatch& requests) const {
  const at::Tensor request = requests.request.cpu();
  CandidateBatch out =
      logged_->candidates(logged_places(data_.requests(window), values_of(request)));
  out.item = out.item.to(device_);
  out.score = out.score.to(device_);
  for (Feature& feature : out.features.columns) feature.values = feature.values.to(device_);
  return out;
}

void DataView::label_logged(task::Window window, const std::vector<int64_t>& rows,
                            LabelledBatch& batch) const {
  const at::Tensor item = batch.candidates.item.cpu().contiguous();
  const std::vector<int64_t> places = logged_places(data_.requests(window), rows);
  batch.label = logged_->labels(places, item).to(device_);
  batch.candidates.propensity = logged_->propensity(places, item);
  move_to(batch.candidates.propensity, device_);
}

RequestBatch DataView::requests(task::Window window, int64_t first, int64_t count,
                                int64_t pad_to) const {
  const dataset::RequestSetView set = data_.requests(window);
  error::require(first >= 0 && first + count <= set.size(), "requests lie in their window");
  const int64_t padded = (count + pad_to - 1) / pad_to * pad_to;
  RequestBatch batch = without_log(set, first, count, padded);
  std::vector<int64_t> request(padded, -1);
  std::iota(request.begin(), request.begin() + count, first);
  add_logged(set, request, batch);
  return batch;
}

RequestBatch DataView::without_log(const dataset::RequestSetView& set, int64_t first, int64_t count,
                                   int64_t padded) const {
  std::vector<int64_t> request(padded, -1), user(padded, -1), time_us(padded, kNoTime);
  std::iota(request.begin(), request.begin() + count, first);
  std::copy_n(set.user.begin() + first, count, user.begin());
  std::copy_n(set.time_us.begin() + first, count, time_us.begin());

  RequestBatch batch;
  batch.request = int64_tensor(request).to(device_);
  batch.user = int64_tensor(user).to(device_);
  batch.time_us = int64_tensor(time_us).to(device_);
  batch.history = history_of(set, first, count, padded);
  batch.excluded = rows_of(set.excluded, first, count, padded);
  return batch;
}

RequestBatch DataView::requests(task::Window window, const std::vector<int64_t>& rows) const {
  const dataset::RequestSetView set = data_.requests(window);
  const RequestBatch all = without_log(set, 0, set.size(), set.size());
  const at::Tensor place = int64_tensor(rows).to(device_);
  RequestBatch batch;
  batch.request = all.request.index_select(0, place);
  batch.user = all.user.index_select(0, place);
  batch.time_us = all.time_us.index_select(0, place);
  batch.history = all.history.select(place);
  batch.excluded = all.excluded.select(place);
  add_logged(set, rows, batch);
  return batch;
}

Ragged DataView::truth(task::Window window, int64_t first, int64_t count) const {
  return rows_of(data_.requests(window).truth, first, count, count);
}

Ragged DataView::target(task::Window window, int64_t t, int64_t first, int64_t count) const {
  if (t == 0) return truth(window, first, count);
  const std::string prefix =
      fmt::format("requests.{}.target.{}", name_of(window), data_.labels()[t]);
  return rows_of(data_.ragged(prefix), first, count, count);
}

}  // namespace assay::pipeline
