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
#include <array>
#include <cmath>
#include <limits>

#include "metrics/hits.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kWeights = 12;

// The chance to go on to the next rank, of weights that are a reader's patience; 0 of others.
double persistence(HitWeight weight) {
  switch (weight) {
    case HitWeight::patience_50:
      return 0.5;
    case HitWeight::patience_80:
      return 0.8;
    case HitWeight::patience_85:
      return 0.85;
    case HitWeight::patience_90:
      return 0.9;
    case HitWeight::patience_95:
      return 0.95;
    default:
      return 0;
  }
}

// Whether the norm is a sum of weights over that many ranks.
bool is_discount(HitWeight weight) {
  return weight == HitWeight::log_discount || weight == HitWeight::plain_log_discount;
}

// What the j-th hit weighs at rank r, both from 1.
double weight_of(HitWeight weight, double r, double j) {
  switch (weight) {
    case HitWeight::one:
      return 1;
    case HitWeight::log_discount:
      return 1 / std::log2(r + 1);
    case HitWeight::plain_log_discount:
      return 1 / std::max(1.0, std::log2(r));
    case HitWeight::hits_over_rank:
      return j / r;
    case HitWeight::first_over_rank:
      return j == 1 ? 1 / r : 0;
    case HitWeight::first:
      return j == 1 ? 1 : 0;
    case HitWeight::two:
      return 2;
    default: {
      const double p = persistence(weight);
      return (1 - p) * std::pow(p, r - 1);
    }
  }
}

// The number that a norm stands for, at least 1.
int64_t norm_count(HitNorm norm, int64_t relevant, int64_t cutoff, int64_t hits) {
  switch (norm) {
    case HitNorm::one:
      return 1;
    case HitNorm::relevant:
      return relevant;
    case HitNorm::relevant_or_cutoff:
      return std::min(relevant, cutoff);
    case HitNorm::cutoff:
      return cutoff;
    case HitNorm::hits:
      return std::max<int64_t>(1, hits);
    case HitNorm::relevant_plus_cutoff:
      return relevant + cutoff;
  }
  return 1;
}

// sums[n] = weights of ranks 1..n together.
std::vector<double> weight_sums(HitWeight weight, int64_t count) {
  std::vector<double> sums(static_cast<size_t>(count) + 1);
  for (int64_t r = 1; r <= count; ++r) {
    sums[r] = sums[r - 1] + weight_of(weight, static_cast<double>(r), static_cast<double>(r));
  }
  return sums;
}

// weight_of over tensors: rank [k], number of the hit [B, k].
at::Tensor weights_of(HitWeight weight, const at::Tensor& r, const at::Tensor& j) {
  switch (weight) {
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
    default: {
      const double p = persistence(weight);
      return (((r - 1) * std::log(p)).exp() * (1 - p)).expand_as(j);
    }
  }
}

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
  HitWeight weight;
  HitNorm norm;
  int64_t cutoff;
  const double* ideal;  // sums of weights, or nullptr where the norm is the count itself
  double* out;          // [B]
};

// One request after the other: its hits, the running sums of each weight over them, then each
// column from those.
class HitWalk {
 public:
  HitWalk(std::vector<Step> steps, int64_t widest)
      : steps_(std::move(steps)), ranks_(static_cast<size_t>(widest)) {
    for (const Step& step : steps_) used_[static_cast<size_t>(step.weight)] = true;
    for (size_t w = 0; w < kWeights; ++w) {
      if (!used_[w]) continue;
      sums_[w].resize(static_cast<size_t>(widest) + 1);
      if (is_discount(HitWeight(w)) || persistence(HitWeight(w)) > 0)
        discounts_[w] = discounts(HitWeight(w), widest);
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
    sum_up(hits);
    for (const Step& step : steps_) {
      const int64_t within = hits_within(step.cutoff, hits);
      const int64_t count = norm_count(step.norm, relevant, step.cutoff, within);
      const double norm = step.ideal ? step.ideal[count] : static_cast<double>(count);
      step.out[request] = sums_[static_cast<size_t>(step.weight)][within] / norm;
    }
  }

 private:
  static std::vector<double> discounts(HitWeight weight, int64_t widest) {
    std::vector<double> values;
    for (int64_t r = 1; r <= widest; ++r)
      values.push_back(weight_of(weight, static_cast<double>(r), 1));
    return values;
  }

  int64_t hits_within(int64_t cutoff, int64_t hits) const {
    while (hits > 0 && ranks_[hits - 1] >= cutoff) --hits;
    return hits;
  }

  void sum_up(int64_t hits) {
    for (size_t w = 0; w < kWeights; ++w) {
      if (!used_[w]) continue;
      double* sums = sums_[w].data();
      const double* discount = discounts_[w].empty() ? nullptr : discounts_[w].data();
      for (int64_t h = 0; h < hits; ++h) {
        const int32_t rank = ranks_[h];
        sums[h + 1] =
            sums[h] + (discount ? discount[rank]
                                : weight_of(HitWeight(w), rank + 1, static_cast<double>(h + 1)));
      }
    }
  }

  std::vector<Step> steps_;
  std::vector<int32_t> ranks_;
  std::array<bool, kWeights> used_{};
  std::array<std::vector<double>, kWeights> sums_, discounts_;
};

int64_t most_relevant(const int64_t* offset, int64_t rows) {
  int64_t most = 0;
  for (int64_t r = 0; r < rows; ++r) most = std::max(most, offset[r + 1] - offset[r]);
  return most;
}

}  // namespace

