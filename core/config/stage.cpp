#include "config/stage.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "config/scalar.h"
#include "config/sections.h"
#include "config/tree_path.h"
#include "config/tuned_value.h"
#include "hash/hash.h"
#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::config {
namespace {

constexpr const char* kInPlace = "variants.*.recall[].inputs.*";

std::string a(PluginKind kind) { return fmt::format("a {}", task::name_of(kind)); }

// Where a problem of check_params stands: the key of what is not declared, the value of what is,
// else the stage.
Place place_of(const Section& section, const ReadStage& stage, const std::string& key) {
  const size_t dot = key.find('.');
  const Node* map = section.find(key.substr(0, dot));
  if (map == nullptr || dot == std::string::npos || !map->is_map())
    return map ? map->place : stage.place;
  const std::string name = key.substr(dot + 1);
  if (const Node* value = map->find(name)) {
    const ParamSpec* spec = stage.plugin->param(name);
    const bool fits =
        spec != nullptr && (spec->type == ParamType::input) == key.starts_with("inputs.");
    return fits ? value->place : map->key_place(name);
  }
  const size_t bracket = name.find('[');
  const Node* list = map->find(name.substr(0, bracket));
  size_t index = 0;
  if (list != nullptr && bracket != std::string::npos) {
    std::from_chars(name.data() + bracket + 1, name.data() + name.size(), index);
    return index < list->items.size() ? list->items[index].place : list->place;
  }
  return stage.place;
}

}  // namespace

std::optional<StageReference> parse_reference(const std::string& text) {
  // The grammar of paths, from its end: an index, a kind, and the rest is the variant.
  const auto parts = split_path(text);
  if (!parts || parts->size() < 2 || parts->size() > 3) return std::nullopt;
  const std::string& index = parts->back();
  const auto kind = task::parse<PluginKind>((*parts)[parts->size() - 2]);
  StageReference reference{.text = text};
  const char* end = index.data() + index.size();
  const auto [stopped, error] = std::from_chars(index.data(), end, reference.index);
  if (error != std::errc() || stopped != end || !kind || *kind == PluginKind::metric)
    return std::nullopt;
  reference.kind = *kind;
  if (parts->size() == 3) reference.variant = parts->front();
  return reference;
}

ReadStage StageReader::read(const Section& section, PluginKind kind, size_t index) const {
  ReadStage stage = begin(section, kind, index);
  if (!section.exists()) return stage;
  if (kind != PluginKind::recall) {
    read_plugin(section, stage);
  } else if (section.has("lists")) {
    read_lists(section, stage);
    read_unknown(section, stage);
  } else if (section.has("plugin")) {
    read_plugin(section, stage);
    read_refit(section, stage);
    read_unknown(section, stage);
  } else {
    section.problem("plugin", "is missing; a recall source names a plugin or lists");
  }
  stage.spec.where = stage.place.text();
  return stage;
}

ReadStage StageReader::begin(const Section& section, PluginKind kind, size_t index) {
  ReadStage stage;
  stage.spec.kind = kind;
  stage.spec.index = static_cast<int>(index);
  stage.path = section.path();
  stage.place = section.place();
  return stage;
}

ReadStage StageReader::read_in_place(const Section& section, PluginKind kind) const {
  ReadStage stage = begin(section, kind, 0);
  if (section.exists()) read_plugin(section, stage);
  stage.spec.where = stage.place.text();
  return stage;
}

const task::PluginInfo* StageReader::find_plugin(const Section& section, PluginKind kind,
                                                 const std::string& name) const {
  const Place& place = section.find("plugin")->place;
  try {
    if (const task::PluginInfo* found = catalog_.find(name, kind)) return found;
    for (const PluginKind other :
         {PluginKind::recall, PluginKind::rank, PluginKind::rerank, PluginKind::metric}) {
      if (catalog_.find(name, other) == nullptr) continue;
      problems_.add(place, section.path("plugin"),
                    fmt::format("is {}, which is {} plugin; {} stage needs {} plugin", name,
                                a(other), a(kind), a(kind)));
      return nullptr;
    }
  } catch (const error::UserError& error) {
    problems_.add(place, error);
    return nullptr;
  }
  if (catalog_.incomplete()) return nullptr;  // the library that is missing is the one error
  const std::vector<std::string> known = catalog_.names(kind);
  const std::string refused = catalog_.refused_note(name);
  const std::string near = known.empty()
                               ? fmt::format("; there are no {} plugins", task::name_of(kind))
                               : error::did_you_mean(clipped(name), known);
  problems_.add(place, section.path("plugin"),
                fmt::format("is {}, which is in no library{}", clipped(name),
                            refused.empty() ? near : refused));
  return nullptr;
}

