#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/factors/pair_blocks.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::bpr {

/// Where the negative of a pair comes from.
enum class Negatives { uniform, popularity };

struct Settings {
  int64_t factors = 64;
  double learning_rate = 0.05;
  double lambda = 0.01;
  double initial_deviation = 0.1;
  Negatives negatives = Negatives::uniform;
  int64_t draws = 1;  ///< of a negative: that with the highest score is taken
  bool bias = true;
};

/// Factors of users and items and biases of items, learnt from pairs of a positive and a negative by
/// stochastic gradient descent on
///
///     sum over (u, i, j) of -w_ui ln sigma(x_u . (y_i - y_j) + b_i - b_j) + lambda / 2 (|x_u|^2 + |y_i|^2 + |y_j|^2 + b_i^2 + b_j^2)
///
/// On the CPU, the same bits with any number of threads.
class PairModel {
 public:
  explicit PairModel(const Settings& settings) : settings_(settings) {}

  /// Begins with normal numbers: those of the users are drawn first, then those of the items.
  void draw(int64_t users, int64_t items, at::Generator generator);

  /// A step for each pair of an epoch.
  /// @param positives  of each user, ascending
  /// @return the mean of -w_ui ln sigma(..) over every 16th pair of each block, before its step
  double learn(extra::PairBlocks& blocks, const std::vector<std::vector<int32_t>>& positives,
               int64_t epoch);

  /// float32 [U, factors + bias]: with a bias the last column is 1.
  at::Tensor user_vectors() const;
  /// float32 [N, factors + bias].
  at::Tensor item_vectors() const;

 private:
  struct Sum {
    double loss = 0;
    int64_t pairs = 0;
  };
  int32_t hardest(std::span<const int32_t> drawn, int64_t user) const;
  Sum learn_block(const extra::PairBlocks::Block& block,
                  const std::vector<std::vector<int32_t>>& positives);

  Settings settings_;
  at::Tensor users_;  // float32 [U, width], padded with 0
  at::Tensor items_;  // float32 [N, width]
  at::Tensor bias_;   // float32 [N]
};

}  // namespace assay::bpr
