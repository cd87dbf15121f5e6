#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The epochs of a fit: validations, the best weights, checkpoints, and when it is enough.

#include <ATen/core/Tensor.h>
#include <assay/context.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace assay::extra {

/// Tensors by name, in one order.
using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

struct EpochSettings {
  std::string who;              ///< the strategy, for messages
  int64_t epochs = 100;         ///< with patience the most there may be
  int64_t patience = 0;         ///< validations without an improvement after which it ends; 0: none
  int64_t validate_every = 1;   ///< epochs
  double learning_rate = 1e-3;  ///< for the message of a loss that diverges
};

/// A model that is learnt epoch by epoch. An epoch must depend on its number, the weights and the
/// optimiser alone, so that a fit which goes on from a checkpoint ends as one that never stopped.
class EpochModel {
 public:
  virtual ~EpochModel() = default;
  /// Returns the mean loss. May end early where ctx.stop_requested().
  virtual double learn_epoch(int64_t epoch, FitContext& ctx) = 0;
  /// Makes the weights as they are what is served; called before each validation and at the end.
  virtual void serve() = 0;
  /// What is learnt, all of it, updated in place by learn_epoch.
  virtual NamedTensors weights() const = 0;
  /// Moments and steps of the optimisers, of other names than the weights.
  virtual void keep_optimisers(Archive& archive) const = 0;
  virtual void restore_optimisers(const Archive& archive) = 0;
};

/// Learns, notes the curve `loss`, validates and keeps the best epoch, leaves checkpoints
/// after epochs and goes on from one, and in a final refit learns for as long as was chosen. The model then
/// has the best weights and serves them. Throws InvalidInput where the loss diverges.
void learn_epochs(EpochModel& model, const EpochSettings& settings, FitContext& ctx);

}  // namespace assay::extra
