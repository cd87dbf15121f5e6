#include "assignment/replayed_interleaving.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "assignment/optimised.h"
#include "error/error.h"
#include "stats/mean.h"
#include "stats/moments.h"
#include "stats/multiple.h"
#include "stats/philox_sequence.h"
#include "stats/proportions.h"
#include "stats/two_samples.h"

namespace assay::assignment {
namespace {

constexpr uint32_t kListStream = 0x117E41EA;      // draws that mix the lists of a request
constexpr uint32_t kResampleStream = 0x5E751715;  // draws of users
constexpr int64_t kFewestUsers = 25;              // the smallest traffic that is shown
constexpr int64_t kMostUsers = 10'000;            // the largest

RankedList first_of(const RankedList& list, size_t length) {
  return {list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(length, list.size()))};
}

std::vector<char> clicks_on(const RankedList& shown, const RankedList& relevant) {
  std::vector<char> clicks;
  for (const int64_t item : shown)
    clicks.push_back(static_cast<char>(std::ranges::binary_search(relevant, item)));
  return clicks;
}

int64_t count_of(const std::vector<char>& clicks) { return std::ranges::count(clicks, 1); }

/// A list that was shown, and the credit that its clicks gave.
struct Shown {
  int64_t clicks = 0;
  std::vector<double> credit;  ///< of each ranker
};

std::optional<Shown> show_optimised(const std::vector<RankedList>& lists,
                                    const RankedList& relevant, const ReplayOptions& options,
                                    const Draw& draw) {
  const auto fair = optimised(lists[0], lists[1], options.length);
  if (!fair) return std::nullopt;
  const RankedList& items = fair->drawn(draw);
  const std::vector<char> clicks = clicks_on(items, relevant);
  const auto at = static_cast<size_t>(&items - fair->lists.data());
  return Shown{count_of(clicks), fair->credit_of(at, clicks)};
}

/// None where no probabilities are fair.
std::optional<Shown> show(const std::vector<RankedList>& lists, const RankedList& relevant,
                          const ReplayOptions& options, const Draw& draw) {
  if (options.method == InterleavingMethod::optimised)
    return show_optimised(lists, relevant, options, draw);
  Interleaved mixed;
  std::vector<char> clicks;
  const auto mix = [&](Interleaved made) {
    mixed = std::move(made);
    clicks = clicks_on(mixed.items, relevant);
  };
  switch (options.method) {
    case InterleavingMethod::balanced:
      mix(balanced(lists[0], lists[1], options.length, draw));
      return Shown{count_of(clicks), balanced_credit(lists[0], lists[1], mixed.items, clicks)};
    case InterleavingMethod::probabilistic:
      mix(probabilistic(lists, options.length, draw));
      return Shown{count_of(clicks), probabilistic_credit(lists, mixed.items, clicks)};
    default:
      mix(team_draft(lists, options.length, draw));
      return Shown{count_of(clicks), team_credit(mixed, lists.size(), clicks)};
  }
}

/// Sums of one user, as the models of one seed served it.
struct SeedSums {
  size_t seed = 0;
  int64_t requests = 0;
  std::vector<double> outcomes;  ///< of each pair: + 1/2 a win of b, - 1/2 one of a
  std::vector<double> clicks;    ///< of each ranker alone

  double outcome(size_t pair) const { return outcomes[pair] / static_cast<double>(requests); }
  double clicked(size_t ranker) const { return clicks[ranker] / static_cast<double>(requests); }
};

using UserSums = std::vector<SeedSums>;  // of the seeds that served the user

class Replay {
 public:
  Replay(std::span<const ReplayedRequest> requests, size_t rankers, const ReplayOptions& options)
      : requests_(requests), rankers_(rankers), options_(options) {
    const bool of_two = options.method == InterleavingMethod::balanced ||
                        options.method == InterleavingMethod::optimised;
    error::require(rankers >= 2 && (rankers == 2 || !of_two),
                   "a method has as many rankers as it takes");
    for (size_t a = 0; a < rankers; ++a)
      for (size_t b = a + 1; b < rankers; ++b) result_.pairs.push_back({.a = a, .b = b});
    result_.clicks_per_request.resize(rankers, 0.0);
  }

  InterleavingResult run() {
    for (size_t r = 0; r < requests_.size(); ++r) add(r);
    result_.users = std::ssize(users_);
    for (double& clicks : result_.clicks_per_request)
      if (result_.requests > 0) clicks /= static_cast<double>(result_.requests);
    for (size_t pair = 0; pair < result_.pairs.size(); ++pair) conclude(pair);
    correct();
    for (int64_t users = kFewestUsers;; users *= 2) {
      const int64_t size = std::min({users, result_.users, kMostUsers});
      if (size < kFewestUsers) break;
      result_.sensitivity.push_back(sensitivity(size));
      if (size < users || size == result_.users) break;
    }
    return std::move(result_);
  }

