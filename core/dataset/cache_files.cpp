#include "dataset/cache_files.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "dataset/cache_use.h"
#include "dataset/safetensors.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

// What nobody has written to for so long is not being written, whatever machine its process is on.
constexpr int64_t kAbandonedAfterS = 3600;

int64_t now_s() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

int64_t seconds_of(fs::file_time_type time) {
  const auto system = std::chrono::file_clock::to_sys(time);
  return std::chrono::duration_cast<std::chrono::seconds>(system.time_since_epoch()).count();
}

std::optional<int> number(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return out;
}

/// The process that writes `<name>.tmp.<pid>.<count>`; none where it is no such name.
std::optional<int> writer_of(std::string_view name) {
  const size_t at = name.rfind(".tmp.");
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = name.substr(at + 5);
  return number(rest.substr(0, rest.find('.')));
}

bool is_gone(int process) { return ::kill(process, 0) != 0 && errno == ESRCH; }

/// `<key>.safetensors` is of layout 1, `<key>.layout3.safetensors` of 3; -1: no such name.
int layout_of(std::string_view name) {
  constexpr std::string_view kEnd = ".safetensors", kLayout = ".layout";
  if (!name.ends_with(kEnd)) return -1;
  name.remove_suffix(kEnd.size());
  const size_t at = name.find(kLayout);
  if (at == std::string_view::npos) return 1;
  return number(name.substr(at + kLayout.size())).value_or(-1);
}

// What is held is named without the endings of what is made of it.
std::string held_name(std::string path) {
  path = path.substr(0, path.find(".tmp."));
  constexpr std::string_view kCheckpoint = ".checkpoint.safetensors";
  if (path.ends_with(kCheckpoint))
    path.replace(path.size() - kCheckpoint.size(), kCheckpoint.size(), ".safetensors");
  return path;
}

bool holds_lists(const std::string& path) {
  try {
    return SafetensorsFile::open(path).has("list.offsets");
  } catch (const error::UserError&) {
    return false;  // damaged, or being written
  }
}

bool source_is_gone(const std::string& record) {
  std::ifstream in(record);
  const json said = in ? json::parse(in, nullptr, false) : json();
  if (!said.is_object() || !said.contains("file")) return true;
  const json path = said["file"].value("path", json());
  return !path.is_string() || !fs::exists(path.get<std::string>());
}

/// Reads the folders of a cache.
class Inventory {
 public:
  Inventory(const std::string& cache_dir, const CacheLayouts& layouts, bool prunes)
      : cache_(cache_dir), held_(held_in_cache(cache_dir, prunes)) {
    add_folder("imported", CacheKind::imported, &layouts.imported);
    add_folder("simulated", CacheKind::imported, nullptr);
    add_folder("prepared", CacheKind::prepared, &layouts.prepared);
    add_folder("lists", CacheKind::lists, &layouts.lists);
    add_folder("artifacts", CacheKind::models, nullptr);
    add_folder("hashes", CacheKind::hashes, nullptr);
    for (const char* folder : {"plugins", "checks"})
      add_folder(folder, CacheKind::answers, nullptr);
    add_tasks();
    std::ranges::sort(files_, {}, &CacheFile::path);
  }
  std::vector<CacheFile> files() && { return std::move(files_); }

 private:
  template <typename Add>
  void each_in(const std::string& folder, const Add& add) {
    std::error_code gone;
    for (const fs::directory_entry& entry : fs::directory_iterator(cache_ + "/" + folder, gone))
      add(entry, fmt::format("{}/{}", folder, entry.path().filename().string()));
  }

  void add_folder(const std::string& folder, CacheKind kind, const std::set<int>* layouts) {
    each_in(folder, [&](const fs::directory_entry& entry, const std::string& name) {
      std::error_code gone;
      CacheFile file{.path = name, .kind = kind};
      file.bytes = static_cast<int64_t>(entry.file_size(gone));
      if (!gone) file.last_use_s = seconds_of(entry.last_write_time(gone));
      if (gone) return;  // a folder, or removed meanwhile
      file.held = held_.contains(held_name(name));
      if (const auto writer = writer_of(name)) {
        file.kind = CacheKind::unfinished;
        file.held = file.held || !is_abandoned(*writer, file.last_use_s);
      } else {
        describe(file, layouts);
      }
      files_.push_back(std::move(file));
    });
  }

  void describe(CacheFile& file, const std::set<int>* layouts) const {
    const std::string path = cache_ + "/" + file.path;
    if (layouts) file.other_version = !layouts->contains(layout_of(file.path));
    if (file.kind == CacheKind::imported && holds_lists(path)) file.kind = CacheKind::lists;
    if (file.kind == CacheKind::hashes) file.held = !source_is_gone(path);
    const NotedUse use = noted_use(cache_ + "/" + held_name(file.path));
    file.last_use_s = std::max(file.last_use_s, use.last_s);
    file.dataset = use.of.dataset;
    file.experiments = use.of.experiments;
  }

