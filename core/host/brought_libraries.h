#pragma once

#include <span>
#include <string>
#include <vector>

#include "task/brought_library.h"

namespace assay::host {

/// The libraries that a plugin brings: those that it needs (DT_NEEDED) and those that they need in
/// turn, where the linker finds them in LD_LIBRARY_PATH or in the search path of the file that needs
/// them. By name, each once.
///
/// Left out: what this process has loaded (LibTorch, the kernels, what they need), since the linker
/// takes that one; what lies in the system's folders or in that of LibTorch; and what a plugin opens
/// by itself when it runs, which its file does not say. Nothing of the files runs. Throws
/// PluginRefused where one of them is no shared library of this machine.
std::vector<task::BroughtLibrary> brought_libraries(const std::string& plugin);

/// `assay-worker --libraries FILE...`: prints the libraries of each plugin, a JSON array a file.
/// `args` are those after --libraries. Returns the exit code.
int libraries_main(std::span<const std::string> args);

}  // namespace assay::host
