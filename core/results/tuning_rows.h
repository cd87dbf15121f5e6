#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "task/names.h"

namespace assay::results {

enum class TuningStatus { done, pruned, failed };

/// A trial of a tuning, at one rung.
struct TuningTrialRow {
  int64_t number = 0;
  int rung = 0;
  nlohmann::json params = nlohmann::json::object();  ///< "recall[0].lambda" -> value
  TuningStatus status = TuningStatus::done;
  std::optional<double> value;  ///< mean of the metric; none: it failed
  int64_t requests = 0;         ///< that have a value
  double fit_seconds = 0;
  double seconds = 0;                        ///< with serving and measuring
  std::vector<std::optional<double>> curve;  ///< what its fits validated, call by call
  std::string reason;                        ///< why it failed
  std::vector<std::string> artifacts;        ///< keys of the fits that it is served with
  std::vector<std::string> made;             ///< those that were made for it
  std::string finished;
};

/// What a run takes from a tuning.
struct RunTuningRow {
  int64_t run_id = 0;
  std::string dataset, variant, tuning_key;
  std::string method;
  int64_t trials = 0;             ///< budget
  std::optional<double> seconds;  ///< budget
  std::string definition;         ///< of the metric that judged
  int64_t cutoff = 0;
  int64_t chosen = 0;  ///< number of the trial
};

}  // namespace assay::results

template <>
struct assay::task::Names<assay::results::TuningStatus> {
  static constexpr std::string_view what = "status of a tuning trial";
  static constexpr std::array table{Name{results::TuningStatus::done, "done"},
                                    Name{results::TuningStatus::pruned, "pruned"},
                                    Name{results::TuningStatus::failed, "failed"}};
};
