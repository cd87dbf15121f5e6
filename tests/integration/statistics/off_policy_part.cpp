#include <algorithm>

#include "ope/estimators.h"
#include "parts.h"
#include "simulator/logging.h"
#include "stats/moments.h"

namespace assay::statistics {
namespace {

using simulator::LoggingPolicy;
using simulator::Taste;
using simulator::World;

constexpr double kLevel = 0.95;

task::SimulatorSpec world_of(uint64_t seed) {
  task::SimulatorSpec spec;
  spec.users = 20'000;
  spec.new_users = 0;
  spec.items = 200;
  spec.days = 1;
  spec.events = 3000;
  spec.allowed = 10;
  spec.shelves = 4;
  spec.logging = {.temperature = 1.5, .knowledge = 0.3};
  spec.seed = seed;
  return spec;
}

/// The same world, in which the policy that is judged would have served.
task::SimulatorSpec judged(task::SimulatorSpec spec) {
  spec.logging = {.temperature = 0.7, .knowledge = 0.8};
  return spec;
}

/// What log, judged policy and a reward model say of one request.
struct Choices {
  std::vector<float> policy, model, clicks;
  double truth = 0, value = 0;
};

/// A world, its log and the policy that is judged.
class Trial {
 public:
  explicit Trial(uint64_t seed)
      : world_(world_of(seed)), target_(judged(world_of(seed))), policy_(target_) {
    for (int32_t shelf = 0; shelf < world_.spec().shelves; ++shelf)
      shelves_.push_back(world_.shelf(0, shelf));
  }

  /// The reward model is what the policy of the log believes: made without the log, and wrong.
  Choices choices(const Taste& taste, size_t shelf) {
    const std::vector<int32_t>& items = shelves_[shelf];
    Choices out{std::vector<float>(items.size()), std::vector<float>(items.size()),
                std::vector<float>(items.size())};
    policy_.first(taste, items, out.policy);
    world_.click_probabilities(taste, items, out.clicks);
    world_.believed_scores(taste, items, out.model);
    for (size_t i = 0; i < items.size(); ++i) {
      out.model[i] = 1 / (1 + std::exp(-out.model[i]));
      out.truth += static_cast<double>(out.policy[i]) * static_cast<double>(out.clicks[i]);
      out.value += static_cast<double>(out.policy[i]) * static_cast<double>(out.model[i]);
    }
    return out;
  }

  /// Over all users, as often as they come, and shelves.
  double true_value() {
    double sum = 0, weights = 0;
    for (int32_t user = 0; user < world_.users(0); ++user) {
      const Taste taste = world_.taste(user, 0);
      const double weight = world_.mean_session(user);
      for (size_t shelf = 0; shelf < shelves_.size(); ++shelf)
        sum += weight * choices(taste, shelf).truth;
      weights += weight * static_cast<double>(shelves_.size());
    }
    return sum / weights;
  }

  ope::Evaluation evaluate(const std::vector<ope::Choice>& wanted) {
    std::vector<float> reward, propensity, policy, q, value;
    std::vector<int32_t> cluster;
    simulator::log_day(world_, 0, 1 << 20, [&](const simulator::LogRows& rows) {
      for (size_t i = 0; i < rows.size(); ++i) {
        const auto shelf = static_cast<size_t>(rows.shelf[i]);
        const Choices of = choices(world_.taste(rows.user[i], 0), shelf);
        const auto place = static_cast<size_t>(
            std::ranges::lower_bound(shelves_[shelf], rows.item[i]) - shelves_[shelf].begin());
        reward.push_back(rows.click[i]);
        propensity.push_back(rows.propensity[i]);
        policy.push_back(of.policy[place]);
        q.push_back(of.model[place]);
        value.push_back(static_cast<float>(of.value));
        cluster.push_back(rows.user[i]);
      }
    });
    ope::Rounds rounds;
    rounds.reward = reward;
    rounds.propensity = propensity;
    rounds.policy = policy;
    rounds.q = q;
    rounds.value = value;
    rounds.cluster = cluster;
    ope::Options options;
    options.histogram = false;
    options.bootstrap.resamples = 500;
    options.bootstrap.seed = world_.spec().seed;
    return ope::evaluate(rounds, wanted, options);
  }

 private:
  World world_, target_;
  LoggingPolicy policy_;
  std::vector<std::vector<int32_t>> shelves_;
};

/// What is learnt of one estimator over the repetitions.
struct Learnt {
  stats::RunningMoments error;
  double squares = 0;
  Count normal, bootstrap, sequence;

