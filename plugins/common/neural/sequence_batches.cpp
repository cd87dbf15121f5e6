#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/neural/sequence_batches.h>
#include <assay/extra/sampling/split_mix.h>

#include <algorithm>
#include <numeric>

namespace assay::extra {
namespace {

constexpr int64_t kBatchesOfGroup = 32;

void shuffle(std::vector<int64_t>& values, SplitMix& random) {
  for (size_t left = values.size(); left > 1; --left)
    std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

/// Rows of items, latest last.
SequenceBatch padded(const std::vector<std::span<const int64_t>>& rows, int64_t length,
                     int64_t width) {
  const auto size = std::ssize(rows);
  SequenceBatch out{
      at::full({size, width}, -1, at::kLong), at::zeros({size, width}, at::kLong), {}};
  int64_t* const item = out.item.mutable_data_ptr<int64_t>();
  int64_t* const position = out.position.mutable_data_ptr<int64_t>();
  std::vector<int64_t> valid;
  for (int64_t row = 0; row < size; ++row) {
    const auto count = std::ssize(rows[row]);
    for (int64_t at = 0; at < count; ++at) {
      const int64_t place = row * width + at;
      item[place] = rows[row][at];
      position[place] = length - count + at;
      valid.push_back(place);
    }
  }
  out.valid = ids(valid);
  return out;
}

}  // namespace

SequenceBatch sequence_batch(const RaggedSpans& sequences, const std::vector<int64_t>& rows,
                             int64_t length, int64_t width) {
  std::vector<std::span<const int64_t>> latest;
  size_t longest = 0;
  for (const int64_t row : rows) {
    const std::span<const int64_t> all = sequences[row];
    latest.push_back(all.last(std::min(all.size(), static_cast<size_t>(length))));
    longest = std::max(longest, latest.back().size());
  }
  return padded(latest, length, width == 0 ? static_cast<int64_t>(longest) : width);
}

SequenceBatches::SequenceBatches(const TrainingView& data, int64_t length, int64_t batch_size,
                                 uint64_t seed)
    : length_(length), batch_size_(batch_size), seed_(seed), sequences_(data.by_user) {
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

NextItemBatch SequenceBatches::batch(int64_t number) const {
  const int64_t first = starts_[number];
  const int64_t count = std::min(batch_size_, users() - first);
  NextItemBatch out;
  out.users.assign(order_.begin() + first, order_.begin() + first + count);
  std::vector<std::span<const int64_t>> seen;
  std::vector<int64_t> next, row;
  size_t longest = 0;
  for (int64_t n = 0; n < count; ++n) {
    const std::span<const int64_t> all = sequences_[out.users[n]];
    const auto used = all.last(std::min(all.size(), static_cast<size_t>(length_) + 1));
    seen.push_back(used.first(used.size() - 1));
    longest = std::max(longest, seen.back().size());
    next.insert(next.end(), used.begin() + 1, used.end());
    row.insert(row.end(), used.size() - 1, n);
  }
  out.seen = padded(seen, length_, static_cast<int64_t>(longest));
  out.next = ids(next);
  out.row = ids(row);
  return out;
}

}  // namespace assay::extra
