#pragma once

/// Who uses what of a cache, and when it was used last.
///
/// A process writes the files that it uses into one of its own, `<cache>/held/<pid>-<letters>`,
/// which it keeps locked (flock) until it ends; a process that is killed loses the lock with it.
/// When a file was used last is the time of modification of its record,
/// `<cache>/uses/<kind>/<name>.json`, which also says of what it is: access times are off on many
/// machines, and the times of the files themselves stay those of their making. All of it is done as
/// well as can be: what cannot be written (a cache of somebody else) is left out.

#include <set>
#include <string>
#include <vector>

namespace assay::dataset {

/// Says that this process uses `<cache>/<kind>/<name>` until it ends. Comes before looking whether
/// it is there, so that who prunes the cache either sees this or has removed it already.
void hold_in_cache(const std::string& path);

/// This process uses nothing of any cache any more.
void release_caches();

/// What a file of a cache is of.
struct CacheUse {
  std::string dataset;                   ///< "" where nobody said
  std::vector<std::string> experiments;  ///< the latest one last
};

/// `path` has been used now, by an experiment ("": none) for a data set ("": as known).
void note_use(const std::string& path, const std::string& dataset = "",
              const std::string& experiment = "");

/// A record of a file: who uses it and the second since 1970 of the last use, -1 where none was
/// noted.
struct NotedUse {
  CacheUse of;
  int64_t last_s = -1;
};
NotedUse noted_use(const std::string& path);
/// Where note_use() keeps it.
std::string use_record(const std::string& path);

/// While it lives, nobody prunes a cache (`shared`), or nobody else begins to use any of it.
class CacheLock {
 public:
  enum class Kind { shared, alone };
  CacheLock(const std::string& cache_dir, Kind kind);
  ~CacheLock();
  CacheLock(const CacheLock&) = delete;
  bool locked() const { return file_ >= 0; }

 private:
  int file_ = -1;
};

/// What living processes hold, each as "<kind>/<name>". Needs a lock.
/// @param remove_left  removes the lists of processes that are gone
std::set<std::string> held_in_cache(const std::string& cache_dir, bool remove_left);

}  // namespace assay::dataset
