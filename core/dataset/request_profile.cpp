#include "dataset/request_profile.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace assay::dataset {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

/// A feature of users or items in the file.
class StoredFeature {
 public:
  StoredFeature(const PreparedData& data, const std::string& kind, const nlohmann::json& listed)
      : name(listed.at("name")),
        type(listed.at("type")),
        data_(data),
        prefix_(fmt::format("{}.feature.{}", kind, name)) {}

  /// Ids of the categories of a row, of a category or set; none where it is missing.
  std::vector<int64_t> categories(int64_t row) const {
    if (type == "set") {
      const auto sets = data_.ragged(prefix_ + ".set").row(row);
      return {sets.begin(), sets.end()};
    }
    const int32_t id = data_.array<int32_t>(prefix_ + ".values")[static_cast<size_t>(row)];
    return id < 0 ? std::vector<int64_t>() : std::vector<int64_t>{id};
  }
  std::string label(int64_t id) const {
    if (!data_.has(prefix_ + ".labels")) return fmt::format("{}", id);
    const TextView labels{data_.array<char>(prefix_ + ".labels"),
                          data_.array<int64_t>(prefix_ + ".labels.offsets")};
    return std::string(labels[id]);
  }
  /// "24", "Drama, War"; none where nothing is known, and of vectors and texts.
  std::optional<std::string> text(int64_t row) const {
    if (type == "number") {
      const float value = data_.array<float>(prefix_ + ".values")[static_cast<size_t>(row)];
      return std::isnan(value) ? std::nullopt : std::optional(fmt::format("{}", value));
    }
    if (!has_categories()) return std::nullopt;
    std::string out;
    for (const int64_t id : categories(row)) out += (out.empty() ? "" : ", ") + label(id);
    return out.empty() ? std::nullopt : std::optional(out);
  }
  bool has_categories() const { return type == "category" || type == "set"; }

  const std::string name, type;

 private:
  const PreparedData& data_;
  std::string prefix_;
};

CountedFeature counted(const StoredFeature& feature, std::span<const int64_t> history,
                       int64_t most) {
  std::map<int64_t, int64_t> items;  // by category
  for (const int64_t item : history)
    for (const int64_t id : feature.categories(item)) ++items[id];
  std::vector<std::pair<int64_t, int64_t>> order(items.begin(), items.end());
  std::ranges::stable_sort(order, [](const auto& a, const auto& b) { return a.second > b.second; });
  CountedFeature out{feature.name, {}};
  if (order.empty() || (history.size() > 1 && order.front().second == 1)) return out;
  for (const auto& [id, count] : order) {
    if (std::ssize(out.categories) == most) break;
    out.categories.emplace_back(feature.label(id), count);
  }
  return out;
}

}  // namespace

RequestProfile request_profile(const PreparedData& data, task::Window window, int64_t request,
                               const ProfileSettings& settings) {
  const RequestSetView set = data.requests(window);
  const std::span<const int64_t> history = set.history.row(request);
  RequestProfile out;
  out.length = std::ssize(history);
  const auto kept = static_cast<size_t>(std::min(settings.items, out.length));
  const auto latest = history.last(kept);
  out.history.assign(latest.begin(), latest.end());
  if (!set.history_time_us.empty()) {
    const auto end = static_cast<size_t>(set.history.offsets[static_cast<size_t>(request) + 1]);
    for (const int64_t time : set.history_time_us.subspan(end - kept, kept))
      out.times.push_back(time < 0 ? -1 : time / kMicrosPerSecond);
  }
  const nlohmann::json& features = data.info().at("features");
  for (const nlohmann::json& listed : features.at("item")) {
    const StoredFeature feature(data, "item", listed);
    if (!feature.has_categories() || settings.names_items(feature.name)) continue;
    CountedFeature found = counted(feature, history, settings.categories);
    if (!found.categories.empty()) out.counted.push_back(std::move(found));
  }
  const int64_t user = set.user[static_cast<size_t>(request)];
  if (user < 0) return out;
  for (const nlohmann::json& listed : features.at("user")) {
    const StoredFeature feature(data, "user", listed);
    if (const auto text = feature.text(user)) out.user.emplace_back(feature.name, *text);
  }
  return out;
}

void to_json(nlohmann::json& out, const RequestProfile& value) {
  nlohmann::json counted = nlohmann::json::array(), user = nlohmann::json::array();
  for (const CountedFeature& feature : value.counted) {
    nlohmann::json& row = counted.emplace_back(nlohmann::json::array({feature.name}));
    for (const auto& [label, count] : feature.categories) {
      row.push_back(label);
      row.push_back(count);
    }
  }
  for (const auto& [name, text] : value.user) user.push_back(nlohmann::json::array({name, text}));
  out = {{"length", value.length}, {"times", value.times}, {"counted", counted}, {"user", user}};
}

}  // namespace assay::dataset