const std::vector<AccuracyRule>& accuracy_rules() {
  using W = HitWeight;
  using N = HitNorm;
  static const std::vector<AccuracyRule> rules = {
      {"recall{den=R}", W::one, N::relevant},
      {"recall{den=min(R,k)}", W::one, N::relevant_or_cutoff},
      {"precision{den=k}", W::one, N::cutoff},
      {"ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}", W::log_discount,
       N::relevant_or_cutoff},
      {"ndcg{gain=binary,discount=log2(r+1),ideal=R}", W::log_discount, N::relevant},
      {"ndcg{gain=binary,discount=log2(r+1),ideal=k}", W::log_discount, N::cutoff},
      {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=min(R,k)}", W::plain_log_discount,
       N::relevant_or_cutoff},
      {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=R}", W::plain_log_discount, N::relevant},
      {"ndcg{gain=binary,discount=max(1,log2(r)),ideal=k}", W::plain_log_discount, N::cutoff},
      {"map{norm=min(R,k)}", W::hits_over_rank, N::relevant_or_cutoff},
      {"map{norm=R}", W::hits_over_rank, N::relevant},
      {"map{norm=k}", W::hits_over_rank, N::cutoff},
      {"map{norm=hits}", W::hits_over_rank, N::hits},
      {"mrr", W::first_over_rank, N::one},
      {"hit_rate", W::first, N::one},
      {"success", W::first, N::one},
      {"f1", W::two, N::relevant_plus_cutoff},
      {"rbp{p=0.5}", W::patience_50, N::one},
      {"rbp{p=0.8}", W::patience_80, N::one},
      {"rbp{p=0.85}", W::patience_85, N::one},
      {"rbp{p=0.9}", W::patience_90, N::one},
      {"rbp{p=0.95}", W::patience_95, N::one},
  };
  return rules;
}

const AccuracyRule* find_accuracy_rule(std::string_view definition) {
  for (const AccuracyRule& rule : accuracy_rules()) {
    if (rule.definition == definition) return &rule;
  }
  return nullptr;
}

at::Tensor accuracy_values(const AccuracyRule& rule, const at::Tensor& all_hits,
                           const at::Tensor& relevant, int64_t cutoff) {
  const at::Tensor hits = all_hits.slice(1, 0, cutoff).to(at::kDouble);
  const at::Tensor rank = at::arange(1, hits.size(1) + 1, hits.options());
  const at::Tensor sum = (hits * weights_of(rule.weight, rank, at::cumsum(hits, 1))).sum(1);
  at::Tensor norm = norm_counts(rule.norm, relevant, cutoff, hits.sum(1).to(at::kLong));
  if (is_discount(rule.weight) && norm.size(0) > 0) {
    const std::vector<double> sums = weight_sums(rule.weight, norm.max().item<int64_t>());
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

  std::array<std::vector<double>, kWeights> ideal;
  std::vector<Step> steps;
  for (const AccuracyColumn& column : columns_) {
    auto& sums = ideal[static_cast<size_t>(column.rule->weight)];
    const bool discounted = is_discount(column.rule->weight);
    if (discounted && sums.empty())
      sums = weight_sums(column.rule->weight, std::max(widest_, most_relevant(offset, rows)));
    steps.push_back({column.rule->weight, column.rule->norm, column.cutoff,
                     discounted ? sums.data() : nullptr,
                     out[column.row].mutable_data_ptr<double>()});
  }
  at::parallel_for(0, rows, 512, [&](int64_t first, int64_t last) {
    HitWalk walk(steps, widest_);
    for (int64_t r = first; r < last; ++r) {
      walk.step(r, item + r * stride, width, value + offset[r], offset[r + 1] - offset[r]);
    }
  });
}

}  // namespace assay::metrics