  void add(const ope::PolicyEstimate& estimate, double truth) {
    if (!estimate.value) return;
    error.add(*estimate.value - truth);
    squares += (*estimate.value - truth) * (*estimate.value - truth);
    const auto covered = [&](const std::optional<stats::Interval>& interval, Count& count) {
      if (interval) count.add(interval->holds(truth));
    };
    covered(estimate.normal, normal);
    covered(estimate.bootstrap, bootstrap);
    covered(estimate.sequence, sequence);
  }
  double bias() const { return error.moments().mean; }
  double bias_error() const { return std::sqrt(error.moments().variance_of_mean()); }
  double root_mean_square() const {
    return std::sqrt(squares / static_cast<double>(std::max<int64_t>(error.moments().n, 1)));
  }
};

std::string bias_words(ope::Estimator estimator) {
  using enum ope::Estimator;
  if (estimator == ips || estimator == dr) return "none";
  if (estimator == snips || estimator == sndr) return "falls with 1 / n";
  return estimator == dm ? "of the model" : "for less variance";
}

void check(const std::string& name, ope::Estimator estimator, const Learnt& learnt, Part& part) {
  if (bias_words(estimator) == "none" && std::abs(learnt.bias()) > 4 * learnt.bias_error())
    part.failures.push_back(fmt::format("{}: bias {:.5f} is beyond four standard errors ({:.5f})",
                                        name, learnt.bias(), learnt.bias_error()));
  if (bias_words(estimator) == "none" || bias_words(estimator) == "falls with 1 / n") {
    for (const Count* count : {&learnt.normal, &learnt.bootstrap}) {
      const double least = kLevel - 0.01 - 4 * count->error(kLevel);
      if (count->share() < least)
        part.failures.push_back(fmt::format("{}: its intervals cover the truth {} of the time",
                                            name, count->percent()));
    }
  }
}

}  // namespace

Part off_policy_part(int repetitions) {
  std::vector<ope::Choice> wanted = ope::all_choices();
  std::erase_if(wanted, [](const ope::Choice& choice) {
    using enum ope::Estimator;
    return choice.estimator == balanced_ips || choice.estimator == mips ||
           choice.estimator == mrdr || choice.estimator == replay;
  });
  std::vector<Learnt> learnt(wanted.size());
  stats::RunningMoments truths;
  for (int r = 0; r < repetitions; ++r) {
    Trial trial(static_cast<uint64_t>(r) + 1);
    const double truth = trial.true_value();
    truths.add(truth);
    const ope::Evaluation evaluation = trial.evaluate(wanted);
    for (size_t e = 0; e < wanted.size(); ++e) learnt[e].add(evaluation.estimates[e], truth);
  }
  Part part;
  part.text = fmt::format(
      "### Estimates of policies\n\nA log of 3,000 rows in sessions of 20,000 users, 10 allowed "
      "items, "
      "served by a softmax (temperature 1.5)\nthat knows little of taste; judged is one "
      "(temperature "
      "0.7) that knows much. A world of its own each time; its true value, {:.4f}\non average, is "
      "that "
      "over all of its users. The reward model is what the policy of the log believes, which is "
      "wrong. "
      "Parameters by\nSLOPE; intervals of 95 %, by users.\n\n"
      "| estimator | bias by design | bias | its standard error | root mean square error | normal "
      "covers | bootstrap | confidence sequence "
      "|\n|---|---|---|---|---|---|---|---|\n",
      truths.moments().mean);
  for (size_t e = 0; e < wanted.size(); ++e) {
    const std::string name(ope::estimator_name(wanted[e].estimator));
    const Learnt& of = learnt[e];
    part.text += fmt::format("| `{}` | {} | {:+.5f} | {:.5f} | {:.5f} | {} | {} | {} |\n", name,
                             bias_words(wanted[e].estimator), of.bias(), of.bias_error(),
                             of.root_mean_square(), of.normal.percent(), of.bootstrap.percent(),
                             of.sequence.percent());
    check(name, wanted[e].estimator, of, part);
  }
  part.text +=
      "\nIntervals do not cover the bias that is bought for less variance: with the parameter that "
      "SLOPE chooses, a clipped\n"
      "or shrunk estimate is to be read beside `ips` or `dr`, never alone.\n";
  return part;
}

}  // namespace assay::statistics
