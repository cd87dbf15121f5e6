#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::task {

/// An event type that a stage learns from.
struct EventChoice {
  std::string type;
  double weight = 1;  ///< of each event; 0: left out
  std::string where;  ///< place in the file, for messages; no part of any identity
};

struct FeatureChoice {
  std::string name;
  std::string where;
};

/// What of the data a stage sees, where that is not all of it: `learn_from` and `features` of the
/// stage, its variant or the file. It changes what the stage learns and serves, never the requests
/// or the truth, so that stages which differ in it are compared on the same requests.
struct DataScope {
  std::vector<EventChoice> learn_from;  ///< empty: events of all types, with weight 1
  /// By "user" and "item"; of one that is not there all features are seen.
  std::map<std::string, std::vector<FeatureChoice>> features;

  /// {"learn_from": {type: weight}, "features": {"item": [names]}}, in the order of names and
  /// without what changes nothing; {} where all is seen.
  nlohmann::json identity() const;
  /// "learns from cart and purchase (weight 3); sees the item features genres", "" where all is
  /// seen.
  std::string text() const;
};

void to_json(nlohmann::json& out, const DataScope& value);
void from_json(const nlohmann::json& in, DataScope& value);

}  // namespace assay::task
