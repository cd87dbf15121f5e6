#pragma once

/// What `assay plan` says of memory.

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "execution/memory_plan.h"

namespace assay::execution {

/// The largest need of its kind.
struct LargestNeed {
  int64_t bytes = 0;  ///< 0: nothing is known
  std::string plugin;
  std::string dataset;
};

/// A strategy that does not declare what it needs.
struct UndeclaredMemory {
  std::string plugin;
  int64_t measured = 0;  ///< peak of an earlier fit; 0: there was none
};

struct MemoryForecast {
  LargestNeed fit, serve;
  std::vector<UndeclaredMemory> undeclared;  ///< by name
};

MemoryForecast memory_forecast(const Plan& plan, const std::map<std::string, FitMemory>& fits);

/// "3.1 GiB at most (ease on beauty) to fit, 1.2 GiB (ease on beauty) to serve" and "not declared:
/// my_idea (1.4 GiB in an earlier fit), other"; lines of which nothing is known are left out.
std::vector<std::string> memory_lines(const MemoryForecast& forecast);

nlohmann::json to_json(const MemoryForecast& forecast);

}  // namespace assay::execution
