#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "dataset/prepared.h"

namespace assay::dataset {

/// What the items of a history have in common in one feature.
struct CountedFeature {
  std::string name;
  /// Categories and how many items of the history have them, the commonest first.
  std::vector<std::pair<std::string, int64_t>> categories;
};

/// Who asked.
struct RequestProfile {
  std::vector<int64_t> history;         ///< items, oldest first: the latest ones
  std::vector<int64_t> times;           ///< beside them, UTC seconds; empty without times
  int64_t length = 0;                   ///< of the whole history
  std::vector<CountedFeature> counted;  ///< of items, over the whole history
  std::vector<std::pair<std::string, std::string>> user;  ///< their features that are known
};

struct ProfileSettings {
  int64_t items = 60;      ///< latest items of the history that are kept
  int64_t categories = 5;  ///< of a feature that are counted, the commonest ones
  /// Item features that are not counted, since they name items rather than describe them.
  std::function<bool(std::string_view name)> names_items = [](std::string_view) { return false; };
};

/// Of a request of a window. Item features that are categories or sets are counted, but those of which
/// no category occurs twice in a history of several items: they name them too.
RequestProfile request_profile(const PreparedData& data, task::Window window, int64_t request,
                               const ProfileSettings& settings = {});

/// {"length": 20, "times": [..], "counted": [["genres", "Drama", 12, "Comedy", 8], ..],
///  "user": [["age", "24"], ..]}; the items are those of the request set.
void to_json(nlohmann::json& out, const RequestProfile& value);

}  // namespace assay::dataset