void StageReader::read_lists(const Section& section, ReadStage& stage) const {
  for (const char* key : {"plugin", "params", "inputs", "refit", "learn_from", "features"}) {
    if (section.has(key))
      section.refuse(key, "cannot be combined with lists, which is a source by itself");
  }
  section.text("lists", stage.spec.lists);
  stage.place = section.find("lists")->place;
}

void StageReader::read_plugin(const Section& section, ReadStage& stage) const {
  stage.spec.sees = read_data_scope(section, scope_);
  if (stage.spec.kind == PluginKind::rank)
    stage.spec.features = read_candidate_features(section, features_);
  else if (const Node* given = section.find("features"); given && given->find("candidate"))
    section.refuse("features", "names candidate, which is for rank stages");
  if (!section.require("plugin") || !section.text("plugin", stage.spec.plugin)) return;
  stage.place = section.find("plugin")->place;
  stage.plugin = find_plugin(section, stage.spec.kind, stage.spec.plugin);
  if (stage.plugin == nullptr) return;
  const task::PluginInfo& plugin = *stage.plugin;
  stage.spec.library = plugin.library;
  stage.spec.library_sha256 = plugin.library_sha256;
  stage.spec.version = plugin.version;
  stage.spec.traits = plugin.traits;
  stage.spec.functions = plugin.functions;
  read_inputs(section, stage);
  read_params(section, stage);
}

void StageReader::read_unknown(const Section& section, ReadStage& stage) const {
  if (!section.has("unknown")) return;
  const Section inner = section.sub("unknown");
  if (!inner.exists()) return;
  stage.unknown = std::make_shared<ReadStage>(read_in_place(inner, PluginKind::recall));
  stage.unknown->spec.index = stage.spec.index;
}

void StageReader::read_refit(const Section& section, ReadStage& stage) {
  if (!section.boolean("refit", stage.spec.refit) || stage.spec.refit || stage.plugin == nullptr)
    return;
  stage.refit_place = section.find("refit")->place;
  if (!stage.plugin->traits.updates) {
    section.problem("refit", fmt::format("is false, but {} cannot be updated with later events; "
                                         "leave it out, and each fold fits it again",
                                         stage.spec.plugin));
  } else if (section.has("inputs")) {
    section.problem("refit",
                    "is false, but the stage has inputs, which are fitted again for each fold; "
                    "only a stage without inputs can be updated");
  }
}

void StageReader::read_inputs(const Section& section, ReadStage& stage) const {
  section.each_named("inputs", [&](const Key& key, const Node& node) {
    if (auto input = read_input(section, key, node, *stage.plugin))
      stage.inputs.push_back(std::move(*input));
  });
}

std::optional<ReadInput> StageReader::read_input(const Section& section, const Key& key,
                                                 const Node& node,
                                                 const task::PluginInfo& consumer) const {
  ReadInput input{
      .name = key.text, .place = node.place, .path = join_keys(section.path("inputs"), key.text)};
  if (node.is_map()) {
    const ParamSpec* spec = consumer.param(key.text);
    const PluginKind kind =
        spec ? spec->input_kind.value_or(PluginKind::recall) : PluginKind::recall;
    const Section inner(problems_, &node, kInPlace, input.path);
    input.in_place = std::make_shared<ReadStage>(read_in_place(inner, kind));
    return input;
  }
  std::string text;
  if (!read_as(node, input.path, problems_, text)) return std::nullopt;
  input.reference = parse_reference(text);
  if (input.reference) return input;
  problems_.add(
      node.place, input.path,
      fmt::format(
          "is {}, which names no stage; write recall[0], control.recall[0] or {{plugin: ...}}",
          shown(node)));
  return std::nullopt;
}

