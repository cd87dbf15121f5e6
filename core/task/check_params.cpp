#include "task/check_params.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "error/error.h"
#include "task/param_json.h"
#include "text/clipped.h"
#include "text/listed.h"

namespace assay::task {

namespace {

using nlohmann::json;

/// As JSON writes it (3.0 keeps its point); JSON has no word for infinities.
std::string shown(const json& value) {
  if (value.is_null()) return "empty";
  if (value.is_number_float() && !std::isfinite(value.get<double>()))
    return fmt::format("{}", value.get<double>());
  constexpr size_t longest = 60;
  return text::clipped(value.dump(-1, ' ', false, json::error_handler_t::replace), longest);
}

std::string expected_type(ParamType type) {
  switch (type) {
    case ParamType::boolean:
      return "true or false";
    case ParamType::integer:
      return "an integer";
    case ParamType::number:
      return "a number";
    case ParamType::text:
      return "text";
    case ParamType::integers:
      return "a list of integers";
    case ParamType::numbers:
      return "a list of numbers";
    case ParamType::texts:
      return "a list of texts";
    case ParamType::file:
      return "the path of a file";
    case ParamType::input:
      return "a stage";
  }
  throw error::InternalError("a parameter of no known type");
}

ParamType element_type(ParamType type) {
  if (type == ParamType::integers) return ParamType::integer;
  if (type == ParamType::numbers) return ParamType::number;
  return ParamType::text;
}

bool is_list(ParamType type) {
  return type == ParamType::integers || type == ParamType::numbers || type == ParamType::texts;
}

/// What most likely happened, for the mistakes that are made again and again.
std::string type_hint(const ParamSpec& spec, const json& value) {
  if (is_list(spec.type) && param_value(element_type(spec.type), value))
    return fmt::format(": [{}]", shown(value));
  if (!value.is_string())
    return spec.type == ParamType::text && value.is_primitive() && !value.is_null() ? ", in quotes"
                                                                                    : "";
  const json bare = json::parse(value.get<std::string>(), nullptr, false);
  return !bare.is_discarded() && param_value(spec.type, bare) ? ", without quotes" : "";
}

/// Checks one plugin's settings, gathering problems.
class Checker {
 public:
  Checker(const PluginInfo& plugin, const json& given,
          const std::map<std::string, PluginKind>& inputs)
      : plugin_(plugin), given_(given), inputs_(inputs) {}

  ParamCheck run() && {
    if (!given_.is_null() && !given_.is_object()) {
      add("params", fmt::format("is {}; it must be a map of names to values", shown(given_)));
      return std::move(result_);
    }
    for (const auto& [name, value] : given_.items()) check_known(name);
    for (const auto& [name, kind] : inputs_) check_known_input(name);
    for (const ParamSpec& spec : plugin_.schema.params) {
      if (spec.type == ParamType::input)
        check_input(spec);
      else
        check_param(spec);
    }
    for (const ParamRule& rule : plugin_.schema.rules) check_rule(rule);
    return std::move(result_);
  }

 private:
  void add(const std::string& key, const std::string& what) {
    result_.problems.push_back({key, key + " " + what});
  }

  std::vector<std::string> declared(bool input) const {
    std::vector<std::string> names;
    for (const ParamSpec& spec : plugin_.schema.params)
      if ((spec.type == ParamType::input) == input) names.push_back(spec.name);
    return names;
  }

  void check_known(const std::string& name) {
    const ParamSpec* spec = plugin_.param(name);
    if (spec == nullptr)
      return add("params." + name, unknown(name, "a parameter", declared(false)));
    if (spec->type == ParamType::input)
      add("params." + name,
          fmt::format("is an input of {}; name its stage at inputs.{}", plugin_.name, name));
  }

  void check_known_input(const std::string& name) {
    const ParamSpec* spec = plugin_.param(name);
    if (spec == nullptr) return add("inputs." + name, unknown(name, "an input", declared(true)));
    if (spec->type != ParamType::input)
      add("inputs." + name,
          fmt::format("is a parameter of {}; set it at params.{}", plugin_.name, name));
  }

  std::string unknown(const std::string& name, std::string_view what,
                      const std::vector<std::string>& known) const {
    if (known.empty()) return fmt::format("is not {} of {}, which has none", what, plugin_.name);
    return fmt::format("is not {} of {}{}", what, plugin_.name, error::did_you_mean(name, known));
  }

  void check_param(const ParamSpec& spec) {
    if (!given_.is_object() || !given_.contains(spec.name)) {
      if (spec.required)
        add("params." + spec.name, fmt::format("is missing; {} needs a file there", plugin_.name));
      result_.effective[spec.name] = spec.default_value;
      return;
    }
    const json& value = given_.at(spec.name);
    const std::optional<ParamValue> typed = param_value(spec.type, value);
    if (!typed) return add("params." + spec.name, wrong_type(spec, value));
    check_value(spec, value);
    result_.effective[spec.name] = *typed;
  }

