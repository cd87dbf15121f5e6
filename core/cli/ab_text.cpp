#include "cli/ab_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "report/numbers.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::cli {
namespace {

using nlohmann::ordered_json;
using stats::Difference;
using stats::Estimate;

std::string interval_text(const std::optional<double>& value,
                          const std::optional<stats::Interval>& interval) {
  if (!value) return "-";
  if (!interval) return fmt::format("{:.4g}", *value);
  const double half = (interval->high - interval->low) / 2;
  const int decimals = report::decimals_for(half);
  return fmt::format("{} [{}, {}]", report::fixed(*value, decimals),
                     report::fixed(interval->low, decimals),
                     report::fixed(interval->high, decimals));
}

std::string difference_of(const Difference& difference) {
  if (!difference.value) return "-";
  const auto& interval = difference.interval;
  return report::difference_text(*difference.value,
                                 interval ? std::optional(interval->low) : std::nullopt,
                                 interval ? std::optional(interval->high) : std::nullopt);
}

std::string p_text(const std::optional<double>& p) {
  if (!p) return "-";
  return *p < 1e-4 ? "<0.0001" : fmt::format("{:.4f}", *p);
}

std::string arms_line(const AbReport& report) {
  std::vector<std::string> parts;
  int64_t all = 0;
  for (size_t arm = 0; arm < report.gathered.arms.size(); ++arm) {
    all += report.gathered.units[arm];
    parts.push_back(fmt::format("{} {}", report.gathered.arms[arm],
                                text::thousands(report.gathered.units[arm])));
  }
  const stats::SampleRatio& ratio = report.result.sample_ratio;
  std::string text = fmt::format("{}: {}; {}", report.path, text::counted(all, "unit"),
                                 fmt::format("{}", fmt::join(parts, ", ")));
  if (!ratio.mismatch())
    return text + fmt::format(" (as meant: p = {:.2g})\n", ratio.p.value_or(1));
  return text + fmt::format(
                    "\nSample ratio mismatch (p = {:.2g}, {}): units are missing from an arm, or "
                    "were counted twice. Find out why before any effect is believed.\n",
                    *ratio.p, ratio.method);
}

/// "treatment is better than control on revenue: +0.29 [0.05, 0.53] (+71 %), p = 0.020, n = 6,868
/// units."
std::string sentence(const AbReport& report, const ab::Effect& effect) {
  const ab::Metric& metric = report.design.metrics[effect.metric];
  std::string text =
      fmt::format("{} {} {} on {}", effect.arm, effect.phrase, report.design.control, metric.name);
  if (effect.absolute.value) {
    text += ": " + difference_of(effect.absolute);
    if (effect.relative.value)
      text += fmt::format(" ({})", report::percent_change(*effect.relative.value));
    if (effect.absolute.p) text += fmt::format(", p = {:.2g}", *effect.absolute.p);
  }
  text += fmt::format(", n = {}", text::counted(effect.absolute.n, "unit"));
  if (!effect.reason.empty()) text += "; " + effect.reason;
  return report::wrapped(text + ".") + "\n";
}

std::string sentences(const AbReport& report) {
  std::string text;
  for (const ab::Effect& effect : report.result.effects) {
    if (effect.metric == 0) text += sentence(report, effect);
  }
  for (const ab::Effect& effect : report.result.effects) {
    const ab::Metric& metric = report.design.metrics[effect.metric];
    if (effect.metric == 0 || !metric.guardrail) continue;
    text += report::wrapped(fmt::format("{} of {}: {} ({}).", metric.name, effect.arm,
                                        effect.verdict, effect.reason)) +
            "\n";
  }
  return text;
}

Listing metrics_table(const AbReport& report) {
  Listing table{{"metric", "arm", "value", "difference", "relative", "p", "adjusted", "detectable",
                 "verdict"},
                {}};
  auto effect = report.result.effects.begin();
  for (size_t i = 0; i < report.design.metrics.size(); ++i) {
    const std::string& name = report.design.metrics[i].name;
    for (size_t arm = 0; arm < report.gathered.arms.size(); ++arm) {
      const Estimate& value = report.result.values[i][arm];
      const std::string shown = interval_text(value.value, value.interval);
      if (report.gathered.arms[arm] == report.design.control) {
        table.add({name, report.gathered.arms[arm], shown, "", "", "", "", "", ""});
        continue;
      }
      const ab::Effect& one = *effect++;
      table.add({name, one.arm, shown, difference_of(one.absolute),
                 one.relative.value ? report::percent_change(*one.relative.value) : "-",
                 p_text(one.absolute.p), p_text(one.p_adjusted),
                 one.detectable ? fmt::format("{:.3g}", *one.detectable) : "-", one.verdict});
    }
  }
  return table;
}

Listing parts_table(const std::vector<ab::PartEffect>& parts, const char* what) {
  Listing table{{what, "arm", "units", "difference", "p", "adjusted"}, {}};
  for (const ab::PartEffect& part : parts)
    table.add({part.part, part.arm, part.absolute.n, difference_of(part.absolute),
               p_text(part.absolute.p), p_text(part.p_adjusted)});
  return table;
}

/// Units that the comparison lacks: those without the metric, and those without the time before it.
std::string left_out(const AbReport& report, const ab::Effect& effect) {
  const ab::Gathered& gathered = report.gathered;
  const ab::Metric& metric = report.design.metrics[effect.metric];
  int64_t before = 0;
  for (size_t arm = 0; arm < gathered.arms.size(); ++arm) {
    if (gathered.arms[arm] == effect.arm || gathered.arms[arm] == report.design.control)
      before += gathered.cells[effect.metric][arm].without_before;
  }
  std::string text;
  const auto add = [&](int64_t units, const std::string& what) {
    if (units > 0)
      text += fmt::format("{} of {}: {} without {} left out.\n", metric.name, effect.arm,
                          text::counted(units, "unit"), what);
  };
  add(effect.absolute.excluded - before, "a value");
  add(before, metric.before);
  return text;
}

std::string notes(const AbReport& report) {
  const ab::Design& design = report.design;
  std::string text;
  if (report.gathered.mixed > 0)
    text += fmt::format("{} {} in two arms and left out.\n",
                        text::counted(report.gathered.mixed, "unit"),
                        report.gathered.mixed == 1 ? "is" : "are");
  for (const ab::Effect& effect : report.result.effects) {
    const std::string& name = design.metrics[effect.metric].name;
    if (effect.variance_removed)
      text += fmt::format("{} of {}: CUPED took out {:.3g} % of the variance (theta {:.4g}).\n",
                          name, effect.arm, 100 * *effect.variance_removed, *effect.theta);
    text += left_out(report, effect);
    if (effect.metric > 0 && !design.metrics[effect.metric].guardrail && !effect.reason.empty())
      text += fmt::format("{} of {}: {}.\n", name, effect.arm, effect.reason);
    if (effect.uplift && effect.uplift->chance_to_win)
      text += fmt::format(
          "{} of {}: better with probability {:.4f}; expected loss {:.3g} if it is "
          "shipped, {:.3g} if it is not ({}).\n",
          name, effect.arm, *effect.uplift->chance_to_win, *effect.uplift->risk_of_variant,
          *effect.uplift->risk_of_baseline, effect.uplift->method);
  }
  if (design.sequential)
    text += fmt::format(
        "Intervals and p values hold at every size (always valid, tightest near {} "
        "units): one may look at any time, and stop.\n",
        text::thousands(static_cast<int64_t>(*design.sequential)));
  for (const std::string& line : report.both) text += report::wrapped(line) + "\n";
  return text;
}

std::string needed_line(const AbReport& report) {
  if (!report.effect) return "";
  const std::string& name = report.design.metrics[0].name;
  if (!report.needed.plain) return fmt::format("{} has no spread; any size would do.\n", name);
  std::string text = fmt::format(
      "A difference of {:.4g} in {} needs {} units an arm for a power of {:.3g}", *report.effect,
      name, text::thousands(static_cast<int64_t>(*report.needed.plain)), report.design.power);
  if (report.needed.cuped)
    text +=
        fmt::format(", {} with CUPED", text::thousands(static_cast<int64_t>(*report.needed.cuped)));
  return text + ".\n";
}

/// The first day at whose end the always-valid interval leaves 0 out, of each arm.
std::string crossings(const AbReport& report) {
  std::string text;
  std::set<std::string> said;
  for (const ab::PartEffect& day : report.result.days) {
    if (!day.absolute.interval || day.absolute.interval->holds(0) || !said.insert(day.arm).second)
      continue;
    text += fmt::format("{} of {}: the always-valid interval leaves 0 out from {} on.\n",
                        report.design.metrics[0].name, day.arm, day.part);
  }
  return text;
}

ordered_json number(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json low_of(const std::optional<stats::Interval>& interval) {
  return interval ? ordered_json(interval->low) : ordered_json();
}
ordered_json high_of(const std::optional<stats::Interval>& interval) {
  return interval ? ordered_json(interval->high) : ordered_json();
}

ordered_json difference_json(const Difference& difference) {
  return {{"value", number(difference.value)},
          {"ci_low", low_of(difference.interval)},
          {"ci_high", high_of(difference.interval)},
          {"standard_error", number(difference.standard_error)},
          {"p", number(difference.p)},
          {"n", difference.n},
          {"excluded", difference.excluded},
          {"alpha", difference.alpha},
          {"method", difference.method},
          {"reason", difference.reason}};
}

ordered_json effect_json(const AbReport& report, const ab::Effect& effect) {
  ordered_json json = {{"metric", report.design.metrics[effect.metric].name},
                       {"arm", effect.arm},
                       {"verdict", effect.verdict},
                       {"reason", effect.reason},
                       {"absolute", difference_json(effect.absolute)},
                       {"relative", difference_json(effect.relative)},
                       {"p_adjusted", number(effect.p_adjusted)},
                       {"correction", effect.correction},
                       {"detectable", number(effect.detectable)},
                       {"theta", number(effect.theta)},
                       {"variance_removed", number(effect.variance_removed)}};
  if (effect.uplift)
    json["bayesian"] = {{"mean", number(effect.uplift->mean)},
                        {"sd", number(effect.uplift->sd)},
                        {"chance_to_win", number(effect.uplift->chance_to_win)},
                        {"risk_of_variant", number(effect.uplift->risk_of_variant)},
                        {"risk_of_control", number(effect.uplift->risk_of_baseline)},
                        {"method", effect.uplift->method}};
  return json;
}

ordered_json parts_json(const std::vector<ab::PartEffect>& parts) {
  ordered_json json = ordered_json::array();
  for (const ab::PartEffect& part : parts)
    json.push_back({{"part", part.part},
                    {"arm", part.arm},
                    {"absolute", difference_json(part.absolute)},
                    {"p_adjusted", number(part.p_adjusted)}});
  return json;
}

ordered_json needed_json(const AbReport& report) {
  return {{"effect", number(report.effect)},
          {"units_an_arm", number(report.needed.plain)},
          {"units_an_arm_with_cuped", number(report.needed.cuped)}};
}

ordered_json values_json(const AbReport& report, size_t arm) {
  ordered_json json = ordered_json::object();
  for (size_t i = 0; i < report.design.metrics.size(); ++i) {
    const Estimate& value = report.result.values[i][arm];
    json[report.design.metrics[i].name] = {{"value", number(value.value)},
                                           {"ci_low", low_of(value.interval)},
                                           {"ci_high", high_of(value.interval)},
                                           {"n", value.n},
                                           {"reason", value.reason}};
  }
  return json;
}

std::string ab_json(const AbReport& report) {
  const stats::SampleRatio& ratio = report.result.sample_ratio;
  ordered_json json = {{"file", report.path},
                       {"control", report.design.control},
                       {"arms", ordered_json::array()},
                       {"units_in_two_arms", report.gathered.mixed},
                       {"sample_ratio",
                        {{"chi2", ratio.chi2},
                         {"degrees_of_freedom", ratio.degrees_of_freedom},
                         {"p", number(ratio.p)},
                         {"mismatch", ratio.mismatch()}}},
                       {"sentences", sentences(report)},
                       {"effects", ordered_json::array()}};
  for (size_t arm = 0; arm < report.gathered.arms.size(); ++arm)
    json["arms"].push_back({{"arm", report.gathered.arms[arm]},
                            {"units", report.gathered.units[arm]},
                            {"values", values_json(report, arm)}});
  for (const ab::Effect& effect : report.result.effects)
    json["effects"].push_back(effect_json(report, effect));
  json["slices"] = parts_json(report.result.slices);
  json["days"] = parts_json(report.result.days);
  if (report.effect) json["needed"] = needed_json(report);
  if (!report.both.empty()) json["served_by_both"] = report.both;
  return json.dump(2) + "\n";
}

Listing effects_table(const AbReport& report) {
  Listing table{{"metric", "arm", "difference", "ci_low", "ci_high", "relative", "relative_ci_low",
                 "relative_ci_high", "p", "p_adjusted", "n", "verdict", "method"},
                {}};
  for (const ab::Effect& effect : report.result.effects)
    table.add({report.design.metrics[effect.metric].name, effect.arm, number(effect.absolute.value),
               low_of(effect.absolute.interval), high_of(effect.absolute.interval),
               number(effect.relative.value), low_of(effect.relative.interval),
               high_of(effect.relative.interval), number(effect.absolute.p),
               number(effect.p_adjusted), effect.absolute.n, effect.verdict,
               effect.absolute.method});
  return table;
}

}  // namespace

std::string ab_text(const AbReport& report, OutputFormat format) {
  if (format == OutputFormat::json) return ab_json(report);
  if (format == OutputFormat::csv) return render(effects_table(report), format);
  std::string text = arms_line(report) + "\n" + sentences(report) + "\n" +
                     render(metrics_table(report), format) + "\n" + notes(report) +
                     needed_line(report) + crossings(report);
  if (!report.result.slices.empty())
    text += fmt::format("\n{} in slices (exploratory)\n", report.design.metrics[0].name) +
            render(parts_table(report.result.slices, "slice"), format);
  if (!report.result.days.empty())
    text += fmt::format("\n{} up to the end of each day (always valid)\n",
                        report.design.metrics[0].name) +
            render(parts_table(report.result.days, "day"), format);
  return text;
}

std::string ab_plan_text(const AbReport& report, OutputFormat format) {
  const ab::Metric& metric = report.design.metrics[0];
  const Estimate value = value_of(report.gathered.cells[0][0], metric, report.design.alpha);
  if (format == OutputFormat::json) {
    ordered_json json = needed_json(report);
    json["metric"] = metric.name;
    json["value"] = number(value.value);
    json["units"] = report.gathered.units[0];
    return json.dump(2) + "\n";
  }
  return fmt::format("{}: {}; {} is {}\n{}", report.path,
                     text::counted(report.gathered.units[0], "unit"), metric.name,
                     interval_text(value.value, value.interval), needed_line(report));
}

}  // namespace assay::cli
