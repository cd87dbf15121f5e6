#include "metric_catalog/plugin_metric.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::metric_catalog {
namespace {

// A number or yes-no where the text is one, else the text itself.
nlohmann::json value_of(const std::string& text) {
  const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : nlohmann::json(text);
}

std::string shown(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

void refuse_what_stages_have(const task::PluginInfo& plugin) {
  for (const ParamSpec& spec : plugin.schema.params) {
    if (spec.type != ParamType::input && spec.type != ParamType::file) continue;
    throw error::UserError(fmt::format("{} has the parameter {}, {}; a metric can have none",
                                       plugin.name, spec.name,
                                       spec.type == ParamType::file ? "a file" : "an input"));
  }
}

}  // namespace

task::PluginMetric plugin_metric(const task::PluginInfo& plugin, const MetricText& text) {
  refuse_what_stages_have(plugin);
  nlohmann::json given = nlohmann::json::object();
  for (const auto& [name, value] : text.choices) {
    if (name != "library") {
      given[name] = value_of(value);
    } else if (!plugin.library_sha256.starts_with(value)) {
      throw error::UserError(fmt::format("{} is another build: the available library is {:.12}",
                                         text.definition, plugin.library_sha256));
    }
  }
  const task::ParamCheck check = check_params(plugin, given);
  if (!check.problems.empty())
    throw error::UserError(fmt::format("{}: {}", plugin.name, check.problems.front().what));
  task::PluginMetric own{.definition = "",
                         .plugin = plugin.name,
                         .version = plugin.version,
                         .library = plugin.library,
                         .library_sha256 = plugin.library_sha256,
                         .params = task::params_json(check.effective),
                         .unit = plugin.unit,
                         .doc = plugin.doc,
                         .higher_is_better = plugin.higher_is_better};
  const nlohmann::json defaults =
      task::params_json(check_params(plugin, nlohmann::json()).effective);
  std::string choices;
  for (const ParamSpec& spec : plugin.schema.params) {
    const nlohmann::json& value = own.params.at(spec.name);
    if (value != defaults.at(spec.name)) choices += fmt::format("{}={},", spec.name, shown(value));
  }
  own.definition = fmt::format("{}{{{}library={:.12}}}", plugin.name, choices, own.library_sha256);
  return own;
}

std::string with_library(const std::vector<task::PluginMetric>& own, const std::string& text) {
  const std::string wanted = text.substr(0, text.rfind('@'));
  for (const task::PluginMetric& metric : own) {
    // "name{choices,library=..}" without its last choice
    std::string written = metric.definition.substr(0, metric.definition.rfind("library="));
    written.pop_back();
    if (written.find('{') != std::string::npos) written += '}';
    if (written == wanted) return metric.definition + text.substr(wanted.size());
  }
  return text;
}

const task::PluginMetric* find_plugin_metric(const std::vector<task::PluginMetric>& own,
                                             std::string_view definition) {
  const auto found = std::ranges::find(own, definition, &task::PluginMetric::definition);
  return found == own.end() ? nullptr : &*found;
}

}  // namespace assay::metric_catalog