 private:
  void add(size_t place) {
    const ReplayedRequest& request = requests_[place];
    error::require(request.lists.size() == rankers_, "each ranker has a list for each request");
    if (request.relevant.empty()) return;
    std::vector<RankedList> lists;
    for (const RankedList& list : request.lists) lists.push_back(first_of(list, options_.length));
    RankedList relevant = request.relevant;
    std::ranges::sort(relevant);
    stats::PhiloxSequence words(options_.seed, kListStream, static_cast<uint32_t>(place));
    const auto shown = show(lists, relevant, options_, [&] { return words.next_uniform(); });
    if (!shown) {
      ++result_.unfair;
      return;
    }
    ++result_.requests;
    result_.clicks += shown->clicks;
    SeedSums& user = sums_of(request);
    ++user.requests;
    result_.seeds = std::max(result_.seeds, static_cast<int64_t>(request.seed) + 1);
    for (size_t p = 0; p < result_.pairs.size(); ++p) {
      PairPreference& pair = result_.pairs[p];
      const std::vector<double> credit = {shown->credit[pair.a], shown->credit[pair.b]};
      pair.requests.add(credit);
      if (credit[0] != credit[1]) user.outcomes[p] += credit[1] > credit[0] ? 0.5 : -0.5;
    }
    for (size_t ranker = 0; ranker < rankers_; ++ranker) {
      const auto clicks = static_cast<double>(count_of(clicks_on(lists[ranker], relevant)));
      user.clicks[ranker] += clicks;
      result_.clicks_per_request[ranker] += clicks;
    }
  }

  SeedSums& sums_of(const ReplayedRequest& request) {
    size_t at = users_.size();
    if (request.user >= 0) at = places_.try_emplace(request.user, users_.size()).first->second;
    if (at == users_.size()) users_.emplace_back();
    UserSums& user = users_[at];
    const auto known = std::ranges::find(user, request.seed, &SeedSums::seed);
    if (known != user.end()) return *known;
    return user.emplace_back(request.seed, 0, std::vector<double>(result_.pairs.size()),
                             std::vector<double>(rankers_));
  }

  double outcome(const UserSums& user, size_t pair) const {
    double sum = 0;
    for (const SeedSums& seed : user) sum += seed.outcome(pair);
    return sum / static_cast<double>(user.size());
  }

  void conclude(size_t place) {
    PairPreference& pair = result_.pairs[place];
    std::vector<double> outcomes;
    int64_t wins_a = 0, wins_b = 0;
    for (const UserSums& user : users_) {
      outcomes.push_back(outcome(user, place));
      if (outcomes.back() < 0) ++wins_a;
      if (outcomes.back() > 0) ++wins_b;
    }
    pair.advantage = stats::mean_interval(outcomes, options_.alpha);
    pair.p = stats::mcnemar_exact(wins_a, wins_b);
  }

  void correct() {
    std::vector<double> p;
    for (const PairPreference& pair : result_.pairs) p.push_back(pair.p);
    const std::vector<double> adjusted = stats::adjust(p, stats::Correction::holm);
    for (size_t i = 0; i < p.size(); ++i) result_.pairs[i].p_adjusted = adjusted[i];
  }

  /// Whether a difference is that of the whole log, which may itself have none.
  static bool same_side(double difference, double of_all) {
    return difference != 0 && (of_all == 0 || (difference > 0) == (of_all > 0));
  }

  static size_t drawn(stats::PhiloxSequence& words, size_t count) {
    return static_cast<size_t>(uint64_t{words.next_word()} * count >> 32U);
  }

  Sensitivity sensitivity(int64_t size) const {
    const PairPreference& pair = result_.pairs.front();
    const double preferred = pair.advantage.value.value_or(0);
    const double clicked = result_.clicks_per_request[pair.b] - result_.clicks_per_request[pair.a];
    int64_t by_interleaving = 0, by_ab = 0;
    for (int64_t turn = 0; turn < options_.resamples; ++turn) {
      stats::PhiloxSequence words(options_.seed, kResampleStream + static_cast<uint32_t>(size),
                                  static_cast<uint32_t>(turn));
      int64_t wins_a = 0, wins_b = 0;
      stats::RunningMoments control, treatment;
      for (int64_t i = 0; i < size; ++i) {
        const UserSums& user = users_[drawn(words, users_.size())];
        const SeedSums& seed = user[user.size() == 1 ? 0 : drawn(words, user.size())];
        const double one = seed.outcome(0);
        if (one < 0) ++wins_a;
        if (one > 0) ++wins_b;
        if (i % 2 == 0)
          control.add(seed.clicked(pair.a));
        else
          treatment.add(seed.clicked(pair.b));
      }
      const bool found = stats::mcnemar_exact(wins_a, wins_b) < options_.alpha;
      if (found && same_side(static_cast<double>(wins_b - wins_a), preferred)) ++by_interleaving;
      const stats::Difference ab =
          stats::welch(control.moments(), treatment.moments(), {.alpha = options_.alpha});
      if (ab.p && *ab.p < options_.alpha && same_side(ab.value.value_or(0), clicked)) ++by_ab;
    }
    const auto all = static_cast<double>(options_.resamples);
    return {size, static_cast<double>(by_interleaving) / all, static_cast<double>(by_ab) / all};
  }

  std::span<const ReplayedRequest> requests_;
  size_t rankers_;
  const ReplayOptions& options_;
  InterleavingResult result_;
  std::vector<UserSums> users_;
  std::unordered_map<int64_t, size_t> places_;
};

}  // namespace

std::string_view method_name(InterleavingMethod method) {
  switch (method) {
    case InterleavingMethod::balanced:
      return "balanced";
    case InterleavingMethod::team_draft:
      return "team_draft";
    case InterleavingMethod::probabilistic:
      return "probabilistic";
    case InterleavingMethod::optimised:
      return "optimised";
  }
  return "";
}

InterleavingResult replay_interleaving(std::span<const ReplayedRequest> requests, size_t rankers,
                                       const ReplayOptions& options) {
  return Replay(requests, rankers, options).run();
}

}  // namespace assay::assignment
