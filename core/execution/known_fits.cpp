#include "execution/known_fits.h"

#include "execution/model_cache.h"
#include "execution/run_records.h"
#include "results/reader.h"

namespace assay::execution {

KnownFits::KnownFits(const results::Database& database) {
  const results::QueryAnswer answer = results::Reader(database).query(
      "SELECT t.request_set, a.plugin, max(a.seconds) FROM artifact AS a "
      "JOIN trial_artifact USING (artifact_key) JOIN trial AS t USING (trial_key) "
      "WHERE a.seconds IS NOT NULL AND t.status = 'done' GROUP BY 1, 2");
  for (const auto& row : answer.rows) {
    seconds_[{std::get<std::string>(row[0]), std::get<std::string>(row[1])}] =
        std::get<double>(row[2]);
  }
}

std::optional<double> KnownFits::missing_seconds(const Plan& plan,
                                                 const PlannedTrial& trial) const {
  const std::string requests = request_set_key(plan.data[trial.data], task::Window::test);
  double sum = 0;
  for (const std::string& key : trial.artifacts) {
    if (is_cached(plan, key)) continue;
    const auto known = seconds_.find({requests, plan.fits.at(key).task.target.stage.plugin});
    if (known == seconds_.end()) return std::nullopt;
    sum += known->second;
  }
  return sum;
}

}  // namespace assay::execution
