#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "task/plugin_info.h"

namespace assay::cli {

/// `assay new recall|rank|rerank|metric NAME [--template T]`: a folder NAME with a whole plugin to
/// start from.
void add_new_command(CLI::App& app, int& exit_code);

/// What `assay new` is told.
struct NewPlugin {
  std::string kind;  ///< recall, rank, rerank or metric
  std::string name;
  std::string shape = "plain";  ///< one of template_names(kind)
};

/// Writes the folder `name` below `parent` and returns what is printed: a line a file, and what to
/// type next. Throws UserError, and leaves nothing behind, where the kind, the template or the name
/// cannot be, where `taken` or assay itself has a plugin of that kind and name, or where the folder
/// is there already.
std::string make_plugin(const NewPlugin& plugin, const std::string& parent,
                        const std::string& assay_dir, const task::PluginCatalog& taken);

/// Folder of the CMake package that belongs to the program in `program_folder`: of a build tree, or
/// of an installation. Throws UserError where there is none.
std::string package_folder(const std::string& program_folder);

}  // namespace assay::cli
