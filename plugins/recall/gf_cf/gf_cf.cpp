#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/neighbours/rounding.h>
#include <assay/extra/neighbours/tiles.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "lanes.h"
#include "leading_vectors.h"
#include "low_pass.h"
#include "normalised_pairs.h"

namespace assay::gf_cf {
namespace {

/// Graph-filter collaborative filtering (Shen et al. 2021, section 4.3): a linear filter and an
/// ideal low-pass filter of the normalised user-item graph,
///
///     R~ = D_U^-1/2 X D_I^-1/2
///     score(u, .) = x_u (R~'R~ + alpha D_I^-1/2 V V' D_I^1/2)
///
/// where X is the matrix of positives (of ones, or of what each pair counts: pair_weights.h), D_U and
/// D_I its sums by user and by item, V the `factors` leading right singular vectors of R~, and x_u
/// the history. Nothing is trained by gradients. Published for Gowalla: alpha 0.3, factors 256.
///
/// R~'R~ is never made: a request walks from its items over their users to items. V is found by
/// leading_vectors.h. All in float64, sums in the order of the history: the same bits in any batch
/// and with any number of threads.
class GfCf : public RecallStrategy {
 public:
  struct Params {
    double alpha = 0.3;
    int64_t factors = 256;
    double tolerance = 1e-12;
    int64_t cycles = 200;
    Repeats repeats = Repeats::once;
    int64_t round_decimals = 10;
  };
  static void describe(ParamList<Params>& p) {
    p.add("alpha", &Params::alpha,
          "Strength of the ideal low-pass filter beside the linear filter; larger favours what "
          "large groups of users have in common. 0: the linear filter alone.")
        .range(0, 1e6)
        .tune(0, 1);
    p.add(
         "factors", &Params::factors,
         "Number of singular vectors that the ideal low-pass filter lets through; more follow "
         "finer tastes and cost time and memory in proportion. Where the data have a smaller rank, "
         "that many: the note `factors` says how many.")
        .unit("vectors")
        .range(1, 100000)
        .tune_log(16, 512);
    p.add("tolerance", &Params::tolerance,
          "Largest residual of a singular vector, as a share of the largest squared singular "
          "value; larger saves some passes over the data.")
        .range(1e-14, 0.1);
    p.add(
         "cycles", &Params::cycles,
         "The fit ends after this many cycles of the iteration for the singular vectors even where "
         "`tolerance` is not reached; the note `residual` tells.")
        .range(1, 100000);
    p.repeats(&Params::repeats);
    extra::describe_rounding(p, &Params::round_decimals, "Scores");
  }
  explicit GfCf(const Params& params) : params_(params), round_(params.round_decimals) {}

  /// The pairs on both sides and the vectors; while they are found, twice as many and some blocks.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t factors = std::min(params.factors, sizes.items);
    const int64_t basis = std::min(2 * factors + 10 * kBlock, sizes.items + kBlock);
    const int64_t counts = params.repeats == Repeats::each ? 8 * sizes.positives : 0;
    const int64_t pairs = 16 * sizes.positives + counts + 16 * (sizes.users + sizes.items);
    return {.fit = pairs + 8 * sizes.items * (basis + factors + 4 * kBlock) +
                   8 * sizes.users * kBlock + 24 * basis * basis,
            .serve = pairs + 8 * sizes.items * factors};
  }

