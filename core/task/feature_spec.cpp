#include "task/feature_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "task/json_members.h"

namespace assay::task {
namespace {

// Sources that name a column of the data behind a colon.
const std::vector<std::string>& owners() {
  static const std::vector<std::string> all = {"user",     "item",     "context",
                                               "affinity", "interest", "source"};
  return all;
}

std::optional<std::string> source_problem(const std::string& source) {
  const auto [owner, column] = source_parts(source);
  if (owner == "source" && column.find_first_not_of("0123456789") != std::string::npos) {
    return fmt::format(
        "names \"{}\", and recall stages go by their place: the first one is source:0", source);
  }
  if (column.empty() && std::ranges::count(plain_feature_sources(), source) > 0) return {};
  if (!column.empty() && std::ranges::count(owners(), owner) > 0) return {};
  std::vector<std::string> known = plain_feature_sources();
  for (const std::string& name : owners()) known.push_back(name + ":<column>");
  const auto near = error::near_name(column.empty() ? source : owner,
                                     column.empty() ? plain_feature_sources() : owners());
  return fmt::format("names \"{}\", which is no source of features{}; there are {}", source,
                     near ? fmt::format("; did you mean \"{}\"?", *near) : "",
                     fmt::join(known, ", "));
}

std::optional<std::string> form_problem(const CandidateFeature& feature) {
  const bool coded = feature.form == FeatureForm::hash || feature.form == FeatureForm::words ||
                     feature.form == FeatureForm::cross;
  if (coded && (feature.size < 2 || feature.size > 100'000'000))
    return fmt::format("has size {}; {} needs a number of codes from 2 to 100,000,000",
                       feature.size, name_of(feature.form));
  if (feature.form == FeatureForm::buckets &&
      (feature.bounds.empty() ||
       std::ranges::adjacent_find(feature.bounds, std::greater_equal()) != feature.bounds.end() ||
       !std::ranges::all_of(feature.bounds, [](double b) { return std::isfinite(b); })))
    return "needs bounds: numbers that rise, the first of each bucket but the lowest";
  if (!(feature.half_life_days > 0) || !std::isfinite(feature.half_life_days))
    return "has a half_life_days that is not above 0";
  if (!(feature.smoothing >= 0) || !std::isfinite(feature.smoothing))
    return "has a smoothing below 0";
  return {};
}

}  // namespace

const std::vector<std::string>& plain_feature_sources() {
  static const std::vector<std::string> all = {
      "user_events",  "user_rate",   "user_recency", "item_events",  "item_rate",
      "item_recency", "pair_events", "pair_rate",    "pair_recency", "hour",
      "weekday",      "score",       "place"};
  return all;
}

bool needs_times(const std::string& source) {
  const std::string owner = source_parts(source).first;
  return source != "score" && source != "place" && owner != "source" && owner != "user" &&
         owner != "item" && owner != "context";
}

std::string source_type(const std::string& source) {
  const std::string owner = source_parts(source).first;
  if (owner == "user" || owner == "item" || owner == "context") return "";
  return source == "hour" || source == "weekday" ? "category" : "number";
}

std::optional<std::string> type_problem(FeatureForm form, const std::string& source,
                                        const std::string& type) {
  const bool has_codes = type == "category" || type == "set";
  const char* takes = nullptr;
  if (form == FeatureForm::log || form == FeatureForm::buckets)
    takes = type == "number" ? nullptr : "numbers";
  else if (form == FeatureForm::hash || form == FeatureForm::cross)
    takes = has_codes ? nullptr : "categories and sets";
  else if (form == FeatureForm::words)
    takes = type == "text" ? nullptr : "texts";
  if (takes == nullptr) return {};
  return fmt::format("names {}, a {}, and {} takes {}", source, type, name_of(form), takes);
}

std::pair<std::string, std::string> source_parts(const std::string& source) {
  const size_t colon = source.find(':');
  if (colon == std::string::npos) return {source, ""};
  return {source.substr(0, colon), source.substr(colon + 1)};
}

std::string CandidateFeature::name() const {
  if (form == FeatureForm::plain) return of.front();
  return fmt::format("{}({})", name_of(form), fmt::join(of, ", "));
}

std::optional<std::string> feature_problem(const CandidateFeature& feature) {
  if (feature.of.empty()) return "names no source: of: item_events, or cross: [a, b]";
  for (const std::string& source : feature.of) {
    if (const auto problem = source_problem(source)) return problem;
    const std::string type = source_type(source);
    if (type.empty()) continue;
    if (const auto problem = type_problem(feature.form, source, type)) return problem;
  }
  if (feature.form == FeatureForm::cross) {
    if (feature.of.size() < 2) return "crosses one source; a cross needs two or more";
    for (const std::string& source : feature.of)
      if (std::ranges::count(feature.of, source) > 1)
        return fmt::format("crosses {} with itself, which says no more than it alone", source);
  }
  return form_problem(feature);
}

nlohmann::json FeatureSetSpec::identity() const {
  nlohmann::json out = nlohmann::json::array();
  for (const CandidateFeature& feature : candidate) {
    nlohmann::json one = feature;
    one.erase("where");
    out.push_back(std::move(one));
  }
  return out;
}

ASSAY_JSON(CandidateFeature, form, of, bounds, size, half_life_days, smoothing, where)
ASSAY_JSON(FeatureSetSpec, candidate)

}  // namespace assay::task
