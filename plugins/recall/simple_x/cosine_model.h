#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/interactions/ragged_spans.h>

#include <cstdint>
#include <span>
#include <vector>

namespace assay::simple_x {

struct Settings {
  int64_t factors = 64;
  double own_share = 0.5;        ///< of the user's own vector; the rest is the history's
  int64_t history_length = 100;  ///< latest items of a history that are averaged
  double margin = 0.9;
  double negative_weight = 150;
  double learning_rate = 1e-4;
  double lambda = 0;
  double initial_deviation = 0.1;
};

/// What a step learns from.
struct Batch {
  std::span<const int64_t> users;      ///< [B]
  std::span<const int64_t> items;      ///< [B], a positive of each user
  std::span<const int64_t> negatives;  ///< [M], each once, shared by all pairs of the batch
};

/// Gradients of the mean loss of a batch; rows of tables each once.
struct Gradients {
  double loss = 0;
  std::vector<int64_t> users, items;      ///< rows
  std::vector<float> of_users, of_items;  ///< [rows, factors]
  at::Tensor of_map;                      ///< float32 [factors, factors]
};

/// The model of SimpleX (Mao et al. 2021):
///
///     h_u = g p_u + (1 - g) W mean of e_i over the history of u
///     score(u, j) = cos(h_u, e_j)
///     loss of a pair (u, i) = 1 - cos(h_u, e_i) + w / |N| sum over j in N of max(0, cos(h_u, e_j) - m)
///
/// N are the negatives of the batch without the positives of u. On the CPU, the same bits with any
/// number of threads.
class CosineModel {
 public:
  CosineModel() = default;
  explicit CosineModel(const Settings& settings) : settings_(settings) {}

  /// Begins with normal numbers (users first, then items); W is the identity.
  void draw(int64_t users, int64_t items, at::Generator generator);
  void set_learning_rate(double rate);

  /// @param histories  positives of all users, oldest first
  Gradients gradients(const Batch& batch, const extra::RaggedSpans& histories) const;
  /// A step of Adam. Returns the loss of the batch before it.
  double learn(const Batch& batch, const extra::RaggedSpans& histories);

  /// float32 [U, factors], [N, factors], [factors, factors]: as they are, not normalised.
  const at::Tensor& users() const { return users_; }
  const at::Tensor& items() const { return items_; }
  const at::Tensor& map() const { return map_; }

  /// float32 [B, factors]: the mean of the latest items of each history; 0 for an empty one.
  static at::Tensor history_means(const extra::RaggedSpans& histories,
                                  std::span<const int64_t> rows, const at::Tensor& items,
                                  int64_t history_length);

 private:
  Settings settings_;
  at::Tensor users_, items_, map_;
  extra::RowAdam user_adam_, item_adam_, map_adam_;
};

}  // namespace assay::simple_x
