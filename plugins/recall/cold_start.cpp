#include <ATen/ops/full.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/lists/score_scaling.h>
#include <assay/plugin.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

/// Lists of several strategies, mixed by how much is known of the user and of the item:
///
///     score(u, j) = a_u b_j known(u, j) + (1 - a_u b_j) fresh(u, j)
///     a_u = n_u / (n_u + user_half)     n_u different items in the history
///     b_j = n_j / (n_j + item_half)     n_j users of the item in training
///
/// known and fresh are the scores of two other strategies, each brought to [0, 1] within its own list
/// (`scaling`); what is not in a list has 0 there. Shares that grow like this are those of
/// credibility theory (Bühlmann 1967): user_half is how much history makes both count alike. With
/// item_half 0 items count alike, whatever is known of them.
///
/// A third strategy, `some`, takes its part between the two, for short histories:
///
///     score = s_u b_j (a_u known + (1 - a_u) some) + (1 - s_u b_j) fresh,  s_u = n_u / (n_u + some_half)
///
/// A request for which none of them has a candidate gets none.
class ColdStart : public assay::RecallStrategy {
 public:
  struct Params {
    double user_half = 5;
    double some_half = 1;
    double item_half = 0;
    double depth = 2;
    assay::extra::Scaling scaling = assay::extra::Scaling::rank;
  };
  static void describe(assay::ParamList<Params>& p) {
    using assay::extra::Scaling;
    p.input(
         "known", assay::PluginKind::recall,
         "For users and items with many events: a strategy that learns from them, such as als or "
         "sasrec.")
        .required();
    p.input("fresh", assay::PluginKind::recall,
            "For new users and items: one that needs few events or none, such as content or "
            "popularity.")
        .required();
    p.input("some", assay::PluginKind::recall,
            "For users in between: one that makes much of a short history, such as item_knn.");
    p.add("user_half", &Params::user_half,
          "Items in a history with which `known` counts half (beside `some` where that is named, "
          "else beside `fresh`): larger trusts it later.")
        .unit("items")
        .range(1e-9, 1e9)
        .tune_log(0.5, 100);
    p.add("some_half", &Params::some_half,
          "With `some`: items in a history with which `fresh` counts half.")
        .unit("items")
        .range(1e-9, 1e9);
    p.add("item_half", &Params::item_half,
          "Users of an item with which its score by `fresh` counts half: larger gives rare and new "
          "items over to it. 0: only what is known of the user matters.")
        .unit("users")
        .range(0, 1e9);
    p.add("depth", &Params::depth,
          "Candidates asked of each strategy, as a multiple of k: more mix what stands far down in "
          "one list and high in another.")
        .range(1, 1000);
    p.choice(
        "scaling", &Params::scaling, {{"rank", Scaling::rank}, {"minmax", Scaling::minmax}},
        "How the scores of a list are brought to [0, 1]: by their `rank`, or by their distance "
        "from the best and the worst (`minmax`).");
  }
  explicit ColdStart(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    users_of_ = data.by_item.lengths().cpu().to(at::kDouble);
    // A name that is wrong must not wait for the first request.
    sources(ctx.inputs());
    ctx.note("items_without_users", std::to_string(users_of_.eq(0).sum().item<int64_t>()));
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    const std::vector<Source> named = sources(ctx.inputs());
    const auto depth = static_cast<int64_t>(std::min(params_.depth * static_cast<double>(k), 1e9));
    std::vector<Lists> lists;
    for (const Source& source : named)
      lists.emplace_back(source.strategy->recall(requests, std::max(k, depth), ctx));
    const assay::extra::RaggedSpans history(
        assay::extra::counted_history(requests.history, assay::Repeats::once));
    assay::CandidateBatch best{
        .item = at::full({requests.size(), k}, -1, at::kLong),
        .score =
            at::full({requests.size(), k}, -std::numeric_limits<float>::infinity(), at::kFloat)};
    for (int64_t row = 0; row < requests.size(); ++row) {
      const auto had = static_cast<double>(history[row].size());
      write(mixed(named, lists, row, had), row, best);
    }
    return best;
  }

