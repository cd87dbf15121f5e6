#include "metric_catalog/metric_definition.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "error/error.h"
#include "text/trimmed.h"

// A metric's text is read in three steps: split_braces() and split_choices() take it apart,
// parse_choices() checks each choice against the row of the table, and define() adds the defaults
// and derives unit and needs. An id has all choices in the order of the table, so every spelling of
// a metric has the same id.

namespace assay::metric_catalog {
namespace {

using Choices = std::map<std::string, std::string>;

template <typename T>
std::vector<std::string> names_of(const std::vector<T>& things) {
  std::vector<std::string> names;
  for (const T& thing : things) names.push_back(thing.name);
  return names;
}

// "a=b,c=min(R,k)" at the commas outside of parentheses.
std::vector<std::string> split_choices(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  for (std::string& part : parts) part = std::string(text::trimmed(part));
  return parts;
}

// Name and what stands between the braces, without them; nothing where there are none.
std::pair<std::string, std::string> split_braces(std::string_view text) {
  const size_t open = text.find('{');
  if (open == std::string_view::npos) return {std::string(text::trimmed(text)), ""};
  const std::string whole(text::trimmed(text));
  if (whole.back() != '}' || std::count(whole.begin(), whole.end(), '{') != 1 ||
      std::count(whole.begin(), whole.end(), '}') != 1) {
    throw error::UserError(fmt::format(
        "\"{}\" is not a metric: expected name{{choice=value,...}} with one pair of braces", text));
  }
  return {std::string(text::trimmed(text.substr(0, open))),
          whole.substr(whole.find('{') + 1, whole.size() - whole.find('{') - 2)};
}

const MetricInfo& find_info(const std::string& name) {
  for (const MetricInfo& info : metric_table()) {
    if (info.name == name) return info;
  }
  throw error::UserError(fmt::format("\"{}\" is not a metric{}", name,
                                     error::did_you_mean(name, names_of(metric_table()))));
}

void check_value(const MetricInfo& info, const MetricOption& option, const std::string& value) {
  if (option.choices.empty()) {
    const auto plain = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-';
    };
    if (!value.empty() && std::all_of(value.begin(), value.end(), plain)) return;
    throw error::UserError(fmt::format("{}{{{}={}}}: expected the name of {}", info.name,
                                       option.name, value,
                                       option.name == "by" ? "a user feature" : "an item feature"));
  }
  if (std::find(option.choices.begin(), option.choices.end(), value) != option.choices.end())
    return;
  throw error::UserError(fmt::format("{}{{{}={}}}: {} must be {}", info.name, option.name, value,
                                     option.name, fmt::join(option.choices, " or ")));
}

using Written = std::vector<std::pair<std::string, std::string>>;

// Names and values as they stand there.
Written written_choices(const std::string& metric, const std::string& inside) {
  Written out;
  if (text::trimmed(inside).empty()) return out;
  for (const std::string& part : split_choices(inside)) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos) {
      throw error::UserError(
          fmt::format("{}{{{}}}: expected choice=value, found \"{}\"", metric, inside, part));
    }
    const std::string name(text::trimmed(part.substr(0, equals)));
    if (std::ranges::count(out, name, &Written::value_type::first))
      throw error::UserError(fmt::format("{}{{{}}}: {} is given twice", metric, inside, name));
    out.emplace_back(name, text::trimmed(part.substr(equals + 1)));
  }
  return out;
}

// What the user chose, checked one by one.
Choices parse_choices(const MetricInfo& info, const Written& written) {
  Choices chosen;
  for (const auto& [name, value] : written) {
    const auto option =
        std::find_if(info.options.begin(), info.options.end(),
                     [&, &wanted = name](const MetricOption& o) { return o.name == wanted; });
    if (option == info.options.end()) {
      const std::string near = info.options.empty()
                                   ? "; it has none"
                                   : error::did_you_mean(name, names_of(info.options));
      throw error::UserError(fmt::format("{} has no choice \"{}\"{}", info.name, name, near));
    }
    check_value(info, *option, value);
    chosen.emplace(name, value);
  }
  return chosen;
}

