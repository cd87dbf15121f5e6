#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/lists/choose_each_list.h>
#include <assay/extra/lists/relevance.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace {

using assay::extra::SplitMix;

/// Of the standard normal distribution (Box & Muller 1958).
double normal(SplitMix& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

/// Of the gamma distribution with scale 1 (Marsaglia & Tsang 2000, A Simple Method for Generating
/// Gamma Variables).
double gamma(double shape, SplitMix& random) {
  if (shape < 1) return gamma(shape + 1, random) * std::pow(1 - random.uniform(), 1 / shape);
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(random);
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v <= 0) continue;
    if (std::log(1 - random.uniform()) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta(double a, double b, SplitMix& random) {
  const double x = gamma(a, random);
  return x / (x + gamma(b, random));
}

/// Thompson sampling: orders candidates by draws from what is known of the rate at which each is
/// taken, so that items of which little is known are tried, and good ones are kept.
///
///     rate(i) ~ Beta(1 + strength relevance(i) + taken(i), 1 + strength (1 - relevance(i)) + left(i))
///
/// `taken` and `left` are the positive and the other events of the window, so that the log must say
/// what was shown and not taken; otherwise the relevance alone decides. Relevance is the prior mean
/// and must lie in [0, 1].
class Thompson : public assay::RerankStrategy {
 public:
  struct Params {
    double strength = 10;
    double reshape = 1;
    assay::extra::Relevance relevance = assay::extra::Relevance::minmax;
  };
  static void describe(assay::ParamList<Params>& p) {
    p.add("strength", &Params::strength,
          "Number of events that the relevance counts as: larger trusts the ranker more.")
        .unit("events")
        .range(0, 1e6);
    p.add("reshape", &Params::reshape,
          "Divides both parameters of the posterior: below 1 explores less than the posterior "
          "says, above 1 more (Chapelle & Li 2011, section 3.2).")
        .range(1e-3, 1e3);
    assay::extra::describe_relevance(p, &Params::relevance);
  }
  explicit Thompson(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::LabelledCandidates&,
           assay::FitContext& ctx) override {
    taken_.assign(static_cast<size_t>(data.items), 0.0);
    left_ = taken_;
    count_events(data);
    if (std::ranges::any_of(left_, [](double count) { return count > 0; })) return;
    std::ranges::fill(taken_, 0.0);
    ctx.note("warning",
             "the log has only positive events, none that was shown and not taken: rates are drawn "
             "from the relevance alone");
  }
  void save(assay::Archive& archive) const override {
    archive.put("taken", at::tensor(taken_, at::kDouble));
    archive.put("left", at::tensor(left_, at::kDouble));
  }
  void load(const assay::Archive& archive, const assay::LoadContext&) override {
    taken_ = numbers(archive.tensor("taken"));
    left_ = numbers(archive.tensor("left"));
  }

  assay::CandidateBatch rerank(const assay::RequestBatch& requests,
                               const assay::CandidateBatch& candidates, int64_t n,
                               const assay::ServeContext& ctx) const override {
    const at::Tensor prior = assay::extra::relevance(candidates, params_.relevance);
    expect_shares(prior, candidates);
    // A draw takes any number of random bits: each candidate has a stream of its own, begun with 48.
    const int64_t width = candidates.width();
    const at::Tensor high = ctx.uniform(requests, width, 0).cpu().contiguous();
    const at::Tensor low = ctx.uniform(requests, width, 1).cpu().contiguous();
    const float* const begin = high.const_data_ptr<float>();
    const float* const end = low.const_data_ptr<float>();
    return assay::extra::choose_each_list(candidates, prior, n, [&] {
      return [&, rate = std::vector<double>()](const assay::extra::ListToChoose& list) mutable {
        rate.clear();
        for (size_t i = 0; i < list.items.size(); ++i) {
          const auto at = list.row * width + static_cast<int64_t>(i);
          SplitMix random(bits(begin[at]), bits(end[at]));
          rate.push_back(draw(list.items[i], list.worth[i], random));
        }
        best_first(rate, list.places);
      };
    });
  }

 private:
  // The 24 bits of a uniform number.
  static uint64_t bits(float uniform) { return static_cast<uint64_t>(uniform * 0x1p24F); }

  static std::vector<double> numbers(const at::Tensor& kept) {
    const at::Tensor here = kept.cpu().contiguous();
    const double* const value = here.const_data_ptr<double>();
    return {value, value + here.numel()};
  }

  void count_events(const assay::TrainingView& data) {
    const at::Tensor items = data.item.cpu().contiguous(), good = data.positive.cpu().contiguous();
    at::Tensor weights;
    if (data.weight) weights = data.weight->cpu().contiguous();
    for (int64_t event = 0; event < data.size(); ++event) {
      const auto item = static_cast<size_t>(items.const_data_ptr<int32_t>()[event]);
      const double weight =
          weights.defined() ? static_cast<double>(weights.const_data_ptr<float>()[event]) : 1;
      (good.const_data_ptr<bool>()[event] ? taken_ : left_)[item] += weight;
    }
  }

  static void expect_shares(const at::Tensor& prior, const assay::CandidateBatch& candidates) {
    const at::Tensor outside = prior.lt(0).logical_or(prior.gt(1));
    if (!outside.logical_and(candidates.item.ge(0)).any().item<bool>()) return;
    throw assay::InvalidInput(
        "thompson: the relevance of a candidate is not in [0, 1]; set relevance: minmax or rank, "
        "or rank by probabilities before.");
  }

  double draw(int64_t item, double prior, SplitMix& random) const {
    const double a = 1 + params_.strength * prior + taken_[item];
    const double b = 1 + params_.strength * (1 - prior) + left_[item];
    return beta(a / params_.reshape, b / params_.reshape, random);
  }

  static void best_first(const std::vector<double>& rate, std::span<int64_t> places) {
    std::vector<int64_t> order(rate.size());
    std::iota(order.begin(), order.end(), 0);
    std::ranges::stable_sort(order, [&](int64_t a, int64_t b) { return rate[a] > rate[b]; });
    std::copy_n(order.begin(), std::min(order.size(), places.size()), places.begin());
  }

  Params params_;
  std::vector<double> taken_, left_;  // [N]: weights of positive and of other events
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<Thompson>({
    .name = "thompson",
    .doc = "Thompson sampling: orders candidates by draws from what is known of the rate at which "
           "each is taken, so that items of which little is known are tried.",
    .paper = "Chapelle & Li 2011, An Empirical Evaluation of Thompson Sampling (NeurIPS); Thompson "
             "1933, On the Likelihood that One Unknown Probability Exceeds Another",
    .traits = {.draws_in_serving = true},
}))
