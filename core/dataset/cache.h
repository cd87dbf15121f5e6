#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dataset/notice.h"
#include "dataset/safetensors.h"

namespace assay {

/// The file at `path` where it is there and whole; else `make(path)` makes it. A damaged file is
/// made anew, and `notice` gets a line that says so. Several processes may do it at once: each
/// writes its own file and renames it.
/// @param what  for the notice: "the imported data of ml-100k"
SafetensorsFile find_or_make(const std::string& path, const std::string& what,
                             const std::function<void(const std::string& path)>& make,
                             const Notice& notice);

/// The name of something that is made from `what`: SHA-256 of its canonical JSON.
std::string cache_key(const nlohmann::json& what);

/// SHA-256 of a file, taken now. Throws UserError where it cannot be read.
std::string fresh_sha256(const std::string& path);

/// SHA-256 of a file. It is remembered under `cache_dir` and taken again only where size, time of
/// change or inode differ. Throws UserError where the file cannot be read.
std::string remembered_sha256(const std::string& path, const std::string& cache_dir);

}  // namespace assay
