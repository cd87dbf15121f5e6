#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <assay/extra/neural/sequence_negatives.h>

#include <algorithm>
#include <cmath>

namespace assay::extra {
namespace {

constexpr int kTries = 32;  // a user may have nearly everything

bool draws_from_batch(NegativeItems source) {
  return source == NegativeItems::in_batch || source == NegativeItems::mixed;
}

}  // namespace

SequenceNegatives::SequenceNegatives(const TrainingView& data, NegativeItems source, int64_t count)
    : source_(source), count_(source == NegativeItems::in_batch ? 0 : count), items_(data.items) {
  const RaggedSpans by_user(data.by_user);
  std::vector<double> events(static_cast<size_t>(items_));
  for (int64_t user = 0; user < by_user.size(); ++user) {
    for (const int64_t item : by_user[user]) {
      pool_.push_back(item);
      ++events[item];
    }
  }
  const double total = std::max<double>(1, static_cast<double>(pool_.size()));
  for (const double count_of : events) {
    const double share = count_of / total;
    log_absent_.push_back(std::log1p(-share));
    log_not_drawn_.push_back(std::log1p(
        source == NegativeItems::popularity ? -share : -1 / static_cast<double>(items_)));
  }
}

int64_t SequenceNegatives::draw(SplitMix& random) const {
  if (source_ == NegativeItems::popularity)
    return pool_[random.below(static_cast<uint32_t>(pool_.size()))];
  return random.below(static_cast<uint32_t>(items_));
}

at::Tensor SequenceNegatives::of_places(const NextItemBatch& batch, const SequenceBatches& batches,
                                        SplitMix& random) const {
  at::Tensor drawn = at::empty({batch.next.size(0), count_}, at::kLong);
  int64_t* const to = drawn.mutable_data_ptr<int64_t>();
  const int64_t* const row = batch.row.const_data_ptr<int64_t>();
  for (int64_t n = 0; n < drawn.numel(); ++n) {
    const auto known = batches.sequence(batch.users[row[n / count_]]);
    for (int tries = 0; tries < kTries; ++tries) {
      to[n] = draw(random);
      if (std::ranges::find(known, to[n]) == known.end()) break;
    }
  }
  return drawn;
}

// ln of the probability that an item is among those of a batch.
float SequenceNegatives::log_q(int64_t item, int64_t places) const {
  double absent = 0;
  if (draws_from_batch(source_)) absent += static_cast<double>(places) * log_absent_[item];
  if (count_ > 0) absent += static_cast<double>(count_) * log_not_drawn_[item];
  return static_cast<float>(std::log(std::max(-std::expm1(absent), 1e-30)));
}

SharedNegatives SequenceNegatives::shared(const NextItemBatch& batch,
                                          const SequenceBatches& batches, SplitMix& random,
                                          TouchedRows& touched) const {
  SharedNegatives out{
      .items = 0, .from_batch = draws_from_batch(source_), .targets = {}, .log_q = {}};
  const int64_t places = batch.next.numel();
  const int64_t* const next = batch.next.const_data_ptr<int64_t>();
  const int64_t* const row = batch.row.const_data_ptr<int64_t>();
  for (int64_t n = 0; n < places; ++n) {
    if (out.from_batch)
      out.targets.positive.push_back(touched.place(next[n]));
    else
      out.log_q.push_back(log_q(next[n], places));
  }
  for (int64_t n = 0; n < count_; ++n) touched.place(draw(random));
  out.items = touched.size();
  for (const int64_t item : touched.rows()) out.targets.log_q.push_back(log_q(item, places));
  for (int64_t n = 0; n < places; ++n) {
    for (const int64_t item : batches.sequence(batch.users[row[n]])) {
      const int64_t place = touched.find(item);
      if (place < 0 || (out.from_batch && item == next[n])) continue;
      out.targets.masked.push_back(n * out.items + place);
    }
  }
  return out;
}

}  // namespace assay::extra
