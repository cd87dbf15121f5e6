#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>
#include <assay/context.h>
#include <assay/extra/factors/bags.h>
#include <assay/extra/factors/row_adam.h>
#include <assay/extra/factors/touched_rows.h>
#include <assay/extra/neural/fused_adamw.h>
#include <assay/extra/neural/in_batch_softmax.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "examples.h"
#include "feature_bags.h"
#include "tower.h"

namespace assay::two_tower {

struct Settings {
  int64_t factors = 64;
  int64_t layers = 0;  ///< dense layers of each tower; 0: a tower is the sum of its inputs
  int64_t hidden = 128;
  bool user_id = true;
  int64_t history_length = 50;  ///< 0: histories are not looked at
  Similarity similarity = Similarity::cosine;
  double temperature = 0.1;
  bool correction = true;
  double id_dropout = 0;
  double learning_rate = 1e-3;
  double lambda = 0;        ///< L2, of rows of tables that a step touches
  double weight_decay = 0;  ///< of dense layers
  double initial_deviation = 0.1;
};

inline Tower user_tower(const Settings& settings) {
  return {.layers = settings.layers, .first = 0, .similarity = settings.similarity};
}
inline Tower item_tower(const Settings& settings) {
  return {
      .layers = settings.layers, .first = 2 * settings.layers, .similarity = settings.similarity};
}

/// What is known beside the events. Rows are users, items and events.
struct Known {
  KnownFeatures user, item, context;
  int64_t user_columns = 0, item_columns = 0, context_columns = 0;
};

/// Two towers: u(user, history, context) . i(item) is high for what the user was positive about.
///
///     inputs of an item:  the vector of its id, the sum of the vectors of its columns
///     inputs of a user:   the vector of its id, the sum of the vectors of its columns and of those
///                         of the request, the mean over its latest items of their inputs' sums
///     tower:              the sum of its inputs, or dense layers over them side by side; then, for
///                         cosine, divided by its length
///
/// An item that is learnt from is left out of the history that it is learnt from.
class Towers {
 public:
  explicit Towers(const Settings& settings) : settings_(settings) {}

  /// First weights; `known` must live as long as this learns.
  void start(const TrainingView& data, const Known& known, at::Generator generator,
             const at::Device& device);

  /// A step; returns the mean loss before it.
  double learn(const Batch& batch, const Examples& examples, extra::SplitMix& random);

  extra::NamedTensors weights() const;
  void keep_optimisers(Archive& archive) const;
  void restore_optimisers(const Archive& archive);

  /// float32 [N, factors] each: the id (0 where `learnt` says no), and the columns where there are
  /// any.
  Parts item_parts(const std::vector<bool>& learnt) const;
  /// float32 [U, factors]: vectors of ids, 0 where `learnt` says no.
  at::Tensor user_ids(const std::vector<bool>& learnt) const;
  /// float32 [U, factors]: sums over the columns of users.
  at::Tensor user_features() const;
  /// float32 [columns, factors].
  at::Tensor context_vectors() const;
  const extra::NamedTensors& layers() const { return layers_; }

 private:
  struct ItemSide;
  struct UserSide;
  ItemSide item_side(extra::SplitMix& random);
  UserSide user_side(const Batch& batch, extra::SplitMix& random);
  extra::Bags histories(const Batch& batch, const Examples& examples);
  extra::InBatchTargets targets(const Batch& batch, const Examples& examples);
  void move_items(const ItemSide& side, const extra::Bags& histories, const at::Tensor& of_items,
                  const at::Tensor& of_histories);
  void move_users(const UserSide& side, const at::Tensor& of_users);
  int64_t user_parts() const;

  Settings settings_;
  const Known* known_ = nullptr;
  int64_t users_ = 0, items_ = 0;
  at::Tensor user_table_;  // float32 [U + columns of users + of requests, factors]
  at::Tensor item_table_;  // float32 [N + columns, factors]
  extra::NamedTensors layers_;
  extra::RowAdam user_adam_, item_adam_;
  extra::FusedAdamW layer_adam_;
  extra::TouchedRows places_;                 // items of a batch: its columns first, then histories
  extra::TouchedRows item_rows_, user_rows_;  // of the tables
};

}  // namespace assay::two_tower
