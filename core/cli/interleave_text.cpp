#include "cli/interleave_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "cli/listing.h"
#include "report/numbers.h"
#include "stats/verdict.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::cli {
namespace {

using assignment::PairPreference;
using nlohmann::ordered_json;

std::string p_text(double p) { return p < 1e-4 ? "p < 0.0001" : fmt::format("p = {:.2g}", p); }

/// Whether the pair has so few users that nothing is said of who is preferred.
bool too_few(const InterleaveReport& report) {
  return report.result.users < stats::kRequestsForVerdict;
}

std::string verdict_of(const InterleaveReport& report, const PairPreference& pair) {
  if (too_few(report)) return "too few users";
  if (pair.p_adjusted > report.options.alpha) return "undecided";
  return pair.advantage.value.value_or(0) > 0 ? report.variants[pair.b] : report.variants[pair.a];
}

/// The pair with the preferred variant as its second one.
struct Told {
  std::string of, against;
  double value;
  std::optional<double> low, high;
  int64_t wins, losses;
};

Told told(const InterleaveReport& report, const PairPreference& pair) {
  const std::string &a = report.variants[pair.a], &b = report.variants[pair.b];
  const double value = pair.advantage.value.value_or(0);
  const auto& interval = pair.advantage.interval;
  Told out{b, a, value, std::nullopt, std::nullopt, pair.requests.wins_b, pair.requests.wins_a};
  if (interval) {
    out.low = interval->low;
    out.high = interval->high;
  }
  if (verdict_of(report, pair) != a) return out;
  std::swap(out.of, out.against);
  std::swap(out.wins, out.losses);
  out.value = -value;
  if (interval) {
    out.low = -interval->high;
    out.high = -interval->low;
  }
  return out;
}

std::string sentence(const InterleaveReport& report, const PairPreference& pair) {
  const Told pairing = told(report, pair);
  const std::string verdict = verdict_of(report, pair);
  std::string text = fmt::format(
      "{} {} {}: advantage of {} {}, {}", pairing.of,
      verdict == pairing.of ? "is preferred to" : "is not told apart from", pairing.against,
      pairing.of, report::difference_text(pairing.value, pairing.low, pairing.high),
      p_text(pair.p));
  if (report.result.pairs.size() > 1)
    text += fmt::format(" ({} adjusted)", p_text(pair.p_adjusted));
  text += fmt::format("; {} won {} lists, {} won {}, {} are ties", pairing.of,
                      text::thousands(pairing.wins), pairing.against,
                      text::thousands(pairing.losses), text::thousands(pair.requests.ties));
  if (too_few(report))
    text += fmt::format("; {}, a verdict needs at least {}",
                        text::counted(report.result.users, "user"), stats::kRequestsForVerdict);
  return report::wrapped(text + ".") + "\n";
}

std::string head(const InterleaveReport& report) {
  const assignment::InterleavingResult& result = report.result;
  std::string text =
      fmt::format("{}: {} interleaved on {} ({}, lists of {}): {} of {}, {}", report.path,
                  text::listed(report.variants), report.dataset, method_name(report.options.method),
                  report.options.length, text::counted(result.requests, "request"),
                  text::counted(result.users, "user"), text::counted(result.clicks, "click"));
  if (result.seeds > 1) text += fmt::format(", over {} seeds", result.seeds);
  if (result.unfair > 0)
    text += fmt::format("; for {} no probabilities are fair",
                        text::counted(result.unfair, "further request"));
  return report::wrapped(text + ".") + "\nA click is a relevant item that was shown.\n";
}

std::string alone(const InterleaveReport& report) {
  Listing table{{"alone", "clicks a request"}, {}};
  for (size_t i = 0; i < report.variants.size(); ++i)
    table.add({report.variants[i], fmt::format("{:.4g}", report.result.clicks_per_request[i])});
  return render(table, OutputFormat::text);
}

std::string sensitivity(const InterleaveReport& report) {
  if (report.result.sensitivity.empty()) return "";
  Listing table{{"users", "interleaving", "A/B test of clicks"}, {}};
  for (const assignment::Sensitivity& one : report.result.sensitivity)
    table.add({one.users, fmt::format("{:.1f} %", 100 * one.interleaving),
               fmt::format("{:.1f} %", 100 * one.ab)});
  const PairPreference& pair = report.result.pairs.front();
  return "\n" +
         report::wrapped(fmt::format(
             "How often so many users tell {} and {} apart (p < {:.2g}, {} resamples of the "
             "users), interleaved, or half of them in each arm:",
             report.variants[pair.a], report.variants[pair.b], report.options.alpha,
             text::thousands(report.options.resamples))) +
         "\n" + render(table, OutputFormat::text);
}

ordered_json number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json pair_json(const InterleaveReport& report, const PairPreference& pair) {
  const auto& interval = pair.advantage.interval;
  return {{"a", report.variants[pair.a]},
          {"b", report.variants[pair.b]},
          {"advantage_of_b", number(pair.advantage.value)},
          {"ci_low", interval ? ordered_json(interval->low) : ordered_json()},
          {"ci_high", interval ? ordered_json(interval->high) : ordered_json()},
          {"n", pair.advantage.n},
          {"p", pair.p},
          {"p_adjusted", pair.p_adjusted},
          {"wins_a", pair.requests.wins_a},
          {"wins_b", pair.requests.wins_b},
          {"ties", pair.requests.ties},
          {"verdict", verdict_of(report, pair)}};
}

}  // namespace

std::string interleave_text(const InterleaveReport& report) {
  std::string text = head(report) + "\n";
  for (const PairPreference& pair : report.result.pairs) text += sentence(report, pair);
  return text + "\n" + alone(report) + sensitivity(report);
}

std::string interleave_json(const InterleaveReport& report) {
  const assignment::InterleavingResult& result = report.result;
  ordered_json json = {{"file", report.path},
                       {"dataset", report.dataset},
                       {"variants", report.variants},
                       {"method", method_name(report.options.method)},
                       {"length", report.options.length},
                       {"seed", report.options.seed},
                       {"alpha", report.options.alpha},
                       {"requests", result.requests},
                       {"seeds", result.seeds},
                       {"users", result.users},
                       {"clicks", result.clicks},
                       {"unfair", result.unfair},
                       {"pairs", ordered_json::array()},
                       {"clicks_per_request", ordered_json::object()},
                       {"resamples", report.options.resamples},
                       {"sensitivity", ordered_json::array()}};
  for (const PairPreference& pair : result.pairs) json["pairs"].push_back(pair_json(report, pair));
  for (size_t i = 0; i < report.variants.size(); ++i)
    json["clicks_per_request"][report.variants[i]] = result.clicks_per_request[i];
  for (const assignment::Sensitivity& one : result.sensitivity)
    json["sensitivity"].push_back(
        {{"users", one.users}, {"interleaving", one.interleaving}, {"ab", one.ab}});
  return json.dump(2) + "\n";
}

}  // namespace assay::cli