std::string unit_of(const MetricDefinition& definition) {
  const std::string_view log = definition.option("log"), distance = definition.option("distance");
  if (log == "e") return "nats";
  if (log == "N" || distance == "hamming_share") return "share";
  return distance == "hamming" ? "categories" : definition.info->unit;
}

// A choice without a fixed list is left out unless it was made: it belongs to some values of
// another choice only.
void check_feature(const MetricDefinition& definition) {
  const bool feature = definition.needs_any(MetricNeed::feature),
             named = !definition.option("of").empty();
  if (feature == named) return;
  const std::string_view distance = definition.option("distance");
  throw error::UserError(
      fmt::format("{}{}: {}", definition.name,
                  distance.empty() ? std::string() : fmt::format("{{distance={}}}", distance),
                  feature ? "name the item feature it compares, as in of=genre"
                          : "it compares no feature; leave out of="));
}

void check_user_feature(const MetricDefinition& definition) {
  if (!definition.needs_any(MetricNeed::user_feature) || !definition.option("by").empty()) return;
  throw error::UserError(fmt::format(
      "{}: name the user feature that makes the groups, as in by=gender", definition.name));
}

bool has_grades(const MetricDefinition& definition) {
  const std::string_view gain = definition.option("gain");
  return !gain.empty() && gain != "binary";
}

// The best list of k items has a gain only where each counts the same.
void check_ideal(const MetricDefinition& definition) {
  if (!has_grades(definition) || definition.option("ideal") != "k") return;
  throw error::UserError(
      fmt::format("{}{{gain={},ideal=k}}: the ideal list of k items has no grades; use "
                  "ideal=min(R,k) or gain=binary",
                  definition.name, definition.option("gain")));
}

// Of a plugin. What it is in the table's words is not known here.
MetricDefinition define_of_plugin(const std::string& name, const Written& written) {
  static const MetricInfo kOfPlugin{.name = "",
                                    .group = "own",
                                    .unit = "",
                                    .options = {},
                                    .needs = {MetricNeed::plugin},
                                    .formula = "",
                                    .empty_case = "defined by the plugin",
                                    .paper = ""};
  std::vector<std::string> parts;
  for (const auto& [choice, value] : written) parts.push_back(choice + "=" + value);
  return {.id = fmt::format("{}{{{}}}", name, fmt::join(parts, ",")),
          .name = name,
          .options = written,
          .unit = "",
          .needs = kOfPlugin.needs,
          .is_default = written.size() == 1,
          .info = &kOfPlugin};
}

MetricDefinition define(const MetricInfo& info, const Choices& chosen) {
  MetricDefinition definition{.id = info.name,
                              .name = info.name,
                              .options = {},
                              .unit = "",
                              .needs = info.needs,
                              .is_default = true,
                              .info = &info};
  std::vector<std::string> parts;
  for (const MetricOption& option : info.options) {
    const auto found = chosen.find(option.name);
    if (found == chosen.end() && option.choices.empty()) continue;
    const std::string value = found == chosen.end() ? option.choices[0] : found->second;
    if (option.choices.empty() || value != option.choices[0]) definition.is_default = false;
    definition.options.emplace_back(option.name, value);
    parts.push_back(option.name + "=" + value);
  }
  if (!parts.empty()) definition.id += fmt::format("{{{}}}", fmt::join(parts, ","));
  definition.unit = unit_of(definition);
  const std::string_view distance = definition.option("distance");
  if (!distance.empty() && distance != "cooccurrence") definition.needs = {MetricNeed::feature};
  if (has_grades(definition)) definition.needs.push_back(MetricNeed::judged);
  if (definition.option("surprise") == "cosine")
    definition.needs = {MetricNeed::truth, MetricNeed::history, MetricNeed::feature};
  if (definition.option("similarity") == "cosine") definition.needs = {MetricNeed::lists};
  if (definition.option("link") == "identity") definition.needs.push_back(MetricNeed::probability);
  check_feature(definition);
  check_user_feature(definition);
  check_ideal(definition);
  return definition;
}

// Where "@" stands outside of braces, or npos.
size_t find_at(std::string_view text) {
  const size_t at = text.rfind('@');
  const size_t brace = text.rfind('}');
  return brace == std::string_view::npos || at == std::string_view::npos || at > brace
             ? at
             : std::string_view::npos;
}

