#pragma once

/// Batches, training data and contexts written out by hand.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/plugin.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace assay::test {

using Lists = std::vector<std::vector<int64_t>>;
using Numbers = std::vector<std::vector<double>>;

inline constexpr double kNone = -std::numeric_limits<double>::infinity();
inline constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

inline Ragged ragged(const Lists& rows) {
  std::vector<int64_t> values, offsets = {0};
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)};
}

inline Lists lists(const Ragged& rows) {
  Lists result(static_cast<size_t>(rows.rows()));
  const int64_t* const value = rows.values.const_data_ptr<int64_t>();
  const int64_t* const offset = rows.offsets.const_data_ptr<int64_t>();
  for (size_t r = 0; r < result.size(); ++r)
    result[r].assign(value + offset[r], value + offset[r + 1]);
  return result;
}

/// Rows of an int64 tensor.
inline Lists lists(const at::Tensor& rows) {
  const at::Tensor t = rows.cpu().contiguous();
  Lists result;
  const int64_t* const value = t.const_data_ptr<int64_t>();
  for (int64_t r = 0; r < t.size(0); ++r)
    result.emplace_back(value + r * t.size(1), value + (r + 1) * t.size(1));
  return result;
}

/// Rows of a tensor of numbers.
inline Numbers numbers(const at::Tensor& rows) {
  const at::Tensor t = rows.cpu().to(at::kDouble).contiguous();
  Numbers result;
  const double* const value = t.const_data_ptr<double>();
  for (int64_t r = 0; r < t.size(0); ++r)
    result.emplace_back(value + r * t.size(1), value + (r + 1) * t.size(1));
  return result;
}

inline at::Tensor matrix(const Numbers& rows, at::ScalarType dtype = at::kFloat) {
  const auto width = static_cast<int64_t>(rows.empty() ? 0 : rows.front().size());
  std::vector<double> flat;
  for (const auto& row : rows) flat.insert(flat.end(), row.begin(), row.end());
  return at::tensor(flat, at::kDouble).view({static_cast<int64_t>(rows.size()), width}).to(dtype);
}

/// Requests 0, 1, ... of users 0, 1, ... with these histories, which are also what must not be
/// served.
inline RequestBatch requests_of(const Lists& histories) {
  Lists excluded = histories;
  for (auto& row : excluded) std::sort(row.begin(), row.end());
  const auto size = static_cast<int64_t>(histories.size());
  RequestBatch batch;
  batch.request = at::arange(size, at::kLong);
  batch.user = at::arange(size, at::kLong);
  batch.history = ragged(histories);
  batch.excluded = ragged(excluded);
  batch.time_us = at::full({size}, -1, at::kLong);
  return batch;
}

/// The rows `first .. first + count`, as a worker with another batch size would see them.
inline RequestBatch part_of(const RequestBatch& all, int64_t first, int64_t count) {
  RequestBatch part;
  part.request = all.request.slice(0, first, first + count);
  part.user = all.user.slice(0, first, first + count);
  part.history = all.history.slice(first, count);
  part.excluded = all.excluded.slice(first, count);
  if (all.allowed) part.allowed = all.allowed->slice(first, count);
  part.time_us = all.time_us.slice(0, first, first + count);
  return part;
}

/// Candidates as written, padded with -1 and -inf.
inline CandidateBatch candidates_of(const Lists& items, const Numbers& scores) {
  CandidateBatch batch;
  size_t width = 0;
  for (const auto& row : items) width = std::max(width, row.size());
  Lists padded = items;
  Numbers filled = scores;
  std::vector<int64_t> flat;
  for (auto& row : padded) {
    row.resize(width, -1);
    flat.insert(flat.end(), row.begin(), row.end());
  }
  for (auto& row : filled) row.resize(width, kNone);
  batch.item = at::tensor(flat, at::kLong)
                   .view({static_cast<int64_t>(items.size()), static_cast<int64_t>(width)});
  batch.score = matrix(filled);
  return batch;
}

struct Event {
  int64_t user;
  int64_t item;
  int64_t time_us = -1;
  bool positive = true;
  float weight = 1;
};

inline const Features& no_features() {
  static const Features none;
  return none;
}

/// Gives the pairs of by_user and by_item their counts and weights, by (user, item), where some are
/// not the usual ones.
inline void count_pairs(
    const std::map<std::pair<int64_t, int64_t>, std::pair<int32_t, float>>& pairs, bool weighted,
    TrainingView& view) {
  const bool repeats =
      std::ranges::any_of(pairs, [](const auto& pair) { return pair.second.first > 1; });
  const auto fill = [&](Interactions& rows, bool users_are_rows) {
    std::vector<int32_t> count;
    std::vector<float> weight;
    const Lists values = lists(rows);
    for (size_t row = 0; row < values.size(); ++row) {
      for (const int64_t value : values[row]) {
        const auto own = static_cast<int64_t>(row);
        const auto& [events, sum] =
            pairs.at(users_are_rows ? std::pair(own, value) : std::pair(value, own));
        count.push_back(events);
        weight.push_back(sum);
      }
    }
    if (repeats) rows.count = at::tensor(count, at::kInt);
    if (weighted) rows.weight = at::tensor(weight, at::kFloat);
  };
  fill(view.by_user, true);
  fill(view.by_item, false);
}

