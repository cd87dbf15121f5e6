#pragma once

/// Off-policy evaluation: what a policy pi would have earned per round on traffic that another
/// policy mu served. w = pi(a|x) / mu(a|x), v(x) = sum_b pi(b|x) q(x, b); means are over rounds.
///
/// | estimator    | value                                          | needs, beside reward             |
/// |--------------|------------------------------------------------|----------------------------------|
/// | dm           | mean v                                         | value                            |
/// | ips          | mean w r                                       | propensity, policy               |
/// | clipped_ips  | mean min(w, c) r                               | the same                         |
/// | snips        | sum w r / sum w                                | the same                         |
/// | dr           | mean v + w (r - q)                             | the same, q, value               |
/// | clipped_dr   | mean v + min(w, c) (r - q)                     | the same                         |
/// | sndr         | mean v + sum w (r - q) / sum w                 | the same                         |
/// | switch_dr    | mean v + [w <= t] w (r - q)                    | the same                         |
/// | dros         | mean v + l w / (w^2 + l) (r - q)               | the same                         |
/// | sg_ips       | mean w' r, w' = w / (1 - l + l w)              | propensity, policy               |
/// | sg_dr        | mean v + w' (r - q)                            | propensity, policy, q, value     |
/// | balanced_ips | mean b r                                       | balanced_weight                  |
/// | mips         | mean m r                                       | marginal_weight                  |
/// | mrdr         | as dr                                          | propensity, policy, mrdr_q, mrdr_value |
/// | replay       | mean r over rounds with pi(a|x) = 1            | policy in {0, 1}, one propensity |
///
///  - dm: the direct method, as right as its reward model (Beygelzimer and Langford 2009).
///  - ips: inverse propensity scores (Horvitz and Thompson 1952; Strehl et al. 2010). Unbiased.
///  - clipped_ips: weights above c count c (Ionides 2008; Bottou et al. 2013). Too small for
///    rewards above 0.
///  - snips: self-normalised (Swaminathan and Joachims 2015). Bias falls with 1/n.
///  - dr: doubly robust (Dudik, Langford and Li 2011). Unbiased where propensities *or* q are right.
///  - clipped_dr: DR with pessimistic shrinkage (Su, Dimakopoulou, Krishnamurthy and Dudik 2020).
///  - sndr: DR with the correction self-normalised (Thomas and Brunskill 2016).
///  - switch_dr: the model alone above the threshold t (Wang, Agarwal and Dudik 2017).
///  - dros: DR with optimistic shrinkage (Su et al. 2020). l = 0 is dm, infinity dr.
///  - sg_ips, sg_dr: sub-Gaussian weights (Metelli, Russo and Restelli 2021). l in [0, 1], 0 is w.
///  - balanced_ips: weights of a classifier between the pairs (x, a) of log and policy (Sondhi,
///    Arbour and Dimmery 2020). Needs no propensities.
///  - mips: weights of action embeddings (Saito and Joachims 2022). Unbiased where an action acts
///    on the reward through its embedding alone.
///  - mrdr: more robust doubly robust (Farajtabar, Chow and Ghavamzadeh 2018): dr with a model that
///    was fitted to minimise the variance of dr: least squares with weight
///    pi(a|x) (1 - mu(a|x)) / mu(a|x)^2 a round, which is exact for a deterministic policy.
///  - replay: rejection of rounds in which a deterministic policy would have acted otherwise (Li,
///    Chu, Langford and Wang 2011). The logging policy must be uniform.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ope/estimate.h"
#include "ope/logged.h"
#include "stats/bootstrap.h"
#include "stats/sequential.h"

namespace assay::ope {

/// As in the table above.
enum class Estimator {
  dm,
  ips,
  clipped_ips,
  snips,
  dr,
  clipped_dr,
  sndr,
  switch_dr,
  dros,
  sg_ips,
  sg_dr,
  balanced_ips,
  mips,
  mrdr,
  replay,
};

/// Beyond these an estimate is invalid. Each is of the weights that the estimator uses, except
/// where it says "unchanged": those show whether log and policy fit together at all.
struct Limits {
  /// Least effective sample size. Below some tens neither value nor interval can be trusted.
  double effective_size = 30.0;
  /// Most of the sum of weights that one round may hold: beyond it one reward decides.
  double largest_share = 0.2;
  /// How many standard errors the mean of the unchanged weights may lie from 1, and by how much at
  /// least, before propensities or support are taken to be wrong.
  double mean_weight_errors = 4.0;
  double mean_weight_distance = 0.05;
  /// Most of the policy's probability that may lie outside of the log's support.
  double outside_share = 0.05;
};

struct Options {
  double alpha = 0.05;
  /// What a reward can be. Others are an error; empirical Bernstein intervals need it. None for
  /// rewards without bounds (revenue): then there are no such intervals.
  std::optional<stats::Interval> reward_range = stats::Interval{0.0, 1.0};
  /// The largest weight that the two policies can give (1 / the least propensity by design, say),
  /// for empirical Bernstein intervals. Without it those of weights that are not clipped are absent.
  std::optional<double> largest_weight;
  /// Resampled are up to stats::kHeldUpTo clusters (or rounds); of more there is no bootstrap, as
  /// the normal interval is as good. 0 resamples: none.
  stats::BootstrapOptions bootstrap = {.resamples = 2'000};
  /// Tuning of the confidence sequence; its alpha is `alpha`.
  double sequence_tuning = 5'000.0;
  /// Overlap::histogram is counted.
  bool histogram = true;
  Limits limits;
  /// How messages call the log: "open-bandit-men/bts".
  std::string source;
};

/// One estimator to compute.
struct Choice {
  Estimator estimator = Estimator::ips;
  /// Clip, threshold (at least 0, infinity: none) or lambda. None: SLOPE chooses from
  /// `tuning_grid`. Others of an estimator without parameter are an InternalError.
  std::optional<double> parameter;
};

/// The value of the policy by every estimator chosen, in one pass over the log; in two where
/// clusters are given or few rounds are resampled.
///
/// An estimator whose columns are missing has no value and says so. Throws UserError, with row
/// numbers, where a column holds what it cannot: propensity 0, above 1 or missing; policy outside
/// [0, 1] or not summing to 1; reward missing or out of range; q, value or a weight that is not
/// finite. A log without rounds gives estimates without value.
Evaluation evaluate(const Rounds& rounds, std::span<const Choice> choices,
                    const Options& options = {});
Evaluation evaluate(const ExactRounds& rounds, std::span<const Choice> choices,
                    const Options& options = {});
Evaluation evaluate(const RoundSource<float>& source, std::span<const Choice> choices,
                    const Options& options = {});
Evaluation evaluate(const RoundSource<double>& source, std::span<const Choice> choices,
                    const Options& options = {});

/// Every estimator once, parameters by SLOPE.
std::vector<Choice> all_choices();

/// "switch_dr"; and back (none where no estimator is called so).
std::string_view estimator_name(Estimator estimator);
std::optional<Estimator> estimator_of_name(std::string_view name);
std::vector<std::string> estimator_names();

bool has_parameter(Estimator estimator);
/// What SLOPE chooses from, the least biased first. Empty without a parameter.
std::span<const double> tuning_grid(Estimator estimator);

}  // namespace assay::ope