  std::string wrong_type(const ParamSpec& spec, const json& value) const {
    if (is_list(spec.type) && value.is_array()) {
      const auto bad = std::ranges::find_if(
          value, [&](const json& one) { return !param_value(element_type(spec.type), one); });
      return fmt::format("holds {}; it must be {}", shown(*bad), expected_type(spec.type));
    }
    return fmt::format("is {}; it must be {}{}", shown(value), expected_type(spec.type),
                       type_hint(spec, value));
  }

  void check_value(const ParamSpec& spec, const json& value) {
    if (!value.is_array()) return check_element(spec, "params." + spec.name, value);
    for (size_t i = 0; i < value.size(); ++i)
      check_element(spec, fmt::format("params.{}[{}]", spec.name, i), value[i]);
  }

  void check_element(const ParamSpec& spec, const std::string& key, const json& value) {
    if (value.is_number()) {
      const double number = value.get<double>();
      if (number >= spec.minimum.value_or(number) && number <= spec.maximum.value_or(number))
        return;
      add(key, fmt::format("is {}; it must be {}", shown(value), allowed_text(spec)));
    } else if (spec.type == ParamType::file) {
      // A resolved experiment writes an optional file that is not given as "".
      if (spec.required && value.get<std::string>().empty())
        add(key, "is empty; it must be the path of a file");
    } else if (!spec.choices.empty()) {
      if (std::ranges::count(spec.choices, value.get<std::string>()) > 0) return;
      const std::optional<std::string> near =
          error::near_name(value.get<std::string>(), spec.choices);
      add(key, fmt::format("is {}; it must be {}{}", shown(value), allowed_text(spec),
                           near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
    }
  }

  void check_input(const ParamSpec& spec) {
    const std::string key = "inputs." + spec.name;
    const std::string_view expected = name_of(spec.input_kind.value_or(PluginKind::recall));
    const auto given = inputs_.find(spec.name);
    if (given == inputs_.end()) {
      if (spec.required)
        add(key, fmt::format("is missing; {} needs a {} stage there, such as {}[0]", plugin_.name,
                             expected, expected));
    } else if (spec.input_kind && given->second != *spec.input_kind) {
      add(key, fmt::format("is a {} stage; {} needs a {} stage there", name_of(given->second),
                           plugin_.name, expected));
    }
  }

  /// The value as a number; nothing where it is missing because it has a problem already.
  std::optional<double> number(const std::string& name) const {
    const auto found = result_.effective.find(name);
    if (found == result_.effective.end()) return std::nullopt;
    if (const auto* integer = std::get_if<int64_t>(&found->second))
      return static_cast<double>(*integer);
    if (const auto* real = std::get_if<double>(&found->second)) return *real;
    return std::nullopt;
  }

  std::string with_origin(const std::string& name) const {
    const bool given = given_.is_object() && given_.contains(name);
    return fmt::format("{}{}", *number(name), given ? "" : " (its default)");
  }

  void check_rule(const ParamRule& rule) {
    const std::optional<double> left = number(rule.left);
    const std::optional<double> right = number(rule.right);
    const bool strict = rule.kind == ParamRule::Kind::less;
    if (!left || !right || (strict ? *left < *right : *left <= *right)) return;
    // The eye goes to what the user wrote, not to a default.
    const bool left_given = given_.is_object() && given_.contains(rule.left);
    const std::string& named = left_given ? rule.left : rule.right;
    const std::string& other = left_given ? rule.right : rule.left;
    add("params." + named,
        fmt::format("is {} and params.{} is {}; {} must be {} {}", with_origin(named), other,
                    with_origin(other), rule.left, strict ? "less than" : "at most", rule.right));
  }

  const PluginInfo& plugin_;
  const json& given_;
  const std::map<std::string, PluginKind>& inputs_;
  ParamCheck result_;
};

}  // namespace

std::string allowed_text(const ParamSpec& spec) {
  if (!spec.choices.empty()) return text::alternatives(spec.choices);
  const std::string unit = spec.unit.empty() ? "" : " " + spec.unit;
  if (spec.minimum && spec.maximum)
    return fmt::format("{} to {}{}", *spec.minimum, *spec.maximum, unit);
  if (spec.minimum) return fmt::format("at least {}{}", *spec.minimum, unit);
  if (spec.maximum) return fmt::format("at most {}{}", *spec.maximum, unit);
  return "";
}

ParamCheck check_params(const PluginInfo& plugin, const json& given,
                        const std::map<std::string, PluginKind>& inputs) {
  return Checker(plugin, given, inputs).run();
}

}  // namespace assay::task
