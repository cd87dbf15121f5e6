#include "conformance/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "conformance/causes.h"
#include "conformance/recorded.h"
#include "error/error.h"
#include "host/probe.h"
#include "task/check_params.h"
#include "task/param_json.h"
#include "text/indented.h"

namespace assay::conformance {

namespace {

using nlohmann::json;
using Result = Finding::Result;

constexpr size_t kWidth = 100;

const char* result_name(Result result) {
  switch (result) {
    case Result::held:
      return "held";
    case Result::failed:
      return "failed";
    case Result::not_applicable:
      return "not_applicable";
    case Result::not_run:
      return "not_run";
  }
  return "";
}

std::string range_text(const ParamSpec& spec) {
  if (!spec.choices.empty()) return fmt::format(" {}", fmt::join(spec.choices, "|"));
  if (spec.minimum && spec.maximum) return fmt::format(" {}..{}", *spec.minimum, *spec.maximum);
  const std::string text = task::allowed_text({.minimum = spec.minimum, .maximum = spec.maximum});
  return text.empty() ? "" : " " + text;
}

/// A text stands without its quotes, as it would in an experiment file.
std::string default_text(const ParamValue& value) {
  const json plain = task::param_json(value);
  if (const auto* number = std::get_if<double>(&value)) return fmt::format("{}", *number);
  if (!plain.is_string()) return plain.dump();
  return plain.get<std::string>().empty() ? "\"\"" : plain.get<std::string>();
}

std::string type_text(const ParamSpec& spec) {
  if (spec.type == ParamType::input)
    return fmt::format("input, a {} stage{}",
                       task::name_of(spec.input_kind.value_or(PluginKind::recall)),
                       spec.required ? ", required" : "");
  if (spec.type == ParamType::file) return spec.required ? "file, required" : "file";
  return fmt::format("{}{}{}, default {}", task::type_name(spec.type), range_text(spec),
                     spec.unit.empty() ? "" : " " + spec.unit, default_text(spec.default_value));
}

/// `assay describe` has the whole text.
std::string first_sentence(const std::string& text) {
  return text.substr(0, std::min(text.find(". "), text.size() - 1) + 1);
}

std::string parameters_text(const ParamSchema& schema) {
  if (schema.params.empty()) return "  parameters   none\n";
  size_t name_width = 0, type_width = 0;
  for (const ParamSpec& spec : schema.params) {
    name_width = std::max(name_width, spec.name.size());
    type_width = std::max(type_width, std::min<size_t>(type_text(spec).size(), 44));
  }
  std::string text;
  for (const ParamSpec& spec : schema.params)
    text +=
        fmt::format("  {:<10}   {:<{}}   {:<{}}   {}\n", text.empty() ? "parameters" : "",
                    spec.name, name_width, type_text(spec), type_width, first_sentence(spec.doc));
  return text;
}

std::string contract_text(const StrategyReport& report) {
  const int64_t held = report.count(Result::held);
  const int64_t all = held + report.count(Result::failed);
  const std::string left = fmt::format("  contract     {} of {} hold", held, all);
  const std::string right = fmt::format("{:.1f} s", report.seconds);
  return fmt::format("{}{:>{}}\n", left, right, kWidth - left.size());
}

std::string first_failed_essential(const StrategyReport& report) {
  std::string name;
  for (const CheckResult& check : report.checks)
    if (check.finding.result == Result::failed) name = check.name;
  return name;
}

/// The command line, taken apart.
struct CheckArguments {
  std::string file;
  std::string strategy;
  std::string format = "text";
  std::string data;
  std::string data_name = "built-in data";
  std::string record;     ///< file that gets the results; empty: none
  std::string record_in;  ///< folder of such files, by hash of the library; empty: none
  bool here = false;
  std::vector<std::pair<std::string, std::string>> params;
  std::chrono::milliseconds limit = kCheckLimit;
};

void take_param(CheckArguments& arguments, const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos)
    throw error::UserError(fmt::format("--param is {}; it must be NAME=VALUE", text));
  arguments.params.emplace_back(text.substr(0, equals), text.substr(equals + 1));
}

void take_option(CheckArguments& arguments, const std::string& name, const std::string& value) {
  if (name == "--strategy")
    arguments.strategy = value;
  else if (name == "--format")
    arguments.format = value;
  else if (name == "--data")
    arguments.data = value;
  else if (name == "--data-name")
    arguments.data_name = value;
  else if (name == "--record")
    arguments.record = value;
  else if (name == "--record-in")
    arguments.record_in = value;
  else if (name == "--param")
    take_param(arguments, value);
  else if (name == "--limit-s")
    arguments.limit = std::chrono::milliseconds(static_cast<int64_t>(std::stod(value) * 1000));
  else
    throw error::UserError(fmt::format("assay check has no option {}", name));
}

CheckArguments parse(std::span<const std::string> args) {
  CheckArguments arguments;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].starts_with("--")) {
      arguments.file = args[i];
    } else if (args[i] == "--in-process") {
      arguments.here = true;
    } else if (i + 1 == args.size()) {
      throw error::UserError(fmt::format("{} needs a value", args[i]));
    } else {
      take_option(arguments, args[i], args[i + 1]);
      ++i;
    }
  }
  if (arguments.file.empty()) throw error::UserError("assay check needs the .so of a plugin");
  if (arguments.format != "text" && arguments.format != "json" && arguments.format != "none")
    throw error::UserError(
        fmt::format("--format is {}; it must be text, json or none", arguments.format));
  return arguments;
}

