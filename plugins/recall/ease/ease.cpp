#include <ATen/Dispatch.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/choose_feature.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cstdio>

#include "inverse_in_place.h"
#include "item_gram.h"

namespace assay::ease {
namespace {

constexpr size_t kTrialItems = 256;  // enough to find mistakes in a trial fit

/// Linear regression of every item on all others, in closed form (Steck 2019, equations 5 to 8):
///
///     P = (XᵀX + lambda I)⁻¹
///     B_ij = -P_ij / P_jj, B_jj = 0
///     score(u, j) = sum over i in the history of u of x_ui B_ij
///
/// where X is the users by items matrix of positives: of ones, or of what each pair counts with
/// repeats: each and with weights of event types (pair_weights.h). With `features` X stands on
/// feature_weight times the categories of the items (Jeunen, Van Balen & Goethals 2020, section
/// 3.1), so that G gains feature_weight² F Fᵀ; a score is that of the users' part.
///
/// Learning costs N³ operations and one N x N matrix, in which everything happens: it is filled
/// from sparse rows, inverted, scaled to B, and written to disk as it lies. Items of which nothing is
/// known have weights of exactly 0 and no place in it.
class Ease : public RecallStrategy {
 public:
  enum class Precision { float64, float32 };
  struct Params {
    double lambda = 250;
    Precision precision = Precision::float64;
    double max_memory_gib = 8;
    std::vector<std::string> features;
    double feature_weight = 1;
    Repeats repeats = Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(ParamList<Params>& p);
  explicit Ease(const Params& params) : params_(params), round_(params.round_decimals) {}

  /// The matrix, a few of its columns, and what each pair counts.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t matrix = sizes.items * sizes.items * bytes(params);
    const int64_t columns = 3 * sizes.items * kColumnsAtOnce * bytes(params);
    return {.fit = matrix + columns + 8 * sizes.positives, .serve = matrix};
  }

  void fit(const TrainingView& data, FitContext& ctx) override {
    const SideInformation side = side_information(ctx.features().item);
    std::vector<int64_t> items = known_items(data, side);
    if (ctx.trial()) items.resize(std::min(items.size(), kTrialItems));
    expect_room(std::ssize(items));
    const extra::PairWeights pairs = extra::pair_weights(data, params_.repeats);
    weights_ = item_gram(data, pairs, side, items, params_.lambda, dtype(params_)).to(ctx.device());
    know(items, data.items);
    learn(ctx);
  }

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return extra::known_top_k_in_tiles(extra::counted_requests(requests, params_.repeats),
                                       catalogue(), k,
                                       [&](const RequestBatch& tile) { return scores(tile); });
  }

  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    const at::Tensor weights = weights_.cpu();  // no copy where it lies there
    const RequestBatch counted = extra::counted_requests(requests, params_.repeats);
    return weights.scalar_type() == at::kFloat ? explained<float>(weights, counted, candidates)
                                               : explained<double>(weights, counted, candidates);
  }

  void save(Archive& archive) const override {
    archive.put("weights", weights_);
    // Behind the weights, by its name: what comes first in the file begins where it can be mapped.
    if (place_.defined()) archive.put("where", place_);
  }
  void load(const Archive& archive, const LoadContext& ctx) override {
    weights_ = archive.tensor("weights").to(ctx.device);
    place_ = archive.has("where") ? archive.tensor("where").cpu() : at::Tensor();
  }

 private:
  static at::ScalarType dtype(const Params& params) {
    return params.precision == Precision::float32 ? at::kFloat : at::kDouble;
  }
  static int64_t bytes(const Params& params) {
    return static_cast<int64_t>(c10::elementSize(dtype(params)));
  }

  int64_t catalogue() const { return place_.defined() ? place_.size(0) : weights_.size(0); }
  /// Where an item stands in the weights; -1: nothing is known of it.
  int64_t place(int64_t item) const {
    return place_.defined() ? place_.const_data_ptr<int64_t>()[item] : item;
  }

  SideInformation side_information(const FeatureTable& table) const;
  void know(const std::vector<int64_t>& items, int64_t catalogue);
  void learn(FitContext& ctx);
  void expect_room(int64_t items) const;

