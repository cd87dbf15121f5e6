#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/neural/sequence_batches.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace assay::extra {
namespace {

constexpr int64_t kBatchesOfGroup = 32;
constexpr double kLastAlone = 0.1;  // share of the sequences of a masked batch

void shuffle(std::vector<int64_t>& values, SplitMix& random) {
  for (size_t left = values.size(); left > 1; --left)
    std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

/// Rows of items, latest last, and behind them a masked one where it is asked for.
SequenceBatch padded(const std::vector<std::span<const int64_t>>& rows, int64_t length,
                     int64_t width, bool asked = false) {
  const auto size = std::ssize(rows);
  SequenceBatch out{
      at::full({size, width}, -1, at::kLong), at::full({size, width}, -1, at::kLong), {}, {}};
  int64_t* const item = out.item.mutable_data_ptr<int64_t>();
  int64_t* const position = out.position.mutable_data_ptr<int64_t>();
  std::vector<int64_t> valid;
  for (int64_t row = 0; row < size; ++row) {
    const int64_t known = std::ssize(rows[row]), count = known + (asked ? 1 : 0);
    for (int64_t at = 0; at < count; ++at) {
      const int64_t place = row * width + at;
      item[place] = at < known ? rows[row][at] : kMasked;
      position[place] = length - count + at;
      valid.push_back(place);
    }
  }
  out.valid = ids(valid);
  return out;
}

std::span<const int64_t> latest(std::span<const int64_t> all, int64_t most) {
  return all.last(std::min(all.size(), static_cast<size_t>(most)));
}

/// Places of a sequence that are masked.
std::vector<int64_t> masked_places(int64_t size, double share, SplitMix& random) {
  std::vector<int64_t> places;
  if (random.uniform() >= kLastAlone) {
    for (int64_t at = 0; at < size; ++at)
      if (random.uniform() < share) places.push_back(at);
  }
  if (places.empty()) places.push_back(size - 1);
  return places;
}

/// When the first event of each pair of `data.by_user` came. The pairs of a user stand in the order of
/// these events, so one cursor a user finds them.
Ragged pair_times(const TrainingView& data) {
  const Ragged pairs = data.by_user.to(at::kCPU);
  Ragged out{at::zeros_like(pairs.values), pairs.offsets};
  if (pairs.rows() == 0) return out;
  const at::Tensor user = data.user.cpu(), item = data.item.cpu(), positive = data.positive.cpu(),
                   time = data.time_us.cpu();
  const int64_t* const offset = pairs.offsets.const_data_ptr<int64_t>();
  const int64_t* const pair = pairs.values.const_data_ptr<int64_t>();
  int64_t* const to = out.values.mutable_data_ptr<int64_t>();
  std::vector<int64_t> next(offset, offset + pairs.rows());
  for (int64_t event = 0; event < data.size(); ++event) {
    if (!positive.const_data_ptr<bool>()[event]) continue;
    const int32_t who = user.const_data_ptr<int32_t>()[event];
    if (next[who] == offset[who + 1] || pair[next[who]] != item.const_data_ptr<int32_t>()[event])
      continue;
    to[next[who]++] = time.const_data_ptr<int64_t>()[event];
  }
  return out;
}

}  // namespace

at::Tensor times_of(const SequenceBatch& batch, const RaggedSpans& sequences,
                    const RaggedSpans& times, const std::vector<int64_t>& rows, int64_t skipped) {
  at::Tensor out = at::zeros_like(batch.item);
  const int64_t width = out.size(1);
  const int64_t* const item = batch.item.const_data_ptr<int64_t>();
  int64_t* const to = out.mutable_data_ptr<int64_t>();
  for (int64_t n = 0; n < std::ssize(rows); ++n) {
    const auto shown = std::count_if(item + n * width, item + (n + 1) * width,
                                     [](int64_t one) { return one >= 0; });
    const int64_t end = std::ssize(sequences[rows[n]]) - skipped;
    const std::span<const int64_t> of_user = times[rows[n]];
    std::copy_n(of_user.begin() + (end - shown), shown, to + n * width);
  }
  return out;
}

SequenceBatch sequence_batch(const RaggedSpans& sequences, const std::vector<int64_t>& rows,
                             int64_t length, int64_t width, bool asked) {
  const int64_t one = asked ? 1 : 0;
  std::vector<std::span<const int64_t>> taken;
  size_t longest = 0;
  for (const int64_t row : rows) {
    taken.push_back(latest(sequences[row], length - one));
    longest = std::max(longest, taken.back().size());
  }
  return padded(taken, length, width == 0 ? static_cast<int64_t>(longest) + one : width, asked);
}

SequenceBatches::SequenceBatches(const TrainingView& data, int64_t length, int64_t batch_size,
                                 uint64_t seed, bool times)
    : length_(length), batch_size_(batch_size), seed_(seed), sequences_(data.by_user) {
  if (times) times_.emplace(pair_times(data));
  for (int64_t user = 0; user < sequences_.size(); ++user)
    if (sequences_[user].size() > 1) users_.push_back(user);
}

void SequenceBatches::start(int64_t epoch) {
  SplitMix random(seed_, static_cast<uint64_t>(epoch));
  order_ = users_;
  shuffle(order_, random);
  const int64_t group = kBatchesOfGroup * batch_size_;
  for (int64_t first = 0; first < users(); first += group) {
    const auto begin = order_.begin() + first;
    std::stable_sort(begin, begin + std::min(group, users() - first), [&](int64_t a, int64_t b) {
      return sequences_[a].size() < sequences_[b].size();
    });
  }
  starts_.resize(static_cast<size_t>(batches()));
  for (int64_t n = 0; n < batches(); ++n) starts_[n] = n * batch_size_;
  shuffle(starts_, random);
}

std::vector<int64_t> SequenceBatches::users_of(int64_t number) const {
  const int64_t first = starts_[number];
  const int64_t count = std::min(batch_size_, users() - first);
  return {order_.begin() + first, order_.begin() + first + count};
}

NextItemBatch SequenceBatches::batch(int64_t number) const {
  NextItemBatch out;
  out.users = users_of(number);
  std::vector<std::span<const int64_t>> seen;
  std::vector<int64_t> next, row;
  size_t longest = 0;
  for (const int64_t user : out.users) {
    const std::span<const int64_t> used = latest(sequences_[user], length_ + 1);
    row.insert(row.end(), used.size() - 1, std::ssize(seen));
    seen.push_back(used.first(used.size() - 1));
    longest = std::max(longest, seen.back().size());
    next.insert(next.end(), used.begin() + 1, used.end());
  }
  out.seen = padded(seen, length_, static_cast<int64_t>(longest));
  if (times_) out.seen.time = times_of(out.seen, sequences_, *times_, out.users, 1);
  out.next = ids(next);
  out.row = ids(row);
  return out;
}

NextItemBatch SequenceBatches::masked_batch(int64_t number, double share, SplitMix& random) const {
  NextItemBatch out;
  out.users = users_of(number);
  out.seen = sequence_batch(sequences_, out.users, length_);
  const int64_t width = out.seen.item.size(1);
  int64_t* const item = out.seen.item.mutable_data_ptr<int64_t>();
  std::vector<int64_t> next, row, places;
  for (int64_t n = 0; n < std::ssize(out.users); ++n) {
    const int64_t size = std::min(std::ssize(sequences_[out.users[n]]), length_);
    for (const int64_t at : masked_places(size, share, random)) {
      const int64_t place = n * width + at;
      next.push_back(std::exchange(item[place], kMasked));
      row.push_back(n);
      places.push_back(place);
    }
  }
  out.seen.valid = ids(places);
  out.next = ids(next);
  out.row = ids(row);
  return out;
}

}  // namespace assay::extra
