#pragma once

/// How long work takes: what the progress of a run says is left.

#include <map>
#include <optional>
#include <span>
#include <string>

#include "results/database.h"
#include "task/task.h"

namespace assay::execution {

/// An amount of work of one kind; what two tasks of a kind take is in proportion to their amounts.
struct Work {
  std::string kind;   ///< "fit als", "evaluate", "time server 500/s"
  double amount = 1;  ///< requests times trials for "evaluate", trials for "score"; else 1 a task
};

Work work_of(const task::Task& task);
/// That of evaluating trials on some requests.
Work evaluation_work(size_t trials, int64_t requests);
/// That of one round under a load.
Work timing_work(const task::ScenarioSpec& scenario);
/// That of fitting a strategy, or one part of its fit.
Work fit_work(const std::string& plugin, const std::string& part);

/// Seconds that work takes, by kind: what the work that ended here took; before any has, what is
/// known from elsewhere.
class WorkSeconds {
 public:
  /// Nothing is known.
  WorkSeconds() = default;
  /// What earlier runs of the file took: the mean of all fits of a strategy, and of all requests
  /// that were evaluated.
  explicit WorkSeconds(const results::Database& database);

  /// What one unit of work of a kind takes, as long as none has ended here.
  void know(const std::string& kind, double seconds_a_unit) { known_[kind] = seconds_a_unit; }
  void ended(const Work& work, double seconds);
  /// Nothing where it is not known.
  std::optional<double> of(const Work& work) const;

 private:
  struct Spent {
    double seconds = 0, amount = 0;
  };
  std::map<std::string, double> known_;
  std::map<std::string, Spent> spent_;
};

/// A task that is at work now.
struct WorkAtHand {
  Work work;
  double seconds = 0;           ///< since it began
  int64_t done = 0, total = 0;  ///< what it has said of its progress; total 0: nothing
};

/// Seconds until all is done.
struct TimeLeft {
  double seconds = 0;
  bool whole = true;  ///< false: of some work nothing is known, and it is not counted
};

/// How long work takes that is done by so many at a time. Work at hand takes what its progress says,
/// else what is known of its kind; where its kind is not known, its progress says it for the work that
/// waits too.
TimeLeft time_left(const WorkSeconds& known, std::span<const WorkAtHand> at_hand,
                   std::span<const Work> waiting, int at_a_time);

}  // namespace assay::execution
