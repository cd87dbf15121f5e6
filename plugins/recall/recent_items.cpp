#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <assay/plugin.h>

#include <algorithm>

#include "common/history_scores.h"
#include "common/rows.h"

namespace {

/// The items that somebody was positive about last; or first those that the user was.
///
/// Everybody's recency is minus the age in days of an item's last positive event, seen from the end
/// of the window; an item without one is a day older than the window. With of: user the items of
/// the history come first, the newest ahead, with scores 1, 2, ...: what somebody comes back to
/// (Anderson et al. 2014). They can only be served where the experiment does not exclude what was
/// seen.
class RecentItems : public assay::RecallStrategy {
 public:
  struct Params {
    std::string of = "user";
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("of", &Params::of,
          "Whose events make an item recent: those of the `user`, which can only be served where "
          "traffic.exclude_seen is [], then those of everyone where the data have times; or those "
          "of `everyone` alone, which needs times.")
        .choices({"user", "everyone"});
  }
  explicit RecentItems(const Params& params) : of_user_(params.of == "user") {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    if (data.end_s < 0 && !of_user_) {
      throw assay::InvalidInput(
          "recent_items: of: everyone needs the times of events, and this data set has none. Set "
          "of: user, or name a time column for the data set.");
    }
    recency_ = recency(data).to(ctx.device());
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::top_k_in_tiles(requests, recency_.size(0), k,
                                 [&](const assay::RequestBatch& tile) {
                                   const at::Tensor everyone = recency_.expand({tile.size(), -1});
                                   return of_user_ ? with_history(everyone, tile) : everyone;
                                 });
  }

  void save(assay::Archive& archive) const override { archive.put("recency", recency_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    recency_ = archive.tensor("recency").to(ctx.device);
  }

 private:
  static at::Tensor recency(const assay::TrainingView& data) {
    if (data.end_s < 0) return at::zeros({data.items}, at::kDouble);
    const at::Tensor positive = data.positive.cpu();
    const at::Tensor item = data.item.cpu().masked_select(positive);
    const at::Tensor time = data.time_s.cpu().masked_select(positive);
    const int64_t* const second = time.const_data_ptr<int64_t>();
    const int64_t start =
        time.size(0) == 0 ? data.end_s : *std::min_element(second, second + time.size(0));
    const auto days = [&](int64_t at) { return static_cast<double>(at - data.end_s) / 86400; };
    at::Tensor result = at::full({data.items}, days(start) - 1, at::kDouble);
    double* const to = result.mutable_data_ptr<double>();
    // Events come in time order: the last one of an item stays.
    for (int64_t e = 0; e < item.size(0); ++e)
      to[item.const_data_ptr<int32_t>()[e]] = days(second[e]);
    return result;
  }

  static at::Tensor with_history(const at::Tensor& everyone, const assay::RequestBatch& requests) {
    at::Tensor scores = everyone.cpu().contiguous().clone();
    double* const to = scores.mutable_data_ptr<double>();
    const assay::Rows history(requests.history);
    for (int64_t row = 0; row < requests.size(); ++row) {
      double place = 0;
      for (const int64_t past : history[row]) to[row * scores.size(1) + past] = ++place;
    }
    return scores.to(everyone.device());
  }

  bool of_user_;
  at::Tensor recency_;  // float64 [N]
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<RecentItems>({
    .name = "recent_items",
    .doc = "The items that somebody, or the user itself, was positive about last: a baseline for "
           "news, and for what people come back to.",
    .paper = "Anderson, Kumar, Tomkins & Vassilvitskii 2014, The Dynamics of Repeat Consumption",
}))
