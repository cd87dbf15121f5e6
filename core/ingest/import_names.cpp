#include "ingest/import_names.h"

#include <fmt/format.h>

#include <filesystem>

#include "dataset/cache.h"

namespace assay::ingest {

namespace fs = std::filesystem;
using nlohmann::json;

json describe_files(const std::vector<SourceFile>& files, const std::string& cache_dir,
                    const std::stop_token& stop) {
  json out = json::array();
  for (const SourceFile& file : files) {
    out.push_back({{"name", fs::path(file.path).filename().string()},
                   {"role", file.role},
                   {"part", file.part},
                   {"feature", file.feature},
                   {"inside", file.inside},
                   {"bytes", fs::file_size(file.path)},
                   {"sha256", dataset::remembered_sha256(file.path, cache_dir, stop)}});
  }
  return out;
}

json bytes_of_files(const json& described) {
  json out = json::array();
  for (json file : described) {
    file.erase("name");
    file.erase("bytes");
    out.push_back(std::move(file));
  }
  return out;
}

std::string import_key(const std::string& format, const json& settings, const json& described) {
  return dataset::cache_key({{"reader", kReaderVersion},
                             {"format", format},
                             {"settings", settings},
                             {"files", bytes_of_files(described)}});
}

std::string imported_folder(const std::string& cache_dir) { return cache_dir + "/imported"; }

std::string imported_path(const std::string& cache_dir, const std::string& key, int layout) {
  return fmt::format("{}/{}", imported_folder(cache_dir), dataset::cache_file(key, layout));
}

std::vector<std::string> paths_of(const std::vector<SourceFile>& files) {
  std::vector<std::string> paths;
  for (const SourceFile& file : files) paths.push_back(file.path);
  return paths;
}

std::vector<std::string> hashes_of(const json& described) {
  std::vector<std::string> hashes;
  for (const json& file : described) hashes.push_back(file.at("sha256").get<std::string>());
  return hashes;
}

}  // namespace assay::ingest
