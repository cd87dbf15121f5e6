#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "config/config.h"
#include "error/error.h"

namespace assay::config {

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
inline const task::PluginCatalog& fake_catalog() {
  static const task::PluginCatalog catalog(
      nlohmann::json::parse(slurp(golden_folder() / "catalog.json"))
          .get<std::vector<task::PluginInfo>>());
  return catalog;
}

inline LoadOptions fake_options() {
  LoadOptions options;
  options.catalog = [](const std::vector<std::string>&) { return fake_catalog(); };
  options.dataset_names = {"movielens-100k", "gowalla"};
  return options;
}

/// A folder that is gone with the test.
class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() /
              ("assay_config_" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    spill(path_ / name, text);
    return (path_ / name).string();
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline task::Experiment load_text(const std::string& text,
                                  const LoadOptions& options = fake_options()) {
  const Folder folder;
  return load_experiment(folder.write("x.yaml", text), options);
}

/// What is wrong, without places and excerpts: one line a problem.
inline std::string problems_of(const std::string& text,
                               const LoadOptions& options = fake_options()) {
  try {
    load_text(text, options);
  } catch (const error::UserError& error) {
    std::string all;
    for (const error::Problem& problem : error.problems()) all += problem.what + "\n";
    return all;
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

}  // namespace assay::config
