#include <algorithm>
#include <functional>
#include <random>

#include "assignment/assigner.h"
#include "assignment/interleaving.h"
#include "parts.h"
#include "simulator/click_models.h"
#include "stats/moments.h"
#include "stats/two_samples.h"

namespace assay::statistics {
namespace {

using assignment::RankedList;
using simulator::World;

constexpr size_t kPlaces = 10;
constexpr int64_t kRequests = 2000;

task::SimulatorSpec world_of(uint64_t seed, double knowledge) {
  task::SimulatorSpec spec;
  spec.users = 50'000;
  spec.items = 200;
  spec.days = 1;
  spec.events = kRequests;
  spec.allowed = 30;
  spec.session_length = 1;
  spec.click_model = task::ClickModel::dependent_click;
  spec.logging.knowledge = knowledge;
  spec.seed = seed;
  return spec;
}

/// The best of a shelf, as the policy of a world believes.
RankedList ranked(const World& believes, const simulator::Taste& taste,
                  std::span<const int32_t> items) {
  std::vector<float> score(items.size());
  believes.believed_scores(taste, items, score);
  std::vector<size_t> order(items.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return score[i]; });
  RankedList out;
  for (size_t k = 0; k < kPlaces; ++k) out.push_back(items[order[k]]);
  return out;
}

std::vector<char> clicks_on(const World& world, int32_t user, const RankedList& list) {
  const std::vector<int32_t> slate(list.begin(), list.end());
  std::vector<uint8_t> clicks(slate.size());
  simulator::draw_clicks(world, user, 0, slate, clicks);
  return {clicks.begin(), clicks.end()};
}

/// What a method says of B against A over the requests of one world.
struct Verdict {
  double z = 0, p = 1;
};

enum Method { kAb, kBalanced, kTeamDraft, kProbabilistic, kMethods };
constexpr const char* kNames[] = {"A/B test, Welch", "balanced", "team draft", "probabilistic"};

Verdict verdict_of(const assignment::Preference& preference) {
  const auto decided = static_cast<double>(preference.wins_a + preference.wins_b);
  if (decided == 0) return {};
  return {static_cast<double>(preference.wins_b - preference.wins_a) / std::sqrt(decided),
          preference.p()};
}

/// Both rankers of a world, asked for the same requests by each method.
std::vector<Verdict> compared(uint64_t seed, double knowledge_a, double knowledge_b) {
  const World a(world_of(seed, knowledge_a)), b(world_of(seed, knowledge_b));
  const assignment::Assigner arms({.name = "rankers",
                                   .seed = fmt::format("rankers-{}", seed),
                                   .arms = {{"a", 0.5}, {"b", 0.5}}});
  std::mt19937_64 engine(seed);
  const assignment::Draw draw = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  std::vector<assignment::Preference> preference(kMethods);
  std::vector<double> of_arm[2];
  for (const simulator::Request& request : a.requests(0)) {
    const simulator::Taste taste = a.taste(request.user, 0);
    const std::vector<int32_t> items = a.shelf(0, request.shelf);
    const std::vector<RankedList> lists = {ranked(a, taste, items), ranked(b, taste, items)};
    const auto arm = static_cast<size_t>(arms.assign(std::to_string(request.user)).arm);
    const std::vector<char> own = clicks_on(a, request.user, lists[arm]);
    of_arm[arm].push_back(static_cast<double>(std::ranges::count(own, 1)));
    const assignment::Interleaved even = assignment::balanced(lists[0], lists[1], kPlaces, draw);
    preference[kBalanced].add(assignment::balanced_credit(lists[0], lists[1], even.items,
                                                          clicks_on(a, request.user, even.items)));
    const assignment::Interleaved teams = assignment::team_draft(lists, kPlaces, draw);
    preference[kTeamDraft].add(
        assignment::team_credit(teams, 2, clicks_on(a, request.user, teams.items)));
    const assignment::Interleaved mixed = assignment::probabilistic(lists, kPlaces, draw);
    preference[kProbabilistic].add(assignment::probabilistic_credit(
        lists, mixed.items, clicks_on(a, request.user, mixed.items)));
  }
  std::vector<Verdict> out;
  const stats::Difference ab = stats::welch(of_arm[0], of_arm[1]);
  const double error = ab.standard_error.value_or(0);
  out.push_back({error > 0 ? ab.value.value_or(0) / error : 0, ab.p.value_or(1)});
  for (int method = kBalanced; method < kMethods; ++method)
    out.push_back(verdict_of(preference[static_cast<size_t>(method)]));
  return out;
}

}  // namespace

Part interleaving_part(int repetitions) {
  std::vector<Count> found(kMethods), false_alarm(kMethods);
  std::vector<stats::RunningMoments> z(kMethods);
  for (int r = 0; r < repetitions; ++r) {
    const std::vector<Verdict> better = compared(static_cast<uint64_t>(r) + 1, 0.5, 0.6);
    const std::vector<Verdict> same = compared(static_cast<uint64_t>(r) + 1, 0.5, 0.5);
    for (size_t method = 0; method < kMethods; ++method) {
      found[method].add(better[method].p < 0.05 && better[method].z > 0);
      false_alarm[method].add(same[method].p < 0.05);
      z[method].add(better[method].z);
    }
  }
  Part part;
  part.text =
      "### Interleaving and A/B tests\n\n2,000 requests of as many users, slates of 10 of 30 "
      "items, "
      "clicks by the dependent click model. Ranker B knows a\nlittle more of taste (correlation "
      "0.6 "
      "instead of 0.5). Sensitivity is the mean of effect / standard error; an A/B test needs its\n"
      "ratio squared as many requests to be as sensitive.\n\n| method | finds B | A against "
      "itself, at "
      "5 % | sensitivity | requests that an A/B test needs |\n|---|---|---|---|---|\n";
  const double plain = z[kAb].moments().mean;
  for (size_t method = 0; method < kMethods; ++method) {
    const double own = z[method].moments().mean;
    part.text += fmt::format("| {} | {} | {} | {:.2f} | {:.1f} times |\n", kNames[method],
                             found[method].percent(), false_alarm[method].percent(), own,
                             own * own / (plain * plain));
    if (false_alarm[method].share() > 0.055 + 4 * false_alarm[method].error(0.05))
      part.failures.push_back(fmt::format("{} prefers a ranker to itself {} of the time",
                                          kNames[method], false_alarm[method].percent()));
  }
  if (z[kTeamDraft].moments().mean < plain)
    part.failures.emplace_back("team draft is less sensitive than an A/B test");
  return part;
}

}  // namespace assay::statistics
