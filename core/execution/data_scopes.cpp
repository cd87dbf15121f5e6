#include "execution/data_scopes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "dataset/impressions.h"
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
    check_candidates(chain, data);
  }

  /// Of candidates alone.
  void check_candidates(const task::Chain& chain, const PlannedData& data) {
    for (const task::StageSpec& stage : chain.rank) {
      if (!stage.features) continue;
      for (const task::CandidateFeature& feature : stage.features->candidate) {
        for (const std::string& source : feature.of) {
          check(feature, source, data);
          check_recall(feature, source, std::ssize(chain.recall));
        }
      }
    }
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
  }

  void check_recall(const task::CandidateFeature& feature, const std::string& source,
                    int64_t stages) {
    const auto [owner, number] = task::source_parts(source);
    // As texts, as there are numbers that are none of a place.
    if (owner != "source" || (number.size() < 4 && std::stoll(number) < stages)) return;
    add(feature.where,
        fmt::format(
            "features.candidate names {}, and there {}; the first one is source:0", source,
            stages == 1 ? "is 1 recall stage" : fmt::format("are {} recall stages", stages)));
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
    const bool of_categories = owner == "affinity" || owner == "interest";
    if (column.empty() || owner == "source") return;
    const std::string kind = of_categories ? "item" : owner;
    check(kind, {.name = column, .where = feature.where}, data);
    for (const nlohmann::json& known : data.prepared.info.at("features").at(kind))
      if (known.at("name") == column) check_type(feature, source, known.at("type"), of_categories);
  }

  void check_type(const task::CandidateFeature& feature, const std::string& source,
                  const std::string& type, bool of_categories) {
    if (of_categories) {
      if (type == "category" || type == "set") return;
      return add(feature.where,
                 fmt::format("features.candidate names {}, which needs an item feature of "
                             "categories, and that is a {}",
                             source, type));
    }
    if (const auto problem = task::type_problem(feature.form, source, type))
      add(feature.where, "features.candidate " + *problem);
  }

  void check_context(const task::CandidateFeature& feature, const std::string& column,
                     const PlannedData& data) {
    std::vector<std::string> known;
    for (const nlohmann::json& one : data.prepared.info.value("context", nlohmann::json::array()))
      known.push_back(one.get<std::string>());
    if (std::ranges::count(known, column) > 0) return;
    add(feature.where, fmt::format("features.candidate names context:{}, which {} does not have{}",
                                   column, data.spec.name,
                                   known.empty() ? "; no context is logged with its requests"
                                                 : error::did_you_mean(column, known)));
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

bool asks_for_context(const task::Experiment& experiment) {
  const auto is_context = [](const std::string& source) {
    return task::source_parts(source).first == "context";
  };
  for (const task::VariantSpec& variant : experiment.variants) {
    for (const task::StageSpec& stage : variant.chain.rank) {
      if (!stage.features) continue;
      for (const task::CandidateFeature& feature : stage.features->candidate)
        if (std::ranges::any_of(feature.of, is_context)) return true;
    }
  }
  return false;
}

// With the names of the columns that are logged with its requests.
PlannedData with_context(PlannedData data) {
  nlohmann::json& info = data.prepared.info;
  const auto file = info.value("impressions", std::string());
  if (file.empty()) return data;
  const auto path = std::filesystem::path(data.prepared.path).parent_path() / file;
  const dataset::Impressions logged = dataset::Impressions::open(path.string());
  for (const dataset::ContextView& column : logged.context())
    info["context"].push_back(column.name);
  return data;
}

// Formats whose files have no features but those that the experiment names.
bool says_all_features(const task::DatasetSpec& spec) {
  static const std::vector<std::string> plain = {"csv", "tsv", "jsonl", "parquet"};
  return spec.source.empty() && !spec.impressions && !spec.simulator &&
         std::ranges::count(plain, spec.format) > 0;
}

// What the file of the experiment says of a data set that nobody has read.
PlannedData as_written(const task::DatasetSpec& spec) {
  PlannedData out{.spec = spec};
  out.prepared.info = {
      {"has_times", spec.columns.contains("time")},
      {"features", {{"user", nlohmann::json::array()}, {"item", nlohmann::json::array()}}}};
  for (const task::FeatureFileSpec& file : spec.features)
    for (const auto& [name, type] : file.columns)
      out.prepared.info["features"][file.of].push_back({{"name", name}, {"type", type}});
  return out;
}

}  // namespace

void check_data_scopes(const task::Experiment& experiment, const std::vector<PlannedData>& data) {
  ScopeCheck check;
  const bool context = asks_for_context(experiment);
  for (const PlannedData& one : data) {
    const PlannedData known = context ? with_context(one) : one;
    for (const task::VariantSpec& variant : experiment.variants) check.check(variant.chain, known);
  }
  check.throw_if_any();
}

void check_written_features(const task::Experiment& experiment) {
  ScopeCheck check;
  for (const task::DatasetSpec& spec : experiment.datasets) {
    if (!says_all_features(spec)) continue;
    const PlannedData known = as_written(spec);
    for (const task::VariantSpec& variant : experiment.variants)
      check.check_candidates(variant.chain, known);
  }
  check.throw_if_any();
}

}  // namespace assay::execution
