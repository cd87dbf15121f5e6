#include "metrics/accuracy.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cumsum.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <span>

#include "metrics/hits.h"

namespace assay::metrics {
namespace {

using rules::HitNorm;
using rules::HitRule;
using rules::HitWeight;

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
// sums[n] = weights of ranks 1..n together, the norm of a discount.
std::vector<double> weight_sums(const HitRule& rule, int64_t count) {
  std::vector<double> sums(static_cast<size_t>(count) + 1);
  for (int64_t r = 1; r <= count; ++r) {
    const auto rank = static_cast<double>(r);
    sums[r] = sums[r - 1] + rules::weight_at(rule, rank, rank);
  }
  return sums;
}

// rules::weight_at over tensors: rank [k], number of the hit [B, k].
at::Tensor weights_at(const HitRule& rule, const at::Tensor& r, const at::Tensor& j) {
  switch (rule.weight) {
    case HitWeight::one:
      return at::ones_like(j);
    case HitWeight::log_discount:
      return (r + 1).log2().reciprocal().expand_as(j);
    case HitWeight::plain_log_discount:
      return r.log2().clamp_min(1).reciprocal().expand_as(j);
    case HitWeight::hits_over_rank:
      return j / r;
    case HitWeight::first_over_rank:
      return (j == 1).to(at::kDouble) / r;
    case HitWeight::first:
      return (j == 1).to(at::kDouble);
    case HitWeight::two:
      return at::full_like(j, 2);
    case HitWeight::patience:
      return (((r - 1) * std::log(rule.persistence)).exp() * (1 - rule.persistence)).expand_as(j);
  }
  return {};
}

// rules::norm_count over tensors.
at::Tensor norm_counts(HitNorm norm, const at::Tensor& relevant, int64_t cutoff,
                       const at::Tensor& hits) {
  switch (norm) {
    case HitNorm::one:
      return at::ones_like(relevant);
    case HitNorm::relevant:
      return relevant;
    case HitNorm::relevant_or_cutoff:
      return relevant.clamp_max(cutoff);
    case HitNorm::cutoff:
      return at::full(relevant.sizes(), cutoff, relevant.options());
    case HitNorm::hits:
      return hits.clamp_min(1);
    case HitNorm::relevant_plus_cutoff:
      return relevant + cutoff;
  }
  return {};
}

// What a column reads: weights that several columns share are summed once a request.
struct Step {
  const HitRule* rule;
  int64_t cutoff;
  const double* ideal;  // sums of weights, or nullptr where the norm is the count itself
  double* out;          // [B]
  size_t weights = 0;   // which of the walk's sums
};

// The running sums of one weight over the hits of a list.
class WeightSums {
 public:
  WeightSums(const HitRule& rule, int64_t widest)
      : rule_(&rule), sums_(static_cast<size_t>(widest) + 1) {
    if (!rules::changes_with_rank_alone(rule.weight)) return;
    for (int64_t r = 1; r <= widest; ++r)
      by_rank_.push_back(rules::weight_at(rule, static_cast<double>(r), 1));
  }

  bool is_of(const HitRule& rule) const { return rules::weigh_alike(*rule_, rule); }
  double of_first(int64_t hits) const { return sums_[hits]; }

  /// @param ranks  of the hits, from 0
  void sum_up(std::span<const int32_t> ranks) {
    for (size_t h = 0; h < ranks.size(); ++h) {
      const double weight = by_rank_.empty()
                                ? rules::weight_at(*rule_, ranks[h] + 1, static_cast<double>(h + 1))
                                : by_rank_[ranks[h]];
      sums_[h + 1] = sums_[h] + weight;
    }
  }

 private:
  const HitRule* rule_;
  std::vector<double> sums_;     // [n] of the first n hits
  std::vector<double> by_rank_;  // of weights that no hit's number changes
};

// One request after the other: its hits, the running sums of each weight over them, then each
// column from those.
class HitWalk {
 public:
  HitWalk(std::vector<Step> steps, int64_t widest)
      : steps_(std::move(steps)), ranks_(static_cast<size_t>(widest)) {
    for (Step& step : steps_) {
      const auto known = std::ranges::find_if(
          sums_, [&](const WeightSums& sums) { return sums.is_of(*step.rule); });
      step.weights = static_cast<size_t>(known - sums_.begin());
      if (known == sums_.end()) sums_.emplace_back(*step.rule, widest);
    }
  }

