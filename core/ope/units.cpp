#include "ope/units.h"

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "ope/resample.h"

namespace assay::ope {

namespace {

/// The columns that a slot's rounds are made of.
struct SlotColumns {
  const BlockColumn& weights;
  const BlockColumn* q = nullptr;
  const BlockColumn* value = nullptr;

  SlotColumns(const Slot& slot, const Block& block, BlockColumn& scratch)
      : weights(weights_of(slot, block, scratch)) {
    if (slot.model == ModelKind::q) q = &block.q, value = &block.value;
    if (slot.model == ModelKind::mrdr) q = &block.mrdr_q, value = &block.mrdr_value;
  }
  double v(int i) const { return value == nullptr ? 0.0 : (*value)[i]; }
  double u(int i, const Block& block) const {
    return weights[i] * (block.reward[i] - (q == nullptr ? 0.0 : (*q)[i]));
  }
};

}  // namespace

std::span<const int64_t> Places::places(std::span<const int32_t> cluster, int rounds) {
  places_.resize(static_cast<size_t>(rounds));
  for (size_t i = 0; i < places_.size(); ++i) {
    const int32_t id = cluster.empty() ? -1 : cluster[i];
    if (id < 0 && !numbers_all_) ++alone_;
    if (id < 0) {
      places_[i] = numbers_all_ ? units_++ : kAlone;
      continue;
    }
    if (id != last_) {
      last_place_ = unit_of(id);
      last_ = id;
    }
    places_[i] = last_place_;
  }
  return places_;
}

int64_t Places::unit_of(int32_t id) {
  constexpr int32_t kSmall = 1 << 24;
  if (id >= kSmall) {
    const auto [at, is_new] = large_.try_emplace(id, units_);
    units_ += is_new ? 1 : 0;
    return at->second;
  }
  const auto at = static_cast<size_t>(id);
  if (at >= small_.size()) small_.resize(at + 1, -1);
  if (small_[at] < 0) small_[at] = units_++;
  return small_[at];
}

UnitSums::UnitSums(std::vector<UnitSpec> specs, int64_t rounds, int64_t units, int64_t numbered,
                   bool held)
    : specs_(std::move(specs)),
      rounds_(static_cast<double>(rounds)),
      units_(static_cast<double>(units)) {
  const auto size = static_cast<size_t>(numbered);
  errors_.assign(specs_.size(), std::vector<double>(size));
  alone_.assign(specs_.size(), 0.0);
  if (!held) return;
  error::require(units == numbered, "a unit that is resampled has a place");
  counts_.assign(size, 0.0);
  for (const UnitSpec& spec : specs_) {
    Held& sums = held_.emplace_back();
    if (spec.form.averages) sums.average.assign(size, 0.0);
    if (!spec.form.ratio) continue;
    sums.numerator.assign(size, 0.0);
    sums.denominator.assign(size, 0.0);
  }
}

void UnitSums::add(const Block& block, std::span<const int64_t> places) {
  for (size_t spec = 0; spec < specs_.size(); ++spec) add_one(spec, block, places);
  if (counts_.empty()) return;
  for (const int64_t place : places) counts_[place] += 1.0;
}

void UnitSums::add_one(size_t spec, const Block& block, std::span<const int64_t> places) {
  const auto& [slot, form, line, sums] = specs_[spec];
  BlockColumn scratch;
  const SlotColumns columns(slot, block, scratch);
  const double v_mean = sums.v / rounds_, u_mean = sums.u / rounds_, w_mean = sums.w / rounds_;
  for (int i = 0; i < block.rounds; ++i) {
    const double v = columns.v(i), u = columns.u(i, block), w = columns.weights[i];
    const double error = line.v * (v - v_mean) + line.u * (u - u_mean) + line.w * (w - w_mean);
    if (places[i] == kAlone) {
      alone_[spec] += error * error;
      continue;
    }
    const auto at = static_cast<size_t>(places[i]);
    errors_[spec][at] += error;
    if (held_.empty()) continue;
    Held& held = held_[spec];
    if (form.averages) held.average[at] += form.v * v + form.u * u + form.w * w;
    if (!form.ratio) continue;
    held.numerator[at] += u;
    held.denominator[at] += w;
  }
}

double UnitSums::standard_error(size_t spec) const {
  const std::vector<double>& errors = errors_[spec];
  error::require(units_ > 1.0, "a standard error has two units");
  double squares = alone_[spec];
  for (const double error : errors) squares += error * error;
  return std::sqrt(squares * units_ / (units_ - 1.0)) / rounds_;
}

UnitBootstrap UnitSums::bootstrap(size_t spec, const stats::BootstrapOptions& options,
                                  double alpha) const {
  error::require(!held_.empty() && options.resamples > 0, "a bootstrap holds its units");
  const UnitSpec& one = specs_[spec];
  const Held& held = held_[spec];
  std::vector<double> replicates(static_cast<size_t>(options.resamples), one.form.offset);
  const auto add = [&](const std::vector<double>& above, const std::vector<double>& below) {
    const std::vector<double> ratios = resampled_ratios(above, below, options);
    for (size_t r = 0; r < replicates.size(); ++r) replicates[r] += ratios[r];
  };
  if (one.form.averages) add(held.average, counts_);
  if (one.form.ratio) add(held.numerator, held.denominator);
  if (!std::ranges::all_of(replicates, [](double x) { return std::isfinite(x); })) {
    return {std::nullopt, "no bootstrap interval: some resamples have no weight at all"};
  }
  return {stats::BootstrapDistribution(std::move(replicates), one.line.value).percentile(alpha),
          ""};
}

}  // namespace assay::ope
