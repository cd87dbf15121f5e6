#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/section.h"
#include "task/experiment.h"
#include "task/plugin_info.h"

namespace assay::config {

struct ReadStage;

/// A stage that another one names: "recall[0]" or "control.recall[0]".
struct StageReference {
  std::string text;
  std::string variant;  ///< empty: the same one
  PluginKind kind = PluginKind::recall;
  size_t index = 0;
};

/// "recall[0]", "control.recall[0]" or, as in paths of `set:`, "control.recall.0"; nothing where
/// the text is none.
std::optional<StageReference> parse_reference(const std::string& text);

/// One entry of `inputs:`: either a reference or a stage in place.
struct ReadInput {
  std::string name;
  Place place;
  std::string path;
  std::optional<StageReference> reference;
  std::shared_ptr<ReadStage> in_place;
};

/// A stage as the file has it: checked against its plugin, its inputs not looked up yet.
struct ReadStage {
  task::StageSpec spec;  ///< without inputs; k is 0 where the file says nothing
  std::vector<ReadInput> inputs;
  std::shared_ptr<ReadStage> unknown;  ///< recall: who answers what it does not know; may be null
  /// Parameters whose value is tuned; `spec` has one of those that may be tried. Without stage and
  /// where.
  std::vector<task::TunedParam> tuned;
  const task::PluginInfo* plugin =
      nullptr;        ///< null for ranked lists, and where there is no such plugin
  Place place;        ///< of the plugin's name where there is one
  Place size_place;   ///< of k or keep where there is one
  Place refit_place;  ///< of refit where there is one
  std::string path;
};

/// Reads stages against a catalogue.
class StageReader {
 public:
  StageReader(Problems& problems, const task::PluginCatalog& catalog)
      : problems_(problems), catalog_(catalog) {}

  /// The same, for stages that see `scope` of the data where they do not say what they see.
  StageReader seeing(task::DataScope scope) const {
    StageReader reader = *this;
    reader.scope_ = std::move(scope);
    return reader;
  }
  const task::DataScope& scope() const { return scope_; }
  /// The same, for rank stages whose candidates have these features where they do not say which.
  StageReader with_candidates(std::shared_ptr<const task::FeatureSetSpec> features) const {
    StageReader reader = *this;
    reader.features_ = std::move(features);
    return reader;
  }
  const std::shared_ptr<const task::FeatureSetSpec>& candidate_features() const {
    return features_;
  }

  /// @param section  "variants.*.recall[]", ...
  ReadStage read(const Section& section, PluginKind kind, size_t index) const;

  /// A stage that is written where another one names its input: fitted, not served.
  ReadStage read_in_place(const Section& section, PluginKind kind) const;

 private:
  static ReadStage begin(const Section& section, PluginKind kind, size_t index);
  const task::PluginInfo* find_plugin(const Section& section, PluginKind kind,
                                      const std::string& name) const;
  void read_lists(const Section& section, ReadStage& stage) const;
  void read_plugin(const Section& section, ReadStage& stage) const;
  void read_unknown(const Section& section, ReadStage& stage) const;
  static void read_refit(const Section& section, ReadStage& stage);
  void read_inputs(const Section& section, ReadStage& stage) const;
  std::optional<ReadInput> read_input(const Section& section, const Key& key, const Node& node,
                                      const task::PluginInfo& consumer) const;
  nlohmann::json given_params(const Section& section, ReadStage& stage,
                              std::set<std::string>& unreadable) const;
  bool read_tuned_param(const Node& form, const std::string& path, const std::string& name,
                        ReadStage& stage, nlohmann::json& first) const;
  void check_tuned(const Section& section, const ReadStage& stage, const nlohmann::json& given,
                   const std::map<std::string, PluginKind>& inputs) const;
  void read_params(const Section& section, ReadStage& stage) const;
  void take_files(const Section& section, const nlohmann::json& given, ParamMap& effective,
                  ReadStage& stage) const;

  Problems& problems_;
  const task::PluginCatalog& catalog_;
  task::DataScope scope_;
  std::shared_ptr<const task::FeatureSetSpec> features_;
};

}  // namespace assay::config
