#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Items that a user was not positive about, drawn uniformly or by popularity.

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/batch.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/alias_table.h>
#include <assay/extra/sampling/split_mix.h>

#include <cstdint>
#include <vector>

namespace assay::extra {

/// Draws items that a user was not positive about in training, for models that learn from pairs of
/// a positive and a negative (Rendle et al. 2009, BPR) or with a sampled loss.
///
///     P(item j | user u) = w_j / (sum of w_i over the items i that u was not positive about)
///
/// exactly, for each draw on its own: an item may be drawn twice for one user. w_j is 1 (uniform) or
/// (users that were positive about j)^alpha; items that nobody was positive about then have w_j = 0
/// and are never drawn (Mikolov et al. 2013 take alpha = 0.75).
///
/// The draws depend on seed, users and their order alone, not on the number of threads. Drawing may
/// be called from several threads at once. CPU only.
class NegativeSampler {
 public:
  /// Every item is as likely as any other, also those without an event.
  static NegativeSampler uniform(const TrainingView& data);
  /// Throws InvalidInput where `alpha` is not a finite number above 0, or nobody was positive about
  /// anything.
  static NegativeSampler by_popularity(const TrainingView& data, double alpha);

  /// `count` items for each of `users`.
  /// @param users      integers [P], -1 for somebody who was positive about nothing
  /// @param generator  of ctx.generator(); a draw takes one number of 63 bits from it, however many
  ///                   items are drawn
  /// @return int64 [P, count]; -1 where no item is left for a user
  /// Throws std::out_of_range for a user that is none of the data's.
  at::Tensor draw(const at::Tensor& users, int64_t count, at::Generator generator) const;
  /// The same from a seed.
  at::Tensor draw(const at::Tensor& users, int64_t count, uint64_t seed) const;

  /// P(item | user) as above, 0 for a positive: what a loss corrects a sample by (the logQ
  /// correction of Bengio & Senecal 2008).
  double probability(int64_t user, int64_t item) const;

 private:
  NegativeSampler(const TrainingView& data, std::vector<double> weights);

  std::span<const int64_t> positives(int64_t user) const;
  double weight_left(std::span<const int64_t> positives) const;
  int64_t draw_one(std::span<const int64_t> positives, SplitMix& stream) const;
  int64_t draw_exactly(std::span<const int64_t> positives, double uniform) const;

  std::vector<double> weights_;  // [N]
  double total_;
  AliasTable table_;
  RaggedSpans by_user_;  // ascending
};

}  // namespace assay::extra
