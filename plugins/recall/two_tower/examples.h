#pragma once

#include <assay/batch.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::two_tower {

/// Where negatives beside those of the batch come from.
enum class NegativeSource { uniform, popularity };

/// A positive pair.
struct Example {
  int32_t user;
  int32_t item;
  int32_t event;  ///< the first positive one of the pair, -1 where none was found
  float weight;
};

/// What a step learns from.
struct Batch {
  std::vector<Example> examples;
  std::vector<int64_t> negatives;  ///< items that all examples of the batch share, beside their own
};

/// The positive pairs of a window in batches, in an order of their own in each epoch, and how likely
/// an item is to be in one.
class Examples {
 public:
  struct Settings {
    int64_t batch_size = 1024;
    int64_t negatives = 0;  ///< of each batch
    NegativeSource source = NegativeSource::uniform;
  };
  /// Pairs of weight 0 are left out.
  /// @param weights   of pairs, beside data.by_user.values; empty: 1
  /// @param eligible  [N], what a uniform draw may bring
  Examples(const TrainingView& data, std::span<const float> weights,
           const std::vector<bool>& eligible, const Settings& settings, uint64_t seed);

  int64_t size() const { return static_cast<int64_t>(all_.size()); }
  int64_t batches() const { return (size() + settings_.batch_size - 1) / settings_.batch_size; }
  /// Shuffles; the same number gives the same epoch.
  void start(int64_t epoch);
  Batch batch(int64_t number);

  /// ln of the probability that an item is among those of a batch, as an example's or as a negative:
  /// 1 - (1 - p)^examples (1 - n)^negatives for its shares p and n of the draws. Yi et al. 2019
  /// estimate it from a stream; here the counts are at hand.
  float log_q(int64_t item, const Batch& batch) const;

  /// Items of a user in time order, those of weight 0 left out.
  std::span<const int64_t> history(int64_t user) const {
    return std::span(items_).subspan(static_cast<size_t>(offsets_[user]),
                                     static_cast<size_t>(offsets_[user + 1] - offsets_[user]));
  }
  /// [N], has a positive.
  const std::vector<bool>& learnt() const { return learnt_; }

 private:
  void find_events(const TrainingView& data);

  Settings settings_;
  uint64_t seed_;
  std::vector<Example> all_;    // by user
  std::vector<int32_t> order_;  // of all_
  std::vector<int64_t> offsets_ = {0}, items_;
  std::vector<bool> learnt_;
  std::vector<int64_t> eligible_;
  std::vector<double> log_absent_, log_not_drawn_;  // [N]: ln(1 - p), ln(1 - n)
  extra::SplitMix random_{0, 0};
};

}  // namespace assay::two_tower
