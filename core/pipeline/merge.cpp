#include "pipeline/merge.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "error/error.h"
#include "pipeline/stage_failure.h"

namespace assay::pipeline {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// One candidate of one source, in one row.
struct Mention {
  int64_t item;
  int64_t source;
  int64_t rank;  ///< from 0
  float score;
};

struct MergedItem {
  int64_t item;
  double score;
  size_t first, last;  ///< its mentions
};

/// What a method makes of one row: the items that are kept, best first.
/// @param mentions  by item, then by source
using RowMerge = std::function<std::vector<MergedItem>(const std::vector<Mention>& mentions)>;

/// Sources as contiguous CPU rows.
struct Sources {
  explicit Sources(const std::vector<CandidateBatch>& batches) {
    for (const CandidateBatch& batch : batches) {
      items.push_back(batch.item.cpu().contiguous());
      scores.push_back(batch.score.cpu().contiguous());
      width += batch.width();
    }
  }

  // By item, then by source: so that sums run in the order of the sources.
  void mentions(int64_t row, std::vector<Mention>& out) const {
    out.clear();
    for (size_t s = 0; s < items.size(); ++s) {
      const int64_t columns = items[s].size(1);
      const int64_t* item = items[s].const_data_ptr<int64_t>() + row * columns;
      const float* score = scores[s].const_data_ptr<float>() + row * columns;
      for (int64_t j = 0; j < columns && item[j] >= 0; ++j) {
        out.push_back({item[j], static_cast<int64_t>(s), j, score[j]});
      }
    }
    std::ranges::sort(out, [](const Mention& a, const Mention& b) {
      return a.item != b.item ? a.item < b.item : a.source < b.source;
    });
  }

