#pragma once

#include <string>
#include <vector>

#include "task/plugin_info.h"

namespace assay::cli {

/// One file of a new plugin's folder.
struct TemplateFile {
  std::string name;     ///< "novelty_boost.cpp"
  std::string purpose;  ///< one clause, for the line that is printed
  std::string text;
};

/// The files of a new plugin: source, CMakeLists.txt and an experiment that tries it.
/// @param kind       recall, rank, rerank or metric
/// @param shape      one of template_names(kind)
/// @param assay_dir  folder of the CMake package to build against
std::vector<TemplateFile> plugin_template(PluginKind kind, const std::string& shape,
                                          const std::string& name, const std::string& assay_dir);

/// What a plugin of a kind can start from, the usual one first: `plain`, and `trained` for recall,
/// `features` for rank.
std::vector<std::string> template_names(PluginKind kind);

/// "novelty_boost" as a class: NoveltyBoost.
std::string class_name(const std::string& name);

}  // namespace assay::cli
