#include "host/brought_libraries.h"

#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "hash/hash.h"
#include "host/elf_note.h"
#include "text/parts.h"

namespace assay::host {
namespace {

namespace fs = std::filesystem;

/// Whether the linker has it, and so looks for no file of this name.
bool is_loaded(const std::string& name) {
  void* const found = ::dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD);
  if (found != nullptr) ::dlclose(found);
  return found != nullptr;
}

bool is_foreign(const fs::path& folder) {
  const fs::path whole = fs::weakly_canonical(folder) / "";
  for (const char* system : {"/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/"})
    if (whole.string().starts_with(system)) return true;
  return fs::exists(folder / "libtorch_cpu.so");
}

/// Where the linker finds what `file` needs, but for the system's folders.
std::optional<fs::path> find_needed(const std::string& name, const std::string& file) {
  std::vector<std::string> folders;
  if (const char* named = std::getenv("LD_LIBRARY_PATH"); named != nullptr)
    folders = text::parts_of(named, ":");
  for (std::string& place : read_search_path(file)) folders.push_back(std::move(place));
  for (const fs::path folder : folders) {
    if (!fs::is_regular_file(folder / name)) continue;
    if (is_foreign(folder)) return std::nullopt;
    return fs::absolute(folder / name).lexically_normal();
  }
  return std::nullopt;
}

}  // namespace

std::vector<task::BroughtLibrary> brought_libraries(const std::string& plugin) {
  std::map<std::string, task::BroughtLibrary> found;
  std::vector<std::string> waiting = {plugin};
  while (!waiting.empty()) {
    const std::string file = waiting.back();
    waiting.pop_back();
    for (const std::string& name : read_needed(file)) {
      if (found.contains(name) || is_loaded(name)) continue;
      const std::optional<fs::path> path = find_needed(name, file);
      if (!path) continue;
      found[name] = {name, *path, hash::sha256_file(*path)};
      waiting.push_back(*path);
    }
  }
  std::vector<task::BroughtLibrary> out;
  for (auto& [name, library] : found) out.push_back(std::move(library));
  return out;
}

int libraries_main(std::span<const std::string> args) {
  nlohmann::json all = nlohmann::json::array();
  for (const std::string& plugin : args) all.push_back(brought_libraries(plugin));
  std::puts(all.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace assay::host
