#include "dataset/cache.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dataset/cache_use.h"
#include "dataset/mapped_file.h"
#include "error/error.h"
#include "hash/hash.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

// A file changed this recently may change again within the same tick of the file system's clock,
// unseen.
constexpr int64_t kSettledNs = 1'000'000'000;

int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

// FAT and exFAT have no time of change; what is given for it is the time of modification, which
// programs set as they like.
bool keeps_change_times(const std::string& path) {
  constexpr int64_t kExfatMagic = 0x2011BAB0;
  struct statfs system {};
  if (::statfs(path.c_str(), &system) != 0) return false;
  const auto magic = static_cast<int64_t>(system.f_type);
  return magic != MSDOS_SUPER_MAGIC && magic != kExfatMagic;
}

// SHA-256 of a file, or "" where it was asked to stop.
std::string sha256_until(const std::string& path, const std::stop_token& stop) {
  if (!stop.stop_possible()) return hash::sha256_file(path);
  std::ifstream in(path, std::ios::binary);
  hash::Sha256 hash;
  std::string piece(1 << 17, '\0');  // stays in a core's cache
  while (in && !stop.stop_requested()) {
    in.read(piece.data(), std::ssize(piece));
    hash.update(std::string_view(piece).substr(0, static_cast<size_t>(in.gcount())));
  }
  if (in.bad() || (!in && !in.eof())) throw error::UserError(path, "cannot be read to its end");
  return stop.stop_requested() ? "" : hash.hex();
}

/// What is written down about a file under its path.
struct HashRecord {
  FileState state;
  std::string path;  // of the record
  json file;

  /// @param what  tells records of one file apart
  HashRecord(const std::string& of, const std::string& cache_dir, std::string_view what = "")
      : state(state_of(of)) {
    const std::string absolute = std::filesystem::absolute(of).lexically_normal().string();
    path = fmt::format("{}/hashes/{:016x}.json", cache_dir,
                       what.empty() ? hash::fast_hash(absolute)
                                    : hash::fast_hash(what, hash::fast_hash(absolute)));
    file = {{"path", absolute},
            {"bytes", state.bytes},
            {"inode", state.inode},
            {"modified_ns", state.modified_ns},
            {"changed_ns", state.changed_ns}};
  }
  /// Null where the file is not as it was, or was never seen.
  json known(const char* key) const {
    std::ifstream in(path);
    const json record = in ? json::parse(in, nullptr, false) : json();
    const bool same = record.is_object() && record.value("file", json()) == file;
    return same ? record.value(key, json()) : json();
  }
  /// "" as above.
  std::string sha256() const {
    const json hash = known("sha256");
    return hash.is_string() ? hash.get<std::string>() : "";
  }
  void remember(const char* key, const json& what) const {
    write_atomically(path, json{{"file", file}, {key, what}}.dump() + "\n");
  }
};

}  // namespace

SafetensorsFile find_or_make(const std::string& path, const std::string& what,
                             const std::function<void(const std::string& path)>& make,
                             const Notice& notice) {
  hold_in_cache(path);
  if (std::filesystem::exists(path)) {
    try {
      SafetensorsFile file = SafetensorsFile::open(path);
      if (file.intact()) {
        note_use(path);
        return file;
      }
    } catch (const error::UserError&) {
      // Damaged, as below.
    }
    if (notice) notice(fmt::format("{} in the cache is damaged and is rebuilt ({})", what, path));
  }
  make(path);
  note_use(path);
  return SafetensorsFile::open(path);
}

std::string cache_key(const json& what) { return hash::json_key(what); }

std::string cache_file(const std::string& key, int layout) {
  if (layout == 1) return key + ".safetensors";
  return fmt::format("{}.layout{}.safetensors", key, layout);
}

std::string fresh_sha256(const std::string& path) { return hash::sha256_file(path); }

bool FileState::settled() const { return tells_changes && now_ns() - changed_ns > kSettledNs; }

FileState state_of(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw error::UserError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  return {.bytes = status.st_size,
          .inode = status.st_ino,
          .modified_ns = nanoseconds(status.st_mtim),
          .changed_ns = nanoseconds(status.st_ctim),
          .tells_changes = keeps_change_times(path)};
}

std::string remembered_sha256(const std::string& path, const std::string& cache_dir,
                              const std::stop_token& stop) {
  const HashRecord record(path, cache_dir);
  if (const std::string known = record.sha256(); !known.empty()) return known;
  const std::string hash = sha256_until(path, stop);
  if (!hash.empty() && record.state.settled()) record.remember("sha256", hash);
  return hash;
}

bool remembers_sha256(const std::string& path, const std::string& cache_dir) {
  return !HashRecord(path, cache_dir).sha256().empty();
}

std::map<std::string, std::string> remembered_tensor_hashes(const SafetensorsFile& file,
                                                            const std::vector<std::string>& names,
                                                            const std::string& cache_dir) {
  const HashRecord record(file.path(), cache_dir, "tensors");
  const json known = record.known("tensors");
  json all = known.is_object() ? known : json::object();
  std::map<std::string, std::string> out;
  for (const std::string& name : names) {
    if (!all.value(name, json()).is_string())
      all[name] = hash::Sha256().update(file.tensor(name).bytes).hex();
    out[name] = all[name];
  }
  if (all != known && record.state.settled()) record.remember("tensors", all);
  return out;
}

}  // namespace assay::dataset
