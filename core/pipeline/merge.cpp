#include "pipeline/merge.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "error/error.h"

namespace assay {
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

/// What a method makes of the mentions of one item.
using ItemScore = std::function<double(const Mention* first, const Mention* last)>;

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

std::vector<MergedItem> merge_row(const std::vector<Mention>& mentions, const ItemScore& score) {
  std::vector<MergedItem> out;
  for (size_t first = 0; first < mentions.size();) {
    size_t last = first;
    while (last < mentions.size() && mentions[last].item == mentions[first].item) ++last;
    // Rounded to float32 before sorting: the order must be that of the scores handed on.
    const float value = static_cast<float>(score(mentions.data() + first, mentions.data() + last));
    out.push_back({mentions[first].item, value, first, last});
    first = last;
  }
  std::ranges::sort(out, [](const MergedItem& a, const MergedItem& b) {
    return a.score != b.score ? a.score > b.score : a.item < b.item;
  });
  return out;
}

/// Merges on the CPU whatever the device: rows are short, sorting them is cheaper than the launches
/// would be.
CandidateBatch merge_rows(const std::vector<CandidateBatch>& batches, int64_t k,
                          const ItemScore& score) {
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
      const std::vector<MergedItem> ranked = merge_row(mentions, score);
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

// Cormack, Clarke & Buettcher 2009, "Reciprocal Rank Fusion Outperforms Condorcet and Individual
// Rank Learning Methods": the sum of w / (k0 + rank), ranks from 1.
CandidateBatch reciprocal_rank(const std::vector<CandidateBatch>& sources, const MergeSpec& merge) {
  const double k0 = merge.params.value("k0", 60.0);
  std::vector<double> weights(sources.size(), 1.0);
  if (merge.params.contains("weights") && !merge.params.at("weights").is_null()) {
    weights = merge.params.at("weights").get<std::vector<double>>();
  }
  require(weights.size() == sources.size(), "a merge has one weight for each source");
  return merge_rows(sources, merge.k, [&](const Mention* first, const Mention* last) {
    double sum = 0;
    for (const Mention* m = first; m != last; ++m) sum += weights[m->source] / (k0 + m->rank + 1);
    return sum;
  });
}

const std::map<std::string, Merger>& methods() {
  static const std::map<std::string, Merger> table = {{"reciprocal_rank", &reciprocal_rank}};
  return table;
}

}  // namespace

const Merger& merger(const std::string& method) {
  const auto found = methods().find(method);
  require(found != methods().end(), "the merge method is known");
  return found->second;
}

const std::vector<std::string>& merge_methods() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> out;
    for (const auto& [name, merge] : methods()) out.push_back(name);
    return out;
  }();
  return names;
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

}  // namespace assay
