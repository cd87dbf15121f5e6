#include "page/page_stages.h"

#include <algorithm>
#include <cmath>

#include "results/explained_table.h"

namespace assay::page {

namespace {

constexpr int kDigits = 3;

/// The row of a request among the sampled ones; none where it is not.
std::optional<size_t> row_of(const std::vector<int32_t>& requests, int64_t request) {
  const auto found = std::ranges::lower_bound(requests, request);
  if (found == requests.end() || *found != request) return std::nullopt;
  return static_cast<size_t>(found - requests.begin());
}

nlohmann::json stage_json(const results::StageLists& lists, size_t row, InspectorTables& tables) {
  std::vector<int> items;
  const auto size = static_cast<size_t>(lists.size);
  for (size_t at = row * size; at < (row + 1) * size && lists.items[at] >= 0; ++at) {
    items.push_back(tables.items.place(lists.items[at]));
  }
  nlohmann::json found = nlohmann::json::array();
  for (auto at = static_cast<size_t>(lists.found_offsets[row]);
       at < static_cast<size_t>(lists.found_offsets[row + 1]); ++at) {
    found.push_back({tables.items.place(lists.found_items[at]), lists.found_ranks[at]});
  }
  return {{"stage", lists.stage},
          {"count", lists.lengths[row]},
          {"list", tables.lists.place(items)},
          {"found", found}};
}

}  // namespace

double shortened(double value, int digits) {
  if (value == 0.0 || !std::isfinite(value)) return 0.0;
  const int power = digits - 1 - static_cast<int>(std::floor(std::log10(std::abs(value))));
  // Dividing by a whole power of ten gives the double that is written shortest.
  const double unit = std::pow(10.0, std::abs(power));
  return power >= 0 ? std::round(value * unit) / unit : std::round(value / unit) * unit;
}

StageTraces::StageTraces(const results::Reader& reader, const std::string& trial_key)
    : lists_(reader.stage_lists(trial_key)),
      explanations_(reader.explanations(trial_key)),
      inputs_(results::explained_features(reader, trial_key)),
      without_(results::lists_without(reader, trial_key)),
      unknown_(reader.unknown_requests(trial_key)) {}

nlohmann::json StageTraces::stages(int64_t request, InspectorTables& tables) const {
  nlohmann::json stages = nlohmann::json::array();
  for (const results::StageLists& lists : lists_) {
    if (const auto row = row_of(lists.requests, request)) {
      stages.push_back(stage_json(lists, *row, tables));
    }
  }
  return stages;
}

nlohmann::json StageTraces::why(int64_t request, InspectorTables& tables) const {
  nlohmann::json all = nlohmann::json::array();
  for (const results::Explanations& said : explanations_) {
    const auto row = row_of(said.requests, request);
    if (row) all.push_back(why_of(said, *row, tables));
    if (!row && !said.reason.empty()) {
      all.push_back({{"place", said.place}, {"reason", said.reason}});
    }
  }
  return all;
}

nlohmann::json StageTraces::unknown(int64_t request) const {
  nlohmann::json places = nlohmann::json::array();
  for (const results::UnknownRequests& one : unknown_)
    if (row_of(one.requests, request)) places.push_back(one.place);
  return places;
}

nlohmann::json StageTraces::without(int64_t request, InspectorTables& tables) const {
  nlohmann::json all = nlohmann::json::array();
  const auto size = static_cast<size_t>(without_.size);
  for (size_t row = 0; row < without_.requests.size(); ++row) {
    if (without_.requests[row] != request) continue;
    std::vector<int> items;
    for (size_t at = row * size; at < (row + 1) * size && without_.items[at] >= 0; ++at)
      items.push_back(tables.items.place(without_.items[at]));
    all.push_back({{"item", tables.items.place(without_.left_out[row])},
                   {"list", tables.lists.place(items)}});
  }
  return all;
}

int StageTraces::reason_of(const results::Explanations& said, size_t term,
                           InspectorTables& tables) const {
  constexpr int kFeature = 1;
  if (said.kinds[term] != kFeature) {
    return tables.reasons.place({said.kinds[term], tables.items.place(said.ids[term])});
  }
  const auto names = inputs_.find(said.place);
  const auto id = static_cast<size_t>(said.ids[term]);
  const bool named = names != inputs_.end() && id < names->second.size();
  const std::string name = named ? names->second[id] : "feature " + std::to_string(id);
  return tables.reasons.place({kFeature, tables.inputs.place(name)});
}

nlohmann::json StageTraces::why_of(const results::Explanations& said, size_t row,
                                   InspectorTables& tables) const {
  nlohmann::json rests = nlohmann::json::array(), terms = nlohmann::json::array();
  const int32_t first = static_cast<int32_t>(row) * said.size;
  auto term = static_cast<size_t>(std::ranges::lower_bound(said.slots, first) - said.slots.begin());
  for (int32_t slot = first; slot < first + said.size; ++slot) {
    const double rest = said.rests[static_cast<size_t>(slot)];
    rests.push_back(std::isnan(rest) ? nlohmann::json() : nlohmann::json(shortened(rest, kDigits)));
    nlohmann::json& of_slot = terms.emplace_back(nlohmann::json::array());
    for (; term < said.slots.size() && said.slots[term] == slot; ++term) {
      of_slot.push_back(reason_of(said, term, tables));
      of_slot.push_back(shortened(said.weights[term], kDigits));
    }
  }
  while (!rests.empty() && rests.back().is_null()) {  // nothing was served there
    rests.erase(rests.size() - 1);
    terms.erase(terms.size() - 1);
  }
  return {{"place", said.place}, {"rests", rests}, {"terms", terms}};
}

}  // namespace assay::page
