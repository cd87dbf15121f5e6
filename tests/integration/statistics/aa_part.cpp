#include <string>

#include "ab/metric_test.h"
#include "assignment/assigner.h"
#include "parts.h"
#include "simulator/logging.h"
#include "stats/sample_ratio.h"
#include "stats/sequential.h"

namespace assay::statistics {
namespace {

constexpr double kAlpha = 0.05;
constexpr size_t kLooks = 10;

task::SimulatorSpec world_of(uint64_t seed) {
  task::SimulatorSpec spec;
  spec.users = 4000;
  spec.new_users = 0;
  spec.items = 100;
  spec.days = 2;
  spec.events = 16'000;
  spec.drift = 0;
  spec.seed = seed;
  return spec;
}

/// What users did on both days; NaN where a user did not come on the second.
struct Units {
  std::vector<double> clicks, before, requests, any;
  std::vector<int16_t> arm;
};

void count_day(const simulator::World& world, int64_t day, std::vector<double>& clicks,
               std::vector<double>& requests) {
  simulator::log_day(world, day, 1 << 20, [&](const simulator::LogRows& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      clicks[static_cast<size_t>(rows.user[i])] += rows.click[i];
      ++requests[static_cast<size_t>(rows.user[i])];
    }
  });
}

Units units_of(uint64_t seed) {
  const simulator::World world(world_of(seed));
  const auto users = static_cast<size_t>(world.spec().users);
  std::vector<double> before(users), requests_before(users), clicks(users), requests(users);
  count_day(world, 0, before, requests_before);
  count_day(world, 1, clicks, requests);
  const assignment::Assigner assigner({.name = "aa",
                                       .seed = fmt::format("aa-{}", seed),
                                       .arms = {{"control", 0.5}, {"same", 0.5}}});
  Units units;
  for (size_t user = 0; user < users; ++user) {
    if (requests[user] == 0) continue;
    units.clicks.push_back(clicks[user]);
    units.before.push_back(before[user]);
    units.requests.push_back(requests[user]);
    units.any.push_back(clicks[user] > 0 ? 1 : 0);
    units.arm.push_back(static_cast<int16_t>(assigner.assign(std::to_string(user)).arm));
  }
  return units;
}

/// The test of the first `count` units.
stats::Difference tested(const Units& units, const ab::Metric& metric,
                         const std::vector<double>& values, const std::vector<double>& other,
                         size_t count) {
  ab::MetricGathering gathering(metric, 1, 2);
  const std::vector<int32_t> group(count);
  const std::span<const double> others =
      other.empty() ? std::span<const double>() : std::span(other).first(count);
  gathering.add({std::span(values).first(count), others}, group, std::span(units.arm).first(count));
  return ab::test_metric(gathering.cell(0, 0), gathering.cell(0, 1), metric, {.alpha = kAlpha})
      .difference;
}

struct Named {
  std::string words;
  ab::Metric metric;
  const std::vector<double>& (*values)(const Units&);
  const std::vector<double>& (*other)(const Units&);
};

const std::vector<double>& none(const Units&) {
  static const std::vector<double> nothing;
  return nothing;
}
const std::vector<double>& clicks(const Units& units) { return units.clicks; }
const std::vector<double>& before(const Units& units) { return units.before; }
const std::vector<double>& requests(const Units& units) { return units.requests; }
const std::vector<double>& any(const Units& units) { return units.any; }

std::vector<Named> tests() {
  return {{"clicks a user, Welch", {.name = "clicks", .column = "clicks"}, clicks, none},
          {"the same with CUPED",
           {.name = "clicks", .column = "clicks", .before = "before"},
           clicks,
           before},
          {"users who click, proportion", {.name = "any", .column = "any"}, any, none},
          {"clicks / requests, ratio",
           {.name = "rate",
            .kind = ab::MetricKind::ratio,
            .column = "clicks",
            .denominator = "requests"},
           clicks,
           requests}};
}

/// Whether one of ten looks rejects, by a fixed test and by one that always holds.
void look(const Units& units, Count& fixed, Count& always) {
  const ab::Metric metric{.name = "clicks", .column = "clicks"};
  bool fixed_hit = false, always_hit = false;
  for (size_t l = 1; l <= kLooks; ++l) {
    const stats::Difference at =
        tested(units, metric, units.clicks, {}, units.clicks.size() * l / kLooks);
    const stats::Difference valid = stats::always_valid(at, {.alpha = kAlpha, .tuning = 2000});
    fixed_hit = fixed_hit || at.p.value_or(1) < kAlpha;
    always_hit = always_hit || valid.p.value_or(1) < kAlpha;
  }
  fixed.add(fixed_hit);
  always.add(always_hit);
}

void check(const std::string& what, const Count& rejected, double level, Part& part) {
  const double error = rejected.error(level);
  if (rejected.share() > level + 0.005 + 4 * error)
    part.failures.push_back(fmt::format("{} rejects {} of tests without a difference (meant: {} %)",
                                        what, rejected.percent(), 100 * level));
}

}  // namespace

Part aa_part(int repetitions) {
  const std::vector<Named> named = tests();
  std::vector<Count> five(named.size()), one(named.size());
  Count fixed, always, ratio;
  for (int r = 0; r < repetitions; ++r) {
    const Units units = units_of(static_cast<uint64_t>(r) + 1);
    for (size_t t = 0; t < named.size(); ++t) {
      const double p = tested(units, named[t].metric, named[t].values(units), named[t].other(units),
                              units.clicks.size())
                           .p.value_or(1);
      five[t].add(p < 0.05);
      one[t].add(p < 0.01);
    }
    look(units, fixed, always);
    std::vector<int64_t> counts(2);
    for (const int16_t arm : units.arm) ++counts[static_cast<size_t>(arm)];
    ratio.add(stats::sample_ratio(counts, std::vector<double>{1, 1}).p.value_or(1) < 0.05);
  }
  Part part;
  part.text =
      "### A/A tests\n\nUsers of a day, in two arms by their hash (GrowthBook v2), served alike. "
      "Share of tests that find a difference all the same:\n\n| test | at 5 % | at 1 % |\n"
      "|---|---|---|\n";
  for (size_t t = 0; t < named.size(); ++t) {
    part.text +=
        fmt::format("| {} | {} | {} |\n", named[t].words, five[t].percent(), one[t].percent());
    check(named[t].words, five[t], 0.05, part);
    check(named[t].words, one[t], 0.01, part);
  }
  part.text += fmt::format("| sample ratio, chi-square | {} | |\n", ratio.percent());
  part.text += fmt::format("| ten looks, always valid | {} | |\n", always.percent());
  part.text += fmt::format("| ten looks, a fixed test (wrong) | {} | |\n", fixed.percent());
  check("sample ratio", ratio, 0.05, part);
  check("ten looks, always valid", always, 0.05, part);
  return part;
}

}  // namespace assay::statistics
