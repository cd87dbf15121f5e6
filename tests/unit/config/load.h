#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.h"
#include "error/error.h"

namespace assay {

inline std::string slurp(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void spill(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline const std::filesystem::path& golden_folder() {
  static const std::filesystem::path folder = ASSAY_SOURCE_DIR "/tests/golden/yaml";
  return folder;
}

/// Plugins that exist in these tests only.
inline const PluginCatalog& fake_catalog() {
  static const PluginCatalog catalog(
      nlohmann::json::parse(slurp(golden_folder() / "catalog.json")).get<std::vector<PluginInfo>>());
  return catalog;
}

inline LoadOptions fake_options() {
  LoadOptions options;
  options.catalog = [](const std::vector<std::string>&) { return fake_catalog(); };
  options.dataset_names = {"movielens-100k", "gowalla"};
  return options;
}

/// Loads a text as if it were a file beside the golden ones, where relative paths lead.
inline Experiment load_text(const std::string& text, const LoadOptions& options = fake_options()) {
  const std::filesystem::path path = golden_folder() / (".text-" + std::to_string(::getpid()) + ".yaml");
  spill(path, text);
  struct Remover {
    const std::filesystem::path& path;
    ~Remover() { std::filesystem::remove(path); }
  } remover{path};
  return load_experiment(path.string(), options);
}

/// The text of all problems, or "" where there is none.
inline std::string problems_of(const std::string& text, const LoadOptions& options = fake_options()) {
  try {
    load_text(text, options);
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

/// The smallest experiment, with `more` below it.
inline std::string minimal(const std::string& more = "") {
  return "name: small\n"
         "data: {source: movielens-100k}\n"
         "variants:\n"
         "  control:\n"
         "    recall: [{plugin: popularity}]\n" +
         more;
}

}  // namespace assay
