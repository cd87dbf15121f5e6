#pragma once

#include <string>

#include "tuning/space.h"

namespace assay::tuning {

inline task::TunedParam range(const std::string& name, double low, double high, bool log = false,
                              bool integer = false) {
  task::TunedParam param;
  param.stage = "recall[0]";
  param.name = name;
  param.low = low;
  param.high = high;
  param.log = log;
  param.integer = integer;
  return param;
}

inline task::TunedParam choices(const std::string& name, nlohmann::json values) {
  task::TunedParam param;
  param.stage = "recall[0]";
  param.name = name;
  param.choices = std::move(values);
  return param;
}

}  // namespace assay::tuning
