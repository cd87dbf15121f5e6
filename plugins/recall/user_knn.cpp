#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/similarity_measures.h>
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
/// That is the cosine; similarity_measures.h has the others. With tf-idf and BM25 the similarity is of
/// weighted pairs, and I_u is weighted as the users of training are.
///
/// With repeats: each, or with weights of event types, pairs count x_ui (pair_weights.h) instead of
/// 1: x_u . x_v for the common items, |x_u|^2 for |I_u|, and the similarity times x_vj.
///
/// I_u is the history that comes with the request, so new users and new events of known ones are
/// served without a refit; I_v is what v did in training. A user is no neighbour of itself. Nothing
/// is divided by the number of neighbours. Neighbours are found while serving, on the CPU; their
/// similarities are added up by user id, so that lists repeat bit for bit in any batch.
class UserKnn : public assay::RecallStrategy {
 public:
  struct Params : assay::extra::SimilarityParams {
    int64_t neighbours = 100;
    assay::Repeats repeats = assay::Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("neighbours", &Params::neighbours,
          "Number of nearest users whose items are scored; fewer are more similar to the user, "
          "more retrieve rare items and favour popular ones. 0: all users with a common item.")
        .unit("users")
        .at_least(0);
    assay::extra::describe_similarity(p, "users", "items");
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and similarities");
  }
  explicit UserKnn(const Params& params)
      : params_(params), round_(params.round_decimals), measure_(params, "user_knn") {}

  /// The positive pairs by user and by item, with repeats: each what they count, and lengths of rows;
  /// while it is fitted the pairs are those of the data.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    const int64_t rows = 8 * (3 * sizes.users + 2 * sizes.items + 2);
    const int64_t counts = params.repeats == assay::Repeats::each ? 8 * sizes.positives : 0;
    return {.fit = rows + counts, .serve = 16 * sizes.positives + counts + rows};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    by_user_ = data.by_user.to(at::kCPU);
    by_item_ = data.by_item.to(at::kCPU);
    weights_ = assay::extra::pair_weights(data, params_.repeats);
    prepare();
    ctx.note("positives", std::to_string(by_user_.values.size(0)));
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::known_top_k_in_tiles(
        assay::extra::counted_requests(requests, params_.repeats), by_item_.rows(), k,
        [&](const assay::RequestBatch& tile) { return scores(tile); });
  }

  /// An item of the history speaks through the neighbours that share it:
  /// the sum of 1 / (sqrt(|I_u| |I_v|) + shrinkage) over those that have the candidate too; with
  /// weights of x_ui x_vi x_vj over the same.
  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override;

  void save(assay::Archive& archive) const override {
    archive.put_ragged("by_user", by_user_);
    archive.put_ragged("by_item", by_item_);
    if (!weights_.by_user) return;
    archive.put("by_user.weight", *weights_.by_user);
    archive.put("by_item.weight", *weights_.by_item);
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    by_user_ = archive.ragged("by_user").to(at::kCPU);
    by_item_ = archive.ragged("by_item").to(at::kCPU);
    if (archive.has("by_user.weight")) {
      weights_ = {.by_user = archive.tensor("by_user.weight").cpu(),
                  .by_item = archive.tensor("by_item.weight").cpu()};
    }
    prepare();
  }

 private:
  class Search;

  at::Tensor scores(const assay::RequestBatch& requests) const;
  void prepare();

  // What x is taken for in the similarity, in a row of that damping.
  double entry(int64_t item, double x, double damping) const {
    return measure_.weighs_terms() ? weighting_(item, x, damping) : x;
  }

  Params params_;
  assay::extra::Rounding round_;
  assay::extra::SimilarityMeasure measure_;
  assay::Ragged by_user_;  // on the CPU, whatever the device
  assay::Ragged by_item_;
  assay::extra::PairWeights weights_;
  // Made of the above for serving:
  assay::extra::TermWeighting weighting_;
  std::vector<double> damping_;  // [U], of tf-idf and BM25; else empty
  std::vector<double> square_;   // [U], the squared length of each user's row
};

// Rows are users, terms items.
void UserKnn::prepare() {
  const assay::extra::WeightedSpans by_user(by_user_, weights_.by_user);
  const assay::extra::RaggedSpans by_item(by_item_);
  damping_.assign(static_cast<size_t>(by_user.size()), 0);
  if (measure_.weighs_terms()) {
    std::vector<double> lengths(damping_.size(), 0);
    for (int64_t user = 0; user < by_user.size(); ++user) {
      for (size_t n = 0; n < by_user[user].size(); ++n) lengths[user] += by_user.weight(user, n);
    }
    std::vector<int64_t> users_of_item;
    for (int64_t item = 0; item < by_item.size(); ++item)
      users_of_item.push_back(std::ssize(by_item[item]));
    weighting_ = assay::extra::TermWeighting(params_, lengths, users_of_item);
    for (size_t user = 0; user < lengths.size(); ++user)
      damping_[user] = weighting_.damping(lengths[user]);
  }
  square_.assign(damping_.size(), 0);
  for (int64_t user = 0; user < by_user.size(); ++user) {
    for (size_t n = 0; n < by_user[user].size(); ++n) {
      const double z = entry(by_user[user][n], by_user.weight(user, n), damping_[user]);
      square_[user] += z * z;
    }
  }
}

