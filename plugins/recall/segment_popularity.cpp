#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/choose_feature.h>
#include <assay/extra/interactions/pair_history.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/plugin.h>

namespace {

/// The items that most users of the same segment were positive about, where a segment is a category
/// of a user feature.
///
///     score(u, j) = votes of the segment of u for j + prior * (votes of all for j) / (all users)
///
/// A user has one vote an item, or with repeats: each one for every event; with weights of event
/// types a vote counts its event's weight, and the one vote is the largest. Users whose category is missing, and anonymous ones, get the
/// popularity among all: their segment has no votes.
class SegmentPopularity : public assay::RecallStrategy {
 public:
  struct Params {
    std::string feature;
    double prior = 10;
    assay::Repeats repeats = assay::Repeats::once;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("feature", &Params::feature,
          "The user feature whose categories are the segments; may be empty where users have only "
          "one category feature.")
        .feature_of("user", {"category"});
    p.add("prior", &Params::prior,
          "Weight of overall popularity in each segment, in users: larger shrinks small segments "
          "towards overall popularity.")
        .unit("users")
        .range(1e-9, 1e9);
    p.repeats(&Params::repeats);
  }
  explicit SegmentPopularity(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    const assay::Feature& feature = assay::extra::choose_feature(
        ctx.features().user, {.who = "segment_popularity",
                              .of = "user",
                              .name = params_.feature,
                              .types = {assay::FeatureType::category}});
    // Whose segment is unknown has one behind the others.
    const int64_t nobody = feature.cardinality;
    const at::Tensor values = feature.values.cpu().to(at::kLong);
    const at::Tensor segment = at::where(values < 0, nobody, values);
    const at::Tensor user = data.by_user.to(at::kCPU).row_index();
    const at::Tensor place = segment.index_select(0, user) * data.items + data.by_user.values.cpu();
    votes_ = at::zeros({nobody + 1, data.items}, at::kDouble);
    const assay::extra::PairWeights pairs = assay::extra::pair_weights(data, params_.repeats);
    const at::Tensor vote = pairs.by_user ? pairs.by_user->to(at::kDouble)
                                          : at::full({place.size(0)}, 1.0, at::kDouble);
    votes_.view(-1).index_add_(0, place, vote);
    user_seen_ = data.user_seen.cpu().clone();
    voters_ = assay::extra::PairHistory(data, params_.repeats);
    keep(smoothed(), segment, ctx.device());
    ctx.note("feature", feature.name);
    ctx.note("segments", std::to_string(nobody));
  }

  void update(const assay::EventSlice& events, assay::FitContext& ctx) override {
    user_seen_.index_fill_(0, events.user.cpu().to(at::kLong), true);
    const at::Tensor segment = segment_.cpu();
    const auto vote = [](int64_t, float weight) -> double { return weight; };
    for (const assay::extra::PairHistory::Change& change : voters_.add(events, vote)) {
      const int64_t row = segment.const_data_ptr<int64_t>()[change.user];
      votes_.mutable_data_ptr<double>()[row * votes_.size(1) + change.item] += change.votes;
    }
    keep(smoothed(), segment, ctx.device());
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::top_k_in_tiles(
        requests, score_.size(1), k, [&](const assay::RequestBatch& tile) {
          const at::Tensor known = segment_.index_select(0, tile.user.clamp_min(0));
          return score_.index_select(0, known.masked_fill(tile.user < 0, score_.size(0) - 1));
        });
  }

  void save(assay::Archive& archive) const override {
    archive.put("score", score_);
    archive.put("segment", segment_);
  }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    keep(archive.tensor("score"), archive.tensor("segment"), ctx.device);
  }

 private:
  // The last row gets nobody's votes.
  at::Tensor smoothed() const {
    const double users = std::max<double>(1, user_seen_.sum().item<double>());
    at::Tensor votes = votes_.clone();
    votes.select(0, votes.size(0) - 1).zero_();
    return votes + votes_.sum(0) * (params_.prior / users);
  }

  void keep(const at::Tensor& score, const at::Tensor& segment, const at::Device& device) {
    score_ = score.to(device);
    segment_ = segment.to(device);
  }

  Params params_;
  at::Tensor score_;    // float64 [segments + 1, N]; the last row is for users of no segment
  at::Tensor segment_;  // int64 [U]
  // For updates alone, so that they are not saved.
  at::Tensor votes_;      // float64 [segments + 1, N], on the CPU
  at::Tensor user_seen_;  // bool [U]
  assay::extra::PairHistory voters_{assay::Repeats::once};
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<SegmentPopularity>({
    .name = "segment_popularity",
    .doc = "The items with the most positive users in the same segment (a category of a user "
           "feature): a baseline for new users with features only.",
    .paper = "Ji, Sun, Zhang & Li 2020, A Re-visit of the Popularity Baseline in Recommender "
             "Systems",
    .traits = {.updates = true},
}))
