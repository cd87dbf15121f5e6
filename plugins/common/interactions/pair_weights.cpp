#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/error.h>
#include <assay/extra/interactions/csr.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace assay::extra {
namespace {

using Weights = std::optional<at::Tensor>;

template <typename Number>
std::span<const Number> all(const at::Tensor& values) {
  return {values.const_data_ptr<Number>(), static_cast<size_t>(values.size(0))};
}
template <typename Number>
std::span<Number> space(at::Tensor& values) {
  return {values.mutable_data_ptr<Number>(), static_cast<size_t>(values.size(0))};
}

/// Positive events as rows of users: places among the events.
std::vector<std::vector<int64_t>> events_by_user(const TrainingView& data) {
  const at::Tensor users = data.user.cpu(), positives = data.positive.cpu();
  std::vector<std::vector<int64_t>> events(static_cast<size_t>(data.users));
  for (int64_t e = 0; e < data.size(); ++e) {
    if (all<bool>(positives)[e]) events[all<int32_t>(users)[e]].push_back(e);
  }
  return events;
}

/// The largest weight among the events of each pair, beside by_user.values.
at::Tensor strongest_events(const TrainingView& data) {
  const at::Tensor items = data.item.cpu(), weights = data.weight->cpu().contiguous();
  const RaggedSpans by_user(data.by_user);
  at::Tensor out = at::zeros({data.by_user.values.size(0)}, at::kFloat);
  float* to = out.mutable_data_ptr<float>();
  std::vector<int64_t> place(static_cast<size_t>(data.items));
  const std::vector<std::vector<int64_t>> events = events_by_user(data);
  for (int64_t user = 0; user < by_user.size(); ++user) {
    const std::span<const int64_t> own = by_user[user];
    for (size_t n = 0; n < own.size(); ++n) place[own[n]] = static_cast<int64_t>(n);
    for (const int64_t e : events[user]) {
      float& strongest = to[place[all<int32_t>(items)[e]]];
      strongest = std::max(strongest, all<float>(weights)[e]);
    }
    to += own.size();
  }
  return out;
}

Weights weights_by_user(const TrainingView& data, Repeats repeats) {
  if (repeats == Repeats::once) return data.weight ? Weights(strongest_events(data)) : std::nullopt;
  if (data.by_user.weight) return data.by_user.weight->cpu().contiguous();
  if (data.by_user.count) return data.by_user.count->cpu().to(at::kFloat);
  return std::nullopt;
}

// by_item holds the pairs of by_user, the users of an item ascending: its transpose.
at::Tensor weights_by_item(const TrainingView& data, const at::Tensor& by_user) {
  const Ragged pairs = data.by_user.to(at::kCPU);
  at::Tensor offsets = at::zeros({data.items + 1}, at::kLong);
  at::Tensor users = at::empty({by_user.size(0)}, at::kLong), out = at::empty_like(by_user);
  transpose<int64_t, float>({.offsets = all<int64_t>(pairs.offsets),
                             .columns = all<int64_t>(pairs.values),
                             .values = all<float>(by_user)},
                            {.offsets = space<int64_t>(offsets),
                             .columns = space<int64_t>(users),
                             .values = space<float>(out)});
  return out;
}

/// Rows of distinct items, in the order in which they are first met, with their weights.
class CountedRows {
 public:
  explicit CountedRows(Repeats repeats) : repeats_(repeats) {}

  void add(int64_t item, float weight) {
    if (weight <= 0) return;
    const auto [found, is_new] = place_.try_emplace(item, items_.size());
    if (is_new) {
      items_.push_back(item);
      weights_.push_back(weight);
      return;
    }
    float& known = weights_[found->second];
    known = repeats_ == Repeats::each ? known + weight : std::max(known, weight);
  }
  void end_row() {
    place_.clear();
    offsets_.push_back(static_cast<int64_t>(items_.size()));
  }

  History history(const at::Device& device) const {
    History out(Ragged{at::tensor(items_, at::kLong).to(device),
                       at::tensor(offsets_, at::kLong).to(device)});
    if (std::ranges::any_of(weights_, [](float weight) { return weight != 1; }))
      out.weight = at::tensor(weights_, at::kFloat).to(device);
    out.distinct = true;
    return out;
  }

 private:
  Repeats repeats_;
  std::unordered_map<int64_t, size_t> place_;  // of the items of this row
  std::vector<int64_t> items_, offsets_ = {0};
  std::vector<float> weights_;
};

}  // namespace

PairWeights pair_weights(const TrainingView& data, Repeats repeats) {
  PairWeights out{.by_user = weights_by_user(data, repeats)};
  if (out.by_user) out.by_item = weights_by_item(data, *out.by_user);
  return out;
}

at::Tensor item_totals(const TrainingView& data, Repeats repeats) {
  const Weights weight = weights_by_user(data, repeats);
  if (!weight) return data.by_item.lengths().cpu().to(at::kDouble);
  return at::zeros({data.items}, at::kDouble)
      .index_add_(0, data.by_user.values.cpu(), weight->to(at::kDouble));
}

History counted_history(const History& history, Repeats repeats) {
  // Most data: nothing to count, nothing to copy.
  if (!history.offsets.defined() || (history.distinct && !history.weight)) return history;
  const WeightedSpans rows(history, history.weight);
  CountedRows counted(repeats);
  for (int64_t row = 0; row < rows.size(); ++row) {
    const std::span<const int64_t> items = rows[row];
    for (size_t n = 0; n < items.size(); ++n) counted.add(items[n], rows.weight(row, n));
    counted.end_row();
  }
  return counted.history(history.values.device());
}

RequestBatch counted_requests(const RequestBatch& requests, Repeats repeats) {
  RequestBatch out = requests;
  out.history = counted_history(requests.history, repeats);
  return out;
}

at::Tensor history_totals(const History& history) {
  const at::Tensor number = history.lengths().to(at::kDouble);
  if (!history.weight) return number;
  return at::zeros_like(number).index_add_(0, history.row_index(), history.weight->to(at::kDouble));
}

void expect_no_weights(const EventSlice& events, const char* who, const char* why) {
  if (!events.weight) return;
  throw InvalidInput(std::string(who) +
                     ": learn_from gives event types weights other than 0 and 1, "
                     "and " +
                     who + " cannot use them: it " + why +
                     ". Give its stage a learn_from of its own that lists the types: "
                     "learn_from: [cart, purchase].");
}

}  // namespace assay::extra
