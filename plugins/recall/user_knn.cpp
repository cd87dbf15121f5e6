#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace {

using assay::extra::Neighbour;

/// User-based nearest neighbours (Resnick et al. 1994, for positives without ratings).
///
///     similarity(u, v) = |I_u and I_v| / (sqrt(|I_u| |I_v|) + shrinkage)
///     score(u, j) = sum over the neighbours v of u that were positive about j of similarity(u, v)
///
/// I_u is the history that comes with the request, so new users and new events of known ones are
/// served without a refit; I_v is what v did in training. A user is no neighbour of itself. Nothing
/// is divided by the number of neighbours. Neighbours are found while serving, on the CPU; their
/// similarities are added up by user id, so that lists repeat bit for bit in any batch.
class UserKnn : public assay::RecallStrategy {
 public:
  struct Params {
    int64_t neighbours = 100;
    double shrinkage = 0;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("neighbours", &Params::neighbours,
          "Number of nearest users whose items are scored; fewer are more similar to the user, "
          "more retrieve rare items and favour popular ones. 0: all users with a common item.")
        .unit("users")
        .at_least(0);
    assay::extra::describe_shrinkage(p, &Params::shrinkage, "items");
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and similarities");
  }
  explicit UserKnn(const Params& params) : params_(params), round_(params.round_decimals) {}

  /// The positive pairs by user and by item; while it is fitted they are those of the data.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params&) {
    const int64_t rows = 8 * (sizes.users + sizes.items + 2);
    return {.fit = rows, .serve = 16 * sizes.positives + rows};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    by_user_ = data.by_user.to(at::kCPU);
    by_item_ = data.by_item.to(at::kCPU);
    ctx.note("positives", std::to_string(by_user_.values.size(0)));
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::top_k_in_tiles(
        requests, by_item_.rows(), k,
        [&](const assay::RequestBatch& tile) { return scores(tile); });
  }

  /// An item of the history speaks through the neighbours that share it:
  /// the sum of 1 / (sqrt(|I_u| |I_v|) + shrinkage) over those that have the candidate too.
  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override;

  void save(assay::Archive& archive) const override {
    archive.put_ragged("by_user", by_user_);
    archive.put_ragged("by_item", by_item_);
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    by_user_ = archive.ragged("by_user").to(at::kCPU);
    by_item_ = archive.ragged("by_item").to(at::kCPU);
  }

 private:
  class Search;

  at::Tensor scores(const assay::RequestBatch& requests) const;

  Params params_;
  assay::extra::Rounding round_;
  assay::Ragged by_user_;  // on the CPU, whatever the device
  assay::Ragged by_item_;
};

// Finds the neighbours of one request after the other; its counts are all zero in between.
class UserKnn::Search {
 public:
  Search(const UserKnn& model, const assay::RequestBatch& requests)
      : model_(model),
        by_user_(model.by_user_),
        by_item_(model.by_item_),
        history_(requests.history),
        user_(requests.user.cpu().contiguous()),
        common_(static_cast<size_t>(by_user_.size())) {}

  // Each item of the history once, ascending.
  std::vector<int64_t> past(int64_t row) const {
    std::vector<int64_t> items(history_[row].begin(), history_[row].end());
    std::ranges::sort(items);
    items.erase(std::ranges::unique(items).begin(), items.end());
    return items;
  }

  std::span<const int64_t> items_of(const Neighbour& neighbour) const {
    return by_user_[neighbour.id];
  }

  // By user id.
  std::vector<Neighbour> neighbours(int64_t row) {
    const std::vector<int64_t> items = past(row);
    for (const int64_t item : items) {
      for (const int64_t user : by_item_[item]) {
        if (common_[user]++ == 0) sharing_.push_back(static_cast<int32_t>(user));
      }
    }
    std::vector<Neighbour> all;
    all.reserve(sharing_.size());
    const int64_t self = user_.const_data_ptr<int64_t>()[row];
    for (const int32_t user : sharing_) {
      if (user != self) all.push_back(neighbour(user, items.size()));
      common_[user] = 0;
    }
    sharing_.clear();
    const int64_t limit = model_.params_.neighbours;
    if (limit > 0) assay::extra::keep_nearest(all, limit);
    std::ranges::sort(all, {}, &Neighbour::id);
    return all;
  }

 private:
  Neighbour neighbour(int32_t user, size_t past) const {
    const double norm = std::sqrt(static_cast<double>(past * by_user_[user].size()));
    const double similarity = common_[user] / (norm + model_.params_.shrinkage);
    return {user, common_[user], similarity, model_.round_(similarity)};
  }

  const UserKnn& model_;
  assay::extra::RaggedSpans by_user_;
  assay::extra::RaggedSpans by_item_;
  assay::extra::RaggedSpans history_;
  at::Tensor user_;
  std::vector<int32_t> common_;   // [U]
  std::vector<int32_t> sharing_;  // users whose count is not zero
};

// float64 [B, N].
at::Tensor UserKnn::scores(const assay::RequestBatch& requests) const {
  const int64_t items = by_item_.rows();
  at::Tensor scores = at::zeros({requests.size(), items}, at::kDouble);
  double* const to = scores.mutable_data_ptr<double>();
  const Search fresh(*this, requests);
  assay::extra::parallel_blocks(
      requests.size(), assay::extra::kRequestsPerBlock, [&](int64_t first, int64_t last) {
        Search search = fresh;
        for (int64_t row = first; row < last; ++row) {
          const std::span<double> score(to + row * items, static_cast<size_t>(items));
          for (const Neighbour& neighbour : search.neighbours(row)) {
            for (const int64_t item : search.items_of(neighbour))
              score[item] += neighbour.similarity;
          }
          round_(score);
        }
      });
  return scores.to(requests.request.device());
}

std::optional<assay::Explanation> UserKnn::explain(const assay::RequestBatch& requests,
                                                   const assay::CandidateBatch& candidates,
                                                   const assay::ServeContext&) const {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  Search search(*this, requests);
  assay::extra::HistoryTerms terms;
  std::vector<double> spoken(static_cast<size_t>(by_item_.rows()), 0);
  for (int64_t row = 0; row < candidates.size(); ++row) {
    const std::vector<int64_t> past = search.past(row);
    const std::vector<Neighbour> neighbours = search.neighbours(row);
    for (int64_t at = row * candidates.width(); at < (row + 1) * candidates.width(); ++at) {
      if (item[at] < 0) continue;
      for (const Neighbour& neighbour : neighbours) {
        const std::span<const int64_t> theirs = search.items_of(neighbour);
        if (std::ranges::find(theirs, item[at]) == theirs.end()) continue;
        for (const int64_t one : theirs) spoken[one] += neighbour.similarity / neighbour.common;
      }
      for (const int64_t one : past) {
        if (spoken[one] != 0) terms.add(at, one, spoken[one]);
      }
      std::ranges::fill(spoken, 0);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<UserKnn>({
    .name = "user_knn",
    .doc = "User-based nearest neighbours: cosine similarity of user rows, summed over the nearest "
           "users.",
    .paper = "Resnick, Iacovou, Suchak, Bergstrom & Riedl 1994, GroupLens: An Open Architecture "
             "for Collaborative Filtering of Netnews",
    .traits = {.additive = true},
}))
