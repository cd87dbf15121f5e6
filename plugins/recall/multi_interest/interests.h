#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/fits/epoch_loop.h>

#include <cstdint>

namespace assay::multi_interest {

/// D numbers of an item, K interests of a user.
struct InterestSettings {
  int64_t width = 64;       ///< D
  int64_t interests = 4;    ///< K
  int64_t attention = 256;  ///< of the hidden layer that weighs items, four times D in the paper
  int64_t length = 20;      ///< places of a sequence
  double initial_deviation = 0.05;
};

/// Self-attention of ComiRec (Cen et al. 2020, section 3.3): of a sequence of items h_1 ... h_n
///
///     weight(s, k) = softmax over s of w_k . tanh(W (h_s + p_s))
///     interest k = sum over s of weight(s, k) h_s
///
/// p are vectors of places, which count from the end of the sequence.
class Interests {
 public:
  Interests() = default;
  explicit Interests(const InterestSettings& settings) : settings_(settings) {}

  /// First weights, on the generator's device: `places`, `hidden` and `weights`.
  extra::NamedTensors draw(at::Generator generator) const;

  /// float32 [B, n, K, D]: the interests after each place, of all items up to it. So each place of a
  /// sequence is an example, where the paper draws one of each: the softmax is a quotient of running
  /// sums.
  /// @param rows      float32 [B, n, D]; what stands behind the end of a sequence changes nothing
  ///                  before it
  /// @param position  int64 [B, n], in 0 .. length - 1; any where there is no item
  at::Tensor at_each_place(const at::Tensor& rows, const at::Tensor& position,
                           const extra::NamedTensors& weights) const;

  /// float32 [T, D]: of each user the interest that is nearest to an item: the one that would be
  /// served for it.
  /// @param interests  float32 [T, K, D]
  /// @param item       float32 [T, D]
  static at::Tensor nearest(const at::Tensor& interests, const at::Tensor& item);

 private:
  InterestSettings settings_;
};

}  // namespace assay::multi_interest
