#include "task/param_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "task/plugin_info.h"

namespace assay::task {

namespace {

using nlohmann::json;

constexpr std::array kTypes{
    std::pair{ParamType::boolean, std::string_view("boolean")},
    std::pair{ParamType::integer, std::string_view("integer")},
    std::pair{ParamType::number, std::string_view("number")},
    std::pair{ParamType::text, std::string_view("text")},
    std::pair{ParamType::integers, std::string_view("integers")},
    std::pair{ParamType::numbers, std::string_view("numbers")},
    std::pair{ParamType::texts, std::string_view("texts")},
    std::pair{ParamType::file, std::string_view("file")},
    std::pair{ParamType::input, std::string_view("input")},
};

ParamType type_named(std::string_view name) {
  for (const auto& [type, known] : kTypes)
    if (known == name) return type;
  throw error::InternalError(fmt::format("a parameter of type {}", name));
}

bool is_integer(const json& value) {
  if (!value.is_number_integer()) return false;
  return !value.is_number_unsigned() ||
         value.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
}

bool is_finite_number(const json& value) {
  return value.is_number() && std::isfinite(value.get<double>());
}
bool is_text(const json& value) { return value.is_string(); }

template <typename T>
std::optional<ParamValue> scalar(const json& value, bool fits) {
  if (!fits) return std::nullopt;
  return ParamValue(value.get<T>());
}

template <typename T, typename Fits>
std::optional<ParamValue> list(const json& value, Fits fits) {
  if (!value.is_array() || !std::ranges::all_of(value, fits)) return std::nullopt;
  return ParamValue(value.get<std::vector<T>>());
}

void put_limit(json& to, const char* key, const std::optional<double>& limit) {
  if (limit) to[key] = *limit;
}

std::optional<double> limit(const json& from, const char* key) {
  if (!from.contains(key)) return std::nullopt;
  return from.at(key).get<double>();
}

json tune_json(const TuneRange& tune) {
  if (!tune.values.empty()) return {{"values", tune.values}};
  return {{"low", tune.low}, {"high", tune.high}, {"log", tune.log}};
}

TuneRange tune_from(const json& from) {
  if (from.contains("values")) return {.values = from.at("values").get<std::vector<std::string>>()};
  return {.low = from.at("low"), .high = from.at("high"), .log = from.at("log")};
}

json spec_json(const ParamSpec& spec) {
  json to{{"name", spec.name},
          {"type", type_name(spec.type)},
          {"default", param_json(spec.default_value)},
          {"doc", spec.doc},
          {"unit", spec.unit},
          {"choices", spec.choices},
          {"required", spec.required}};
  put_limit(to, "minimum", spec.minimum);
  put_limit(to, "maximum", spec.maximum);
  if (spec.input_kind) to["input_kind"] = name_of(*spec.input_kind);
  if (spec.tune) to["tune"] = tune_json(*spec.tune);
  if (!spec.feature_of.empty()) to["feature_of"] = spec.feature_of;
  if (!spec.feature_types.empty()) to["feature_types"] = spec.feature_types;
  return to;
}

ParamSpec spec_from(const json& from) {
  ParamSpec spec;
  from.at("name").get_to(spec.name);
  spec.type = type_named(from.at("type").get<std::string>());
  spec.default_value = param_value(spec.type, from.at("default")).value();
  from.at("doc").get_to(spec.doc);
  from.at("unit").get_to(spec.unit);
  from.at("choices").get_to(spec.choices);
  from.at("required").get_to(spec.required);
  spec.minimum = limit(from, "minimum");
  spec.maximum = limit(from, "maximum");
  if (from.contains("input_kind"))
    spec.input_kind = parse<PluginKind>(from.at("input_kind").get<std::string>()).value();
  if (from.contains("tune")) spec.tune = tune_from(from.at("tune"));
  spec.feature_of = from.value("feature_of", "");
  if (from.contains("feature_types")) from.at("feature_types").get_to(spec.feature_types);
  return spec;
}

json rule_json(const ParamRule& rule) {
  return {{"rule", rule.kind == ParamRule::Kind::less ? "less" : "less_equal"},
          {"left", rule.left},
          {"right", rule.right}};
}

ParamRule rule_from(const json& from) {
  const bool less = from.at("rule") == "less";
  return {less ? ParamRule::Kind::less : ParamRule::Kind::less_equal, from.at("left"),
          from.at("right")};
}

}  // namespace

std::string_view type_name(ParamType type) {
  for (const auto& [known, name] : kTypes)
    if (known == type) return name;
  throw error::InternalError(fmt::format("a parameter of type {}", static_cast<int>(type)));
}

json param_json(const ParamValue& value) {
  return std::visit([](const auto& held) { return json(held); }, value);
}

std::optional<ParamValue> param_value(ParamType type, const json& value) {
  switch (type) {
    case ParamType::boolean:
      return scalar<bool>(value, value.is_boolean());
    case ParamType::integer:
      return scalar<int64_t>(value, is_integer(value));
    case ParamType::number:
      return scalar<double>(value, is_finite_number(value));
    case ParamType::integers:
      return list<int64_t>(value, is_integer);
    case ParamType::numbers:
      return list<double>(value, is_finite_number);
    case ParamType::texts:
      return list<std::string>(value, is_text);
    case ParamType::text:
    case ParamType::file:
    case ParamType::input:
      return scalar<std::string>(value, value.is_string());
  }
  throw error::InternalError(fmt::format("a parameter of type {}", static_cast<int>(type)));
}

json params_json(const ParamMap& params) {
  json object = json::object();
  for (const auto& [name, value] : params) object[name] = param_json(value);
  return object;
}

ParamMap params_from_json(const ParamSchema& schema, const json& object) {
  ParamMap params;
  for (const auto& [name, value] : object.items()) {
    const auto spec = std::ranges::find(schema.params, name, &ParamSpec::name);
    error::require(spec != schema.params.end(),
                   fmt::format("settings hold {}, which is not declared", name));
    const std::optional<ParamValue> typed = param_value(spec->type, value);
    error::require(typed.has_value(), fmt::format("{} is {}, which is not of type {}", name,
                                                  value.dump(), type_name(spec->type)));
    params[name] = *typed;
  }
  return params;
}

}  // namespace assay::task

void nlohmann::adl_serializer<assay::ParamSchema>::to_json(json& to,
                                                           const assay::ParamSchema& schema) {
  to = {{"params", json::array()}, {"rules", json::array()}, {"parts", json::array()}};
  for (const assay::ParamSpec& spec : schema.params)
    to["params"].push_back(assay::task::spec_json(spec));
  for (const assay::ParamRule& rule : schema.rules)
    to["rules"].push_back(assay::task::rule_json(rule));
  for (const assay::ParamPart& part : schema.parts)
    to["parts"].push_back({{"name", part.name}, {"params", part.params}, {"doc", part.doc}});
}

void nlohmann::adl_serializer<assay::ParamSchema>::from_json(const json& from,
                                                             assay::ParamSchema& schema) {
  schema = {};
  for (const json& spec : from.at("params")) schema.params.push_back(assay::task::spec_from(spec));
  for (const json& rule : from.at("rules")) schema.rules.push_back(assay::task::rule_from(rule));
  for (const json& part : from.at("parts"))
    schema.parts.push_back({part.at("name"), part.at("params"), part.at("doc")});
}
