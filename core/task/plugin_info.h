#pragma once

#include <assay/params.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace assay::task {

/// Traits of `assay/abi.h`, word for word, for programs that know no LibTorch.
struct PluginTraits {
  bool draws_in_fit = false;
  bool draws_in_serving = false;
  std::string scores = "ranking";  ///< "ranking", "probability" or "rating"
  bool validates = false;
  bool learns_from_candidates = false;
  bool needs_time = false;
  bool additive = false;
  bool nondeterministic_on_gpu = false;
  bool updates = false;

  friend bool operator==(const PluginTraits&, const PluginTraits&) = default;
};

/// One strategy or metric as its library declares it: all that the coordinator ever knows of a
/// plugin. As JSON it holds every field; check_params (task/check_params.h) checks settings against
/// it.
struct PluginInfo {
  std::string name;  ///< as in an experiment file
  PluginKind kind = PluginKind::recall;
  std::string version;
  std::string doc;
  std::string paper;  ///< empty where there is none
  PluginTraits traits;
  ParamSchema schema;
  bool higher_is_better = true;  ///< metrics only
  std::string unit;              ///< metrics only
  std::string library;           ///< path of the shared library
  std::string library_sha256;    ///< of the file's bytes, 64 hex digits

  /// The declared parameter or input, or nullptr.
  const ParamSpec* param(std::string_view param_name) const;
};

void to_json(nlohmann::json& json, const PluginInfo& info);
void from_json(const nlohmann::json& json, PluginInfo& info);

/// "recall", "rank", "rerank" or "metric".
std::string_view kind_name(PluginKind kind);
/// Nothing where `name` is none of the four.
std::optional<PluginKind> kind_named(std::string_view name);

/// A file on the plugin path that is no plugin for this assay.
struct RefusedLibrary {
  std::string path;
  std::string message;  ///< found, expected, what to do; without the path
};

/// All plugins that a run may use.
class PluginCatalog {
 public:
  PluginCatalog() = default;
  explicit PluginCatalog(std::vector<PluginInfo> plugins, std::vector<RefusedLibrary> refused = {});

  /// The plugin, or nullptr where there is none. Throws UserError where two libraries with
  /// different bytes hold it: nothing is guessed. (Copies of one library are one plugin: the first
  /// is taken.)
  const PluginInfo* find(std::string_view name, PluginKind kind) const;

  /// Names of one kind, ascending, each once; what did_you_mean is asked with.
  std::vector<std::string> names(PluginKind kind) const;

  /// Where a file named like the plugin was refused: `; /path/my_idea.so was refused: it is built
  /// with torch ...`; else "". To follow "no library holds my_idea".
  std::string refused_note(std::string_view name) const;

  /// In the order in which they were found.
  const std::vector<PluginInfo>& plugins() const { return plugins_; }
  const std::vector<RefusedLibrary>& refused() const { return refused_; }

 private:
  std::vector<PluginInfo> plugins_;
  std::vector<RefusedLibrary> refused_;
};

}  // namespace assay::task
