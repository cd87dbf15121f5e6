#pragma once

/// What imported files are called in the cache.

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "ingest/source_files.h"

namespace assay::ingest {

inline constexpr int kReaderVersion = 3;  ///< raised when the same file is read as something else

/// [{"name", "role", "part", "feature", "inside", "bytes", "sha256"}]; hashes are remembered.
nlohmann::json describe_files(const std::vector<SourceFile>& files, const std::string& cache_dir,
                              const std::stop_token& stop = {});
std::vector<std::string> paths_of(const std::vector<SourceFile>& files);
/// Of described files.
std::vector<std::string> hashes_of(const nlohmann::json& described);

/// Described files without their names: names of files and folders are no part of a key, but for the
/// folders of a partition, which are columns.
nlohmann::json bytes_of_files(const nlohmann::json& described);
/// What the bytes are and how they are read.
std::string import_key(const std::string& format, const nlohmann::json& settings,
                       const nlohmann::json& described);

std::string imported_folder(const std::string& cache_dir);
std::string imported_path(const std::string& cache_dir, const std::string& key, int layout);

}  // namespace assay::ingest
