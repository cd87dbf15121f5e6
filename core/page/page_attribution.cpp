#include "page/page_data.h"
#include "report/attribution.h"

namespace assay::page {
namespace {

nlohmann::json row_json(const results::AttributionValueRow& row) {
  return {{"part", row.name},           {"value", number(row.value)},
          {"low", number(row.ci_low)},  {"high", number(row.ci_high)},
          {"first", number(row.first)}, {"last", number(row.last)}};
}

std::string exchange_of(const report::Attribution& attribution, const std::string& part) {
  for (const results::AttributionPart& one : attribution.of.parts) {
    if (one.name == part) return one.from + " \u2192 " + one.to;
  }
  return "";
}

nlohmann::json division_json(const report::Attribution& attribution,
                             const report::Division& division) {
  nlohmann::json parts = nlohmann::json::array(), pairs = nlohmann::json::array();
  for (const results::AttributionValueRow& part : division.parts) {
    parts.push_back(row_json(part));
    parts.back()["exchange"] = exchange_of(attribution, part.name);
    if (division.has_shares()) parts.back()["share"] = number(division.share(part));
  }
  for (const results::AttributionValueRow& pair : division.interactions)
    pairs.push_back(row_json(pair));
  return {{"metric", division.metric},
          {"unit", division.unit},
          {"from", number(division.total.from_mean)},
          {"total", row_json(division.total)},
          {"joint", division.joint ? row_json(*division.joint) : nlohmann::json()},
          {"parts", parts},
          {"interactions", pairs},
          {"n", division.total.n},
          {"method", division.total.method},
          {"noise", number(division.total.noise_floor)},
          {"reason", division.total.reason}};
}

}  // namespace

nlohmann::json attribution_json(const results::Reader& reader, int64_t run_id,
                                const std::string& dataset) {
  const auto attribution = report::read_attribution(reader, run_id);
  if (!attribution) return nullptr;
  nlohmann::json divisions = nlohmann::json::array();
  for (const report::Division& division : attribution->divisions) {
    if (division.dataset == dataset) divisions.push_back(division_json(*attribution, division));
  }
  return {{"from", attribution->of.from}, {"to", attribution->of.to}, {"divisions", divisions}};
}

}  // namespace assay::page
