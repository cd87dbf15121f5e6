#include "tuning/asha.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace assay::tuning {
namespace {

/// What is known at one rung.
struct Rung {
  std::vector<const Outcome*> done;  ///< with a value
  int64_t counted = 0;               ///< failed ones too
  std::set<int64_t> promoted;        ///< trials that were begun, or count, at the next rung
};

/// The rungs as the results so far make them; what is given out in a round is added to them.
class Ladder {
 public:
  explicit Ladder(std::span<const Outcome> so_far) {
    for (const Outcome& outcome : so_far) add(outcome);
  }

  /// The best trial that may go on and has not, where it stands now; null: there is none.
  const Outcome* promotable() {
    climb();
    for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung) {
      for (const Outcome* outcome : leaders(rung->second)) {
        if (rung->second.promoted.contains(outcome->step.number)) continue;
        return outcome;
      }
    }
    return nullptr;
  }

  void begin(const Step& step) {
    if (step.rung > 0) rungs_[step.rung - 1].promoted.insert(step.number);
  }

 private:
  void add(const Outcome& outcome) {
    Rung& rung = rungs_[outcome.step.rung];
    ++rung.counted;
    if (outcome.value) rung.done.push_back(&outcome);
    if (outcome.step.rung > 0) rungs_[outcome.step.rung - 1].promoted.insert(outcome.step.number);
  }

  // What is complete goes up by itself, as far as its value carries it.
  void climb() {
    for (int at = 0; rungs_.contains(at); ++at) {
      for (const Outcome* outcome : leaders(rungs_.at(at))) {
        if (!outcome->complete || !rungs_.at(at).promoted.insert(outcome->step.number).second)
          continue;
        Rung& next = rungs_[at + 1];
        ++next.counted;
        next.done.push_back(outcome);
      }
    }
  }

  // The best 1 in kEta of a rung; of equal values the earlier trial.
  static std::vector<const Outcome*> leaders(const Rung& rung) {
    std::vector<const Outcome*> order = rung.done;
    std::ranges::sort(order, [](const Outcome* a, const Outcome* b) {
      return *a->value != *b->value ? *a->value > *b->value : a->step.number < b->step.number;
    });
    order.resize(std::min<size_t>(order.size(), static_cast<size_t>(rung.counted / kEta)));
    return order;
  }

  std::map<int, Rung> rungs_;
};

int64_t begun(std::span<const Outcome> so_far) {
  int64_t trials = 0;
  for (const Outcome& outcome : so_far) trials = std::max(trials, outcome.step.number + 1);
  return trials;
}

}  // namespace

int64_t rung_validations(int rung) {
  int64_t validations = 1;
  for (int i = 0; i < rung; ++i) validations *= kEta;
  return validations;
}

std::vector<Step> asha_steps(const task::TuneSpec& spec, const Space& space,
                             std::span<const Outcome> so_far) {
  Ladder ladder(so_far);
  int64_t trials = begun(so_far);
  std::vector<Step> steps;
  while (static_cast<int64_t>(steps.size()) < kRound) {
    Step step;
    if (const Outcome* best = ladder.promotable()) {
      // Where it counts at a higher rung already it is complete, and never promotable.
      step = {best->step.number, best->step.rung + 1, best->step.values};
    } else if (trials < spec.trials) {
      step = {trials, 0, random_values(spec.seed, space, trials)};
      ++trials;
    } else {
      break;
    }
    ladder.begin(step);
    steps.push_back(std::move(step));
  }
  return steps;
}

}  // namespace assay::tuning
