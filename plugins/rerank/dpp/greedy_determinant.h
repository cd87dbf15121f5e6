#pragma once

#include <assay/extra/similarity/item_similarity.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace assay::dpp {

struct Kernel {
  int64_t window = 0;      ///< how many in a row are diverse together; 0: all
  double epsilon = 1e-10;  ///< share of itself that a candidate must keep beside those above it
  bool halved = false;     ///< similarity (1 + s) / 2 instead of s
};

/// Greedy search for the likeliest slate of a determinantal point process with the kernel
///
///     L(i, j) = q(i) q(j) S(i, j),  S(i, i) = 1
///
/// Each pick has the largest det(L of the slate with it) / det(L of the slate), which is q(i)^2 d^2
/// with d^2 the part of the candidate that those above it do not span (its residual). Residuals are
/// those of an incremental Cholesky factor (Chen, Zhang & Zhou 2018, Fast Greedy MAP Inference for
/// Determinantal Point Process, algorithm 1). Quality is taken in logarithms: it neither overflows
/// nor hides that the kernel has lost its rank.
class GreedyDeterminant {
 public:
  struct Pick {
    int64_t place = -1;   ///< -1: no candidate is left whose residual is at least epsilon
    double residual = 0;  ///< in (0, 1]
  };

  /// A whole slate, which without a window is searched lazily (Hemmi, Oki, Sakaue, Fujii & Iwata
  /// 2022, Lazy and Fast Greedy MAP Inference for Determinantal Point Process): the same picks, of
  /// fewer residuals. With one, what leaves it is taken out of the factor by rotations.
  /// @param similarity  used by begin() and next()
  static std::unique_ptr<GreedyDeterminant> of(const Kernel& kernel,
                                               extra::CandidateSimilarity& similarity);

  virtual ~GreedyDeterminant() = default;
  /// @param items        dense ids of the candidates, none twice
  /// @param log_quality  ln q^2 of each; -inf: never picked
  /// @param most         how many picks will be asked for at most
  virtual void begin(std::span<const int64_t> items, std::span<const double> log_quality,
                     int64_t most) = 0;
  /// The next one. Values of ln(q^2 d^2) within 1e-12 are a tie, which goes to the smaller item id.
  virtual Pick next() = 0;
  /// For explanations, of the last pick: the places of those above it that count, and how much of
  /// its residual each took. They add up to 1 - residual.
  virtual std::span<const int64_t> above() const = 0;
  virtual std::span<const double> taken() const = 0;
};

/// Fills a slate: by determinants as long as the kernel has rank, then in the order of the
/// candidates.
/// @param place  as many as it has room for, or there are items; the rest is left as it was
/// @return how many were picked by determinants
int64_t pick_by_determinant(std::span<const int64_t> items, std::span<const double> log_quality,
                            GreedyDeterminant& greedy, std::span<int64_t> place);

}  // namespace assay::dpp
