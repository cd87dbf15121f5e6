#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// How alike items are: cosine of vectors, of sets, of categories.

#include <ATen/core/Tensor.h>
#include <assay/features.h>
#include <assay/ragged.h>

#include <cstdint>
#include <memory>
#include <span>

namespace assay::extra {

/// Similarities among a few items, the candidates of one request. Not for use from two threads;
/// made to be used again, so that a request costs no memory of its own.
class CandidateSimilarity {
 public:
  virtual ~CandidateSimilarity() = default;
  /// Takes up the items (dense ids) of a request.
  virtual void gather(std::span<const int64_t> items) = 0;
  /// Writes the similarity of the item at `place` with each gathered item, itself too, to `out` (as
  /// many as gathered).
  virtual void similarities(int64_t place, double* out) = 0;
  /// The same with those at some places alone, to as many numbers of `out`. Both ways round the
  /// similarity of two items has the same bits.
  virtual void similarities(int64_t place, std::span<const int64_t> with, double* out) = 0;
};

/// How alike items are: the cosine of their vectors, in [-1, 1], or of their sets, |A and B| /
/// sqrt(|A| |B|), in [0, 1]. 0 with an item whose vector is zero or missing (NaN), or whose set is
/// empty. All in float64, on the CPU.
class ItemSimilarity {
 public:
  /// @param vectors  float32 or float64 [N, D], on any device
  static std::shared_ptr<const ItemSimilarity> of_vectors(const at::Tensor& vectors);

  /// @param sets     N rows of ids (int64, each once a row), on any device
  /// @param members  ids are 0 .. members - 1
  static std::shared_ptr<const ItemSimilarity> of_sets(const Ragged& sets, int64_t members);

  /// By one feature of the items: equal categories, cosine of sets, cosine of vectors.
  /// Throws InvalidInput for a number or a text, which have no such measure.
  static std::shared_ptr<const ItemSimilarity> of_feature(const Feature& feature);

  virtual ~ItemSimilarity() = default;
  /// Valid as long as this object is.
  virtual std::unique_ptr<CandidateSimilarity> for_candidates() const = 0;
};

/// Rows divided by their length, float64; rows of zeros and of NaN become zeros.
at::Tensor unit_rows(const at::Tensor& vectors);

}  // namespace assay::extra
