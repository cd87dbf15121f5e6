#include "task/plugin_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "error/error.h"
#include "task/param_json.h"

namespace assay::task {

namespace {

#define ASSAY_NAMED_TRAIT(name, words) NamedTrait{#name, &PluginTraits::name, words},
constexpr NamedTrait kTraits[] = {ASSAY_TRAIT_FLAGS(ASSAY_NAMED_TRAIT)};
#undef ASSAY_NAMED_TRAIT

/// The functions of parameters; the first two decide the trait of their name.
struct NamedFunction {
  std::string_view name;
  bool PluginFunctions::*member;
};
constexpr NamedFunction kFunctions[] = {{"validates", &PluginFunctions::validates},
                                        {"needs_time", &PluginFunctions::needs_time},
                                        {"memory", &PluginFunctions::memory}};

std::string ambiguous(const PluginInfo& first, const PluginInfo& second) {
  return fmt::format(
      "{} ({}) is in two libraries, {} and {}; remove one of them from the plugin path or rename "
      "it",
      first.name, name_of(first.kind), first.library, second.library);
}

}  // namespace

std::span<const NamedTrait> named_traits() { return kTraits; }

std::vector<std::string> trait_words(const PluginTraits& traits, const PluginFunctions& functions) {
  const nlohmann::json decided = functions;
  std::vector<std::string> out;
  for (const NamedTrait& trait : kTraits) {
    if (!(traits.*trait.member)) continue;
    const bool by_params = std::ranges::count(decided, trait.name) > 0;
    out.push_back(fmt::format("{}{}", trait.words, by_params ? " with some parameters" : ""));
  }
  if (traits.scores != "ranking")
    out.push_back(
        fmt::format("its scores are {}", traits.scores == "rating" ? "ratings" : "probabilities"));
  return out;
}

void to_json(nlohmann::json& json, const PluginTraits& traits) {
  json = {{"scores", traits.scores}};
  for (const NamedTrait& trait : kTraits) json[trait.name] = traits.*trait.member;
}

void from_json(const nlohmann::json& json, PluginTraits& traits) {
  json.at("scores").get_to(traits.scores);
  for (const NamedTrait& trait : kTraits) json.at(trait.name).get_to(traits.*trait.member);
}

void to_json(nlohmann::json& json, const PluginFunctions& functions) {
  json = nlohmann::json::array();
  for (const NamedFunction& function : kFunctions)
    if (functions.*function.member) json.push_back(function.name);
}

void from_json(const nlohmann::json& json, PluginFunctions& functions) {
  for (const NamedFunction& function : kFunctions)
    functions.*function.member = std::ranges::count(json, function.name) > 0;
}

const ParamSpec* PluginInfo::param(std::string_view param_name) const {
  const auto found = std::ranges::find(schema.params, param_name, &ParamSpec::name);
  return found == schema.params.end() ? nullptr : &*found;
}

void to_json(nlohmann::json& json, const PluginInfo& info) {
  json = {{"name", info.name},
          {"kind", info.kind},
          {"version", info.version},
          {"doc", info.doc},
          {"paper", info.paper},
          {"traits", info.traits},
          {"functions", info.functions},
          {"schema", info.schema},
          {"higher_is_better", info.higher_is_better},
          {"unit", info.unit},
          {"library", info.library},
          {"library_sha256", info.library_sha256},
          {"build_type", info.build_type},
          {"optimised", info.optimised}};
}

void from_json(const nlohmann::json& json, PluginInfo& info) {
  json.at("name").get_to(info.name);
  json.at("kind").get_to(info.kind);
  json.at("version").get_to(info.version);
  json.at("doc").get_to(info.doc);
  json.at("paper").get_to(info.paper);
  json.at("traits").get_to(info.traits);
  json.at("functions").get_to(info.functions);
  json.at("schema").get_to(info.schema);
  json.at("higher_is_better").get_to(info.higher_is_better);
  json.at("unit").get_to(info.unit);
  json.at("library").get_to(info.library);
  json.at("library_sha256").get_to(info.library_sha256);
  json.at("build_type").get_to(info.build_type);
  json.at("optimised").get_to(info.optimised);
}

bool PluginCatalog::incomplete() const {
  return std::ranges::any_of(refused_, &RefusedLibrary::named);
}

PluginCatalog::PluginCatalog(std::vector<PluginInfo> plugins, std::vector<RefusedLibrary> refused)
    : plugins_(std::move(plugins)), refused_(std::move(refused)) {}

const PluginInfo* PluginCatalog::find(std::string_view name, PluginKind kind) const {
  const PluginInfo* found = nullptr;
  for (const PluginInfo& plugin : plugins_) {
    if (plugin.kind != kind || plugin.name != name) continue;
    if (found == nullptr) found = &plugin;
    // A copy of the same library in another folder is the same plugin.
    else if (found->library_sha256 != plugin.library_sha256)
      throw error::UserError(ambiguous(*found, plugin));
  }
  return found;
}

std::vector<std::string> PluginCatalog::names(PluginKind kind) const {
  std::set<std::string> names;
  for (const PluginInfo& plugin : plugins_)
    if (plugin.kind == kind) names.insert(plugin.name);
  return {names.begin(), names.end()};
}

std::string PluginCatalog::refused_note(std::string_view name) const {
  for (const RefusedLibrary& library : refused_)
    if (std::filesystem::path(library.path).stem() == name)
      return fmt::format("; {} was refused: it {}", library.path, library.message);
  return "";
}

}  // namespace assay::task
