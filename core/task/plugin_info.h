#pragma once

#include <assay/params.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "task/settings.h"

namespace assay::task {

/// The flags among the traits of assay/abi.h, each with what it means, in words for people. From
/// this list follow JSON, `assay describe`, docs/plugins.md and what the host is told of a library.
#define ASSAY_TRAIT_FLAGS(FLAG)                                                           \
  FLAG(draws_in_fit, "its fit draws random numbers")                                      \
  FLAG(draws_in_serving, "serving draws random numbers")                                  \
  FLAG(learns_from_candidates, "learns from labelled candidates (needs the rank window)") \
  FLAG(validates, "uses the validation window for early stopping")                        \
  FLAG(needs_time, "needs times")                                                         \
  FLAG(additive, "its explanations add up to the score")                                  \
  FLAG(nondeterministic_on_gpu, "uses an operation without a deterministic GPU kernel")   \
  FLAG(updates, "can be updated with later events")                                       \
  FLAG(cpu_only, "works on the CPU also where the others have a GPU")

/// Traits of assay/abi.h, for programs that know no LibTorch. What a stage has with its parameters
/// is in StageSpec::traits.
struct PluginTraits {
#define ASSAY_TRAIT_MEMBER(name, words) bool name = false;
  ASSAY_TRAIT_FLAGS(ASSAY_TRAIT_MEMBER)
#undef ASSAY_TRAIT_MEMBER
  std::string scores = "ranking";  ///< "ranking", "probability" or "rating"

  friend bool operator==(const PluginTraits&, const PluginTraits&) = default;
};

/// A flag of PluginTraits.
struct NamedTrait {
  const char* name;
  bool PluginTraits::*member;
  const char* words;
};
/// In the order in which people read them.
std::span<const NamedTrait> named_traits();

/// Which functions of its parameters a plugin declares; see task/plugin_functions.h.
struct PluginFunctions {
  bool validates = false;
  bool needs_time = false;
  bool memory = false;

  friend bool operator==(const PluginFunctions&, const PluginFunctions&) = default;
};

/// What a reader of results has to know of a strategy; one phrase each.
/// @param functions  traits that the parameters decide say so
std::vector<std::string> trait_words(const PluginTraits& traits, const PluginFunctions& functions);

void to_json(nlohmann::json& json, const PluginTraits& traits);
void from_json(const nlohmann::json& json, PluginTraits& traits);
/// As the names of those that there are.
void to_json(nlohmann::json& json, const PluginFunctions& functions);
void from_json(const nlohmann::json& json, PluginFunctions& functions);

/// One strategy or metric as its library declares it: all that the coordinator ever knows of a
/// plugin. As JSON it holds every field; check_params (task/check_params.h) checks settings against
/// it.
struct PluginInfo {
  std::string name;  ///< as in an experiment file
  PluginKind kind = PluginKind::recall;
  std::string version;
  std::string doc;
  std::string paper;    ///< empty where there is none
  PluginTraits traits;  ///< where a function decides: whether there are parameters that set it
  PluginFunctions functions;
  ParamSchema schema;
  bool higher_is_better = true;  ///< metrics only
  std::string unit;              ///< metrics only
  std::string library;           ///< path of the shared library
  std::string library_sha256;    ///< of the file's bytes, 64 hex digits
  std::string build_type;        ///< how the library was built: "Release", "Debug", ...
  bool optimised = true;         ///< false: with -O0; its latency means little

  /// The declared parameter or input, or nullptr.
  const ParamSpec* param(std::string_view param_name) const;
};

void to_json(nlohmann::json& json, const PluginInfo& info);
void from_json(const nlohmann::json& json, PluginInfo& info);

/// A file on the plugin path that is no plugin for this assay.
struct RefusedLibrary {
  std::string path;
  std::string message;  ///< found, expected, what to do; without the path
  bool named = false;   ///< the user named it, in `plugins:`; it does not only lie in a folder
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

  /// A library that the user named was refused: what is not here may be in it.
  bool incomplete() const;

  /// In the order in which they were found.
  const std::vector<PluginInfo>& plugins() const { return plugins_; }
  const std::vector<RefusedLibrary>& refused() const { return refused_; }

 private:
  std::vector<PluginInfo> plugins_;
  std::vector<RefusedLibrary> refused_;
};

}  // namespace assay::task
