#include "config/tuned_value.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "config/scalar.h"
#include "config/section.h"
#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::config {
namespace {

constexpr const char* kForms =
    "write a list of values, {log: [1e-4, 1e-1]}, {linear: [0, 1]}, or declared";

class TunedReader {
 public:
  TunedReader(const Node& form, const std::string& path, const ParamSpec& spec, Problems& problems)
      : form_(form), path_(path + ".tune"), spec_(spec), problems_(problems) {
    param_.name = spec.name;
    param_.integer = spec.type == ParamType::integer;
  }

  std::optional<task::TunedParam> run() {
    const bool read = form_.is_list()                                 ? values()
                      : form_.is_map()                                ? range()
                      : form_.is_scalar() && form_.text == "declared" ? declared()
                                                                      : object(form_, "", kForms);
    return read ? std::optional(param_) : std::nullopt;
  }

 private:
  // "is 3; write ...". Always false.
  bool object(const Node& node, const std::string& below, const std::string& expected) {
    problems_.add(node.place, path_ + below, fmt::format("is {}; {}", shown(node), expected));
    return false;
  }

  bool has_range() const {
    return spec_.type == ParamType::integer || spec_.type == ParamType::number;
  }

  bool values() {
    if (form_.items.size() < 2)
      return object(form_, "", "it needs at least two values to choose among");
    for (size_t i = 0; i < form_.items.size(); ++i) {
      nlohmann::json value;
      const std::string below = fmt::format("[{}]", i);
      if (!to_json(form_.items[i], path_ + below, problems_, value)) return false;
      const auto typed = task::param_value(spec_.type, value);
      if (!typed) {
        return object(form_.items[i], below,
                      fmt::format("{} takes {}", spec_.name, task::type_name(spec_.type)));
      }
      value = task::param_json(*typed);
      for (const nlohmann::json& other : param_.choices) {
        if (other == value) return object(form_.items[i], below, "it is among the values already");
      }
      param_.choices.push_back(std::move(value));
    }
    return true;
  }

  bool range() {
    const bool known =
        form_.keys.size() == 1 && (form_.keys[0].text == "log" || form_.keys[0].text == "linear");
    if (!known) {
      const Place& place = form_.keys.empty() ? form_.place : form_.keys[0].place;
      const std::vector<std::string> names = {"log", "linear"};
      const std::string given = form_.keys.empty() ? "" : form_.keys[0].text;
      problems_.add(place, path_,
                    fmt::format("has the keys of no range{}; {}",
                                error::did_you_mean(clipped(given), names), kForms));
      return false;
    }
    param_.log = form_.keys[0].text == "log";
    const std::string below = "." + form_.keys[0].text;
    const Node& ends = form_.items[0];
    if (!has_range()) {
      return object(form_, "",
                    fmt::format("{} takes {}, which has no range; write a list of values",
                                spec_.name, task::type_name(spec_.type)));
    }
    if (!ends.is_list() || ends.items.size() != 2)
      return object(ends, below, "it must be two numbers: the smallest and the largest");
    return end(ends.items[0], below + "[0]", param_.low) &&
           end(ends.items[1], below + "[1]", param_.high) && check_ends(ends, below);
  }

  bool end(const Node& node, const std::string& below, double& out) {
    int64_t whole = 0;
    if (!param_.integer) return read_as(node, path_ + below, problems_, out);
    if (!read_as(node, path_ + below, problems_, whole)) return false;
    out = static_cast<double>(whole);
    return true;
  }

  bool check_ends(const Node& ends, const std::string& below) {
    const auto object_to = [&](const std::string& what) {
      problems_.add(ends.place, path_ + below,
                    fmt::format("is [{}, {}]; {}", param_.low, param_.high, what));
      return false;
    };
    if (param_.low >= param_.high) return object_to("the first number must be below the second");
    if (param_.log && param_.low <= 0) return object_to("a logarithmic range begins above 0");
    return true;
  }

  bool declared() {
    if (!spec_.tune) {
      const std::string allowed = task::allowed_text(spec_);
      problems_.add(
          form_.place, path_,
          fmt::format("is declared, but {} declares no range for tuning{}; {}", spec_.name,
                      allowed.empty() ? "" : fmt::format(" (it takes {})", allowed),
                      "write one: {linear: [0, 1]}, {log: [1e-4, 1e-1]}, or a list"));
      return false;
    }
    for (const std::string& value : spec_.tune->values) param_.choices.push_back(value);
    param_.low = spec_.tune->low;
    param_.high = spec_.tune->high;
    param_.log = spec_.tune->log;
    return true;
  }

  const Node& form_;
  const std::string path_;
  const ParamSpec& spec_;
  Problems& problems_;
  task::TunedParam param_;
};

nlohmann::json number(const task::TunedParam& param, double value) {
  if (param.integer) return static_cast<int64_t>(value);
  return value;
}

}  // namespace

const Node* tune_form(const Node& value) {
  const bool is_one = value.is_map() && value.keys.size() == 1 && value.keys[0].text == "tune";
  return is_one ? &value.items[0] : nullptr;
}

std::optional<task::TunedParam> read_tuned(const Node& form, const std::string& path,
                                           const ParamSpec& spec, Problems& problems) {
  return TunedReader(form, path, spec, problems).run();
}

nlohmann::json bounds_of(const task::TunedParam& param) {
  if (!param.choices.empty()) return param.choices;
  return {number(param, param.low), number(param, param.high)};
}

nlohmann::ordered_json tuned_tree(const task::TunedParam& param) {
  const nlohmann::ordered_json bounds = bounds_of(param);
  if (!param.choices.empty()) return {{"tune", bounds}};
  return {{"tune", {{param.log ? "log" : "linear", bounds}}}};
}

}  // namespace assay::config