  void save(assay::Archive& archive) const override { archive.put("users_of", users_of_); }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    users_of_ = archive.tensor("users_of").cpu().contiguous();
  }

 private:
  enum Role : size_t { fresh, some, known };
  struct Source {
    Role role;
    const assay::RecallStrategy* strategy;
  };
  struct Mixed {
    int64_t item;
    double score;
  };

  /// Lists of one source, on the CPU.
  struct Lists {
    explicit Lists(const assay::CandidateBatch& batch)
        : item(batch.item.cpu().contiguous()), score(batch.score.cpu().contiguous()) {}
    at::Tensor item, score;
  };

  static std::vector<Source> sources(const assay::Inputs& inputs) {
    std::vector<Source> found;
    for (const auto& [role, name] :
         {std::pair{fresh, "fresh"}, std::pair{some, "some"}, std::pair{known, "known"}}) {
      if (role == some && !inputs.has(name)) continue;
      const auto* const strategy = dynamic_cast<const assay::RecallStrategy*>(&inputs.at(name));
      if (strategy == nullptr)
        throw assay::InvalidInput(std::string("cold_start: the input `") + name +
                                  "` is no recall strategy; name one.");
      found.push_back({role, strategy});
    }
    return found;
  }

  /// How much each role counts, by Role.
  std::array<double, 3> shares(double items_known, bool has_some, int64_t item) const {
    const double users = users_of_.const_data_ptr<double>()[item];
    const double of_item = params_.item_half == 0 ? 1 : users / (users + params_.item_half);
    const double of_known = items_known / (items_known + params_.user_half);
    const double old =
        of_item * (has_some ? items_known / (items_known + params_.some_half) : of_known);
    if (!has_some) return {1 - old, 0, old};
    return {1 - old, old * (1 - of_known), old * of_known};
  }

  std::vector<Mixed> mixed(const std::vector<Source>& named, const std::vector<Lists>& lists,
                           int64_t row, double items_known) const {
    std::vector<Mixed> all;
    std::unordered_map<int64_t, size_t> place;
    std::vector<double> scores;
    for (size_t n = 0; n < named.size(); ++n) {
      const int64_t width = lists[n].item.size(1);
      const int64_t* const item = lists[n].item.const_data_ptr<int64_t>() + row * width;
      const float* const score = lists[n].score.const_data_ptr<float>() + row * width;
      const int64_t length = std::find(item, item + width, int64_t{-1}) - item;
      scores.assign(score, score + length);
      assay::extra::scale(scores, params_.scaling);
      for (int64_t at = 0; at < length; ++at) {
        const double share = shares(items_known, named.size() == 3, item[at])[named[n].role];
        const auto [found, is_new] = place.try_emplace(item[at], all.size());
        if (is_new) all.push_back({item[at], 0});
        all[found->second].score += share * scores[at];
      }
    }
    return all;
  }

  static void write(std::vector<Mixed> all, int64_t row, assay::CandidateBatch& best) {
    const auto is_before = [](const Mixed& a, const Mixed& b) {
      return a.score != b.score ? a.score > b.score : a.item < b.item;
    };
    const int64_t width = best.item.size(1);
    const auto length = std::min<int64_t>(width, std::ssize(all));
    std::partial_sort(all.begin(), all.begin() + length, all.end(), is_before);
    for (int64_t at = 0; at < length; ++at) {
      best.item.mutable_data_ptr<int64_t>()[row * width + at] = all[at].item;
      best.score.mutable_data_ptr<float>()[row * width + at] = static_cast<float>(all[at].score);
    }
  }

  Params params_;
  at::Tensor users_of_;  // float64 [N]
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<ColdStart>({
    .name = "cold_start",
    .doc = "Mixes the lists of two or three strategies by how much is known of the user and of the "
           "item: a new user gets one strategy's list, an old one another's.",
    .paper = "Bühlmann 1967, Experience Rating and Credibility; Schein, Popescul, Ungar & Pennock "
             "2002, Methods and Metrics for Cold-Start Recommendations",
    .traits = {.cpu_only = true},
}))
