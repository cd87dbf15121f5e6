#include "cli/plugin_page.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>
#include <vector>

#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::cli {
namespace {

using nlohmann::json;

constexpr std::array kKinds{
    std::pair{PluginKind::recall, std::string_view("Recall")},
    std::pair{PluginKind::rank, std::string_view("Rank")},
    std::pair{PluginKind::rerank, std::string_view("Rerank")},
    std::pair{PluginKind::metric, std::string_view("Metrics")},
};

std::string default_text(const ParamSpec& spec) {
  if (spec.required) return "required";
  if (spec.type == ParamType::file || spec.type == ParamType::input) return "none";
  const json value = task::param_json(spec.default_value);
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  if (value.is_string() && !value.get<std::string>().empty()) return value.get<std::string>();
  return value.dump();
}

std::string type_text(const ParamSpec& spec) {
  if (spec.type != ParamType::input) return std::string(task::type_name(spec.type));
  return fmt::format("input: a {} stage",
                     task::kind_name(spec.input_kind.value_or(PluginKind::recall)));
}

// What a reader of results has to know of a strategy; in words.
std::vector<std::string> trait_words(const task::PluginTraits& traits) {
  const std::array words{
      std::pair{traits.draws_in_fit, "its fit draws random numbers"},
      std::pair{traits.draws_in_serving, "serving draws random numbers"},
      std::pair{traits.learns_from_candidates,
                "learns from labelled candidates (needs the rank window)"},
      std::pair{traits.validates, "uses the validation window for early stopping"},
      std::pair{traits.needs_time, "needs times"},
      std::pair{traits.additive, "its explanations add up to the score"},
      std::pair{traits.nondeterministic_on_gpu,
                "uses an operation without a deterministic GPU kernel"},
      std::pair{traits.updates, "can be updated with later events"},
  };
  std::vector<std::string> out;
  for (const auto& [holds, text] : words) {
    if (holds) out.emplace_back(text);
  }
  if (traits.scores != "ranking")
    out.push_back(
        fmt::format("its scores are {}", traits.scores == "rating" ? "ratings" : "probabilities"));
  return out;
}

std::vector<std::string> rule_words(const ParamSchema& schema) {
  std::vector<std::string> out;
  for (const ParamRule& rule : schema.rules) {
    const bool strict = rule.kind == ParamRule::Kind::less;
    out.push_back(
        fmt::format("{} must be {} {}", rule.left, strict ? "less than" : "at most", rule.right));
  }
  return out;
}

std::string traits_line(const task::PluginInfo& plugin) {
  std::vector<std::string> words = trait_words(plugin.traits);
  if (plugin.kind == PluginKind::metric)
    words.emplace_back(plugin.higher_is_better ? "higher is better" : "lower is better");
  return fmt::format("{}", fmt::join(words, "; "));
}

std::string section(const task::PluginInfo& plugin) {
  std::string out = fmt::format("### {}\n\n{}\n", plugin.name, plugin.doc);
  if (!plugin.paper.empty()) out += fmt::format("\nPaper: {}\n", plugin.paper);
  if (const std::string traits = traits_line(plugin); !traits.empty())
    out += fmt::format("\nProperties: {}.\n", traits);
  if (plugin.schema.params.empty()) return out + "\nNo parameters.\n";
  out += "\n" + render(parameter_table(plugin), OutputFormat::markdown);
  for (const std::string& rule : rule_words(plugin.schema))
    out += fmt::format("\nRule: {}.\n", rule);
  return out;
}

}  // namespace

Listing parameter_table(const task::PluginInfo& plugin) {
  Listing table{{"parameter", "type", "default", "allowed", "meaning"}, {}};
  for (const ParamSpec& spec : plugin.schema.params) {
    const std::string allowed = task::allowed_text(spec);
    table.add({spec.name, type_text(spec), default_text(spec),
               allowed.empty() ? json() : json(allowed), spec.doc});
  }
  return table;
}

std::string plugin_text(const task::PluginInfo& plugin) {
  std::string out = fmt::format("{} {} ({})\n{}\n", plugin.name, plugin.version,
                                task::kind_name(plugin.kind), plugin.doc);
  const auto line = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) out += fmt::format("  {:<9} {}\n", name, text);
  };
  line("paper", plugin.paper);
  line("properties", traits_line(plugin));
  for (const std::string& rule : rule_words(plugin.schema)) line("rule", rule);
  line("library", plugin.library);
  return out + (plugin.schema.params.empty()
                    ? "No parameters.\n"
                    : "\n" + render(parameter_table(plugin), OutputFormat::text));
}

std::string plugin_page(const task::PluginCatalog& catalog) {
  std::string page =
      "# Plugins\n\nThe strategies that come with assay, with all parameters. An experiment file "
      "sets parameters under `params:` of a\nstage and inputs under `inputs:`. Generated by `assay "
      "describe --all --format markdown`; do not edit.\n";
  for (const auto& [kind, title] : kKinds) {
    const std::vector<std::string> names = catalog.names(kind);
    if (!names.empty()) page += fmt::format("\n## {}\n", title);
    for (const std::string& name : names) page += "\n" + section(*catalog.find(name, kind));
  }
  return page;
}

}  // namespace assay::cli
