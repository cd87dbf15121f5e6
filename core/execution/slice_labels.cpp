#include "execution/slice_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "error/error.h"
#include "execution/feature_groups.h"

namespace assay::execution {
namespace {

/// Places in some list of names, one row of them an entity.
using Places = std::vector<std::vector<int32_t>>;

std::vector<int64_t> training_events(const dataset::PreparedData& data, bool users) {
  const auto ids = data.array<int32_t>(users ? "event.user" : "event.item");
  const auto window = data.array<uint8_t>("event.window");
  std::vector<int64_t> events(static_cast<size_t>(users ? data.users() : data.items()), 0);
  for (size_t e = 0; e < ids.size(); ++e) {
    if (window[e] == static_cast<uint8_t>(task::Window::train))
      ++events[static_cast<size_t>(ids[e])];
  }
  return events;
}

/// Keeps the most frequent names in their order, and gathers the rest.
void keep_frequent(std::vector<std::string>& names, Places& places) {
  std::vector<int64_t> counts(names.size(), 0);
  for (const auto& row : places) {
    for (const int32_t place : row) ++counts[static_cast<size_t>(place)];
  }
  std::vector<size_t> order(names.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return counts[i]; });
  if (order.size() > kMostLabels) order.resize(kMostLabels);
  std::ranges::sort(order);
  std::vector<int32_t> kept(names.size(), static_cast<int32_t>(order.size()));
  std::vector<std::string> frequent;
  for (const size_t place : order) {
    kept[place] = static_cast<int32_t>(frequent.size());
    frequent.push_back(names[place]);
  }
  if (frequent.size() < names.size()) frequent.emplace_back("other");
  for (auto& row : places) {
    for (int32_t& place : row) place = kept[static_cast<size_t>(place)];
    std::ranges::sort(row);
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
  names = std::move(frequent);
}

std::vector<std::string> texts(const dataset::PreparedData& data, const std::string& tensor) {
  const auto bytes = data.array<char>(tensor);
  const auto offsets = data.array<int64_t>(tensor + ".offsets");
  std::vector<std::string> all;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    all.emplace_back(bytes.data() + offsets[i], static_cast<size_t>(offsets[i + 1] - offsets[i]));
  }
  return all;
}

Places group_places(const exposure::Groups& groups) {
  Places places;
  for (size_t row = 0; row + 1 < groups.offsets.size(); ++row) {
    const auto of = groups.of(row);
    places.emplace_back(of.begin(), of.end());
  }
  return places;
}

/// Quarters: the bounds are values that occur, so that equal numbers stay together.
void number_quarters(std::span<const float> values, std::vector<std::string>& names,
                     Places& places) {
  std::vector<float> known;
  for (const float value : values) {
    if (!std::isnan(value)) known.push_back(value);
  }
  std::ranges::sort(known);
  std::vector<float> bounds;  // upper ends of all but the last
  for (size_t quarter = 1; quarter < 4 && !known.empty(); ++quarter) {
    const float bound = known[(quarter * known.size() + 3) / 4 - 1];
    if (bound < known.back() && (bounds.empty() || bound > bounds.back())) bounds.push_back(bound);
  }
  for (size_t i = 0; i < bounds.size(); ++i) {
    names.push_back(i == 0 ? fmt::format("up to {}", bounds[i])
                           : fmt::format("above {}, up to {}", bounds[i - 1], bounds[i]));
  }
  names.push_back(bounds.empty() ? "all" : fmt::format("above {}", bounds.back()));
  for (const float value : values) {
    auto& row = places.emplace_back();
    if (std::isnan(value)) continue;
    row.push_back(static_cast<int32_t>(std::ranges::lower_bound(bounds, value) - bounds.begin()));
  }
}

/// Type of a feature; throws where there is none.
std::string type_of(const dataset::PreparedData& data, const task::SliceSpec& spec,
                    const std::string& dataset) {
  const char* const kind = spec.of == task::SliceSpec::Of::users ? "user" : "item";
  std::vector<std::string> known;
  const nlohmann::json features = data.info().value("features", nlohmann::json::object());
  for (const auto& feature : features.value(kind, nlohmann::json::array())) {
    known.push_back(feature.at("name").get<std::string>());
    if (known.back() == spec.feature) return feature.at("type").get<std::string>();
  }
  throw error::UserError(fmt::format("metrics.slices names {}, but {} has no {} feature {}{}",
                                     slice_text(spec), dataset, kind, spec.feature,
                                     error::did_you_mean(spec.feature, known)));
}

void feature_places(const dataset::PreparedData& data, const task::SliceSpec& spec,
                    const std::string& dataset, std::vector<std::string>& names, Places& places) {
  const std::string type = type_of(data, spec, dataset);
  const std::string of = spec.of == task::SliceSpec::Of::users ? "user" : "item";
  const std::string tensor = fmt::format("{}.feature.{}", of, spec.feature);
  if (type == "number") {
    return number_quarters(data.array<float>(tensor + ".values"), names, places);
  }
  const std::optional<exposure::Groups> groups = read_groups(data, of, spec.feature);
  if (!groups) {
    throw error::UserError(
        fmt::format("metrics.slices names {}, but that feature of {} is a {}; slices need a "
                    "category, a set or a number",
                    slice_text(spec), dataset, type));
  }
  names = texts(data, tensor + ".labels");
  places = group_places(*groups);
  keep_frequent(names, places);
}

}  // namespace

results::LabelRow slice_labels(const dataset::PreparedData& data, const std::string& prepared_hash,
                               const task::SliceSpec& spec, const std::string& dataset) {
  error::require(spec.of != task::SliceSpec::Of::time, "times are no labels of users or items");
  const bool users = spec.of == task::SliceSpec::Of::users;
  results::LabelRow row;
  row.of = users ? results::LabelRow::Of::users : results::LabelRow::Of::items;
  row.prepared_hash = prepared_hash;
  row.cut = slice_text(spec);
  Places places;
  if (spec.feature.empty()) {
    row.labels.assign(std::begin(task::kActivity), std::end(task::kActivity));
    for (const int32_t place : task::activity_of(training_events(data, users)))
      places.push_back({place});
  } else {
    feature_places(data, spec, dataset, row.labels, places);
  }
  row.offsets = {0};
  for (const auto& labels : places) {
    row.codes.insert(row.codes.end(), labels.begin(), labels.end());
    row.offsets.push_back(static_cast<int64_t>(row.codes.size()));
  }
  return row;
}

}  // namespace assay::execution
