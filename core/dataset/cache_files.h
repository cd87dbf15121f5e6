#pragma once

/// What lies in a cache, and its pruning.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace assay::dataset {

enum class CacheKind {
  imported,    ///< data as they were read
  prepared,    ///< filtered and split, with their requests
  lists,       ///< ranked lists, as they were read and as they were cut to requests
  models,      ///< fitted strategies
  hashes,      ///< of source files, so that they are not read again
  answers,     ///< of plugins: what they declare, which checks they passed
  unfinished,  ///< tasks of a run, and files that nobody finished
};
std::string_view name_of(CacheKind kind);

struct CacheFile {
  std::string path;  ///< "<kind>/<name>"; a folder for tasks
  CacheKind kind = CacheKind::imported;
  int64_t bytes = 0;
  int64_t last_use_s = 0;  ///< seconds since 1970; of its making where no use was noted
  std::string dataset;     ///< "" where unknown
  std::vector<std::string> experiments;
  bool held = false;           ///< by a process that is at work
  bool other_version = false;  ///< written in another layout: this version does not read it
};

/// Layouts that this version reads (dataset/cache.h, cache_file()).
struct CacheLayouts {
  std::set<int> imported, prepared, lists;
};

/// Everything in a cache, by path. Data sets that were fetched into it are not of the cache.
std::vector<CacheFile> cache_files(const std::string& cache_dir, const CacheLayouts& layouts);

struct PruneRules {
  std::optional<int64_t> keep_bytes;  ///< of all files together
  std::optional<int64_t> unused_s;    ///< what was not used for longer goes
  bool dry_run = false;
};

struct Pruned {
  std::vector<CacheFile> removed;  ///< in the order of their going
  int64_t removed_bytes = 0;
  int64_t left_bytes = 0;
  int64_t held_bytes = 0;  ///< of these, used by processes that are at work
};

/// Removes what the rules say: first what nobody finished (always), then files of other versions,
/// then what was used least recently. Never what a living process holds; hashes and answers stay,
/// but for hashes of files that are gone.
Pruned prune_cache(const std::string& cache_dir, const CacheLayouts& layouts,
                   const PruneRules& rules);

}  // namespace assay::dataset