nlohmann::json StageReader::given_params(const Section& section, ReadStage& stage,
                                         std::set<std::string>& unreadable) const {
  nlohmann::json given = nlohmann::json::object();
  const Node* params = section.find("params");
  for (size_t i = 0; params != nullptr && i < params->items.size(); ++i) {
    const std::string& name = params->keys[i].text;
    const std::string path = join_keys(section.path("params"), name);
    const Node& written = params->items[i];
    const Node* tuned = tune_form(written);
    nlohmann::json value;
    if (tuned ? read_tuned_param(*tuned, path, name, stage, value)
              : to_json(written, path, problems_, value)) {
      given[name] = std::move(value);
    } else {
      unreadable.insert("params." + name);
    }
  }
  return given;
}

// One of the values that may be tried stands for the parameter until it is tuned.
bool StageReader::read_tuned_param(const Node& form, const std::string& path,
                                   const std::string& name, ReadStage& stage,
                                   nlohmann::json& first) const {
  const ParamSpec* spec = stage.plugin->param(name);
  if (spec == nullptr || spec->type == ParamType::input) {
    first = nullptr;  // The check of the parameters says what is wrong.
    return true;
  }
  std::optional<task::TunedParam> param = read_tuned(form, path, *spec, problems_);
  if (!param) return false;
  first = bounds_of(*param).front();
  stage.tuned.push_back(std::move(*param));
  return true;
}

// Every value that may be tried is one that the declaration allows.
void StageReader::check_tuned(const Section& section, const ReadStage& stage,
                              const nlohmann::json& given,
                              const std::map<std::string, PluginKind>& inputs) const {
  for (const task::TunedParam& param : stage.tuned) {
    const std::string key = "params." + param.name;
    for (const nlohmann::json& value : bounds_of(param)) {
      nlohmann::json tried = given;
      tried[param.name] = value;
      for (const task::ParamProblem& problem :
           check_params(*stage.plugin, tried, inputs).problems) {
        if (!problem.key.starts_with(key)) continue;
        problems_.add(section.find("params")->find(param.name)->place,
                      stage.path + "." + key + ".tune",
                      "has a value that is not allowed: " + problem.what);
      }
    }
  }
}

void StageReader::read_params(const Section& section, ReadStage& stage) const {
  if (section.has("params") && !section.check_map("params")) return;
  std::set<std::string> unreadable;
  const nlohmann::json given = given_params(section, stage, unreadable);
  std::map<std::string, PluginKind> inputs;
  for (const ReadInput& input : stage.inputs) {
    inputs[input.name] = input.reference ? input.reference->kind : input.in_place->spec.kind;
  }
  task::ParamCheck check = check_params(*stage.plugin, given, inputs);
  check_tuned(section, stage, given, inputs);
  const auto is_tuned = [&](const std::string& key) {
    return std::ranges::any_of(stage.tuned, [&](const task::TunedParam& param) {
      return key.starts_with("params." + param.name);
    });
  };
  for (const task::ParamProblem& problem : check.problems) {
    if (unreadable.count(problem.key) > 0 || is_tuned(problem.key)) continue;
    // The text begins with the key, which here is part of the path.
    problems_.add(place_of(section, stage, problem.key), stage.path + "." + problem.key,
                  problem.what.substr(std::min(problem.key.size() + 1, problem.what.size())));
  }
  take_files(section, given, check.effective, stage);
  stage.spec.params = task::params_json(check.effective);
  for (const ParamPart& part : stage.plugin->schema.parts)
    stage.spec.parts.push_back({part.name, part.params});
}

void StageReader::take_files(const Section& section, const nlohmann::json& given,
                             ParamMap& effective, ReadStage& stage) const {
  for (const ParamSpec& spec : stage.plugin->schema.params) {
    if (spec.type != ParamType::file || !given.contains(spec.name)) continue;
    auto* value = std::get_if<std::string>(&effective[spec.name]);
    if (value == nullptr || value->empty()) continue;
    const Node& node = *section.find("params")->find(spec.name);
    *value = absolute_path(node, *value);
    try {
      stage.spec.file_sha256[spec.name] = hash::sha256_file(*value);
    } catch (const error::UserError& error) {
      problems_.add(node.place, join_keys(section.path("params"), spec.name),
                    fmt::format("is {}: {}", shown(node), error.problems()[0].text()));
    }
  }
}

}  // namespace assay::config
