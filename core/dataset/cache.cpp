#include "dataset/cache.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "dataset/mapped_file.h"
#include "error/error.h"
#include "hash/hash.h"

namespace assay {
namespace {

using nlohmann::json;

// A file changed this recently may change again within the same tick of the file system's clock,
// unseen.
constexpr int64_t kSettledNs = 1'000'000'000;

int64_t nanoseconds(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

int64_t now_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

json read_record(const std::string& path) {
  std::ifstream in(path);
  return in ? json::parse(in, nullptr, false) : json();
}

}  // namespace

SafetensorsFile find_or_make(const std::string& path, const std::string& what,
                             const std::function<void(const std::string& path)>& make,
                             const Notice& notice) {
  if (std::filesystem::exists(path)) {
    try {
      SafetensorsFile file = SafetensorsFile::open(path);
      if (file.intact()) return file;
    } catch (const UserError&) {
      // Damaged, as below.
    }
    if (notice) notice(fmt::format("{} in the cache is damaged and is made anew ({})", what, path));
  }
  make(path);
  return SafetensorsFile::open(path);
}

std::string cache_key(const json& what) { return json_key(what); }

std::string fresh_sha256(const std::string& path) { return sha256_file(path); }

std::string remembered_sha256(const std::string& path, const std::string& cache_dir) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) {
    throw UserError(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  }
  const std::string absolute = std::filesystem::absolute(path).lexically_normal().string();
  const json state = {{"path", absolute},
                      {"bytes", status.st_size},
                      {"inode", status.st_ino},
                      {"changed_ns", nanoseconds(status.st_mtim)}};
  const std::string record_path =
      fmt::format("{}/hashes/{:016x}.json", cache_dir, fast_hash(absolute));
  const json record = read_record(record_path);
  if (record.is_object() && record.value("file", json()) == state &&
      record.value("sha256", json()).is_string()) {
    return record["sha256"].get<std::string>();
  }
  const std::string hash = sha256_file(path);
  if (now_ns() - nanoseconds(status.st_mtim) > kSettledNs) {
    write_atomically(record_path, json{{"file", state}, {"sha256", hash}}.dump() + "\n");
  }
  return hash;
}

}  // namespace assay
