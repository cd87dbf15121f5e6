#include <ATen/TensorOperators.h>
#include <ATen/ops/exp2.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/interactions/pair_history.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/positive_events.h>
#include <assay/plugin.h>

#include <cmath>
#include <vector>

namespace {

/// The items that most users were positive about.
///
/// With a half-life each user's vote counts 2^(-age / half-life), where the age runs from the
/// user's last positive event with the item to the last event of the window; without one all votes
/// count 1. A user has one vote an item, or with repeats: each one for every event. With weights of
/// event types a vote counts its event's weight, and the one vote is the largest.
class Popularity : public assay::RecallStrategy {
 public:
  struct Params {
    double half_life_days = 0;
    assay::Repeats repeats = assay::Repeats::once;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("half_life_days", &Params::half_life_days,
          "Half-life of an event's weight: smaller follows trends, larger is steadier. 0: equal "
          "weights, without times.")
        .unit("days")
        .range(0, 36500);
    p.repeats(&Params::repeats);
  }
  explicit Popularity(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    keep(params_.half_life_days > 0 ? decayed_votes(data)
                                    : assay::extra::item_totals(data, params_.repeats),
         ctx);
    voters_ = assay::extra::PairHistory(data, params_.repeats);
    end_us_ = data.end_us;
  }

  // Votes age, a user's new vote for an item takes the place of the old one.
  void update(const assay::EventSlice& events, assay::FitContext& ctx) override {
    if (events.size() == 0) return;
    const int64_t end_us = events.time_us.select(0, events.size() - 1).item<int64_t>();
    const at::Tensor votes = votes_.cpu() * vote_at(end_us)(end_us_, 1);
    keep(with_votes(votes, voters_.add(events, vote_at(end_us))), ctx);
    end_us_ = end_us;
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::top_k(votes_.expand({requests.size(), -1}), k, requests);
  }

  void save(assay::Archive& archive) const override { archive.put("votes", votes_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    votes_ = archive.tensor("votes").to(ctx.device);
  }

 private:
  // What an event counts at a moment.
  assay::extra::PairHistory::Vote vote_at(int64_t end_us) const {
    return [end_us, half_life = params_.half_life_days](int64_t time_us, float weight) -> double {
      if (half_life <= 0) return weight;
      const double age_s = static_cast<double>(end_us - time_us) / 1e6;
      return weight * std::exp2(age_s / (-86400.0 * half_life));
    };
  }

  static at::Tensor with_votes(at::Tensor votes,
                               const std::vector<assay::extra::PairHistory::Change>& changes) {
    double* const to = votes.mutable_data_ptr<double>();
    for (const assay::extra::PairHistory::Change& change : changes) to[change.item] += change.votes;
    return votes;
  }

  // Float64 on the CPU, where sums come in one order: the same votes on every device.
  at::Tensor decayed_votes(const assay::TrainingView& data) const {
    if (data.end_us < 0) {
      throw assay::InvalidInput(
          "popularity: half_life_days needs the times of events, and this data set has none. Leave "
          "half_life_days out, or name a time column for the data set.");
    }
    if (data.weight || params_.repeats == assay::Repeats::each) {
      assay::extra::PairHistory voters(params_.repeats);
      return with_votes(at::zeros({data.items}, at::kDouble),
                        voters.add(data, vote_at(data.end_us)));
    }
    const assay::extra::PositiveEvents positive = assay::extra::positive_events(data);
    const at::Tensor item = positive.item.to(at::kLong);
    const at::Tensor pair = item * data.users + positive.user;
    const at::Tensor age_s = (data.end_us - positive.time_us).to(at::kDouble) / 1e6;
    const at::Tensor vote = at::exp2(age_s / (-86400.0 * params_.half_life_days));
    const at::Tensor last = is_last_of_its_pair(pair);
    return at::zeros({data.items}, at::kDouble)
        .index_add_(0, item.masked_select(last), vote.masked_select(last));
  }

  void keep(const at::Tensor& votes, assay::FitContext& ctx) {
    ctx.note("votes", std::to_string(votes.sum().item<double>()));
    votes_ = votes.to(ctx.device());
  }

  // Events come in time order: bool [E], true where no later event has the same user and item. Of
  // the pairs 7 4 7 that is 0 1 1: sorted, with their places, they are 4/1 7/0 7/2, and the last of
  // each run is at places 1 and 2.
  static at::Tensor is_last_of_its_pair(const at::Tensor& pair) {
    const auto [sorted, place] = pair.sort(/*stable=*/true, /*dim=*/0, /*descending=*/false);
    at::Tensor last_in_run = at::zeros_like(sorted, at::kBool).fill_(true);
    const int64_t before_the_end = std::max<int64_t>(0, sorted.size(0) - 1);
    last_in_run.slice(0, 0, before_the_end)
        .copy_(sorted.slice(0, 0, before_the_end).ne(sorted.slice(0, 1)));
    return at::zeros_like(last_in_run).index_put_({place}, last_in_run);
  }

  Params params_;
  at::Tensor votes_;  // float64 [N]
  // For updates alone, so that they are not saved.
  assay::extra::PairHistory voters_{assay::Repeats::once};
  int64_t end_us_ = -1;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Popularity>({
    .name = "popularity",
    .doc = "The items with the most positive users; with a half-life, recent events count more. "
           "The baseline that every other strategy must beat.",
    .paper =
        "Ji, Sun, Zhang & Li 2020, A Re-visit of the Popularity Baseline in Recommender Systems",
    .traits = {.updates = true},
}))
