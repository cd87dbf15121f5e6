#pragma once

/// Interleaving on a log of requests whose relevant items are known: what users would have clicked
/// on, if they clicked on what is relevant to them, says which ranker they prefer. Beside it an A/B
/// test of the same users, to see which of the two finds a difference with fewer of them.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "assignment/interleaving.h"
#include "stats/estimate.h"

namespace assay::assignment {

enum class InterleavingMethod { balanced, team_draft, probabilistic, optimised };
/// "balanced", "team_draft", "probabilistic", "optimised".
std::string_view method_name(InterleavingMethod method);

struct ReplayOptions {
  InterleavingMethod method = InterleavingMethod::team_draft;
  size_t length = 10;  ///< of what is shown; optimised: at most kMostOptimised
  uint64_t seed = 1;
  double alpha = 0.05;
  int64_t resamples = 1000;  ///< of each size of traffic
};

/// What one request has of each ranker.
struct ReplayedRequest {
  std::vector<RankedList> lists;  ///< of each ranker
  RankedList relevant;
  int64_t user = -1;  ///< below 0: of no other request
  /// Which of several fitted models of each ranker served, from 0. A user's models stand side by side.
  size_t seed = 0;
};

/// Which of two rankers is preferred, over users: the mean of a user's requests, averaged over seeds,
/// is one observation.
struct PairPreference {
  size_t a = 0, b = 0;  ///< places of the rankers
  Preference requests;  ///< wins of a and of b, ties
  /// Of b over a: share of wins of b plus half the ties, minus 1/2, with its interval. Above 0: b.
  stats::Estimate advantage;
  double p = 1;           ///< sign test over users that are no ties, exact
  double p_adjusted = 1;  ///< Holm over the pairs
};

/// How often a difference is found with so many users.
struct Sensitivity {
  int64_t users = 0;
  double interleaving = 0;  ///< share of resamples in which the sign test finds it
  double ab = 0;  ///< in which Welch's test of clicks a request does, half of the users an arm
};

struct InterleavingResult {
  int64_t requests = 0;  ///< with a relevant item; those of each seed count
  int64_t seeds = 0;
  int64_t users = 0;
  int64_t clicks = 0;
  int64_t unfair = 0;  ///< further requests for which no probabilities are fair (optimised)
  std::vector<PairPreference> pairs;
  std::vector<double> clicks_per_request;  ///< of each ranker, where it serves alone
  /// Of the first pair, smallest traffic first. Resamples draw users with replacement, each with one
  /// of the seeds, as a user is served by one model; a difference
  /// counts as found where p is below alpha and the sign is that of the whole log (where that has
  /// none, either).
  std::vector<Sensitivity> sensitivity;
};

/// Requests without a relevant item are passed over. Every draw is a function of the seed and the
/// place of the request.
/// @param rankers  at least two; balanced and optimised take two, else an InternalError
InterleavingResult replay_interleaving(std::span<const ReplayedRequest> requests, size_t rankers,
                                       const ReplayOptions& options);

}  // namespace assay::assignment
