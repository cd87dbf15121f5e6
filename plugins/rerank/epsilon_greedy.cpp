#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/where.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/plugin.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace {

/// Explores at each place with probability epsilon (Sutton & Barto 2018, section 2.2): then the
/// place goes to any of the candidates that are left, all equally likely; else to the first of
/// them. With m left, the propensity of the first is 1 - epsilon + epsilon / m, that of any other
/// epsilon / m.
class EpsilonGreedy : public assay::RerankStrategy {
 public:
  struct Params {
    double epsilon = 0.1;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("epsilon", &Params::epsilon,
          "Probability that a position is filled at random: 0 keeps the order, 1 shuffles. "
          "Off-policy estimates of items further down need it above 0.")
        .range(0, 1);
  }
  explicit EpsilonGreedy(const Params& params) : epsilon_(params.epsilon) {}

  assay::CandidateBatch rerank(const assay::RequestBatch& requests,
                               const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    // Drawn on the requests' device, bit for bit the same on any; chosen on the CPU.
    const at::Tensor coins = ctx.uniform(requests, n, 0).cpu().contiguous();
    const at::Tensor draws = ctx.uniform(requests, n, 1).cpu().contiguous();
    at::Tensor chances = at::full({candidates.size(), n}, 1, at::kFloat);
    const float* const coin = coins.const_data_ptr<float>();
    const float* const number = draws.const_data_ptr<float>();
    float* const chance = chances.mutable_data_ptr<float>();
    assay::CandidateBatch served = assay::extra::choose_each_list(candidates, n, [&] {
      return [&](const assay::extra::ListToChoose& list) {
        const int64_t first = list.row * n;
        choose(list, coin + first, number + first, chance + first);
      };
    });
    served.propensity = chances.to(candidates.item.device());
    return served;
  }

  /// The chance to stand first.
  std::optional<at::Tensor> action_probability(const assay::RequestBatch&,
                                               const assay::CandidateBatch& candidates,
                                               const assay::ServeContext&) const override {
    const at::Tensor known = candidates.item >= 0;
    const at::Tensor count = known.sum(1, /*keepdim=*/true).clamp_min(1).to(at::kDouble);
    const at::Tensor first = at::arange(candidates.width(), known.options().dtype(at::kLong)) == 0;
    const at::Tensor chance = at::where(first, 1 - epsilon_, 0.0) + epsilon_ / count;
    return chance.masked_fill(~known, 0).to(at::kFloat);
  }

 private:
  // The numbers are those of the list's places.
  void choose(const assay::extra::ListToChoose& list, const float* coin, const float* draw,
              float* chance) const {
    std::vector<int64_t> left(list.items.size());
    std::iota(left.begin(), left.end(), 0);
    for (size_t at = 0; at < std::min(list.items.size(), list.places.size()); ++at) {
      const auto remain = static_cast<int64_t>(left.size());
      const bool explores = coin[at] < epsilon_;
      const auto drawn =
          static_cast<int64_t>(static_cast<double>(draw[at]) * static_cast<double>(remain));
      const int64_t chosen = explores ? drawn : 0;
      const double by_chance = epsilon_ / static_cast<double>(remain);
      list.places[at] = left[chosen];
      chance[at] = static_cast<float>(chosen == 0 ? 1 - epsilon_ + by_chance : by_chance);
      left.erase(left.begin() + chosen);
    }
  }

  double epsilon_;
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<EpsilonGreedy>({
    .name = "epsilon_greedy",
    .doc = "Fills positions with random candidates at a given rate and reports the propensities: "
           "the simplest exploration for off-policy estimates.",
    .paper = "Sutton & Barto 2018, Reinforcement Learning: An Introduction, section 2.2",
    .traits = {.draws_in_serving = true},
}))
