#include "execution/data_scopes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "error/error.h"
#include "task/feature_spec.h"
#include "text/thousands.h"

namespace assay::execution {
namespace {

/// Collects what the stages ask for and a data set lacks, each once.
class ScopeCheck {
 public:
  void check(const task::Chain& chain, const PlannedData& data) {
    for (const auto* stages : {&chain.recall, &chain.rank, &chain.rerank})
      for (const task::StageSpec& stage : *stages) check(stage, data);
  }

  void throw_if_any() {
    if (!problems_.empty()) throw error::UserError(std::move(problems_));
  }

 private:
  void check(const task::StageSpec& stage, const PlannedData& data) {
    for (const task::EventChoice& choice : stage.sees.learn_from) check(choice, data);
    for (const auto& [kind, choices] : stage.sees.features)
      for (const task::FeatureChoice& choice : choices) check(kind, choice, data);
    for (const task::InputSpec& input : stage.inputs) {
      check(input.stage, data);
      if (input.upstream) check(*input.upstream, data);
    }
    if (stage.unknown) check(*stage.unknown, data);
    if (!stage.features) return;
    for (const task::CandidateFeature& feature : stage.features->candidate)
      for (const std::string& source : feature.of) check(feature, source, data);
  }

  // Sources of the user and the item; context columns are those of logged rows.
  void check(const task::CandidateFeature& feature, const std::string& source,
             const PlannedData& data) {
    const auto [owner, column] = task::source_parts(source);
    if (task::needs_times(source) && !data.prepared.info.at("has_times").get<bool>()) {
      return add(feature.where,
                 fmt::format("features.candidate names {}, which needs the times of events, and {} "
                             "has none",
                             source, data.spec.name));
    }
    if (owner == "context") return check_context(feature, column, data);
    if (owner == "affinity" || owner == "interest")
      return check("item", {.name = column, .where = feature.where}, data);
    if (!column.empty() && owner != "source")
      check(owner, {.name = column, .where = feature.where}, data);
  }

  void check_context(const task::CandidateFeature& feature, const std::string& column,
                     const PlannedData& data) {
    std::vector<std::string> known;
    if (data.spec.impressions) known = data.spec.impressions->context;
    if (std::ranges::count(known, column) > 0) return;
    add(feature.where,
        fmt::format(
            "features.candidate names context:{}, which {} does not have{}", column, data.spec.name,
            known.empty() ? "; its requests have no context" : error::did_you_mean(column, known)));
  }

  void check(const task::EventChoice& choice, const PlannedData& data) {
    const nlohmann::json& types = data.prepared.info.at("event_types");
    if (types.empty()) {
      return add(choice.where,
                 fmt::format("learn_from names \"{}\", but the events of {} have no types; name "
                             "their column with source.columns.event",
                             choice.type, data.spec.name));
    }
    std::vector<std::string> known, counts;
    for (const nlohmann::json& type : types) {
      const auto name = type.at("name").get<std::string>();
      const auto events = type.at("events").get<int64_t>();
      if (events == 0) continue;
      if (name == choice.type) return;
      known.push_back(name);
      counts.push_back(fmt::format("{} ({})", name, text::thousands(events)));
    }
    const auto near = error::near_name(choice.type, known);
    add(choice.where,
        fmt::format("learn_from names \"{}\", and no event of {} has that type; its types, with "
                    "their events, are {}{}",
                    choice.type, data.spec.name, fmt::join(counts, ", "),
                    near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
  }

  void check(const std::string& kind, const task::FeatureChoice& choice, const PlannedData& data) {
    std::vector<std::string> known;
    for (const nlohmann::json& feature : data.prepared.info.at("features").at(kind)) {
      known.push_back(feature.at("name").get<std::string>());
      if (known.back() == choice.name) return;
    }
    add(choice.where, fmt::format("features.{} names \"{}\", which {} does not have{}", kind,
                                  choice.name, data.spec.name,
                                  known.empty() ? fmt::format("; it has no {} features", kind)
                                                : error::did_you_mean(choice.name, known)));
  }

  void add(const std::string& where, const std::string& what) {
    if (said_.insert(where + what).second) problems_.push_back({where, what, ""});
  }

  std::set<std::string> said_;
  std::vector<error::Problem> problems_;
};

}  // namespace

void check_data_scopes(const task::Experiment& experiment, const std::vector<PlannedData>& data) {
  ScopeCheck check;
  for (const PlannedData& one : data)
    for (const task::VariantSpec& variant : experiment.variants) check.check(variant.chain, one);
  check.throw_if_any();
}

}  // namespace assay::execution
