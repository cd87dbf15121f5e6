#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "conformance/check.h"
#include "host/guard.h"
#include "host/library.h"
#include "host/plugin_table.h"
#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::conformance {

namespace {

bool is_sentence(const std::string& text) { return !text.empty() && text.back() == '.'; }

/// `assay describe` and docs/plugins.md are made of these.
Finding documented(const Subject& subject) {
  if (!is_sentence(subject.entry().doc))
    return Finding::failed(
        fmt::format("its doc \"{}\" does not end with a full stop", subject.entry().doc));
  for (const ParamSpec& spec : subject.entry().schema.params)
    if (!is_sentence(spec.doc))
      return Finding::failed(
          fmt::format("the doc of {}, \"{}\", does not end with a full stop", spec.name, spec.doc));
  return Finding::held();
}

/// The values at which a setting is most likely to break.
std::vector<ParamValue> extremes(const ParamSpec& spec) {
  std::vector<ParamValue> values;
  for (const std::optional<double>& limit : {spec.minimum, spec.maximum}) {
    if (!limit) continue;
    if (spec.type == ParamType::integer) values.emplace_back(static_cast<int64_t>(*limit));
    if (spec.type == ParamType::number) values.emplace_back(*limit);
    if (spec.type == ParamType::integers)
      values.emplace_back(std::vector<int64_t>{static_cast<int64_t>(*limit)});
    if (spec.type == ParamType::numbers) values.emplace_back(std::vector<double>{*limit});
  }
  if (spec.type == ParamType::boolean) values = {true, false};
  for (const std::string& choice : spec.choices)
    values.push_back(spec.type == ParamType::text ? ParamValue(choice)
                                                  : std::vector<std::string>{choice});
  return values;
}

/// Refused by a rule across two parameters, as a user's file would be.
bool breaks_a_rule(const task::PluginInfo& plugin, const ParamMap& params) {
  nlohmann::json given = task::params_json(params);
  for (const ParamSpec& spec : plugin.schema.params)
    if (spec.type == ParamType::file || spec.type == ParamType::input) given.erase(spec.name);
  for (const task::ParamProblem& problem : check_params(plugin, given).problems)
    if (problem.what.find(" must be less than ") != std::string::npos ||
        problem.what.find(" must be at most ") != std::string::npos)
      return true;
  return false;
}

/// Ranges are promises: whatever lies inside makes an instance. (A constructor may refuse a
/// combination with InvalidInput.)
std::optional<std::string> extreme_problem(const Subject& subject, const ParamSpec& spec,
                                           const ParamValue& value) {
  ParamMap params = subject.params();
  params[spec.name] = value;
  if (breaks_a_rule(host::describe_entry(subject.entry()), params)) return std::nullopt;
  try {
    if (subject.kind() == PluginKind::metric)
      host::guarded("the constructor", [&] { host::make_metric(subject.entry(), params); });
    else
      subject.make(params);
  } catch (const host::PluginFault& fault) {
    if (fault.fault().kind == task::FailureKind::invalid_input) return std::nullopt;
    return fmt::format("with {} = {}, {}", spec.name, task::param_json(value).dump(), fault.what());
  }
  return std::nullopt;
}

Finding ends_of_ranges(const Subject& subject) {
  for (const ParamSpec& spec : subject.entry().schema.params)
    for (const ParamValue& value : extremes(spec))
      if (const auto problem = extreme_problem(subject, spec, value))
        return Finding::failed(*problem);
  return Finding::held();
}

Finding makes_an_instance(const Subject& subject) {
  subject.make();
  return Finding::held();
}

Finding fits(const Subject& subject) {
  subject.fitted();
  return Finding::held();
}

Finding serves(const Subject& subject) {
  subject.serve(subject.fitted(), subject.ordinary_requests());
  return Finding::held();
}

}  // namespace

std::vector<Check> declaration_checks() {
  return {
      {"the strategy and its parameters are documented in sentences", kAllStrategies, documented},
      {"the default parameters make an instance", kAllStrategies, makes_an_instance, true},
      {"the ends of every range, and every choice, make an instance", kAllStrategies,
       ends_of_ranges},
      {"fit ends without an error", kAllStrategies, fits, true},
      {"ordinary requests are served without an error", kAllStrategies, serves, true}};
}

}  // namespace assay::conformance