/// Everything the host would derive from events that stand in time order.
inline TrainingView training_of(const std::vector<Event>& events, int64_t users, int64_t items,
                                const Features* features = &no_features()) {
  TrainingView view;
  std::vector<int64_t> user, item, time_us, positive;
  std::vector<float> weight;
  Lists by_user(static_cast<size_t>(users)), by_item(static_cast<size_t>(items));
  std::map<std::pair<int64_t, int64_t>, std::pair<int32_t, float>> pairs;  // count and weight
  view.user_seen = at::zeros({users}, at::kBool);
  view.item_seen = at::zeros({items}, at::kBool);
  bool* const user_seen = view.user_seen.mutable_data_ptr<bool>();
  bool* const item_seen = view.item_seen.mutable_data_ptr<bool>();
  for (const Event& event : events) {
    user.push_back(event.user);
    item.push_back(event.item);
    time_us.push_back(event.time_us);
    positive.push_back(event.positive);
    view.end_us = std::max(view.end_us, event.time_us);
    user_seen[event.user] = item_seen[event.item] = true;
    weight.push_back(event.weight);
    if (!event.positive) continue;
    auto& [count, sum] = pairs[{event.user, event.item}];
    sum += event.weight;
    if (count++ > 0) continue;
    by_user[event.user].push_back(event.item);
    by_item[event.item].push_back(event.user);
  }
  for (auto& row : by_item) std::sort(row.begin(), row.end());
  view.user = at::tensor(user, at::kLong).to(at::kInt);
  view.item = at::tensor(item, at::kLong).to(at::kInt);
  view.time_us = at::tensor(time_us, at::kLong);
  view.positive = at::tensor(positive, at::kLong).to(at::kBool);
  view.value = view.positive.to(at::kFloat);
  view.users = users;
  view.items = items;
  view.by_user = ragged(by_user);
  view.by_item = ragged(by_item);
  view.features = features;
  if (std::ranges::any_of(weight, [](float one) { return one != 1; }))
    view.weight = at::tensor(weight, at::kFloat);
  count_pairs(pairs, view.weight.has_value(), view);
  return view;
}

/// One list of items a user; no times.
inline TrainingView training_of(const Lists& by_user, int64_t items,
                                const Features* features = &no_features()) {
  std::vector<Event> events;
  for (size_t u = 0; u < by_user.size(); ++u) {
    for (const int64_t item : by_user[u]) events.push_back({static_cast<int64_t>(u), item});
  }
  return training_of(events, static_cast<int64_t>(by_user.size()), items, features);
}

/// A FitContext that remembers what was noted.
class TinyFit : public FitContext {
 public:
  explicit TinyFit(const Features* features = &no_features(), const Inputs* inputs = nullptr)
      : features_(features), inputs_(inputs == nullptr ? &none_ : inputs) {}

  std::map<std::string, std::string> notes;

  /// Makes the part "counts" for the fit of a strategy that declares it; others make none.
  void make_counts(const Strategy& strategy, const TrainingView& data) {
    auto part = std::make_shared<Archive>();
    try {
      strategy.fit_part("counts", data, *this, *part);
    } catch (const std::logic_error&) {
      return;
    }
    none_.add_part("counts", part);
  }

  const at::Device& device() const override { return device_; }
  const Features& features() const override { return *features_; }
  const Inputs& inputs() const override { return *inputs_; }
  at::Generator generator() override { return at::detail::createCPUGenerator(1); }
  void progress(int64_t, int64_t) override {}
  void note(const std::string& key, const std::string& value) override { notes[key] = value; }
  bool stop_requested() const override { return false; }
  void checkpoint(const Archive&) override {}
  const Archive* resume_from() const override { return nullptr; }
  ServeContext serving() const override {
    return ServeContext({.device = device_, .features = features_, .inputs = inputs_});
  }
  double validate() override { return kNaN; }
  std::string chosen(const std::string&) const override { return ""; }
  bool trial() const override { return false; }
  void note_step(const std::string&, int64_t, double) override {}

 private:
  at::Device device_ = at::Device(at::kCPU);
  Inputs none_;
  const Features* features_;
  const Inputs* inputs_;
};

/// Labelled candidates from memory.
class TinyLabelled : public LabelledCandidates {
 public:
  explicit TinyLabelled(std::vector<LabelledBatch> batches = {},
                        std::vector<std::string> sources = {},
                        std::vector<std::string> targets = {"click"})
      : batches_(std::move(batches)), sources_(std::move(sources)), targets_(std::move(targets)) {}
  void rewind() override { next_ = 0; }
  std::optional<LabelledBatch> next() override {
    return next_ < batches_.size() ? std::optional(batches_[next_++]) : std::nullopt;
  }
  const std::vector<std::string>& targets() const override { return targets_; }
  const std::vector<std::string>& sources() const override { return sources_; }
  int64_t requests() const override {
    int64_t sum = 0;
    for (const LabelledBatch& batch : batches_) sum += batch.requests.size();
    return sum;
  }

 private:
  std::vector<LabelledBatch> batches_;
  std::vector<std::string> sources_;
  std::vector<std::string> targets_;
  size_t next_ = 0;
};

/// To serve without features and inputs.
inline ServeContext tiny_serve(uint64_t seed = 1, const Features* features = &no_features()) {
  static const Inputs none;
  return ServeContext({.features = features, .inputs = &none, .seed = seed});
}

/// The lists that a recall strategy gives after learning from `data`.
inline CandidateBatch recalled(RecallStrategy& strategy, const TrainingView& data,
                               const RequestBatch& requests, int64_t k) {
  TinyFit fit(data.features);
  fit.make_counts(strategy, data);
  strategy.fit(data, fit);
  return strategy.recall(requests, k, tiny_serve(1, data.features));
}

/// What a fresh instance serves after save() and load().
inline std::unique_ptr<RecallStrategy> copied(const RecallStrategy& fitted,
                                              std::unique_ptr<RecallStrategy> fresh,
                                              const Features* features = &no_features()) {
  Archive archive;
  fitted.save(archive);
  static const Inputs none;
  fresh->load(archive, {.features = features, .inputs = &none});
  return fresh;
}

}  // namespace assay::test