  template <typename Number>
  Explanation explained(const at::Tensor& weights, const RequestBatch& requests,
                        const CandidateBatch& candidates) const {
    const Number* const weight = weights.const_data_ptr<Number>();
    return extra::explain_by_history(requests, candidates, [&](int64_t past, int64_t item) {
      const int64_t from = place(past), to = place(item);
      return from < 0 || to < 0 ? 0.0 : static_cast<double>(weight[from * weights.size(1) + to]);
    });
  }

  // [B, N]. Rows of B are added up in the order of the history, never as a matrix product, whose
  // last bits depend on how many requests are in the batch.
  at::Tensor scores(const RequestBatch& requests) const {
    if (!weights_.is_cpu()) return round_(sums_by_embedding(requests));
    at::Tensor scores = at::zeros({requests.size(), catalogue()}, at::kDouble);
    AT_DISPATCH_FLOATING_TYPES(weights_.scalar_type(), "ease",
                               [&] { add_weights<scalar_t>(requests, scores); });
    return scores;
  }

  template <typename Number>
  void add_weights(const RequestBatch& requests, at::Tensor& scores) const {
    double* const to = scores.mutable_data_ptr<double>();
    const extra::WeightedSpans history(requests.history, requests.history.weight);
    extra::parallel_blocks(requests.size(), extra::kRequestsPerBlock,
                           [&](int64_t first, int64_t last) {
                             for (int64_t row = first; row < last; ++row)
                               add_row<Number>(history, row, to + row * catalogue());
                           });
  }

  // The sums stand at the front, then each moves to its item: from the last one, whose place is
  // never behind that of its item.
  template <typename Number>
  void add_row(const extra::WeightedSpans& history, int64_t row, double* score) const {
    const int64_t known = weights_.size(1);
    const Number* const weights = weights_.const_data_ptr<Number>();
    const std::span<const int64_t> past = history[row];
    for (size_t n = 0; n < past.size(); ++n) {
      if (place(past[n]) < 0) continue;
      const Number* const weight = weights + place(past[n]) * known;
      const double times = history.weight(row, n);  // 1 without weights: the sum as it is
      for (int64_t at = 0; at < known; ++at) score[at] += times * weight[at];
    }
    const int64_t items = catalogue();
    if (place_.defined()) {
      const int64_t* const places = place_.const_data_ptr<int64_t>();
      for (int64_t item = items - 1; item >= 0; --item)
        score[item] = places[item] < 0 ? 0 : score[places[item]];
    }
    round_(std::span(score, score + items));
  }

  at::Tensor sums_by_embedding(const RequestBatch& requests) const;

  Params params_;
  extra::Rounding round_;
  at::Tensor weights_;  // [known, known], row: item of the history, column: item it speaks for
  at::Tensor place_;    // int64 [N] on the CPU, where an item stands there; undefined: all do
};

void Ease::describe(ParamList<Params>& p) {
  p.add("lambda", &Params::lambda,
        "L2 penalty: larger shrinks the weights towards co-occurrence counts, smaller trusts rare "
        "pairs more. Good values grow with the number of users per item; 100 to 1000 is usual.")
      .unit("users")
      .range(1e-6, 1e9)
      .tune_log(10, 2000);
  p.choice("precision", &Params::precision,
           {{"float64", Precision::float64}, {"float32", Precision::float32}},
           "Precision of the inverse and of the stored weights; float32 needs half the memory and "
           "time and may swap items with nearly equal scores.");
  p.add("max_memory_gib", &Params::max_memory_gib,
        "Memory limit: an error before fitting if the N x N matrix needs more.")
      .unit("GiB")
      .range(0.001, 1e6);
  p.add("features", &Params::features,
        "Item features (of type category or set) that count as further users, one a category, who "
        "were positive about all its items: items of a kind become alike, and items without events "
        "can be retrieved. Empty: none.");
  p.add("feature_weight", &Params::feature_weight,
        "Weight of a category beside a user, with `features`: larger trusts features more. Common "
        "categories weigh more than rare ones whatever it is.")
      .range(0, 1e6)
      .tune_log(0.1, 10);
  p.repeats(&Params::repeats);
  extra::describe_rounding(p, &Params::round_decimals, "Scores");
}

