#include "execution/plugin_probe.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <span>

#include "error/error.h"
#include "execution/ask_worker.h"
#include "hash/hash.h"
#include "text/parts.h"

// The coordinator never loads a plugin. `assay-worker --probe` loads each library in a child
// process and prints what it declares, or why it is refused. Answers are cached by the identity of
// the library's file and of assay-worker (path, inode, size, time of change), because loading
// LibTorch and all plugins takes seconds and most commands should take milliseconds.

namespace assay::execution {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// A new number makes every kept verdict worthless: raise it when the JSON of a verdict changes.
constexpr int kFormat = 5;

std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string cache_home() {
  if (const std::string named = environment("ASSAY_CACHE"); !named.empty())
    return named + "/plugins";
  if (const std::string home = environment("XDG_CACHE_HOME"); !home.empty())
    return home + "/assay/plugins";
  if (const std::string home = environment("HOME"); !home.empty())
    return home + "/.cache/assay/plugins";
  return "";
}

/// The .so files of one folder, by name.
std::vector<std::string> libraries_in(const fs::path& folder) {
  std::vector<std::string> found;
  std::error_code gone;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, gone))
    if (entry.path().extension() == ".so")
      found.push_back(fs::absolute(entry.path()).lexically_normal());
  std::ranges::sort(found);
  return found;
}

std::vector<std::string> candidates(const PluginSearch& search) {
  std::vector<std::string> all;
  std::set<std::string> seen;
  const auto add = [&](const std::string& path) {
    if (seen.insert(path).second) all.push_back(path);
  };
  for (const std::string& library : search.libraries) add(fs::absolute(library).lexically_normal());
  for (const fs::path folder : search.folders)
    for (const char* part : {"", "recall", "rank", "rerank", "metric"})
      for (const std::string& path : libraries_in(folder / part)) add(path);
  return all;
}

json identity_json(const task::FileIdentity& file) {
  return {file.path, file.inode, file.size, file.mtime_ns, file.ctime_ns};
}

/// Verdicts of earlier calls.
class Cache {
 public:
  explicit Cache(const PluginSearch& search)
      : folder_(search.cache_folder),
        asker_{kFormat, identity_json(task::identify(search.worker))} {}

  std::optional<task::ProbeResult> find(const std::string& path) const {
    if (folder_.empty()) return std::nullopt;
    std::ifstream in(file_of(path));
    const json kept = json::parse(in, nullptr, /*allow_exceptions=*/false);
    if (!kept.is_object() || kept.value("asker", json()) != asker_) return std::nullopt;
    try {
      auto result = kept.at("verdict").get<task::ProbeResult>();
      if (result.file == task::identify(path)) return result;
    } catch (const std::exception&) {
      // Written by hand, or cut: as good as not there.
    }
    return std::nullopt;
  }

  /// Timeouts are not cached, since they may come from load on the machine.
  void keep(const task::ProbeResult& result) const {
    if (folder_.empty() || result.code == task::ProbeCode::timed_out || result.file.inode == 0)
      return;
    std::error_code ignored;  // without a cache everything works, only slower
    fs::create_directories(folder_, ignored);
    const std::string file = file_of(result.file.path);
    // Written to a file of its own and renamed: another assay may read the cache at the same time.
    const std::string fresh = fmt::format("{}.{}", file, ::getpid());
    std::ofstream(fresh) << json{{"asker", asker_}, {"verdict", result}}.dump();
    fs::rename(fresh, file, ignored);
  }

 private:
  std::string file_of(const std::string& path) const {
    return fmt::format("{}/{:016x}.json", folder_, hash::fast_hash(path));
  }

  std::string folder_;
  json asker_;
};

std::vector<task::ProbeResult> ask_worker(const PluginSearch& search,
                                          const std::vector<std::string>& paths) {
  std::vector<std::string> words{search.worker, "--probe", "--limit-ms",
                                 std::to_string(search.limit.count())};
  words.insert(words.end(), paths.begin(), paths.end());
  const json answer = json::parse(answer_of_worker(words), nullptr, false);
  error::require(answer.is_array() && answer.size() == paths.size(),
                 "assay-worker --probe did not answer for every library");
  return answer.get<std::vector<task::ProbeResult>>();
}

}  // namespace

std::string program_folder() { return fs::read_symlink("/proc/self/exe").parent_path(); }

PluginSearch default_plugin_search() {
  PluginSearch search;
  const fs::path here = program_folder();
  search.folders = text::parts_of(environment("ASSAY_PLUGINS"), ":");
  search.folders.push_back((here / "../plugins").lexically_normal());
  search.folders.push_back((here / "../lib/assay/plugins").lexically_normal());
  search.worker = here / "assay-worker";
  search.cache_folder = cache_home();
  return search;
}

std::vector<task::ProbeResult> find_probe_results(const PluginSearch& search) {
  const std::vector<std::string> paths = candidates(search);
  const Cache cache(search);
  std::vector<std::optional<task::ProbeResult>> known;
  std::vector<std::string> unknown;
  for (const std::string& path : paths) {
    known.push_back(cache.find(path));
    if (!known.back()) unknown.push_back(path);
  }
  std::vector<task::ProbeResult> asked;
  if (!unknown.empty()) asked = ask_worker(search, unknown);
  std::vector<task::ProbeResult> all;
  auto next = asked.begin();
  for (std::optional<task::ProbeResult>& result : known) {
    if (!result) cache.keep(*next);
    all.push_back(result ? std::move(*result) : std::move(*next++));
  }
  return all;
}

task::PluginCatalog load_catalog(const PluginSearch& search) {
  std::vector<task::ProbeResult> results = find_probe_results(search);
  std::set<std::string> named;
  for (const std::string& library : search.libraries)
    named.insert(fs::absolute(library).lexically_normal());
  std::vector<task::PluginInfo> plugins;
  std::vector<task::RefusedLibrary> refused;
  for (task::ProbeResult& result : results) {
    if (!result.ok())
      refused.push_back({result.file.path, result.message, named.contains(result.file.path)});
    std::ranges::move(result.entries, std::back_inserter(plugins));
  }
  return task::PluginCatalog(std::move(plugins), std::move(refused));
}

}  // namespace assay::execution
