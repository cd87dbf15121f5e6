#include "ingest/impression_summary.h"

#include <algorithm>
#include <cmath>

namespace assay::ingest {
namespace {

using dataset::ImpressionTable;
using nlohmann::json;

json label_info(const ImpressionTable& table) {
  json out = json::array();
  for (const dataset::ImpressionLabel& label : table.labels) {
    const auto is_nan = [](float value) { return std::isnan(value); };
    const int64_t positive = label.is_value
                                 ? std::ranges::count_if(label.value, [](float v) { return v > 0; })
                                 : std::ranges::count(label.flag, 1);
    const int64_t missing = label.is_value ? std::ranges::count_if(label.value, is_nan)
                                           : std::ranges::count(label.flag, dataset::kLabelMissing);
    out.push_back({{"name", label.name},
                   {"kind", label.is_value ? "value" : "flag"},
                   {"positive", positive},
                   {"missing", missing}});
  }
  return out;
}

json propensity_info(const ImpressionTable& table) {
  if (table.propensity.empty()) return nullptr;
  const auto [least, most] = std::ranges::minmax(table.propensity);
  double sum = 0;
  for (const float value : table.propensity) sum += value;
  return {{"least", least},
          {"most", most},
          {"mean", sum / static_cast<double>(table.propensity.size())}};
}

json times_info(const ImpressionTable& table) {
  if (table.time_us.empty()) return {{"first_time_us", -1}, {"last_time_us", -1}};
  const auto [first, last] = std::ranges::minmax(table.time_us);
  return {{"first_time_us", first}, {"last_time_us", last}};
}

}  // namespace

json summary_of(const ImpressionTable& table) {
  json out = times_info(table);
  out.update({{"requests", table.requests()},
              {"rows", table.rows()},
              {"anonymous", std::ranges::count(table.user, -1)},
              {"labels", label_info(table)},
              {"context", context_info(table)},
              {"propensity", propensity_info(table)}});
  return out;
}

}  // namespace assay::ingest
