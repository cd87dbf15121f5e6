#include "host/library.h"

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/dll/shared_library.hpp>
#include <cstdlib>
#include <stdexcept>

#include "hash/hash.h"
#include "host/elf_note.h"
#include "host/guard.h"
#include "host/plugin_table.h"
#include "host/refused.h"
#include "host/stamp.h"
#include "text/demangled.h"

namespace assay::host {

namespace {

/// The dynamic linker's own words, out of those that Boost and the standard library put around
/// them, without the path, and with the symbol's name readable.
std::string linker_text(const std::system_error& error, const std::string& path) {
  constexpr std::string_view before = "dlerror system message: ";
  constexpr std::string_view undefined = "undefined symbol: ";
  std::string text = error.what();
  if (const size_t at = text.find(before); at != std::string::npos)
    text.erase(0, at + before.size());
  if (const size_t at = text.rfind(')'); at != std::string::npos) text.erase(at);
  if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
  if (text.starts_with(undefined))
    text = fmt::format("{}{}", undefined, text::demangled(text.substr(undefined.size())));
  return text;
}

/// "libacme.so.3" where the linker's words are that this library was not found; else "".
std::string missing_library(const std::string& text) {
  const size_t end = text.find(": cannot open shared object file");
  return end == std::string::npos ? "" : text.substr(0, end);
}

/// Where the linker looked, in its order.
std::string places_looked(const std::string& path) {
  std::vector<std::string> places;
  if (const char* named = std::getenv("LD_LIBRARY_PATH"); named != nullptr && *named != '\0')
    places.push_back(fmt::format("LD_LIBRARY_PATH ({})", named));
  for (std::string& place : read_search_path(path)) places.push_back(std::move(place));
  places.emplace_back("the system's folders");
  return fmt::format("{}", fmt::join(places, ", "));
}

std::string cannot_load_text(const std::string& path, const std::string& text) {
  const std::string missing = missing_library(text);
  if (missing.empty())
    return fmt::format(
        "cannot be loaded ({}); link the libraries that it needs with assay_add_plugin", text);
  return fmt::format(
      "needs {0}, which was not found in {1}; write LIBS <its target, or <folder>/{0}> in "
      "assay_add_plugin and build again, or put its folder into LD_LIBRARY_PATH",
      missing, places_looked(path));
}

boost::dll::shared_library& load(const std::string& path) {
  using boost::dll::load_mode::rtld_now;
  // Never unloaded: a strategy's code must outlive every object, exception and thread made by it.
  static auto* const loaded = new std::vector<std::unique_ptr<boost::dll::shared_library>>();
  const std::string file = std::filesystem::absolute(path);
  try {
    loaded->push_back(std::make_unique<boost::dll::shared_library>(file, rtld_now));
    return *loaded->back();
  } catch (const std::system_error& error) {
    throw PluginRefused(path, task::ProbeCode::cannot_load,
                        cannot_load_text(path, linker_text(error, file)));
  }
}

const PluginTable* call_entry(boost::dll::shared_library& library, const std::string& path) {
  if (!library.has(kEntryFunction))
    throw PluginRefused(
        path, task::ProbeCode::no_entry,
        fmt::format("has the note of a plugin, but no function {}; end its source with "
                    "ASSAY_PLUGINS(...)",
                    kEntryFunction));
  try {
    return library.get<const PluginTable*()>(kEntryFunction)();
  } catch (...) {
    throw PluginRefused(
        path, task::ProbeCode::entry_threw,
        fmt::format("throws while it declares its strategies: {}", current_fault().what));
  }
}

std::vector<std::string> names(const std::vector<task::PluginInfo>& plugins) {
  std::vector<std::string> all;
  for (const task::PluginInfo& plugin : plugins) all.push_back(plugin.name);
  return all;
}

template <typename Kind>
bool is(const Strategy& strategy) {
  return dynamic_cast<const Kind*>(&strategy) != nullptr;
}

bool has_kind(const Strategy& strategy, PluginKind kind) {
  if (kind == PluginKind::recall) return is<RecallStrategy>(strategy);
  if (kind == PluginKind::rank) return is<RankStrategy>(strategy);
  return is<RerankStrategy>(strategy);
}

}  // namespace

Stamp check_file(const std::string& path) {
  const Stamp stamp = parse_note(path, read_assay_note(path));
  check_stamp(path, stamp, this_stamp());
  return stamp;
}

Library Library::open(const std::string& path, const std::string& sha256) {
  Library library;
  library.path_ = path;
  library.stamp_ = check_file(path);
  const std::string found = hash::sha256_file(path);
  if (!sha256.empty() && sha256 != found)
    throw error::UserError(path,
                           "has been built again since the run was planned; start the run again");
  library.table_ = call_entry(load(path), path);
  library.plugins_ = check_table(path, library.table_);
  for (task::PluginInfo& plugin : library.plugins_) {
    plugin.library = path;
    plugin.library_sha256 = found;
    plugin.build_type = build_type(library.stamp_);
    plugin.optimised = library.stamp_.optimised == 1;
  }
  return library;
}

const PluginEntry& Library::entry(std::string_view name, PluginKind kind) const {
  for (const PluginEntry* entry : entries_of(*table_))
    if (entry->name == name && entry->kind == kind) return *entry;
  throw error::UserError(path_, fmt::format("holds no {} strategy {}{}", task::name_of(kind), name,
                                            error::did_you_mean(name, names(plugins_))));
}

std::unique_ptr<Strategy> make_strategy(const PluginEntry& entry, const ParamMap& params) {
  std::unique_ptr<Strategy> made = entry.make_strategy(params);
  if (!made) throw std::logic_error("the factory of " + entry.name + " returned nothing");
  if (!has_kind(*made, entry.kind))
    throw std::logic_error(fmt::format("the factory of {} made something that is no {} strategy",
                                       entry.name, task::name_of(entry.kind)));
  return made;
}

std::unique_ptr<Metric> make_metric(const PluginEntry& entry, const ParamMap& params) {
  std::unique_ptr<Metric> made = entry.make_metric(params);
  if (!made) throw std::logic_error("the factory of " + entry.name + " returned nothing");
  return made;
}

}  // namespace assay::host
