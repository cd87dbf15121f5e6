#pragma once

/// What a run adds to the cache.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "execution/memory_plan.h"
#include "execution/plan.h"
#include "results/database.h"
#include "results/trial_rows.h"

namespace assay::execution {

/// Bytes of the fits that a run has to make, and what they are estimated from. What is there
/// already, data among it, is exact.
struct CacheForecast {
  /// Imported and prepared data, lists and learning logs; all there.
  int64_t data_files = 0, data_bytes = 0;
  int64_t model_files = 0, model_bytes = 0;  ///< fits that are there
  int64_t models = 0;                        ///< fits to make
  int64_t bytes = 0;                         ///< of those of which something is known
  int64_t by_earlier = 0;                    ///< from the size of earlier fits of the strategy
  int64_t by_memory = 0;                     ///< from the memory that the plugin declares
  std::set<std::string> unknown;             ///< strategies of the others
};

/// Keys of the fits behind the trials of a plan that a database does not know as done; null: it
/// knows none.
std::set<std::string> open_fits(const Plan& plan, const results::Database* database);

/// Paths of the logs that fits of the plan learn from in the place of their data set's; planning has
/// made them.
std::set<std::string> learning_logs(const Plan& plan);

/// @param wanted      artifact keys that the run needs
/// @param data_files  of the plan's data in the cache
/// @param memory      what plan_memory() says
/// @param earlier     fits that a results database knows
CacheForecast cache_forecast(const Plan& plan, const std::set<std::string>& wanted,
                             const std::set<std::string>& data_files,
                             const std::map<std::string, FitMemory>& memory,
                             const std::vector<results::ArtifactRow>& earlier);

/// "12 MiB there (4 files of data, 3 models)", "about 34 MiB to add: 5 models, by 2 earlier fits
/// ...".
std::vector<std::string> cache_lines(const CacheForecast& forecast);
nlohmann::json to_json(const CacheForecast& forecast);

/// Throws UserError where the disk of the cache cannot hold what the run adds.
void check_cache_disk(const CacheForecast& forecast, const std::string& cache_dir);

}  // namespace assay::execution
