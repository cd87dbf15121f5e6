#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/item_weights_recall.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/threads/fit_progress.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

namespace {

using assay::extra::Neighbour;
using assay::extra::RaggedSpans;

/// Swing (Yang et al. 2020, section 3.2): two items are alike where pairs of users share them who
/// share little else,
///
///     W_ij = sum over u < v that were positive about both of
///            1 / sqrt(|I_u| |I_v|) / (alpha + |I_u and I_v|)
///     score(u, j) = sum over i in the history of u of W_ij
///
/// The paper leaves the smoothing alpha to the data; 1 and 5 are usual. Each pair of users counts
/// once; what a user did is a set.
class Swing : public assay::extra::ItemWeightsRecall {
 public:
  struct Params {
    double alpha = 1;
    int64_t neighbours = 100;
    int64_t users_per_item = 1000;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("alpha", &Params::alpha,
          "Smoothing: the larger, the less it matters how much else two users share.")
        .range(0, 1e9)
        .tune_log(0.1, 100);
    p.add("neighbours", &Params::neighbours,
          "Number of most similar items that speak for each item; fewer reduce noise and memory. "
          "0: all.")
        .unit("items")
        .at_least(0)
        .tune_log(5, 1000);
    p.add(
         "users_per_item", &Params::users_per_item,
         "Of an item with more users so many are looked at, evenly spread over their ids: the cost "
         "of an item grows with the square of its users. 0: all.")
        .unit("users")
        .at_least(0);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and weights");
  }
  explicit Swing(const Params& params)
      : ItemWeightsRecall(assay::Repeats::once, params.round_decimals), params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    assay::extra::expect_no_weights(data, "swing", "looks at which items users share");
    const RaggedSpans by_user(data.by_user), by_item(data.by_item);
    assay::extra::ItemWeightRows targets(data.items);
    assay::extra::FitProgress progress(data.items, ctx);
    assay::extra::parallel_blocks(data.items, kItemsAtOnce, [&](int64_t first, int64_t last) {
      Row row(by_user, data.items, params_.alpha);
      for (int64_t item = first; item < last; ++item) {
        if (!progress.next()) continue;
        std::vector<Neighbour> sources = row.weights(item, chosen(by_item[item]));
        for (Neighbour& source : sources) source.rounded = round()(source.similarity);
        if (params_.neighbours > 0) assay::extra::keep_nearest(sources, params_.neighbours);
        targets.set(item, sources);
      }
    });
    keep(targets.take().transposed(), ctx);
  }

 private:
  static constexpr int64_t kItemsAtOnce = 64;

  // Sums up the pairs of users of one item after the other.
  class Row {
   public:
    Row(const RaggedSpans& by_user, int64_t items, double alpha)
        : by_user_(by_user),
          alpha_(alpha),
          is_of_user_(static_cast<size_t>(items), false),
          sums_(static_cast<size_t>(items), 0) {}

    std::vector<Neighbour> weights(int64_t item, const std::vector<int64_t>& users) {
      for (size_t n = 0; n < users.size(); ++n) {
        for (const int64_t own : by_user_[users[n]]) is_of_user_[own] = true;
        for (size_t m = n + 1; m < users.size(); ++m) add(users[n], users[m]);
        for (const int64_t own : by_user_[users[n]]) is_of_user_[own] = false;
      }
      std::vector<Neighbour> found;
      for (const int32_t other : reached_) {
        if (other != item) found.push_back({other, sums_[other], 0});
        sums_[other] = 0;
      }
      reached_.clear();
      return found;
    }

   private:
    void add(int64_t user, int64_t other_user) {
      const std::span<const int64_t> theirs = by_user_[other_user];
      common_.clear();
      for (const int64_t item : theirs) {
        if (is_of_user_[item]) common_.push_back(static_cast<int32_t>(item));
      }
      const auto sizes = static_cast<double>(by_user_[user].size() * theirs.size());
      const double amount = 1 / std::sqrt(sizes) / (alpha_ + static_cast<double>(common_.size()));
      for (const int32_t item : common_) {
        if (sums_[item] == 0) reached_.push_back(item);
        sums_[item] += amount;
      }
    }

    const RaggedSpans& by_user_;
    double alpha_;
    std::vector<char> is_of_user_;  // [N]
    std::vector<double> sums_;      // [N]
    std::vector<int32_t> common_, reached_;
  };

  std::vector<int64_t> chosen(std::span<const int64_t> users) const {
    const auto all = std::ssize(users);
    if (params_.users_per_item == 0 || all <= params_.users_per_item)
      return {users.begin(), users.end()};
    std::vector<int64_t> some;
    for (int64_t n = 0; n < params_.users_per_item; ++n)
      some.push_back(users[static_cast<size_t>(n * all / params_.users_per_item)]);
    return some;
  }

  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Swing>({
    .name = "swing",
    .doc = "Items are alike where pairs of users share them who share little else, which is robust "
           "against chance and against users with many items.",
    .paper = "Yang, Zhu, Zhang, Wang & Yuan 2020, Large Scale Product Graph Construction for "
             "Recommendation in E-commerce",
    .traits = {.additive = true},
}))
