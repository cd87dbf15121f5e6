#include <ATen/Dispatch.h>
#include <ATen/ops/cholesky_inverse.h>
#include <ATen/ops/embedding_bag.h>
#include <ATen/ops/linalg_cholesky.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cstdio>

namespace {

/// Linear regression of every item on all others, in closed form (Steck 2019, equations 5 to 8):
///
///     P = (XᵀX + lambda I)⁻¹
///     B_ij = -P_ij / P_jj, B_jj = 0
///     score(u, j) = sum over i in the history of u of x_ui B_ij
///
/// where X is the users by items matrix of positives: of ones, or of what each pair counts with
/// repeats: each and with weights of event types (pair_weights.h). Costs N³ / 3 twice and two N x N matrices
/// while learning; B stays.
class Ease : public assay::RecallStrategy {
 public:
  enum class Precision { float64, float32 };
  struct Params {
    double lambda = 250;
    Precision precision = Precision::float64;
    double max_memory_gib = 8;
    assay::Repeats repeats = assay::Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add(
         "lambda", &Params::lambda,
         "L2 penalty: larger shrinks the weights towards co-occurrence counts, smaller trusts rare "
         "pairs more. Good values grow with the number of users per item; 100 to 1000 is usual.")
        .unit("users")
        .range(1e-6, 1e9);
    p.choice(
        "precision", &Params::precision,
        {{"float64", Precision::float64}, {"float32", Precision::float32}},
        "Precision of the inverse and of the stored weights; float32 needs half the memory and "
        "time and may swap items with nearly equal scores.");
    p.add("max_memory_gib", &Params::max_memory_gib,
          "Memory limit: an error before fitting if the two N x N matrices need more.")
        .unit("GiB")
        .range(0.001, 1e6);
    p.repeats(&Params::repeats);
    assay::extra::describe_rounding(p, &Params::round_decimals, "Scores");
  }
  explicit Ease(const Params& params) : params_(params), round_(params.round_decimals) {}

  /// Two N x N matrices while one is factorised and inverted; one stays.
  static assay::MemoryUse memory(const assay::DataSizes& sizes, const Params& params) {
    const int64_t number = params.precision == Precision::float32 ? 4 : 8;
    const int64_t matrix = sizes.items * sizes.items * number;
    return {.fit = 2 * matrix, .serve = matrix};
  }

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override {
    expect_room(data.items);
    const assay::extra::PairWeights pairs = assay::extra::pair_weights(data, params_.repeats);
    weights_ = assay::extra::co_occurrence_matrix(data, pairs, dtype()).to(ctx.device());
    weights_.diagonal().add_(params_.lambda);
    weights_ = at::linalg_cholesky(weights_);
    weights_ = at::cholesky_inverse(weights_);
    weights_.div_(weights_.diagonal().neg());
    weights_.fill_diagonal_(0);
    weights_ = weights_.contiguous();
  }

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext&) const override {
    return assay::extra::known_top_k_in_tiles(
        assay::extra::counted_requests(requests, params_.repeats), weights_.size(0), k,
        [&](const assay::RequestBatch& tile) { return scores(tile); });
  }

  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override {
    const at::Tensor weights = weights_.cpu();  // no copy where it lies there
    const assay::RequestBatch counted = assay::extra::counted_requests(requests, params_.repeats);
    return dtype() == at::kFloat ? explained<float>(weights, counted, candidates)
                                 : explained<double>(weights, counted, candidates);
  }

  void save(assay::Archive& archive) const override { archive.put("weights", weights_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
    weights_ = archive.tensor("weights").to(ctx.device);
  }

 private:
  template <typename T>
  static assay::Explanation explained(const at::Tensor& weights,
                                      const assay::RequestBatch& requests,
                                      const assay::CandidateBatch& candidates) {
    const T* const weight = weights.const_data_ptr<T>();
    return assay::extra::explain_by_history(requests, candidates, [&](int64_t past, int64_t item) {
      return static_cast<double>(weight[past * weights.size(1) + item]);
    });
  }

  at::ScalarType dtype() const {
    return params_.precision == Precision::float32 ? at::kFloat : at::kDouble;
  }

  void expect_room(int64_t items) const {
    const double bytes = 2.0 * static_cast<double>(items) * static_cast<double>(items) *
                         static_cast<double>(c10::elementSize(dtype()));
    const double gib = bytes / (1 << 30);
    if (gib <= params_.max_memory_gib) return;
    char text[400];
    std::snprintf(text, sizeof text,
                  "ease: %lld items need %.1f GiB (two %lld x %lld matrices of %s), and "
                  "max_memory_gib is %g. Keep fewer items (data: filter), %sor raise "
                  "max_memory_gib where the machine has the memory.",
                  static_cast<long long>(items), gib, static_cast<long long>(items),
                  static_cast<long long>(items), dtype() == at::kFloat ? "float32" : "float64",
                  params_.max_memory_gib,
                  dtype() == at::kDouble ? "halve it with precision: float32, " : "");
    throw assay::InvalidInput(text);
  }

  // [B, N]. Rows of B are added up in the order of the history, never as a matrix product, whose
  // last bits depend on how many requests are in the batch.
  at::Tensor scores(const assay::RequestBatch& requests) const {
    if (!weights_.is_cpu()) return round_(sums_by_embedding(requests));
    at::Tensor scores = at::zeros({requests.size(), weights_.size(1)}, at::kDouble);
    AT_DISPATCH_FLOATING_TYPES(weights_.scalar_type(), "ease",
                               [&] { add_weights<scalar_t>(requests, scores); });
    return scores;
  }

  template <typename Number>
  void add_weights(const assay::RequestBatch& requests, at::Tensor& scores) const {
    const int64_t items = weights_.size(1);
    const Number* const weights = weights_.const_data_ptr<Number>();
    double* const to = scores.mutable_data_ptr<double>();
    const assay::extra::WeightedSpans history(requests.history, requests.history.weight);
    const auto add = [&](int64_t row, double* score) {
      const std::span<const int64_t> past = history[row];
      for (size_t n = 0; n < past.size(); ++n) {
        const Number* const weight = weights + past[n] * items;
        const double times = history.weight(row, n);  // 1 without weights: the sum as it is
        for (int64_t item = 0; item < items; ++item) score[item] += times * weight[item];
      }
      round_(std::span(score, score + items));
    };
    assay::extra::parallel_blocks(requests.size(), assay::extra::kRequestsPerBlock,
                                  [&](int64_t first, int64_t last) {
                                    for (int64_t row = first; row < last; ++row)
                                      add(row, to + row * items);
                                  });
  }

  at::Tensor sums_by_embedding(const assay::RequestBatch& requests) const {
    std::optional<at::Tensor> times = requests.history.weight;
    if (times) times = times->to(weights_.scalar_type());
    return std::get<0>(
        at::embedding_bag(weights_, requests.history.values, requests.history.offsets,
                          /*scale_grad_by_freq=*/false, /*mode=sum*/ 0, /*sparse=*/false,
                          /*per_sample_weights=*/times, /*include_last_offset=*/true));
  }

  Params params_;
  assay::extra::Rounding round_;
  at::Tensor weights_;  // [N, N], row: item of the history, column: item it speaks for
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Ease>({
    .name = "ease",
    .doc = "A linear item-to-item model in closed form: strong on data with many users per item, "
           "and fast to serve.",
    .paper = "Steck 2019, Embarrassingly Shallow Autoencoders for Sparse Data",
    .traits = {.additive = true},
}))