// Finds the neighbours of one request after the other.
class UserKnn::Search {
 public:
  Search(const UserKnn& model, const assay::RequestBatch& requests)
      : model_(model),
        by_user_(model.by_user_, model.weights_.by_user),
        by_item_(model.by_item_, model.weights_.by_item),
        history_(requests.history, requests.history.weight),
        user_(requests.user.cpu().contiguous()),
        common_(static_cast<size_t>(by_user_.size())) {}

  // An item of the history and what it counts in the similarity.
  struct Past {
    int64_t item;
    double weight;
  };
  // Each item of the history once, ascending.
  std::vector<Past> past(int64_t row) const {
    double length = 0;
    for (size_t n = 0; n < history_[row].size(); ++n) length += history_.weight(row, n);
    const double damping = model_.measure_.weighs_terms() ? model_.weighting_.damping(length) : 0;
    std::vector<Past> items;
    for (size_t n = 0; n < history_[row].size(); ++n) {
      const int64_t item = history_[row][n];
      items.push_back({item, model_.entry(item, history_.weight(row, n), damping)});
    }
    std::ranges::sort(items, {}, &Past::item);
    return items;
  }

  std::span<const int64_t> items_of(const Neighbour& neighbour) const {
    return by_user_[neighbour.id];
  }
  // What the neighbour's item at that place of items_of() counts.
  double weight(const Neighbour& neighbour, size_t place) const {
    return by_user_.weight(neighbour.id, place);
  }
  // Adds to `spoken` [N] what each item of a neighbour that was just found says for `item`.
  void speak(const Neighbour& neighbour, int64_t item, std::vector<double>& spoken) const {
    const std::span<const int64_t> theirs = items_of(neighbour);
    const auto found = std::ranges::find(theirs, item);
    if (found == theirs.end()) return;
    const double own = weight(neighbour, static_cast<size_t>(found - theirs.begin()));
    for (size_t n = 0; n < theirs.size(); ++n) {
      const double theirs_too =
          model_.entry(theirs[n], weight(neighbour, n), model_.damping_[neighbour.id]);
      spoken[theirs[n]] += neighbour.similarity / common_[neighbour.id] * theirs_too * own;
    }
  }

  // By user id.
  std::vector<Neighbour> neighbours(int64_t row) {
    for (const int32_t user : sharing_) common_[user] = 0;
    sharing_.clear();
    const std::vector<Past> items = past(row);
    for (const Past& own : items) share(own);
    double square = 0;
    for (const Past& own : items) square += own.weight * own.weight;
    std::vector<Neighbour> all;
    all.reserve(sharing_.size());
    const int64_t self = user_.const_data_ptr<int64_t>()[row];
    for (const int32_t user : sharing_) {
      if (user != self) all.push_back(neighbour(user, square));
    }
    const int64_t limit = model_.params_.neighbours;
    if (limit > 0) assay::extra::keep_nearest(all, limit);
    std::ranges::sort(all, {}, &Neighbour::id);
    return all;
  }

 private:
  void share(const Past& own) {
    if (own.weight == 0) return;  // an idf of 0: it says nothing of whom it is shared with
    const std::span<const int64_t> users = by_item_[own.item];
    for (size_t n = 0; n < users.size(); ++n) {
      double& common = common_[users[n]];
      if (common == 0) sharing_.push_back(static_cast<int32_t>(users[n]));
      common += own.weight *
                model_.entry(own.item, by_item_.weight(own.item, n), model_.damping_[users[n]]);
    }
  }

  Neighbour neighbour(int32_t user, double square) const {
    const double similarity = model_.measure_(common_[user], model_.square_[user], square);
    return {user, similarity, model_.round_(similarity)};
  }

  const UserKnn& model_;
  assay::extra::WeightedSpans by_user_;
  assay::extra::WeightedSpans by_item_;
  assay::extra::WeightedSpans history_;
  at::Tensor user_;
  std::vector<double> common_;    // [U], x_u . x_v of the request that was last; else 0
  std::vector<int32_t> sharing_;  // users whose entry is not zero
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
            const std::span<const int64_t> theirs = search.items_of(neighbour);
            for (size_t n = 0; n < theirs.size(); ++n)
              score[theirs[n]] += neighbour.similarity * search.weight(neighbour, n);
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
  Search search(*this, assay::extra::counted_requests(requests, params_.repeats));
  assay::extra::HistoryTerms terms;
  std::vector<double> spoken(static_cast<size_t>(by_item_.rows()), 0);
  for (int64_t row = 0; row < candidates.size(); ++row) {
    const std::vector<Search::Past> past = search.past(row);
    const std::vector<Neighbour> neighbours = search.neighbours(row);
    for (int64_t at = row * candidates.width(); at < (row + 1) * candidates.width(); ++at) {
      if (item[at] < 0) continue;
      for (const Neighbour& neighbour : neighbours) search.speak(neighbour, item[at], spoken);
      for (const Search::Past& own : past) {
        if (spoken[own.item] != 0) terms.add(at, own.item, own.weight * spoken[own.item]);
      }
      std::ranges::fill(spoken, 0);
    }
  }
  return terms.explanation(candidates);
}

}  // namespace

ASSAY_PLUGINS(assay::plugin<UserKnn>({
    .name = "user_knn",
    .doc =
        "User-based nearest neighbours: similarity of user rows (cosine, Jaccard, tf-idf, BM25), "
        "summed over the nearest users.",
    .paper = "Resnick, Iacovou, Suchak, Bergstrom & Riedl 1994, GroupLens: An Open Architecture "
             "for Collaborative Filtering of Netnews",
    .traits = {.additive = true},
}))
