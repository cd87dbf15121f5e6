#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/logcumsumexp.h>
#include <ATen/ops/where.h>
#include <assay/extra/lists/relevance.h>
#include <assay/plugin.h>

#include <cmath>
#include <limits>

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A slate drawn item by item, each in proportion to exp(relevance / temperature) among those that
/// are left (Luce 1959; Plackett 1975), with the exact probability of every draw.
///
/// Drawing is sorting: relevance / temperature plus Gumbel noise, in falling order, has that
/// distribution (Yellott 1977; Kool et al. 2019, Gumbel-Top-k).
class PlackettLuce : public assay::RerankStrategy {
 public:
  struct Params {
    double temperature = 0.1;
    assay::extra::Relevance relevance = assay::extra::Relevance::minmax;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("temperature", &Params::temperature,
          "Temperature of the softmax, in units of relevance: a candidate whose relevance is "
          "higher by one temperature is 2.7 times as likely to be first. Towards 0 the order is "
          "kept; larger values approach a random shuffle.")
        .range(1e-6, 1e6);
    assay::extra::describe_relevance(p, &Params::relevance);
  }
  explicit PlackettLuce(const Params& params)
      : temperature_(params.temperature), relevance_(params.relevance) {}

  assay::CandidateBatch rerank(const assay::RequestBatch& requests,
                               const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    const at::Tensor log_weight = log_weights(candidates);
    const at::Tensor key = log_weight + gumbel(requests, candidates.width(), ctx);
    const at::Tensor order = std::get<1>(key.sort(/*stable=*/true, /*dim=*/1, /*descending=*/true));
    const at::Tensor drawn = log_weight.gather(1, order);
    const at::Tensor nobody = drawn == -kInfinity;
    const auto slate = [n](const at::Tensor& row, const at::Scalar& fill) {
      return at::constant_pad_nd(row.slice(1, 0, n), {0, std::max<int64_t>(0, n - row.size(1))},
                                 fill);
    };
    assay::CandidateBatch served =
        assay::pick(candidates, slate(order.masked_fill(nobody, -1), -1));
    served.propensity = slate(chances(drawn).masked_fill(nobody, 1), 1).to(at::kFloat);
    return served;
  }

  /// The chance to stand first.
  std::optional<at::Tensor> action_probability(const assay::RequestBatch&,
                                               const assay::CandidateBatch& candidates,
                                               const assay::ServeContext&) const override {
    const at::Tensor log_weight = log_weights(candidates);
    if (log_weight.numel() == 0) return log_weight.to(at::kFloat);
    return log_weight.softmax(1).nan_to_num(0).to(at::kFloat);
  }

 private:
  at::Tensor log_weights(const assay::CandidateBatch& candidates) const {
    return assay::extra::relevance(candidates, relevance_) / temperature_;
  }

  // Float64 [B, K]. Two draws of 24 bits make one of 48, in the open interval (0, 1). Each is a
  // stream of its own, so that a place in the list keeps its number however wide the batch is
  // padded.
  static at::Tensor gumbel(const assay::RequestBatch& requests, int64_t n,
                           const assay::ServeContext& ctx) {
    const at::Tensor high = ctx.uniform(requests, n, 0).to(at::kDouble);
    const at::Tensor low = ctx.uniform(requests, n, 1).to(at::kDouble);
    const at::Tensor uniform = high + (low + 0x1p-25) * 0x1p-24;
    return -(-uniform.log()).log();
  }

  // P(item at place j | items at places before j): its weight over the weights of all that stand at
  // j or later.
  static at::Tensor chances(const at::Tensor& drawn) {
    const at::Tensor left = drawn.flip(1).logcumsumexp(1).flip(1);
    return (drawn - left).exp();
  }

  double temperature_;
  assay::extra::Relevance relevance_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<PlackettLuce>({
    .name = "plackett_luce",
    .doc = "Draws the slate item by item in proportion to exp(relevance / temperature) and reports "
           "the propensities: exploration for off-policy estimates.",
    .paper = "Luce 1959, Individual Choice Behavior; Plackett 1975, The Analysis of Permutations",
    .traits = {.draws_in_serving = true},
}))
