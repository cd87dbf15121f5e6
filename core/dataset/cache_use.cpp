#include "dataset/cache_use.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "dataset/mapped_file.h"
#include "error/error.h"

namespace assay::dataset {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr size_t kExperiments = 8;  // that a record remembers

std::string held_folder(const std::string& cache_dir) { return cache_dir + "/held"; }

std::string cache_of(const std::string& path) {
  return fs::path(path).parent_path().parent_path().string();
}

std::string within_cache(const std::string& path) {
  const fs::path file(path);
  return (file.parent_path().filename() / file.filename()).string();
}

/// The list of what this process holds of one cache.
class HeldList {
 public:
  explicit HeldList(const std::string& cache_dir)
      : path_(fmt::format("{}/{}-XXXXXX", held_folder(cache_dir), ::getpid())) {
    file_ = ::mkostemp(path_.data(), O_CLOEXEC | O_APPEND);
    if (file_ >= 0) ::flock(file_, LOCK_EX);
  }
  ~HeldList() {
    if (file_ < 0) return;
    if (::getpid() == owner_) ::unlink(path_.c_str());  // a copy of the process only closes it
    ::close(file_);
  }
  HeldList(const HeldList&) = delete;

  void add(const std::string& what) {
    if (file_ < 0 || !held_.insert(what).second) return;
    const std::string line = what + "\n";
    if (::write(file_, line.data(), line.size()) != std::ssize(line)) held_.erase(what);
  }

 private:
  std::string path_;
  int file_ = -1;
  pid_t owner_ = ::getpid();
  std::set<std::string> held_;
};

struct Held {
  std::mutex mutex;
  std::map<std::string, HeldList> lists;  // by cache
};

Held& held() {
  static Held all;
  return all;
}

json read_record(const std::string& record) {
  std::ifstream in(record);
  const json out = in ? json::parse(in, nullptr, false) : json();
  return out.is_object() ? out : json::object();
}

std::vector<std::string> texts_of(const json& list) {
  std::vector<std::string> out;
  if (!list.is_array()) return out;
  for (const json& one : list)
    if (one.is_string()) out.push_back(one.get<std::string>());
  return out;
}

bool is_abandoned(int file) { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

}  // namespace

CacheLock::CacheLock(const std::string& cache_dir, Kind kind) {
  std::error_code ignored;
  fs::create_directories(held_folder(cache_dir), ignored);
  const std::string path = held_folder(cache_dir) + "/lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (file_ < 0) file_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ >= 0) ::flock(file_, kind == Kind::shared ? LOCK_SH : LOCK_EX);
}

CacheLock::~CacheLock() {
  if (file_ >= 0) ::close(file_);
}

void hold_in_cache(const std::string& path) {
  const std::string cache_dir = cache_of(path);
  const CacheLock lock(cache_dir, CacheLock::Kind::shared);
  if (!lock.locked()) return;
  Held& all = held();
  const std::lock_guard guard(all.mutex);
  all.lists.try_emplace(cache_dir, cache_dir).first->second.add(within_cache(path));
}

void release_caches() {
  Held& all = held();
  const std::lock_guard guard(all.mutex);
  all.lists.clear();
}

std::string use_record(const std::string& path) {
  return fmt::format("{}/uses/{}.json", cache_of(path), within_cache(path));
}

void note_use(const std::string& path, const std::string& dataset, const std::string& experiment) {
  const std::string record = use_record(path);
  const json before = read_record(record);
  json now = before;
  if (!dataset.empty()) now["dataset"] = dataset;
  if (!experiment.empty()) {
    std::vector<std::string> all = texts_of(before.value("experiments", json()));
    std::erase(all, experiment);
    all.push_back(experiment);
    if (all.size() > kExperiments) all.erase(all.begin());
    now["experiments"] = all;
  }
  if (now == before && ::utimensat(AT_FDCWD, record.c_str(), nullptr, 0) == 0) return;
  try {
    write_atomically(record, now.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  } catch (const error::UserError&) {
    // The cache is somebody else's: they do not learn of it.
  }
}

NotedUse noted_use(const std::string& path) {
  NotedUse out;
  const std::string record = use_record(path);
  struct stat status {};
  if (::stat(record.c_str(), &status) != 0) return out;
  out.last_s = status.st_mtim.tv_sec;
  const json said = read_record(record);
  if (const json name = said.value("dataset", json()); name.is_string())
    out.of.dataset = name.get<std::string>();
  out.of.experiments = texts_of(said.value("experiments", json()));
  return out;
}

std::set<std::string> held_in_cache(const std::string& cache_dir, bool remove_left) {
  std::set<std::string> out;
  std::error_code gone;
  for (const fs::directory_entry& entry : fs::directory_iterator(held_folder(cache_dir), gone)) {
    const std::string path = entry.path().string();
    if (entry.path().filename() == "lock") continue;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    if (is_abandoned(file)) {
      if (remove_left) ::unlink(path.c_str());
    } else {
      std::ifstream in(path);
      for (std::string line; std::getline(in, line);) out.insert(line);
    }
    ::close(file);
  }
  return out;
}

}  // namespace assay::dataset