SideInformation Ease::side_information(const FeatureTable& table) const {
  SideInformation side;
  side.weight = params_.feature_weight;
  for (const std::string& name : params_.features) {
    side.features.push_back(
        &extra::choose_feature(table, {.who = "ease",
                                       .of = "item",
                                       .name = name,
                                       .types = {FeatureType::category, FeatureType::set}}));
  }
  return side;
}

void Ease::know(const std::vector<int64_t>& items, int64_t catalogue) {
  place_ = at::Tensor();
  if (std::ssize(items) == catalogue) return;
  place_ = at::full({catalogue}, -1, at::kLong);
  int64_t* const place = place_.mutable_data_ptr<int64_t>();
  for (size_t at = 0; at < items.size(); ++at) place[items[at]] = static_cast<int64_t>(at);
}

// From the Gram matrix to the weights.
void Ease::learn(FitContext& ctx) {
  const int64_t items = weights_.size(0);
  const Inversion ended = invert_in_place(weights_, [&](double share) {
    ctx.progress(static_cast<int64_t>(share * static_cast<double>(items)), items);
    return !ctx.stop_requested();
  });
  if (ended == Inversion::not_positive_definite) {
    char text[200];
    std::snprintf(text, sizeof text,
                  "ease: lambda = %g is too small for these data: the matrix of the %lld items "
                  "cannot be inverted%s; raise lambda%s.",
                  params_.lambda, static_cast<long long>(items),
                  params_.precision == Precision::float32 ? " in float32" : "",
                  params_.precision == Precision::float32 ? ", or set precision: float64" : "");
    throw InvalidInput(text);
  }
  if (ended == Inversion::stopped) {  // half an inverse is none
    know({}, catalogue());
    weights_ = at::zeros({0, 0}, weights_.options());
    return;
  }
  if (items == 0) return;
  weights_.div_(weights_.diagonal().neg());
  weights_.fill_diagonal_(0);
}

void Ease::expect_room(int64_t items) const {
  const double bytes = static_cast<double>(items) * static_cast<double>(items) *
                       static_cast<double>(Ease::bytes(params_));
  const double gib = bytes / (1 << 30);
  if (gib <= params_.max_memory_gib) return;
  char text[400];
  std::snprintf(
      text, sizeof text,
      "ease: %lld items need %.1f GiB (a %lld x %lld matrix of %s), and max_memory_gib "
      "is %g. Keep fewer items (data: filter), %sor raise max_memory_gib where the "
      "machine has the memory.",
      static_cast<long long>(items), gib, static_cast<long long>(items),
      static_cast<long long>(items),
      params_.precision == Precision::float32 ? "float32" : "float64", params_.max_memory_gib,
      params_.precision == Precision::float64 ? "halve it with precision: float32, " : "");
  throw InvalidInput(text);
}

// Items of which nothing is known count 0 times.
at::Tensor Ease::sums_by_embedding(const RequestBatch& requests) const {
  at::Tensor rows = requests.history.values;
  std::optional<at::Tensor> times = requests.history.weight;
  if (times) times = times->to(weights_.scalar_type());
  at::Tensor known;
  if (place_.defined()) {
    const at::Tensor place = place_.to(weights_.device());
    known = (place >= 0).nonzero().flatten();
    rows = place.index_select(0, rows);
    const at::Tensor counts = (rows >= 0).to(weights_.scalar_type());
    times = times ? *times * counts : counts;
    rows = rows.clamp_min(0);
    if (known.numel() == 0) return at::zeros({requests.size(), catalogue()}, weights_.options());
  }
  const at::Tensor sums = std::get<0>(at::embedding_bag(
      weights_, rows, requests.history.offsets, /*scale_grad_by_freq=*/false, /*mode=sum*/ 0,
      /*sparse=*/false, /*per_sample_weights=*/times, /*include_last_offset=*/true));
  if (!place_.defined()) return sums;
  return at::zeros({requests.size(), catalogue()}, sums.options()).index_copy_(1, known, sums);
}

}  // namespace
}  // namespace assay::ease

ASSAY_PLUGINS(assay::plugin<assay::ease::Ease>({
    .name = "ease",
    .doc = "A linear item-to-item model in closed form: strong on data with many users per item, "
           "and fast to serve. It may learn from item features too.",
    .paper = "Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data; Jeunen, Van Balen & "
             "Goethals 2020, Closed-Form Models for Collaborative Filtering with Side-Information",
    .traits = {.additive = true},
}))
