#include "task/simulator_spec.h"

#include <fmt/core.h>

#include "task/json_members.h"

namespace assay::task {

ASSAY_JSON(LoggingSpec, policy, temperature, epsilon, knowledge)
ASSAY_JSON(SimulatorSpec, users, items, days, events, allowed, shelves, slate, factors, features,
           feature_noise, click_rate, affinity, popularity_skew, drift, new_users, new_items,
           session_length, click_model, position_bias, continuation, logging, seed)

ImpressionsSpec simulated_rows() {
  ImpressionsSpec rows;
  rows.format = "simulator";
  for (const char* role : {"request", "user", "item", "time", "position", "propensity", "allowed"})
    rows.columns[role] = role;
  rows.time.unit = "us";
  rows.labels = {{.name = "click", .column = "click", .equals = 1}};
  return rows;
}

FeatureFileSpec simulated_features(const SimulatorSpec& spec, const std::string& of) {
  FeatureFileSpec file{.of = of, .path = "", .format = "parquet", .id = of};
  for (int64_t f = 0; f < spec.features; ++f)
    file.columns[fmt::format("{}_{}", of == "user" ? "taste" : "trait", f)] = "number";
  file.columns["kind"] = "category";
  return file;
}

}  // namespace assay::task
