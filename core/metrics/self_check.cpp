#include "metrics/self_check.h"

#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>

#include "metrics/hits.h"
#include "metrics/self_check_parts.h"
#include "rules/hit_rule.h"

namespace assay::metrics {
namespace {

using rules::HitRule;

constexpr int64_t kSmallBatch = 37;  // at most, of the second scoring; divides no usual size

CandidateBatch rows_of(const CandidateBatch& lists, int64_t first, int64_t count) {
  CandidateBatch out;
  out.item = lists.item.narrow(0, first, count).contiguous();
  out.score = lists.score.narrow(0, first, count).contiguous();
  return out;
}

/// In small batches, the last requests first.
at::Tensor scored_backwards(const RequestScorer& score, const CandidateBatch& lists) {
  std::vector<at::Tensor> parts;
  const int64_t size = std::clamp<int64_t>(lists.size() / 3, 1, kSmallBatch);
  for (int64_t end = lists.size(); end > 0; end -= size) {
    const int64_t first = std::max<int64_t>(0, end - size);
    parts.insert(parts.begin(), score(rows_of(lists, first, end - first), first));
  }
  return at::cat(parts, 1).contiguous();
}

/// The first request whose values differ, if any.
std::optional<size_t> first_difference(std::span<const float> a, std::span<const float> b) {
  for (size_t r = 0; r < a.size(); ++r)
    if (!same_bits(a[r], b[r])) return r;
  return std::nullopt;
}

CheckedMetric against_itself(const MetricAtCutoff& column, std::span<const float> first,
                             std::span<const float> again) {
  CheckedMetric out = checked(column, Check::itself, std::ssize(first));
  Sums difference;
  for (size_t r = 0; r < first.size(); ++r) {
    if (std::isnan(first[r]) != std::isnan(again[r]))
      fail(out, fmt::format("request {} of the sample has a value on one side alone", r));
    else if (!std::isnan(first[r]))
      difference.add(static_cast<double>(again[r]) - static_cast<double>(first[r]));
  }
  if (difference.squares != 0)
    fail(out,
         fmt::format("a variant against itself differs by {:.6g} on average", difference.mean()));
  out.found = difference.mean();
  out.expected = out.tolerance = 0;
  return out;
}

CheckedMetric scored_twice(const MetricAtCutoff& column, std::span<const float> first,
                           std::span<const float> second, const at::Tensor& kept) {
  CheckedMetric out = checked(column, Check::twice, std::ssize(first));
  if (const auto r = first_difference(first, second))
    fail(out, fmt::format("request {} of the sample has {:.9g}, and {:.9g} when it is scored in "
                          "another batch",
                          *r, first[*r], second[*r]));
  if (!kept.defined()) return out;
  const float* value = kept.const_data_ptr<float>();
  for (size_t r = 0; r < first.size(); ++r) {
    const double most = kRounding * std::max(1.0, std::abs(static_cast<double>(first[r])));
    if (same_bits(first[r], value[r]) || std::abs(first[r] - value[r]) <= most) continue;
    fail(out, fmt::format("request {} of the sample has {:.9g}, and the run keeps {:.9g}", r,
                          first[r], value[r]));
  }
  return out;
}

/// Hits within the cutoff, request by request.
std::vector<std::vector<char>> hits_within(const CandidateBatch& lists, const Ragged& truth,
                                           int64_t cutoff) {
  const int64_t width = std::min(cutoff, lists.width());
  const at::Tensor hits =
      find_hits(lists.item.narrow(1, 0, width).contiguous(), truth).contiguous();
  const bool* hit = hits.const_data_ptr<bool>();
  std::vector<std::vector<char>> out;
  for (int64_t r = 0; r < hits.size(0); ++r)
    out.emplace_back(hit + r * width, hit + (r + 1) * width);
  return out;
}

/// Whether the rule says that the lists of some request are worth different values.
bool differ_by_rule(const HitRule& rule, const SampledLists& lists, const Ragged& truth,
                    int64_t cutoff) {
  const auto base = hits_within(lists.base, truth, cutoff),
             other = hits_within(*lists.other, truth, cutoff);
  const at::Tensor relevant = truth.lengths();
  const auto* count = relevant.const_data_ptr<int64_t>();
  for (size_t r = 0; r < base.size(); ++r) {
    if (count[r] == 0 || base[r] == other[r]) continue;
    const double difference = rules::value_of(rule, base[r], count[r], cutoff) -
                              rules::value_of(rule, other[r], count[r], cutoff);
    if (std::abs(difference) > kRounding) return true;
  }
  return false;
}

/// @param other  of another variant; empty where there is none
CheckedMetric told_apart(const MetricAtCutoff& column, std::span<const float> base,
                         std::span<const float> other, const SampledLists& lists,
                         const Ragged& truth) {
  CheckedMetric out = checked(column, Check::different, std::ssize(base));
  if (other.size() != base.size()) {
    leave(out, "the run has no other variant on this data set");
    return out;
  }
  int64_t differ = 0;
  for (size_t r = 0; r < base.size(); ++r) differ += same_bits(base[r], other[r]) ? 0 : 1;
  out.found = static_cast<double>(differ);
  if (differ > 0) return out;
  const HitRule* rule = rules::find_hit_rule(column.definition);
  if (rule == nullptr)
    leave(out, "two variants have the same values, which may be right");
  else if (differ_by_rule(*rule, lists, truth, column.cutoff))
    fail(out, "two variants have the same value on every request, though their hits differ");
  else
    leave(out, "two variants have hits that are worth the same on every request");
  return out;
}

}  // namespace

std::string_view check_name(Check check) {
  switch (check) {
    case Check::ideal:
      return "ideal";
    case Check::chance:
      return "chance";
    case Check::itself:
      return "itself";
    case Check::twice:
      return "twice";
    case Check::different:
      return "different";
  }
  return "";
}

std::vector<CheckedMetric> check_repetition(const std::vector<MetricAtCutoff>& columns,
                                            const RequestScorer& score, const SampledLists& lists,
                                            const Ragged& truth) {
  const at::Tensor first = score(lists.base, 0), again = score(lists.again, 0),
                   backwards = scored_backwards(score, lists.base);
  const at::Tensor other = lists.other ? score(*lists.other, 0) : at::Tensor();
  std::vector<CheckedMetric> out;
  for (size_t c = 0; c < columns.size(); ++c) {
    const auto row = static_cast<int64_t>(c);
    const std::span<const float> base = row_of(first, row);
    out.push_back(against_itself(columns[c], base, row_of(again, row)));
    out.push_back(scored_twice(columns[c], base, row_of(backwards, row),
                               c < lists.kept.size() ? lists.kept[c] : at::Tensor()));
    const std::span<const float> of_other =
        lists.other ? row_of(other, row) : std::span<const float>();
    out.push_back(told_apart(columns[c], base, of_other, lists, truth));
  }
  return out;
}

}  // namespace assay::metrics
