#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/positive_events.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>

namespace {

/// The items that somebody was positive about last; or first those that the user was.
///
/// Everybody's recency is minus the age in days of an item's last positive event, seen from the end
/// of the window; an item without one is a day older than the window. With of: user the items of
/// the history come first, the newest ahead, with scores 1, 2, ...: what somebody comes back to
/// (Anderson et al. 2014). They can only be served where the experiment does not exclude what was
/// seen. Nothing is summed, so repeats need no setting: the newest place of an item counts.
class RecentItems : public assay::RecallStrategy {
 public:
  enum class Of { user, everyone };
  struct Params {
    Of of = Of::user;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.choice(
        "of", &Params::of, {{"user", Of::user}, {"everyone", Of::everyone}},
        "Whose events count as recent: those of the `user` (requires traffic.exclude_seen: []), "
        "then those of everyone if the data have times; or those of `everyone` alone, which "
        "requires times.");
  }
  explicit RecentItems(const Params& params) : of_user_(params.of == Of::user) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    if (data.end_us < 0 && !of_user_) {
      throw assay::InvalidInput(
          "recent_items: of: everyone needs the times of events, and this data set has none. Set "
          "of: user, or name a time column for the data set.");
    }
    assay::extra::expect_no_weights(data, "recent_items", "orders items by the time of events");
    last_us_ = at::full({data.items}, kNever, at::kLong);
    start_us_ = kNever;
    learn(data, ctx);
  }

  void update(const assay::EventSlice& events, assay::FitContext& ctx) override {
    learn(events, ctx);
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::top_k_in_tiles(
        requests, recency_.size(0), k, [&](const assay::RequestBatch& tile) {
          const at::Tensor everyone = recency_.expand({tile.size(), -1});
          return of_user_ ? with_history(everyone, tile) : everyone;
        });
  }

  void save(assay::Archive& archive) const override { archive.put("recency", recency_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    recency_ = archive.tensor("recency").to(ctx.device);
  }

 private:
  // Events come in time order, and later than those learnt before: the last one of an item stays.
  void learn(const assay::EventSlice& events, assay::FitContext& ctx) {
    const assay::extra::PositiveEvents positive = assay::extra::positive_events(events);
    int64_t* const last_us = last_us_.mutable_data_ptr<int64_t>();
    for (int64_t e = 0; e < positive.size(); ++e) {
      const int64_t moment = positive.times_us()[e];
      last_us[positive.items()[e]] = moment;
      start_us_ = start_us_ == kNever ? moment : std::min(start_us_, moment);
    }
    if (events.size() == 0 && recency_.defined()) return;
    const int64_t end_us =
        events.size() == 0 ? -1 : events.time_us.select(0, events.size() - 1).item<int64_t>();
    recency_ = recency(end_us).to(ctx.device());
  }

  at::Tensor recency(int64_t end_us) const {
    at::Tensor result = at::zeros(last_us_.sizes(), at::kDouble);
    if (end_us < 0) return result;
    const auto days = [&](int64_t at) {
      return static_cast<double>(at - end_us) / 86'400'000'000.0;
    };
    const double never = days(start_us_ == kNever ? end_us : start_us_) - 1;
    std::transform(last_us_.const_data_ptr<int64_t>(),
                   last_us_.const_data_ptr<int64_t>() + last_us_.numel(),
                   result.mutable_data_ptr<double>(),
                   [&](int64_t last) { return last == kNever ? never : days(last); });
    return result;
  }

  static at::Tensor with_history(const at::Tensor& everyone, const assay::RequestBatch& requests) {
    at::Tensor scores = everyone.cpu().contiguous().clone();
    double* const to = scores.mutable_data_ptr<double>();
    const assay::extra::WeightedSpans history(requests.history, requests.history.weight);
    for (int64_t row = 0; row < requests.size(); ++row) {
      double place = 0;
      const std::span<const int64_t> past = history[row];
      for (size_t n = 0; n < past.size(); ++n) {
        if (history.weight(row, n) > 0) to[row * scores.size(1) + past[n]] = ++place;
      }
    }
    return scores.to(everyone.device());
  }

  static constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

  bool of_user_;
  at::Tensor recency_;  // float64 [N]
  // For updates alone, so that they are not saved.
  at::Tensor last_us_;         // int64 [N], the last positive event of each item
  int64_t start_us_ = kNever;  // the first of all
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<RecentItems>({
    .name = "recent_items",
    .doc = "The most recent positive items of all users, or of the user: a baseline for news and "
           "for repeat consumption.",
    .paper = "Anderson, Kumar, Tomkins & Vassilvitskii 2014, The Dynamics of Repeat Consumption",
    .traits = {.updates = true},
}))
