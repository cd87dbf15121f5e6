#pragma once

#include <optional>

#include "ope/block.h"
#include "ope/estimators.h"

namespace assay::ope {

enum class WeightKind {
  unchanged,     ///< w
  clipped,       ///< min(w, parameter)
  switched,      ///< w up to the parameter, else 0
  optimistic,    ///< parameter w / (w^2 + parameter)
  sub_gaussian,  ///< w / (1 - parameter + parameter w)
  marginal,
  balanced,
  taken,  ///< 1 where w > 0, else 0: replay, where pi is 0 or 1
  one,    ///< 1: the log's own mean
};
enum class ModelKind { none, q, mrdr };

/// What the sums of an estimator are made of; estimators with the same slot share them.
struct Slot {
  WeightKind weights = WeightKind::unchanged;
  ModelKind model = ModelKind::none;
  double parameter = 0.0;  ///< 0 where the weights have none

  bool operator==(const Slot&) const = default;
};

Slot slot_of(Estimator estimator, double parameter);

/// Whether the log has the columns, and the sentence about those that it lacks.
std::optional<std::string> missing_columns(Estimator estimator, const Present& has);

/// The weights of a slot: those of the block itself, or `scratch`, which they are written to.
const BlockColumn& weights_of(const Slot& slot, const Block& block, BlockColumn& scratch);

/// How far rounding may carry a weight beyond its bound, in proportion.
inline constexpr double kWeightRounding = 1e-6;

/// The largest weight that a slot can give where w is at most `largest`; none where nothing is
/// known to bound it.
std::optional<double> weight_bound(const Slot& slot, std::optional<double> largest);

}  // namespace assay::ope