std::vector<task::PluginInfo> chosen(const CheckArguments& arguments,
                                     const task::ProbeResult& verdict) {
  if (!verdict.ok()) throw error::UserError(verdict.file.path, verdict.message);
  std::vector<task::PluginInfo> plugins;
  std::vector<std::string> known;
  for (const task::PluginInfo& plugin : verdict.entries) {
    known.push_back(plugin.name);
    if (arguments.strategy.empty() || plugin.name == arguments.strategy) plugins.push_back(plugin);
  }
  if (plugins.empty())
    throw error::UserError(verdict.file.path,
                           fmt::format("contains no strategy {}{}", arguments.strategy,
                                       error::did_you_mean(arguments.strategy, known)));
  if (!arguments.params.empty() && plugins.size() > 1)
    throw error::UserError(verdict.file.path,
                           fmt::format("contains {}; name the one for --param with --strategy",
                                       fmt::join(known, ", ")));
  return plugins;
}

/// A value as typed: JSON where the parameter takes it, else text.
json typed(const task::PluginInfo& plugin, const std::string& name, const std::string& text) {
  const ParamSpec* spec = plugin.param(name);
  const json value = json::parse(text, nullptr, false);
  const bool is_text =
      spec != nullptr && (spec->type == ParamType::text || spec->type == ParamType::file);
  return is_text || value.is_discarded() ? json(text) : value;
}

ParamMap settings(const task::PluginInfo& plugin, const CheckArguments& arguments) {
  json given = json::object();
  for (const auto& [name, value] : arguments.params) given[name] = typed(plugin, name, value);
  std::map<std::string, PluginKind> inputs;
  for (const ParamSpec& spec : plugin.schema.params)
    if (spec.type == ParamType::input)
      inputs[spec.name] = spec.input_kind.value_or(PluginKind::recall);
  task::ParamCheck check = check_params(plugin, given, inputs);
  std::vector<error::Problem> problems;
  for (const task::ParamProblem& problem : check.problems)
    problems.push_back({plugin.name, problem.what + " (--param NAME=VALUE sets one)", ""});
  if (!problems.empty()) throw error::UserError(std::move(problems));
  return check.effective;
}

/// Where the results of this library go, if anywhere.
std::string record_file(const CheckArguments& arguments, const std::string& library_sha256) {
  if (!arguments.record.empty()) return arguments.record;
  return arguments.record_in.empty() ? ""
                                     : task::contract_file(arguments.record_in, library_sha256);
}

/// A check that cannot be kept was made all the same.
void record(const CheckArguments& arguments, const StrategyReport& report) {
  const std::string& library_sha256 = report.info.library_sha256;
  const std::string path = record_file(arguments, library_sha256);
  if (path.empty()) return;
  try {
    task::write_contract_checks(path, library_sha256,
                                {contract_check(report, arguments.data_name)});
  } catch (const error::UserError& error) {
    fmt::print(stderr, "{}\n", error.what());
  }
}

}  // namespace

std::string report_text(const StrategyReport& report) {
  const task::PluginInfo& info = report.info;
  std::string text = fmt::format("{} {} ({})   built for this {}", info.name, info.version,
                                 task::name_of(info.kind), report.stamp);
  text += info.optimised ? "\n" : fmt::format("; {} build, not optimised\n", info.build_type);
  text += parameters_text(info.schema);
  text += contract_text(report);
  for (const FailureGroup& group : group_failures(report.checks)) {
    text += fmt::format("  FAILED       {}: {}\n", group.first->name,
                        text::indented(group.first->finding.detail, 15));
    if (!group.others.empty())
      text += fmt::format("               and so: {}\n", fmt::join(group.others, "; "));
  }
  if (const int64_t count = report.count(Result::not_run); count > 0)
    text += fmt::format("  not run      {} more, which need \"{}\"\n", count,
                        first_failed_essential(report));
  return text;
}

json report_json(const StrategyReport& report) {
  json checks = json::array();
  for (const CheckResult& check : report.checks)
    checks.push_back({{"name", check.name},
                      {"result", result_name(check.finding.result)},
                      {"detail", check.finding.detail}});
  return {{"plugin", report.info},
          {"built_for", report.stamp},
          {"checks", checks},
          {"held", report.count(Result::held)},
          {"failed", report.count(Result::failed)},
          {"seconds", report.seconds}};
}

int check_main(std::span<const std::string> args, const SampleData& sample) {
  const CheckArguments arguments = parse(args);
  const task::ProbeResult verdict = host::probe_libraries({arguments.file}).at(0);
  const TinyData data = arguments.data.empty() ? TinyData::built_in() : sample(arguments.data);
  json all = json::array();
  bool holds = true;
  for (const task::PluginInfo& plugin : chosen(arguments, verdict)) {
    const ParamMap params = settings(plugin, arguments);
    const StrategyReport report = arguments.here ? run_suite_here(plugin, params, data)
                                                 : run_suite(plugin, params, data, arguments.limit);
    record(arguments, report);
    holds = holds && report.count(Result::failed) == 0;
    if (arguments.format == "json") all.push_back(report_json(report));
    if (arguments.format == "text") fmt::print("{}", report_text(report));
  }
  if (arguments.format == "json")
    fmt::print("{}\n", all.dump(2, ' ', false, json::error_handler_t::replace));
  // Who asks for no report reads what was recorded.
  return holds || arguments.format == "none" ? 0 : 3;
}

}  // namespace assay::conformance
