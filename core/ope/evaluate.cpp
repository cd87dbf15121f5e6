#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "ope/bad_rows.h"
#include "ope/estimators.h"
#include "ope/finish.h"
#include "ope/overlap.h"
#include "ope/read_block.h"
#include "ope/slot.h"
#include "ope/sums.h"
#include "ope/units.h"
#include "stats/gathered.h"

namespace assay::ope {

namespace {

/// The mean reward of a block: any constant near the rewards would do.
template <typename Number>
double centre_of(std::span<const Number> reward) {
  double sum = 0.0, least = reward.front(), most = least;
  for (const Number x : reward) {
    sum += static_cast<double>(x);
    least = std::min(least, static_cast<double>(x));
    most = std::max(most, static_cast<double>(x));
  }
  return std::clamp(sum / static_cast<double>(reward.size()), least, most);
}

/// The slots of every parameter that an estimator may get.
std::vector<Slot> slots_of(const Choice& choice) {
  if (!has_parameter(choice.estimator) || choice.parameter) {
    return {slot_of(choice.estimator, choice.parameter.value_or(0.0))};
  }
  std::vector<Slot> slots;
  for (const double parameter : tuning_grid(choice.estimator)) {
    slots.push_back(slot_of(choice.estimator, parameter));
  }
  return slots;
}

template <typename Number>
class Evaluator {
 public:
  Evaluator(const RoundSource<Number>& source, std::span<const Choice> choices,
            const Options& options)
      : source_(source), choices_(choices), options_(options), overlap_(options.histogram) {}

  Evaluation evaluation() {
    look_at_all();
    bad_.throw_if_any(options_.source);
    Finishing finishing(choices_, options_, facts());
    const bool few = places_units() <= stats::kHeldUpTo && options_.bootstrap.resamples > 0;
    if (facts_.rounds > 1 && (has_.cluster || few)) sum_units(finishing, few);
    return finishing.evaluation();
  }

 private:
  void for_each_block(const std::function<void(const Columns<Number>&)>& body) {
    BlockCutter<Number> cutter(body);
    source_([&](const Columns<Number>& columns) { cutter.add(columns); });
    cutter.finish();
  }

  void look_at_all() {
    for_each_block([&](const Columns<Number>& columns) { look_at(columns); });
  }

  void begin(const Columns<Number>& columns) {
    has_ = present(columns);
    facts_.centre = centre_of(columns.reward);
    std::vector<Slot> slots;
    if (has_.weights()) slots.push_back({WeightKind::unchanged, ModelKind::none});
    for (const Choice& choice : choices_) {
      if (missing_columns(choice.estimator, has_)) continue;
      for (const Slot& slot : slots_of(choice)) slots.push_back(slot);
    }
    for (const Slot& slot : slots) {
      if (!facts_.sums.contains(slot)) facts_.sums.slots.emplace_back(slot, Sums{});
    }
  }

  void look_at(const Columns<Number>& columns) {
    if (!begun_) begin(columns);
    begun_ = true;
    const BlockFacts block = read_block(columns, facts_.centre, bounds_of(options_), block_);
    if (!block.usable) {
      note_bad_rows(columns, bounds_of(options_), bad_);
      error::require(!bad_.none(), "what cannot be used is named");
      return;
    }
    facts_.rounds += block_.rounds;
    facts_.reward_sum += block.sum;
    facts_.reward_squares += block.squares;
    facts_.model_in_range = facts_.model_in_range && block.model_in_range;
    facts_.deterministic = facts_.deterministic && block.deterministic;
    overlap_.add(block_, block, facts_.centre);
    overlap_.add_outside(columns.outside_support);
    if (has_.cluster) places_.places(columns.cluster, block_.rounds);
    for (auto& [slot, sums] : facts_.sums.slots) {
      BlockColumn scratch;
      sums.add(sums_of(slot, block_, weights_of(slot, block_, scratch)));
    }
  }

  int64_t places_units() const { return has_.cluster ? places_.units() : facts_.rounds; }

  LogFacts facts() {
    facts_.has = has_;
    facts_.units = places_units();
    facts_.uniform = overlap_.uniform();
    const Slot unchanged{WeightKind::unchanged, ModelKind::none};
    std::optional<WeightSummary> weights;
    if (has_.weights()) weights = summary_of(facts_.sums.of(unchanged), facts_.rounds);
    facts_.overlap = overlap_.overlap(weights ? &*weights : nullptr, facts_.rounds);
    return facts_;
  }

  void sum_units(Finishing& finishing, bool few) {
    Places places(few);
    UnitSums units(finishing.specs(), facts_.rounds, places_units(),
                   few ? places_units() : places_.numbered(), few);
    for_each_block([&](const Columns<Number>& columns) {
      read_block(columns, facts_.centre, bounds_of(options_), block_);
      units.add(block_, places.places(columns.cluster, block_.rounds));
    });
    finishing.take(units, few);
  }

  const RoundSource<Number>& source_;
  std::span<const Choice> choices_;
  const Options& options_;
  bool begun_ = false;
  Present has_;
  Block block_{};
  BadRows bad_;
  LogFacts facts_;
  OverlapCount overlap_;
  Places places_{false};
};

void require_parameters(std::span<const Choice> choices) {
  for (const Choice& choice : choices) {
    if (!choice.parameter) continue;
    const bool at_most_one =
        choice.estimator == Estimator::sg_ips || choice.estimator == Estimator::sg_dr;
    error::require(has_parameter(choice.estimator),
                   "only estimators that have one get a parameter");
    error::require(*choice.parameter >= 0.0 && (!at_most_one || *choice.parameter <= 1.0),
                   "an estimator's parameter is in its range");
  }
}

template <typename Number>
Evaluation evaluate_source(const RoundSource<Number>& source, std::span<const Choice> choices,
                           const Options& options) {
  require_parameters(choices);
  return Evaluator<Number>(source, choices, options).evaluation();
}

template <typename Number>
Evaluation evaluate_columns(const Columns<Number>& columns, std::span<const Choice> choices,
                            const Options& options) {
  const RoundSource<Number> source = [&](const auto& take) { take(columns); };
  return evaluate_source(source, choices, options);
}

}  // namespace

Evaluation evaluate(const Rounds& rounds, std::span<const Choice> choices, const Options& options) {
  return evaluate_columns(rounds, choices, options);
}

Evaluation evaluate(const ExactRounds& rounds, std::span<const Choice> choices,
                    const Options& options) {
  return evaluate_columns(rounds, choices, options);
}

Evaluation evaluate(const RoundSource<float>& source, std::span<const Choice> choices,
                    const Options& options) {
  return evaluate_source(source, choices, options);
}

Evaluation evaluate(const RoundSource<double>& source, std::span<const Choice> choices,
                    const Options& options) {
  return evaluate_source(source, choices, options);
}

}  // namespace assay::ope
