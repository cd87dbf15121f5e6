#include "ope/slot.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "error/error.h"

namespace assay::ope {

namespace {

/// Plain loops over whole arrays, which become vectors; what lies behind the last round is 0 and
/// stays 0.
template <typename Change>
const BlockColumn& changed(const Block& block, BlockColumn& scratch, Change change) {
  for (int i = 0; i < kBlockRounds; ++i) scratch[i] = change(block.weight[i]);
  return scratch;
}

bool needs_model(Estimator estimator) {
  switch (estimator) {
    case Estimator::dr:
    case Estimator::clipped_dr:
    case Estimator::sndr:
    case Estimator::switch_dr:
    case Estimator::dros:
    case Estimator::sg_dr:
      return true;
    default:
      return false;
  }
}

std::string lacks(std::string_view columns) {
  return fmt::format("the log has no column {}", columns);
}

}  // namespace

Slot slot_of(Estimator estimator, double parameter) {
  switch (estimator) {
    case Estimator::dm:
    case Estimator::dr:
    case Estimator::sndr:
      return {WeightKind::unchanged, ModelKind::q};
    case Estimator::ips:
    case Estimator::snips:
      return {WeightKind::unchanged, ModelKind::none};
    case Estimator::clipped_ips:
      return {WeightKind::clipped, ModelKind::none, parameter};
    case Estimator::clipped_dr:
      return {WeightKind::clipped, ModelKind::q, parameter};
    case Estimator::switch_dr:
      return {WeightKind::switched, ModelKind::q, parameter};
    case Estimator::dros:
      return {WeightKind::optimistic, ModelKind::q, parameter};
    case Estimator::sg_ips:
      return {WeightKind::sub_gaussian, ModelKind::none, parameter};
    case Estimator::sg_dr:
      return {WeightKind::sub_gaussian, ModelKind::q, parameter};
    case Estimator::balanced_ips:
      return {WeightKind::balanced, ModelKind::none};
    case Estimator::mips:
      return {WeightKind::marginal, ModelKind::none};
    case Estimator::mrdr:
      return {WeightKind::unchanged, ModelKind::mrdr};
    case Estimator::replay:
      return {WeightKind::taken, ModelKind::none};
  }
  throw error::InternalError("an estimator has a slot");
}

std::optional<std::string> missing_columns(Estimator estimator, const Present& has) {
  if (estimator == Estimator::dm) {
    if (!has.value) return lacks("of expected rewards (value): dm needs a reward model");
    return std::nullopt;
  }
  if (estimator == Estimator::balanced_ips) {
    if (!has.balanced_weight) return lacks("of a classifier's weights (balanced_weight)");
    return std::nullopt;
  }
  if (estimator == Estimator::mips) {
    if (!has.marginal_weight) return lacks("of weights of embeddings (marginal_weight)");
    return std::nullopt;
  }
  if (!has.propensity) return lacks("of logged propensities (propensity)");
  if (!has.policy) return lacks("of the policy's probabilities (policy)");
  if (needs_model(estimator) && !has.model()) {
    return lacks("of expected rewards (q and value): it needs a reward model");
  }
  if (estimator == Estimator::mrdr && !has.mrdr()) {
    return lacks("of a reward model fitted for mrdr (mrdr_q and mrdr_value)");
  }
  return std::nullopt;
}

const BlockColumn& weights_of(const Slot& slot, const Block& block, BlockColumn& scratch) {
  const double p = slot.parameter;
  const bool unlimited = std::isinf(p);
  switch (slot.weights) {
    case WeightKind::unchanged:
      return block.weight;
    case WeightKind::marginal:
      return block.marginal_weight;
    case WeightKind::balanced:
      return block.balanced_weight;
    case WeightKind::clipped:
      return changed(block, scratch, [p](double w) { return w < p ? w : p; });
    case WeightKind::switched:
      return changed(block, scratch, [p](double w) { return w <= p ? w : 0.0; });
    case WeightKind::optimistic:
      if (unlimited) return block.weight;
      if (p == 0.0) return changed(block, scratch, [](double) { return 0.0; });
      return changed(block, scratch, [p](double w) { return p * w / (w * w + p); });
    case WeightKind::sub_gaussian:
      if (p == 1.0) break;
      return changed(block, scratch, [p](double w) { return w / (1.0 - p + p * w); });
    case WeightKind::one:
      scratch.fill(1.0);
      return scratch;
    case WeightKind::taken:
      break;
  }
  return changed(block, scratch, [](double w) { return w > 0.0 ? 1.0 : 0.0; });
}

std::optional<double> weight_bound(const Slot& slot, std::optional<double> largest) {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  double bound = largest.value_or(kNone);
  if (slot.weights == WeightKind::clipped || slot.weights == WeightKind::switched) {
    bound = std::min(bound, slot.parameter);
  } else if (slot.weights == WeightKind::optimistic) {
    bound = std::min(bound, std::sqrt(slot.parameter) / 2.0);
  } else if (slot.weights == WeightKind::sub_gaussian && slot.parameter > 0.0) {
    bound = std::min(bound, 1.0 / slot.parameter);
  } else if (slot.weights == WeightKind::marginal || slot.weights == WeightKind::balanced) {
    bound = kNone;
  }
  if (std::isinf(bound)) return std::nullopt;
  return bound;
}

}  // namespace assay::ope
