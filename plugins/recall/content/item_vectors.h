#pragma once

#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/features.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "term_vectors.h"

namespace assay::content {

/// A feature that describes items, and how much it counts.
struct Part {
  const Feature* feature;  ///< a category, set, text or vector of N rows
  double weight;           ///< 0 or more
};

/// Items as vectors of length 1: the tf-idf of their terms (term_vectors.h), sparse, and their given
/// vectors, dense, end to end. Each feature is brought to length 1 and multiplied by its weight
/// before all of them together are brought to length 1; a feature that is missing of an item is 0. A
/// vector with a NaN or an infinity is missing. An item of which nothing is known is 0. On the CPU.
class ItemVectors {
 public:
  ItemVectors() = default;
  /// @param items      N
  /// @param min_items  terms of fewer items are left out
  ItemVectors(const std::vector<Part>& parts, int64_t items, int64_t min_items);

  int64_t items() const { return sparse_.rows(); }
  int64_t terms() const { return sparse_.columns; }
  int64_t non_zeros() const { return std::ssize(sparse_.terms); }
  /// Items that are 0.
  int64_t unknown() const;
  /// float32 [N, D], the dense part alone.
  const at::Tensor& dense() const { return dense_; }

  /// The cosine of two items.
  double cosine(int64_t a, int64_t b) const;

  void save(Archive& archive) const;
  static ItemVectors load(const Archive& archive);

  /// A user as the sum of the items of a history, and its cosine with items. For one thread, made
  /// to be used again.
  class Profile {
   public:
    /// @param items  must live as long as this
    explicit Profile(const ItemVectors& items);
    /// Takes up a history; what was there before is forgotten.
    /// @param weight  one for each of `history`
    void set(std::span<const int64_t> history, std::span<const float> weight);
    /// The length of the sum; 0 where nothing is known.
    double length() const { return length_; }
    /// The cosine with every item, N of them. The length must not be 0. Costs the non-zeros of the
    /// profile's terms, and the dense part.
    void cosines(std::span<double> to) const;
    /// The dense part of the sum (as wide as dense()), not divided by the length.
    std::span<const double> dense() const { return dense_; }

   private:
    const ItemVectors& items_;
    std::vector<double> value_;  // [terms], 0 but for those in touched_
    std::vector<int32_t> touched_;
    std::vector<double> dense_;
    double length_ = 0;
  };

 private:
  void index();

  SparseRows sparse_;
  at::Tensor dense_;
  // For reading by term and in lanes: from the two above.
  std::vector<int64_t> first_;    // [terms + 1]
  std::vector<int32_t> holders_;  // items of each term, ascending
  std::vector<double> amounts_;   // beside holders_
  at::Tensor padded_;             // float32 [N, padded D]; undefined where D is 0
};

}  // namespace assay::content