  void fit(const TrainingView& data, FitContext& ctx) override {
    pairs_.emplace(data.by_user, data.by_item, extra::pair_weights(data, params_.repeats));
    const LeadingSettings settings{.count = params_.factors,
                                   .tolerance = params_.tolerance,
                                   .cycles = ctx.trial() ? 1 : params_.cycles,
                                   .stop = [&] { return ctx.stop_requested(); },
                                   .progress = [&](int64_t cycle) { ctx.progress(cycle, 0); }};
    const LeadingVectors leading = leading_vectors(
        [&](const Block& from, Block& to) { pairs_->apply(from, to); }, data.items, settings);
    filter_ = LowPass(leading);
    note(leading, ctx);
  }

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return extra::known_top_k_in_tiles(extra::counted_requests(requests, params_.repeats),
                                       pairs_->items(), k,
                                       [&](const RequestBatch& tile) { return scores(tile); });
  }

  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    return extra::explain_by_history(extra::counted_requests(requests, params_.repeats), candidates,
                                     [&](int64_t past, int64_t item) {
                                       double product = 0;
                                       for (int64_t f = 0; f < filter_.width(); ++f)
                                         product += filter_.row(past)[f] * filter_.row(item)[f];
                                       return pairs_->between(past, item) +
                                              params_.alpha * pairs_->inverse_root(past) * product *
                                                  pairs_->root(item);
                                     });
  }

  void save(Archive& archive) const override {
    pairs_->save(archive);
    archive.put("vectors", filter_.vectors());
  }
  void load(const Archive& archive, const LoadContext&) override {
    pairs_.emplace(NormalisedPairs::load(archive));
    filter_ = LowPass(archive.tensor("vectors"));
  }

 private:
  static std::string text(double value) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.6g", value);
    return digits;
  }
  static void note(const LeadingVectors& leading, FitContext& ctx) {
    ctx.note("factors", std::to_string(leading.values.size()));
    ctx.note("cycles", std::to_string(leading.cycles));
    ctx.note("residual", text(leading.residual));
    ctx.note("converged", leading.converged ? "yes" : "no");
    if (leading.values.empty()) return;
    ctx.note("singular_value.last", text(std::sqrt(leading.values.back())));
    ctx.note("singular_value.next", text(std::sqrt(std::max(0.0, leading.next))));
  }

  // float64 [B, N].
  at::Tensor scores(const RequestBatch& requests) const {
    const int64_t items = pairs_->items();
    at::Tensor scores = at::zeros({requests.size(), items}, at::kDouble);
    double* const to = scores.mutable_data_ptr<double>();
    const extra::WeightedSpans history(requests.history, requests.history.weight);
    extra::parallel_blocks(
        requests.size(), extra::kRequestsPerBlock, [&](int64_t first, int64_t last) {
          NormalisedPairs::Sum linear(*pairs_);
          for (int64_t row = first; row < last; ++row)
            linear.add(history[row], history, row, to + row * items);
          for (int64_t row = first; row < last; row += 4)
            add_low_pass(history, row, std::min<int64_t>(4, last - row), to + row * items);
          round_(std::span(to + first * items, to + last * items));
        });
    return scores;
  }

  // For up to four requests; where there are fewer, the others go to a row that nobody reads.
  void add_low_pass(const extra::WeightedSpans& history, int64_t first, int64_t count,
                    double* scores) const {
    const int64_t items = pairs_->items(), width = filter_.width();
    std::vector<double> queries(static_cast<size_t>(4 * width), 0);
    std::vector<double> nobody(static_cast<size_t>(count < 4 ? items : 0), 0);
    const double* query[4];
    double* to[4];
    for (int64_t r = 0; r < 4; ++r) {
      query[r] = queries.data() + r * width;
      to[r] = r < count ? scores + r * items : nobody.data();
      if (r >= count) continue;
      const std::span<const int64_t> past = history[first + r];
      for (size_t n = 0; n < past.size(); ++n) {
        add_scaled(history.weight(first + r, n) * pairs_->inverse_root(past[n]),
                   filter_.row(past[n]), queries.data() + r * width, width);
      }
    }
    filter_.add_four(params_.alpha, query, pairs_->roots().data(), to);
  }

  Params params_;
  extra::Rounding round_;
  std::optional<NormalisedPairs> pairs_;
  LowPass filter_;
};

}  // namespace
}  // namespace assay::gf_cf

ASSAY_PLUGINS(assay::plugin<assay::gf_cf::GfCf>({
    .name = "gf_cf",
    .doc = "Graph filters in closed form: a linear filter of the user-item graph plus an ideal "
           "low-pass filter of its leading singular vectors; nothing is trained.",
    .paper = "Shen, Wu, Zhang, Shan, Zhang, Letaief & Li 2021, How Powerful is Graph Convolution "
             "for Recommendation?",
    .traits = {.additive = true, .cpu_only = true},
}))
