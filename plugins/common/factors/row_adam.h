#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// Adam for tables of which a step touches a few rows.

#include <ATen/core/Tensor.h>
#include <assay/context.h>

#include <cstdint>
#include <span>
#include <string>

namespace assay::extra {

struct AdamSettings {
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;    ///< L2: added to the gradient of the rows that a step touches
  bool by_operators = false;  ///< also on the CPU, for tests of what other devices do
};

/// Adam (Kingma & Ba 2015, Adam: A Method for Stochastic Optimization) over the rows of a table. A
/// step costs what the rows that it touches cost, whatever the table's size: moments of other rows
/// stay as they are, as in PyTorch's SparseAdam, where a dense Adam would let them decay and move
/// their rows on. On the CPU rows are moved by a loop of our own, elsewhere by operators of LibTorch.
class RowAdam {
 public:
  RowAdam() = default;
  /// @param table  float32 [R, D], contiguous; must live as long as this
  RowAdam(at::Tensor table, const AdamSettings& settings);

  void set_learning_rate(double rate) { settings_.learning_rate = rate; }

  /// A step of the given rows.
  /// @param rows       each once, in 0 .. R - 1
  /// @param gradients  float32 [rows.size(), D]
  void step(std::span<const int64_t> rows, std::span<const float> gradients);

  /// The same with tensors on the table's device: int64 [n], float32 [n, D].
  void step(const at::Tensor& rows, const at::Tensor& gradients);

  /// A step of all rows.
  /// @param gradient  float32 [R, D], contiguous
  void step(const at::Tensor& gradient);

  /// For checkpoints: float32 [R, D], and the number of steps so far.
  const at::Tensor& mean() const { return mean_; }
  const at::Tensor& square() const { return square_; }
  int64_t steps() const { return steps_; }
  void restore(const at::Tensor& mean, const at::Tensor& square, int64_t steps);
  /// The same under `name` of an archive.
  void keep(Archive& archive, const std::string& name) const;
  void restore(const Archive& archive, const std::string& name);

 private:
  struct Rates {
    float rate, shrink;  ///< with the corrections of this step
  };
  Rates next();
  void move(int64_t row, const float* gradient, const Rates& rates);
  void move(const at::Tensor& rows, const at::Tensor& gradients, const Rates& rates);

  AdamSettings settings_;
  at::Tensor table_, mean_, square_;  // float32 [R, D]
  int64_t steps_ = 0;
};

}  // namespace assay::extra
