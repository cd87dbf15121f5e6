#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ab/design.h"
#include "ab/result.h"

namespace assay::cli {

/// An A/B test over the requests of a finished run: each user is served by the variant of its arm.
struct AbReplay {
  std::string db;                 ///< FILE or FILE#RUN
  std::vector<std::string> arms;  ///< variants, the control first
  std::string dataset;            ///< "" where the run has one alone
  std::string seed = "replay";    ///< of the hash that puts users into arms
  double pre = 0;     ///< share of the requests, in their order in time, before the test begins
  bool days = false;  ///< the effect up to the end of each day
};

/// What of a user was known before the test: Metric::before of a replay.
inline constexpr char kPrePeriod[] = "pre";  ///< the metric under the control before the test began
inline constexpr char kHistory[] = "history";  ///< items in the history of the first request

struct ReplayedTest {
  std::string title;  ///< "x.sqlite#1 replayed on ml100k"
  ab::Gathered gathered;
  /// A sentence an arm: the same users served by the control and by it, which no real test can see.
  std::vector<std::string> both;
};

/// Serves each user by the variant of its arm (GrowthBook's hash, version 2) and gathers what the
/// run keeps of these lists; a unit is a user, its value the mean of its requests, over the seeds of
/// the variant. Without metrics the design gets the run's primary one; whether higher is better is
/// the metric's to say.
///
/// Throws UserError as compared_variants; a metric that was not measured (with near names), or of
/// which there is not one value a request; --before other than `pre` and `history`, `pre` without a
/// pre-period, a history or times that are not kept; an arm that no user is in.
ReplayedTest replay_ab(const AbReplay& replay, ab::Design& design);

}  // namespace assay::cli