  void add_tasks() {
    each_in("work", [&](const fs::directory_entry& entry, const std::string& name) {
      CacheFile file{.path = name, .kind = CacheKind::unfinished};
      std::error_code gone;
      for (const fs::directory_entry& part : fs::recursive_directory_iterator(entry.path(), gone)) {
        std::error_code none;
        if (!part.is_regular_file(none)) continue;
        file.bytes += static_cast<int64_t>(part.file_size(none));
        file.last_use_s = std::max(file.last_use_s, seconds_of(part.last_write_time(none)));
      }
      if (file.last_use_s == 0) file.last_use_s = seconds_of(entry.last_write_time(gone));
      const auto process = number(entry.path().filename().string());
      file.held = held_.contains(name) || !process || !is_abandoned(*process, file.last_use_s);
      files_.push_back(std::move(file));
    });
  }

  static bool is_abandoned(int process, int64_t last_s) {
    return is_gone(process) && now_s() - last_s > kAbandonedAfterS;
  }

  const std::string& cache_;
  std::set<std::string> held_;
  std::vector<CacheFile> files_;
};

/// What goes first has the smallest.
auto order_of(const CacheFile& file) {
  const bool rubbish = file.kind == CacheKind::unfinished || file.kind == CacheKind::hashes;
  return std::tuple(rubbish              ? 0
                    : file.other_version ? 1
                                         : 2,
                    file.last_use_s, std::string_view(file.path));
}

bool may_go(const CacheFile& file) { return !file.held && file.kind != CacheKind::answers; }

void remove(const std::string& cache_dir, const CacheFile& file) {
  std::error_code ignored;
  fs::remove_all(cache_dir + "/" + file.path, ignored);
  fs::remove(use_record(cache_dir + "/" + file.path), ignored);
}

// Records of what is neither there nor about to be made.
void remove_old_records(const std::string& cache_dir) {
  std::error_code gone;
  std::vector<fs::path> old;
  for (const fs::directory_entry& entry :
       fs::recursive_directory_iterator(cache_dir + "/uses", gone)) {
    if (!entry.is_regular_file(gone) || entry.path().extension() != ".json") continue;
    const fs::path of = fs::relative(entry.path(), cache_dir + "/uses", gone).replace_extension();
    const bool recent = now_s() - seconds_of(entry.last_write_time(gone)) < kAbandonedAfterS;
    if (!recent && !fs::exists(cache_dir / of)) old.push_back(entry.path());
  }
  for (const fs::path& record : old) fs::remove(record, gone);
}

}  // namespace

std::string_view name_of(CacheKind kind) {
  switch (kind) {
    case CacheKind::imported:
      return "imported";
    case CacheKind::prepared:
      return "prepared";
    case CacheKind::lists:
      return "lists";
    case CacheKind::models:
      return "models";
    case CacheKind::hashes:
      return "hashes";
    case CacheKind::answers:
      return "answers of plugins";
    case CacheKind::unfinished:
      return "unfinished";
  }
  throw error::InternalError("a file of the cache has one of seven kinds");
}

std::vector<CacheFile> cache_files(const std::string& cache_dir, const CacheLayouts& layouts) {
  if (!fs::is_directory(cache_dir)) return {};
  const CacheLock lock(cache_dir, CacheLock::Kind::shared);
  std::vector<CacheFile> files = Inventory(cache_dir, layouts, false).files();
  for (CacheFile& file : files)
    if (file.kind == CacheKind::hashes) file.held = false;  // kept, but nobody is at work with it
  return files;
}

Pruned prune_cache(const std::string& cache_dir, const CacheLayouts& layouts,
                   const PruneRules& rules) {
  Pruned out;
  if (!fs::is_directory(cache_dir)) return out;
  const CacheLock lock(cache_dir, CacheLock::Kind::alone);
  if (!lock.locked())
    throw error::UserError(cache_dir,
                           "cannot be pruned: it cannot be locked against programs "
                           "that use it; is it yours?");
  std::vector<CacheFile> files = Inventory(cache_dir, layouts, true).files();
  std::ranges::sort(files, {}, order_of);
  for (const CacheFile& file : files) {
    out.left_bytes += file.bytes;
    if (file.held && file.kind != CacheKind::hashes) out.held_bytes += file.bytes;
  }
  const int64_t now = now_s();
  for (CacheFile& file : files) {
    if (!may_go(file)) continue;
    const bool rubbish = std::get<0>(order_of(file)) == 0;
    const bool unused = rules.unused_s && now - file.last_use_s > *rules.unused_s;
    const bool too_much = rules.keep_bytes && out.left_bytes > *rules.keep_bytes;
    if (!rubbish && !unused && !too_much) continue;
    if (!rules.dry_run) remove(cache_dir, file);
    out.left_bytes -= file.bytes;
    out.removed_bytes += file.bytes;
    out.removed.push_back(std::move(file));
  }
  if (!rules.dry_run) remove_old_records(cache_dir);
  return out;
}

}  // namespace assay::dataset