  std::vector<at::Tensor> items, scores;
  int64_t width = 0;
};

// One for each item, without a score.
std::vector<MergedItem> grouped(const std::vector<Mention>& mentions) {
  std::vector<MergedItem> out;
  for (size_t first = 0; first < mentions.size();) {
    size_t last = first;
    while (last < mentions.size() && mentions[last].item == mentions[first].item) ++last;
    out.push_back({mentions[first].item, 0, first, last});
    first = last;
  }
  return out;
}

[[noreturn]] void too_large(int64_t item, double sum) {
  throw StageFailure(task::FailureKind::contract,
                     fmt::format("the merged score of item {} is {:g}, which 32 bits do not hold; "
                                 "take merge.params.normalise: minmax or z, or smaller weights",
                                 item, sum));
}

/// Every item, by the sum of what its mentions are worth.
template <typename Worth>
std::vector<MergedItem> by_sum(const std::vector<Mention>& mentions, const Worth& worth) {
  std::vector<MergedItem> out = grouped(mentions);
  for (MergedItem& one : out) {
    double sum = 0;
    for (size_t m = one.first; m < one.last; ++m) sum += worth(mentions[m]);
    // Rounded to float32 before sorting: the order must be that of the scores handed on.
    one.score = static_cast<float>(sum);
    if (!std::isfinite(one.score)) too_large(one.item, sum);
  }
  std::ranges::sort(out, [](const MergedItem& a, const MergedItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  return out;
}

/// Merges on the CPU whatever the device: rows are short, sorting them is cheaper than the launches
/// would be.
CandidateBatch merge_rows(const std::vector<CandidateBatch>& batches, int64_t k,
                          const RowMerge& merge) {
  const Sources sources(batches);
  const int64_t rows = batches.front().size(), count = static_cast<int64_t>(batches.size());
  const int64_t width = k > 0 ? std::min(k, sources.width) : sources.width;
  at::Tensor item = at::full({rows, width}, -1, at::kLong);
  at::Tensor merged = at::full({rows, width}, -kInfinity, at::kFloat);
  at::Tensor source = at::full({rows, width, count}, std::nanf(""), at::kFloat);
  int64_t* item_out = item.mutable_data_ptr<int64_t>();
  float* score_out = merged.mutable_data_ptr<float>();
  float* source_out = source.mutable_data_ptr<float>();
  at::parallel_for(0, rows, 16, [&](int64_t begin, int64_t end) {
    std::vector<Mention> mentions;
    for (int64_t row = begin; row < end; ++row) {
      sources.mentions(row, mentions);
      const std::vector<MergedItem> ranked = merge(mentions);
      const int64_t kept = std::min<int64_t>(width, ranked.size());
      for (int64_t j = 0; j < kept; ++j) {
        item_out[row * width + j] = ranked[j].item;
        score_out[row * width + j] = static_cast<float>(ranked[j].score);
        for (size_t m = ranked[j].first; m < ranked[j].last; ++m) {
          source_out[(row * width + j) * count + mentions[m].source] = mentions[m].score;
        }
      }
    }
  });
  const at::Device device = batches.front().item.device();
  return {item.to(device), merged.to(device), source.to(device), std::nullopt};
}

std::vector<double> weights_of(const task::MergeSpec& merge, size_t sources) {
  std::vector<double> weights(sources, 1.0);
  if (merge.params.contains("weights") && !merge.params.at("weights").is_null()) {
    weights = merge.params.at("weights").get<std::vector<double>>();
  }
  error::require(weights.size() == sources, "a merge has one weight for each source");
  return weights;
}

// Cormack, Clarke & Buettcher 2009, "Reciprocal Rank Fusion Outperforms Condorcet and Individual
// Rank Learning Methods": the sum of w / (k0 + rank), ranks from 1.
CandidateBatch reciprocal_rank(const std::vector<CandidateBatch>& sources,
                               const task::MergeSpec& merge) {
  const double k0 = merge.params.value("k0", task::kDefaultMergeK0);
  const std::vector<double> weights = weights_of(merge, sources.size());
  return merge_rows(sources, merge.k, [&](const std::vector<Mention>& mentions) {
    return by_sum(mentions,
                  [&](const Mention& m) { return weights[m.source] / (k0 + m.rank + 1); });
  });
}

/// What is done to the scores of one source in one row: (score - origin) * scale + shift.
struct Normal {
  double origin = 0, scale = 1, shift = 0;
};

Normal between_worst_and_best(const std::vector<double>& scores) {
  const auto [low, high] = std::ranges::minmax(scores);
  return high > low ? Normal{low, 1 / (high - low)} : Normal{low, 1, 1};
}

Normal by_deviation(const std::vector<double>& scores) {
  const auto count = static_cast<double>(scores.size());
  const double mean = std::accumulate(scores.begin(), scores.end(), 0.0) / count;
  double squares = 0;
  for (const double score : scores) squares += (score - mean) * (score - mean);
  return {mean, squares > 0 ? 1 / std::sqrt(squares / count) : 0};
}

std::vector<Normal> normals(const std::vector<Mention>& mentions, size_t sources,
                            task::ScoreScaling scaling) {
  std::vector<Normal> out(sources);
  if (scaling == task::ScoreScaling::none) return out;
  std::vector<std::vector<double>> scores(sources);
  for (const Mention& m : mentions) scores[m.source].push_back(m.score);
  for (size_t s = 0; s < sources; ++s) {
    if (scores[s].empty()) continue;
    out[s] = scaling == task::ScoreScaling::z ? by_deviation(scores[s])
                                              : between_worst_and_best(scores[s]);
  }
  return out;
}

// Fox & Shaw 1994, "Combination of Multiple Searches", CombSUM: the sum of w times the normalised
// score.
CandidateBatch weighted_score(const std::vector<CandidateBatch>& sources,
                              const task::MergeSpec& merge) {
  const auto scaling = merge.params.value("normalise", task::kDefaultScoreScaling);
  const std::vector<double> weights = weights_of(merge, sources.size());
  return merge_rows(sources, merge.k, [&](const std::vector<Mention>& mentions) {
    const std::vector<Normal> normal = normals(mentions, sources.size(), scaling);
    return by_sum(mentions, [&](const Mention& m) {
      const Normal& to = normal[m.source];
      return weights[m.source] * (m.score - to.origin) * to.scale + weights[m.source] * to.shift;
    });
  });
}

/// Sources take turns, in their order (Voorhees, Gupta & Johnson-Laird 1994, "The Collection Fusion
/// Problem"): each brings its best item that is not there yet, until it
/// has brought as many as it may. The item at place p (from 0) scores 1 / (p + 1).
std::vector<MergedItem> in_turns(const std::vector<Mention>& mentions,
                                 const std::vector<int64_t>& at_most) {
  const std::vector<MergedItem> items = grouped(mentions);
  // Places in `items`, in the order of each source.
  std::vector<std::vector<std::pair<int64_t, size_t>>> lists(at_most.size());
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t m = items[i].first; m < items[i].last; ++m)
      lists[mentions[m].source].emplace_back(mentions[m].rank, i);
  }
  for (auto& list : lists) std::ranges::sort(list);
  std::vector<size_t> next(lists.size(), 0);
  std::vector<int64_t> brought(lists.size(), 0);
  std::vector<bool> taken(items.size(), false);
  std::vector<MergedItem> out;
  for (size_t before = SIZE_MAX; before != out.size();) {
    before = out.size();
    for (size_t s = 0; s < lists.size(); ++s) {
      while (next[s] < lists[s].size() && taken[lists[s][next[s]].second]) ++next[s];
      if (next[s] == lists[s].size() || brought[s] == at_most[s]) continue;
      const size_t chosen = lists[s][next[s]].second;
      taken[chosen] = true;
      ++brought[s];
      out.push_back(items[chosen]);
      out.back().score = 1 / static_cast<double>(out.size());
    }
  }
  return out;
}

CandidateBatch round_robin(const std::vector<CandidateBatch>& sources,
                           const task::MergeSpec& merge) {
  const std::vector<int64_t> at_most(sources.size(), std::numeric_limits<int64_t>::max());
  return merge_rows(sources, merge.k, [&](const std::vector<Mention>& mentions) {
    return in_turns(mentions, at_most);
  });
}

CandidateBatch quota(const std::vector<CandidateBatch>& sources, const task::MergeSpec& merge) {
  const auto quotas = merge.params.at("quotas").get<std::vector<int64_t>>();
  error::require(quotas.size() == sources.size(), "a merge has one quota for each source");
  const int64_t sum = std::accumulate(quotas.begin(), quotas.end(), int64_t{0});
  const int64_t k = merge.k > 0 ? std::min(merge.k, sum) : sum;
  return merge_rows(
      sources, k, [&](const std::vector<Mention>& mentions) { return in_turns(mentions, quotas); });
}

}  // namespace

const Merger& merger(task::MergeMethod method) {
  static const std::map<task::MergeMethod, Merger> table = {
      {task::MergeMethod::reciprocal_rank, &reciprocal_rank},
      {task::MergeMethod::weighted_score, &weighted_score},
      {task::MergeMethod::round_robin, &round_robin},
      {task::MergeMethod::quota, &quota}};
  return table.at(method);
}

CandidateBatch with_source_score(CandidateBatch batch) {
  const at::Tensor missing = at::full({}, std::nanf(""), batch.score.options());
  batch.source_score = at::where(batch.item.ge(0), batch.score, missing).unsqueeze(2);
  return batch;
}

CandidateBatch narrowed(const CandidateBatch& batch, int64_t k) {
  if (k <= 0 || batch.width() <= k) return batch;
  CandidateBatch out{
      batch.item.narrow(1, 0, k).contiguous(), batch.score.narrow(1, 0, k).contiguous(), {}, {}};
  if (batch.source_score) out.source_score = batch.source_score->narrow(1, 0, k).contiguous();
  if (batch.propensity) out.propensity = batch.propensity->narrow(1, 0, k).contiguous();
  return out;
}

}  // namespace assay::pipeline
