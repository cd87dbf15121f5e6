#include "host/library.h"

#ifndef BOOST_DLL_USE_STD_FS
#define BOOST_DLL_USE_STD_FS
#endif
#include <fmt/format.h>

#include <boost/dll/shared_library.hpp>
#include <stdexcept>

#include "hash/hash.h"
#include "host/elf_note.h"
#include "host/guard.h"
#include "host/plugin_table.h"
#include "host/refused.h"
#include "host/stamp.h"

namespace assay {

namespace {

/// dlerror() begins with the path, which the message names already.
std::string without_path(std::string text, const std::string& path) {
  for (size_t at = text.find(path); at != std::string::npos; at = text.find(path))
    text.erase(at, path.size());
  const size_t begin = text.find_first_not_of(": ");
  return begin == std::string::npos ? "no reason given" : text.substr(begin);
}

/// The dynamic linker's words; Boost puts those of the standard library around them.
std::string linker_text(const std::system_error& error, const std::string& path) {
  std::string text = error.what();
  const std::string outer = "boost::dll::shared_library::load() failed";
  if (const size_t at = text.find(outer); at != std::string::npos) text.erase(at, outer.size());
  if (const size_t at = text.find(": " + error.code().message()); at != std::string::npos)
    text.erase(at);
  text = without_path(std::move(text), path);
  if (text.starts_with('(') && text.ends_with(')'))
    text = without_path(text.substr(1, text.size() - 2), path);
  return text;
}

boost::dll::shared_library& load(const std::string& path) {
  using boost::dll::load_mode::rtld_now;
  try {
    // Kept for ever: strategies' code must outlive every object, exception and thread made by it.
    return *new boost::dll::shared_library(std::filesystem::absolute(path), rtld_now);
  } catch (const std::system_error& error) {
    throw PluginRefused(
        path, VerdictCode::cannot_load,
        fmt::format("cannot be loaded ({}); link what it needs with assay_add_plugin",
                    linker_text(error, std::filesystem::absolute(path))));
  }
}

const PluginTable* call_entry(boost::dll::shared_library& library, const std::string& path) {
  if (!library.has(kEntryFunction))
    throw PluginRefused(
        path, VerdictCode::no_entry,
        fmt::format("has the note of a plugin, but no function {}; end its source with "
                    "ASSAY_PLUGINS(...)",
                    kEntryFunction));
  try {
    return library.get<const PluginTable*()>(kEntryFunction)();
  } catch (...) {
    throw PluginRefused(
        path, VerdictCode::entry_threw,
        fmt::format("throws while it declares its strategies: {}", current_fault().what));
  }
}

std::vector<std::string> names(const std::vector<PluginInfo>& plugins) {
  std::vector<std::string> all;
  for (const PluginInfo& plugin : plugins) all.push_back(plugin.name);
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
  const std::string found = sha256_file(path);
  if (!sha256.empty() && sha256 != found)
    throw UserError(path, "has been built again since the run was planned; start the run again");
  library.table_ = call_entry(load(path), path);
  library.plugins_ = check_table(path, library.table_);
  for (PluginInfo& plugin : library.plugins_) {
    plugin.library = path;
    plugin.library_sha256 = found;
  }
  return library;
}

const PluginEntry& Library::entry(std::string_view name, PluginKind kind) const {
  for (const PluginEntry& entry : table_->entries)
    if (entry.name == name && entry.kind == kind) return entry;
  throw UserError(path_, fmt::format("holds no {} strategy {}{}", kind_name(kind), name,
                                     did_you_mean(name, names(plugins_))));
}

std::unique_ptr<Strategy> make_strategy(const PluginEntry& entry, const ParamMap& params) {
  std::unique_ptr<Strategy> made = entry.make_strategy(params);
  if (!made) throw std::logic_error("the factory of " + entry.name + " returned nothing");
  if (!has_kind(*made, entry.kind))
    throw std::logic_error(fmt::format("the factory of {} made something that is no {} strategy",
                                       entry.name, kind_name(entry.kind)));
  return made;
}

std::unique_ptr<Metric> make_metric(const PluginEntry& entry, const ParamMap& params) {
  std::unique_ptr<Metric> made = entry.make_metric(params);
  if (!made) throw std::logic_error("the factory of " + entry.name + " returned nothing");
  return made;
}

}  // namespace assay
