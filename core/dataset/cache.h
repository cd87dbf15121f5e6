#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "dataset/notice.h"
#include "dataset/safetensors.h"

namespace assay::dataset {

/// The file at `path` where it is there and whole; else `make(path)` makes it. A damaged file is
/// made anew, and `notice` gets a line that says so. Several processes may do it at once: each
/// writes its own file and renames it. Nobody prunes it while this process lives
/// (dataset/cache_use.h).
/// @param path  <cache>/<kind>/<name>
/// @param what  for the notice: "the imported data of ml-100k"
SafetensorsFile find_or_make(const std::string& path, const std::string& what,
                             const std::function<void(const std::string& path)>& make,
                             const Notice& notice);

/// The name of something that is made from `what`: SHA-256 of its canonical JSON.
std::string cache_key(const nlohmann::json& what);

/// The name of a file in the cache: its key, and from the second layout on which layout it has. A
/// key says what is in a file, the layout how it is written; so a file of another layout is another
/// file, and a run of another version agrees in all keys.
std::string cache_file(const std::string& key, int layout);

/// SHA-256 of a file, taken now. Throws UserError where it cannot be read.
std::string fresh_sha256(const std::string& path);

/// What tells that a file is as it was. The time of change (st_ctim) is the kernel's: archives and
/// copies that bring their own time of modification, and the size and inode of an older file, do
/// not bring that.
struct FileState {
  int64_t bytes = 0;
  uint64_t inode = 0;
  int64_t modified_ns = 0;
  int64_t changed_ns = 0;
  bool tells_changes = true;  ///< false on file systems without a time of change
  friend bool operator==(const FileState&, const FileState&) = default;
  /// Whether a change now would be seen: file systems count time in ticks.
  bool settled() const;
};
/// Throws UserError where the file is missing.
FileState state_of(const std::string& path);

/// SHA-256 of a file. It is remembered under `cache_dir` and taken again where size, inode, time of
/// modification or time of change differ, or where they could not tell. Throws UserError where the file cannot be read.
/// @param stop  gives it up; what is returned then is ""
std::string remembered_sha256(const std::string& path, const std::string& cache_dir,
                              const std::stop_token& stop = {});
/// Whether remembered_sha256 needs no look at the file.
bool remembers_sha256(const std::string& path, const std::string& cache_dir);

/// SHA-256 of the bytes of these tensors of a file, by name; remembered as the hashes of files are.
std::map<std::string, std::string> remembered_tensor_hashes(const SafetensorsFile& file,
                                                            const std::vector<std::string>& names,
                                                            const std::string& cache_dir);

}  // namespace assay::dataset
