#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::stats {

/// The cases of tests/golden/oracles/ab_statistics.json: gbstats, scipy and statsmodels.
inline const nlohmann::json& ab_cases() {
  static const nlohmann::json cases = [] {
    std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/ab_statistics.json");
    return nlohmann::json::parse(file).at("cases");
  }();
  return cases;
}

inline const nlohmann::json& ab_case(const std::string& name) {
  for (const auto& one : ab_cases()) {
    if (one.at("name") == name) return one;
  }
  throw std::out_of_range("no oracle case is named " + name);
}

inline std::vector<double> numbers(const nlohmann::json& one, const std::string& input) {
  return one.at("input").at(input).get<std::vector<double>>();
}

inline double expected(const nlohmann::json& one, const std::string& what) {
  return one.at("expected").at(what).get<double>();
}

/// |got - want| <= tolerance of the case * max(1, |want|).
inline void expect_near(const nlohmann::json& one, double got, double want) {
  const double tolerance = one.at("tolerance").get<double>();
  EXPECT_NEAR(got, want, tolerance * std::max(1.0, std::abs(want)))
      << "in oracle case " << one.at("name");
}

/// One oracle case and what it expects under `what`.
inline void expect_oracle(const nlohmann::json& one, const std::string& what, double got) {
  SCOPED_TRACE(what);
  expect_near(one, got, expected(one, what));
}

}  // namespace assay::stats
