#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace assay::cli {

/// `assay new recall|rank|rerank NAME`: a folder NAME with a whole plugin to start from.
void add_new_command(CLI::App& app, int& exit_code);

/// Writes the folder `name` below `parent` and returns what is printed: a line a file, and what to
/// type next. Throws UserError, and leaves nothing behind, where the kind or the name cannot be, or
/// the folder is there already.
std::string make_plugin(const std::string& kind, const std::string& name, const std::string& parent,
                        const std::string& assay_dir);

/// Folder of the CMake package that belongs to the program in `program_folder`: of a build tree, or
/// of an installation. Throws UserError where there is none.
std::string package_folder(const std::string& program_folder);

}  // namespace assay::cli
