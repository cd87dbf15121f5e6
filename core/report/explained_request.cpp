#include "report/explained_request.h"

namespace assay::report {
namespace {

using nlohmann::json;

template <typename T>
json value_of(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

json text_of(const std::string& text) { return text.empty() ? json() : json(text); }

template <typename T, typename Body>
json list_of(const std::vector<T>& all, const Body& body) {
  json out = json::array();
  for (const T& one : all) out.push_back(body(one));
  return out;
}

json named(const NamedItem& item) { return {{"id", item.id}, {"title", item.title}}; }

json listed(const ListedItem& item) {
  json out = named(item.item);
  out["rank"] = item.rank > 0 ? json(item.rank) : json();
  out["rank_before"] = value_of(item.before);
  out["score"] = value_of(item.score);
  out["relevant"] = item.relevant;
  return out;
}

json stage_json(const ExplainedStage& stage) {
  return {{"stage", stage.name},
          {"strategies", stage.plugins},
          {"given", text_of(stage.before)},
          {"same_as", text_of(stage.same_as)},
          {"knows_the_request", !stage.unknown},
          {"length", stage.length},
          {"items", list_of(stage.items, listed)}};
}

json reasons_json(const ItemReasons& reasons) {
  return {{"stage", reasons.place},
          {"strategy", reasons.plugin},
          {"terms",
           list_of(reasons.terms,
                   [](const ExplainedTerm& term) {
                     return json{{"kind", term.kind}, {"what", term.what}, {"weight", term.weight}};
                   })},
          {"rest", reasons.rest}};
}

json why_json(const ExplainedItem& item) {
  json out = listed(item.item);
  json ranks = json::object();
  for (const auto& [stage, rank] : item.ranks) ranks[stage] = rank > 0 ? json(rank) : json();
  out["ranks"] = ranks;
  out["reasons"] = list_of(item.reasons, reasons_json);
  return out;
}

json profile_json(const ExplainedRequest& request) {
  json counted = json::object(), features = json::object();
  for (const auto& [name, categories] : request.counted)
    counted[name] = list_of(categories, [](const auto& one) {
      return json{{"category", one.first}, {"items", one.second}};
    });
  for (const auto& [name, text] : request.features) features[name] = text;
  return {{"history", list_of(request.history,
                              [](const PastItem& past) {
                                json out = named(past.item);
                                out["time"] = value_of(past.time);
                                return out;
                              })},
          {"history_length", request.history_length},
          {"counted", counted},
          {"features", features}};
}

json without_json(const ListWithout& without) {
  return {{"left_out", named(without.left_out)},
          {"same", without.same},
          {"served", list_of(without.items, listed)},
          {"gone", list_of(without.gone, listed)}};
}

}  // namespace

json to_json_value(const ExplainedRequest& request) {
  return {{"run", request.run},
          {"variant", request.variant},
          {"dataset", request.dataset},
          {"fold", request.fold},
          {"seed", value_of(request.seed)},
          {"request", request.request},
          {"requests", request.requests},
          {"user", text_of(request.user)},
          {"time", value_of(request.time)},
          {"other_requests", request.others},
          {"as_stored", request.difference.empty()},
          {"difference", text_of(request.difference)},
          {"profile", profile_json(request)},
          {"relevant", list_of(request.relevant, named)},
          {"stages", list_of(request.stages, stage_json)},
          {"explanations", list_of(request.places,
                                   [](const ExplainedPlace& place) {
                                     return json{{"stage", place.place},
                                                 {"strategy", place.plugin},
                                                 {"adds_up_to", text_of(place.says)},
                                                 {"silent", text_of(place.silent)}};
                                   })},
          {"why", list_of(request.why, why_json)},
          {"without", list_of(request.without, without_json)}};
}

}  // namespace assay::report