int64_t parse_cutoff(std::string_view text, std::string_view digits) {
  int64_t cutoff = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), cutoff);
  if (error != std::errc() || end != digits.data() + digits.size() || cutoff < 1) {
    throw error::UserError(
        fmt::format("\"{}\": the cutoff after @ must be an integer of at least 1", text));
  }
  return cutoff;
}

}  // namespace

bool MetricDefinition::needs_any(MetricNeed need) const {
  return std::find(needs.begin(), needs.end(), need) != needs.end();
}

std::string_view MetricDefinition::option(std::string_view wanted) const {
  for (const auto& [option_name, value] : options) {
    if (option_name == wanted) return value;
  }
  return "";
}

const std::vector<std::string>& metric_groups() {
  static const std::vector<std::string> groups = [] {
    std::vector<std::string> names;
    for (const MetricInfo& info : metric_table()) {
      if (std::find(names.begin(), names.end(), info.group) == names.end())
        names.push_back(info.group);
    }
    return names;
  }();
  return groups;
}

void check_metric_group(std::string_view name) {
  const auto& groups = metric_groups();
  if (std::find(groups.begin(), groups.end(), name) != groups.end()) return;
  throw error::UserError(
      fmt::format("\"{}\" is not a group of metrics{}", name, error::did_you_mean(name, groups)));
}

std::vector<MetricDefinition> metrics_of_group(std::string_view group) {
  check_metric_group(group);
  std::vector<MetricDefinition> definitions;
  for (const MetricInfo& info : metric_table()) {
    if (info.group == group && !info.by_name_only) definitions.push_back(define(info, {}));
  }
  return definitions;
}

MetricDefinition parse_metric(std::string_view text) {
  const auto [name, inside] = split_braces(text);
  const Written written = written_choices(name, inside);
  const bool of_plugin = std::ranges::count(written, "library", &Written::value_type::first) > 0;
  if (of_plugin && std::ranges::count(metric_table(), name, &MetricInfo::name) == 0)
    return define_of_plugin(name, written);
  const MetricInfo& info = find_info(name);
  return define(info, parse_choices(info, written));
}

MetricText split_metric(std::string_view text) {
  const size_t at = find_at(text);
  MetricText out;
  out.definition = text::trimmed(text.substr(0, at));
  if (at != std::string_view::npos) out.cutoff = parse_cutoff(text, text.substr(at + 1));
  const auto [name, inside] = split_braces(out.definition);
  out.name = name;
  out.choices = written_choices(name, inside);
  return out;
}

MetricColumn parse_metric_column(std::string_view text) {
  const size_t at = find_at(text);
  const MetricDefinition definition = parse_metric(text.substr(0, at));
  if (definition.info->of_whole_lists()) {
    throw error::UserError(fmt::format("\"{}\": {} is computed on whole lists at {}; {}", text,
                                       definition.name, definition.info->measured_at,
                                       at == std::string_view::npos
                                           ? "it is not allowed here"
                                           : fmt::format("leave out {}", text.substr(at))));
  }
  if (at == std::string_view::npos) {
    const std::string id = display_name(definition);
    throw error::UserError(
        fmt::format("\"{}\" lacks a cutoff; write {}@10 for the first ten", text, id));
  }
  return {definition, parse_cutoff(text, text.substr(at + 1)), false};
}

std::string example_of(const MetricInfo& info) {
  if (std::ranges::count(info.needs, MetricNeed::feature)) return info.name + "{of=genre}";
  if (std::ranges::count(info.needs, MetricNeed::user_feature)) return info.name + "{by=gender}";
  return info.name;
}

std::string display_name(const MetricDefinition& definition) {
  return definition.is_default ? definition.name : definition.id;
}

std::string_view better(const MetricInfo& info) {
  if (!info.higher_is_better) return "neither";
  return *info.higher_is_better ? "higher" : "lower";
}

std::string display_name(const MetricColumn& column) {
  if (column.cutoff == 0) return display_name(column.definition);
  return fmt::format("{}@{}", display_name(column.definition), column.cutoff);
}

}  // namespace assay::metric_catalog
