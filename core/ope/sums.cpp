#include "ope/sums.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "ope/four.h"

#pragma GCC diagnostic ignored "-Wpsabi"

namespace assay::ope {

namespace {

/// `rounds` up to the next four: behind the last round all is 0 and adds nothing.
Sums without_model(const Block& block, const BlockColumn& weights) {
  Four u{}, w{}, uu{}, ww{}, uw{}, largest{};
  for (int i = 0; i < block.rounds; i += 4) {
    const Four weight = load_four(weights.data() + i);
    const Four gain = weight * load_four(block.reward.data() + i);
    u += gain;
    w += weight;
    uu += gain * gain;
    ww += weight * weight;
    uw += gain * weight;
    largest = larger(weight, largest);
  }
  Sums sums;
  sums.u = sum_of(u);
  sums.w = sum_of(w);
  sums.uu = sum_of(uu);
  sums.ww = sum_of(ww);
  sums.uw = sum_of(uw);
  sums.largest = largest_of(largest);
  return sums;
}

Sums with_model(const Block& block, const BlockColumn& weights, const BlockColumn& q,
                const BlockColumn& value) {
  Four v{}, u{}, w{}, vv{}, uu{}, ww{}, vu{}, vw{}, uw{}, largest{};
  for (int i = 0; i < block.rounds; i += 4) {
    const Four weight = load_four(weights.data() + i);
    const Four expected = load_four(value.data() + i);
    const Four correction = weight * (load_four(block.reward.data() + i) - load_four(q.data() + i));
    v += expected;
    u += correction;
    w += weight;
    vv += expected * expected;
    uu += correction * correction;
    ww += weight * weight;
    vu += expected * correction;
    vw += expected * weight;
    uw += correction * weight;
    largest = larger(weight, largest);
  }
  Sums sums{sum_of(v),  sum_of(u),  sum_of(w),  sum_of(vv), sum_of(uu),
            sum_of(ww), sum_of(vu), sum_of(vw), sum_of(uw)};
  sums.largest = largest_of(largest);
  return sums;
}

/// Covariance, divisor n - 1, of two columns by their sums.
double covariance(double products, double a, double b, double n) {
  return (products - a * b / n) / (n - 1.0);
}

}  // namespace

void Sums::add(const Sums& other) {
  v += other.v;
  u += other.u;
  w += other.w;
  vv += other.vv;
  uu += other.uu;
  ww += other.ww;
  vu += other.vu;
  vw += other.vw;
  uw += other.uw;
  largest = std::max(largest, other.largest);
}

Sums sums_of(const Slot& slot, const Block& block, const BlockColumn& weights) {
  switch (slot.model) {
    case ModelKind::q:
      return with_model(block, weights, block.q, block.value);
    case ModelKind::mrdr:
      return with_model(block, weights, block.mrdr_q, block.mrdr_value);
    case ModelKind::none:
      break;
  }
  return without_model(block, weights);
}

WeightSummary summary_of(const Sums& sums, int64_t rounds) {
  WeightSummary summary;
  if (rounds == 0) return summary;
  const auto n = static_cast<double>(rounds);
  summary.mean = sums.w / n;
  summary.largest = sums.largest;
  if (rounds > 1) summary.mean_error = error_of_mean(sums, rounds, 0.0, 0.0, 1.0);
  if (sums.w > 0.0) {
    summary.effective_size = sums.w * sums.w / sums.ww;
    summary.largest_share = sums.largest / sums.w;
  }
  return summary;
}

Form form_of(Estimator estimator, double centre) {
  Form form;
  switch (estimator) {
    case Estimator::dm:
      return {.offset = centre, .v = 1.0};
    case Estimator::snips:
    case Estimator::replay:
      return {.offset = centre, .averages = false, .ratio = true};
    case Estimator::sndr:
      return {.offset = centre, .v = 1.0, .ratio = true};
    case Estimator::ips:
    case Estimator::clipped_ips:
    case Estimator::sg_ips:
    case Estimator::balanced_ips:
    case Estimator::mips:
      return {.u = 1.0, .w = centre};
    default:
      return {.offset = centre, .v = 1.0, .u = 1.0};
  }
}

Linearised linearised(const Form& form, const Sums& sums, int64_t rounds, double centre) {
  const auto n = static_cast<double>(rounds);
  Linearised result;
  result.value = form.offset;
  if (form.averages) {
    result.value += (form.v * sums.v + form.u * sums.u + form.w * sums.w) / n;
    result.v = result.plain_v = form.v;
    result.u = result.plain_u = form.u;
    result.w = result.plain_w = form.w;
  }
  if (!form.ratio) return result;
  error::require(sums.w > 0.0, "a self-normalised estimate has weight");
  const double ratio = sums.u / sums.w;
  const double mean_weight = sums.w / n;
  result.value += ratio;
  result.u += 1.0 / mean_weight;
  result.w -= ratio / mean_weight;
  result.plain_u += 1.0 / mean_weight;
  // Alone, the plain rounds are those of the whole reward; beside a model, of what it left.
  if (!form.averages) result.plain_w += centre / mean_weight;
  return result;
}

double error_of_mean(const Sums& sums, int64_t rounds, double v, double u, double w) {
  const auto n = static_cast<double>(rounds);
  const double variance = v * v * covariance(sums.vv, sums.v, sums.v, n) +
                          u * u * covariance(sums.uu, sums.u, sums.u, n) +
                          w * w * covariance(sums.ww, sums.w, sums.w, n) +
                          2.0 * v * u * covariance(sums.vu, sums.v, sums.u, n) +
                          2.0 * v * w * covariance(sums.vw, sums.v, sums.w, n) +
                          2.0 * u * w * covariance(sums.uw, sums.u, sums.w, n);
  return std::sqrt(std::max(variance, 0.0) / n);
}

}  // namespace assay::ope
