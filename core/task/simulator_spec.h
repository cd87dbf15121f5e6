#pragma once

/// `format: simulator` of a data set: a world whose truth is known, and the log of a policy in it
/// (core/simulator). All of a world follows from these numbers: it is the small file beside the data.

#include <cstdint>
#include <nlohmann/json.hpp>

#include "task/experiment.h"
#include "task/names.h"

namespace assay::task {

/// What a user looks at and clicks (core/simulator/click_models.h).
enum class ClickModel { position_based, cascade, dependent_click };

/// How the log was served.
enum class LoggingKind { uniform, softmax, epsilon_greedy };

/// The policy that served the log. It scores items by their popularity and by the affinity of user
/// and item, of which it knows only a part.
struct LoggingSpec {
  LoggingKind policy = LoggingKind::softmax;
  double temperature = 1;  ///< softmax: scores (log-odds of a click) are divided by it
  double epsilon = 0.1;    ///< epsilon_greedy: share of draws that are uniform
  double knowledge = 0.5;  ///< correlation of its factors of items with the hidden ones
};

struct SimulatorSpec {
  int64_t users = 0;
  int64_t items = 0;
  int64_t days = 0;
  int64_t events = 0;            ///< rows of the log
  int64_t allowed = 20;          ///< eligible items of a request
  int64_t shelves = 8;           ///< different sets of eligible items a day
  int64_t slate = 1;             ///< items that a request shows
  int64_t factors = 8;           ///< hidden, of users and of items
  int64_t features = 4;          ///< how many of the factors features reveal
  double feature_noise = 0.5;    ///< standard deviation of what is added to them; factors have 1
  double click_rate = 0.1;       ///< P(click) of a looked-at item of mean popularity and affinity 0
  double affinity = 1.5;         ///< weight of the affinity (standard deviation 1) in the log-odds
  double popularity_skew = 0.5;  ///< exponent of the Pareto distribution of items' odds
  double drift = 0.05;           ///< by how much the taste of a user turns a day, in radians
  double new_users = 0.2;        ///< share that is not there on the first day
  double new_items = 0.2;
  double session_length = 3;  ///< mean number of requests
  ClickModel click_model = ClickModel::position_based;
  double position_bias = 1;   ///< position_based: place k is looked at with k^-position_bias
  double continuation = 0.5;  ///< dependent_click: P(a user goes on after a click)
  LoggingSpec logging;
  uint64_t seed = 1;
};

void to_json(nlohmann::json& out, const LoggingSpec& value);
void from_json(const nlohmann::json& in, LoggingSpec& value);
void to_json(nlohmann::json& out, const SimulatorSpec& value);
void from_json(const nlohmann::json& in, SimulatorSpec& value);

/// The table of logged rows that it makes: columns and label, without a path.
ImpressionsSpec simulated_rows();
/// What its items or users are described by, without a path: `of` is user or item.
FeatureFileSpec simulated_features(const SimulatorSpec& spec, const std::string& of);

template <>
struct Names<ClickModel> {
  static constexpr std::string_view what = "simulator.click_model";
  static constexpr std::array table{Name{ClickModel::position_based, "position_based"},
                                    Name{ClickModel::cascade, "cascade"},
                                    Name{ClickModel::dependent_click, "dependent_click"}};
};

template <>
struct Names<LoggingKind> {
  static constexpr std::string_view what = "simulator.logging.policy";
  static constexpr std::array table{Name{LoggingKind::uniform, "uniform"},
                                    Name{LoggingKind::softmax, "softmax"},
                                    Name{LoggingKind::epsilon_greedy, "epsilon_greedy"}};
};

}  // namespace assay::task