  void step(int64_t request, const int64_t* items, int64_t width, const int64_t* truth,
            int64_t relevant) {
    if (relevant == 0) {
      for (const Step& step : steps_) step.out[request] = kNoValue;
      return;
    }
    const int64_t hits = hit_ranks(items, width, truth, relevant, ranks_.data());
    if (hits == 0) {
      for (const Step& step : steps_) step.out[request] = 0;
      return;
    }
    for (WeightSums& sums : sums_) sums.sum_up(std::span(ranks_).first(static_cast<size_t>(hits)));
    for (const Step& step : steps_) {
      const int64_t within = hits_within(step.cutoff, hits);
      const int64_t count = rules::norm_count(step.rule->norm, relevant, step.cutoff, within);
      const double norm = step.ideal ? step.ideal[count] : static_cast<double>(count);
      step.out[request] = sums_[step.weights].of_first(within) / norm;
    }
  }

 private:
  int64_t hits_within(int64_t cutoff, int64_t hits) const {
    while (hits > 0 && ranks_[hits - 1] >= cutoff) --hits;
    return hits;
  }

  std::vector<Step> steps_;
  std::vector<int32_t> ranks_;
  std::vector<WeightSums> sums_;  // one a weight
};

int64_t most_relevant(const int64_t* offset, int64_t rows) {
  int64_t most = 0;
  for (int64_t r = 0; r < rows; ++r) most = std::max(most, offset[r + 1] - offset[r]);
  return most;
}

}  // namespace

at::Tensor accuracy_values(const HitRule& rule, const at::Tensor& all_hits,
                           const at::Tensor& relevant, int64_t cutoff) {
  const at::Tensor hits = all_hits.slice(1, 0, cutoff).to(at::kDouble);
  const at::Tensor rank = at::arange(1, hits.size(1) + 1, hits.options());
  const at::Tensor sum = (hits * weights_at(rule, rank, at::cumsum(hits, 1))).sum(1);
  at::Tensor norm = norm_counts(rule.norm, relevant, cutoff, hits.sum(1).to(at::kLong));
  if (rules::is_discount(rule.weight) && norm.size(0) > 0) {
    const std::vector<double> sums = weight_sums(rule, norm.max().item<int64_t>());
    at::Tensor table =
        at::full({static_cast<int64_t>(sums.size())}, 0, at::TensorOptions().dtype(at::kDouble));
    std::copy(sums.begin(), sums.end(), table.mutable_data_ptr<double>());
    norm = table.to(norm.device()).index_select(0, norm);
  }
  return at::where(relevant > 0, sum / norm, kNoValue);
}

AccuracyFamily::AccuracyFamily(std::vector<AccuracyColumn> columns) : columns_(std::move(columns)) {
  for (const AccuracyColumn& column : columns_) widest_ = std::max(widest_, column.cutoff);
}

void AccuracyFamily::compute(const MetricBatch& batch, const at::Tensor& out) const {
  const at::Tensor& items = batch.items;
  const Ragged& truth = batch.truth;
  if (items.is_cpu()) return compute_cpu(items, truth, out);
  const at::Tensor hits = find_hits(items.slice(1, 0, widest_), truth);
  for (const AccuracyColumn& column : columns_) {
    out[column.row].copy_(accuracy_values(*column.rule, hits, truth.lengths(), column.cutoff));
  }
}

void AccuracyFamily::compute_cpu(const at::Tensor& items, const Ragged& truth,
                                 const at::Tensor& out) const {
  const at::Tensor list = items.contiguous(), values = truth.values.contiguous(),
                   offsets = truth.offsets.contiguous();
  const int64_t rows = list.size(0), stride = list.size(1), width = std::min(stride, widest_);
  const auto* item = list.const_data_ptr<int64_t>();
  const auto* value = values.const_data_ptr<int64_t>();
  const auto* offset = offsets.const_data_ptr<int64_t>();

  std::map<HitWeight, std::vector<double>> ideal;
  std::vector<Step> steps;
  for (const AccuracyColumn& column : columns_) {
    const HitRule& rule = *column.rule;
    const double* sums = nullptr;
    if (rules::is_discount(rule.weight)) {
      std::vector<double>& known = ideal[rule.weight];
      if (known.empty()) known = weight_sums(rule, std::max(widest_, most_relevant(offset, rows)));
      sums = known.data();
    }
    steps.push_back({&rule, column.cutoff, sums, out[column.row].mutable_data_ptr<double>()});
  }
  at::parallel_for(0, rows, 512, [&](int64_t first, int64_t last) {
    HitWalk walk(steps, widest_);
    for (int64_t r = first; r < last; ++r) {
      walk.step(r, item + r * stride, width, value + offset[r], offset[r + 1] - offset[r]);
    }
  });
}

}  // namespace assay::metrics
