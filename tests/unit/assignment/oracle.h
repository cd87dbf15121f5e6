#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

namespace assay::assignment {

/// Calls `check` for each case of one kind of tests/golden/oracles/assignment.json (GrowthBook's SDK
/// and PlanOut); returns how many there were.
inline int each_case(const std::string& kind,
                     const std::function<void(const nlohmann::json&)>& check) {
  static const nlohmann::json cases = [] {
    std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/assignment.json");
    return nlohmann::json::parse(file).at("cases");
  }();
  int count = 0;
  for (const auto& one : cases) {
    if (one.at("kind") != kind) continue;
    SCOPED_TRACE(one.dump());
    check(one);
    ++count;
  }
  return count;
}

}  // namespace assay::assignment
