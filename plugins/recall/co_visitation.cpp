#include <assay/extra/interactions/positive_events.h>
#include <assay/extra/neighbours/item_weights_recall.h>
#include <assay/extra/neighbours/nearest_neighbours.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

namespace {

using assay::extra::Neighbour;
using assay::extra::PositiveEvents;

/// Items that users came to within a few steps (the co-visitation counts of Davidson et al. 2010,
/// section 3.1, with decays as practitioners use them):
///
///     W_ij = sum over places p < q <= p + window of a user's events with s_p = i, s_q = j != i
///            of x_p x_q decay(q - p) 2^(-age / half_life_days)
///     score(u, j) = sum over i in the history of u of W_ij
///
/// where x is the weight of an event by learn_from and age the time from the later event to the end
/// of the training window. `both` directions add W_ji too. A repeated event counts each time, and is
/// a step like any other.
class CoVisitation : public assay::extra::ItemWeightsRecall {
 public:
  enum class Decay { distance, none };
  enum class Direction { both, forward };
  struct Params {
    int64_t window = 5;
    Decay decay = Decay::distance;
    Direction direction = Direction::both;
    double half_life_days = 0;
    int64_t neighbours = 100;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("window", &Params::window,
          "How many events apart two items may be; larger relates items of longer sessions and "
          "adds noise.")
        .unit("events")
        .range(1, 100000)
        .tune_log(1, 50);
    p.choice("decay", &Params::decay, {{"1/distance", Decay::distance}, {"none", Decay::none}},
             "How much two items count that are so many events apart.");
    p.choice("direction", &Params::direction,
             {{"both", Direction::both}, {"forward", Direction::forward}},
             "Whether an item also speaks for those that came before it.");
    p.add("half_life_days", &Params::half_life_days,
          "Age at which a step counts half; shorter follows fashions. 0: no decay.")
        .unit("days")
        .range(0, 1e6);
    p.add("neighbours", &Params::neighbours,
          "Number of items that each item of the history speaks for; fewer reduce noise and "
          "memory. 0: all.")
        .unit("items")
        .at_least(0)
        .tune_log(5, 1000);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores and weights");
  }
  explicit CoVisitation(const Params& params)
      : ItemWeightsRecall(assay::Repeats::once, params.round_decimals), params_(params) {}

  static bool needs_time(const Params& params) { return params.half_life_days > 0; }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    const Steps steps(assay::extra::positive_events(data), data.users, data.items);
    assay::extra::ItemWeightRows rows(data.items);
    assay::extra::parallel_blocks(data.items, kItemsAtOnce, [&](int64_t first, int64_t last) {
      std::vector<double> sums(static_cast<size_t>(data.items), 0);
      for (int64_t item = first; item < last; ++item)
        rows.set(item, targets(steps, item, data.end_us, sums));
    });
    keep(rows.take(), ctx);
  }

 private:
  static constexpr int64_t kItemsAtOnce = 64;

  // Events of each user in time order, and where each item stands among them.
  struct Steps {
    Steps(PositiveEvents positives, int64_t users, int64_t items)
        : events(std::move(positives)),
          order(sorted_by(events.users(), users)),
          user_of(events.users()),
          item_of(events.items()) {
      std::vector<int32_t> ordered;
      for (const int64_t event : order) ordered.push_back(item_of[event]);
      places = sorted_by(ordered, items);
      first_place.assign(static_cast<size_t>(items + 1), 0);
      for (const int32_t item : ordered) ++first_place[item + 1];
      std::partial_sum(first_place.begin(), first_place.end(), first_place.begin());
    }
    // Places in the order of keys 0 .. count - 1; equal keys keep their order.
    static std::vector<int64_t> sorted_by(std::span<const int32_t> keys, int64_t count) {
      std::vector<int64_t> next(static_cast<size_t>(count + 1), 0), result(keys.size());
      for (const int32_t key : keys) ++next[key + 1];
      std::partial_sum(next.begin(), next.end(), next.begin());
      for (size_t at = 0; at < keys.size(); ++at)
        result[next[keys[at]]++] = static_cast<int64_t>(at);
      return result;
    }

    PositiveEvents events;
    std::vector<int64_t> order;  // events by user
    std::span<const int32_t> user_of, item_of;
    std::vector<int64_t> places;       // in `order`, by item
    std::vector<int64_t> first_place;  // [N + 1], where the places of an item begin
  };

  std::vector<Neighbour> targets(const Steps& steps, int64_t item, int64_t end_us,
                                 std::vector<double>& sums) const {
    std::vector<int32_t> reached;
    const auto step = [&](int64_t from, int64_t to) {
      const double amount = amount_of(steps, from, to, end_us);
      const int32_t other = steps.item_of[steps.order[to]];
      if (other == item || amount == 0) return;
      if (sums[other] == 0) reached.push_back(other);
      sums[other] += amount;
    };
    for (int64_t n = steps.first_place[item]; n < steps.first_place[item + 1]; ++n) {
      const int64_t place = steps.places[n];
      for (int64_t away = 1; away <= params_.window && same_user(steps, place, place + away);
           ++away)
        step(place, place + away);
      for (int64_t away = 1; params_.direction == Direction::both && away <= params_.window &&
                             same_user(steps, place, place - away);
           ++away)
        step(place, place - away);
    }
    std::vector<Neighbour> found;
    for (const int32_t other : reached) {
      found.push_back({other, sums[other], round()(sums[other])});
      sums[other] = 0;
    }
    if (params_.neighbours > 0) assay::extra::keep_nearest(found, params_.neighbours);
    return found;
  }

  static bool same_user(const Steps& steps, int64_t place, int64_t other) {
    return other >= 0 && other < std::ssize(steps.order) &&
           steps.user_of[steps.order[place]] == steps.user_of[steps.order[other]];
  }

  double amount_of(const Steps& steps, int64_t from, int64_t to, int64_t end_us) const {
    const int64_t a = steps.order[from], b = steps.order[to];
    double amount = static_cast<double>(steps.events.weight_of(a)) * steps.events.weight_of(b);
    if (params_.decay == Decay::distance) amount /= static_cast<double>(std::abs(to - from));
    if (params_.half_life_days == 0) return amount;
    constexpr double kDay = 86'400'000'000;
    const int64_t later = std::max(steps.events.times_us()[a], steps.events.times_us()[b]);
    return amount * std::exp2(-static_cast<double>(end_us - later) / kDay / params_.half_life_days);
  }

  Params params_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<CoVisitation>({
    .name = "co_visitation",
    .doc = "Items that users came to within a few events of those in the history, with a decay by "
           "distance and by age.",
    .paper = "Davidson et al. 2010, The YouTube Video Recommendation System",
    .traits = {.needs_time = true, .additive = true},
}))
