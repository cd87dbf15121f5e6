#include "ingest/data_places.h"

#include <cstdlib>

namespace assay::ingest {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

std::string default_cache_dir() {
  if (const std::string named = environment("ASSAY_CACHE"); !named.empty()) return named;
  if (const std::string cache = environment("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/assay";
  if (const std::string home = environment("HOME"); !home.empty()) return home + "/.cache/assay";
  return ".cache/assay";
}

DataPlaces DataPlaces::from_environment(std::string cache_dir) {
  DataPlaces places;
  std::string rest = environment("ASSAY_DATA");
  while (!rest.empty()) {
    const size_t end = rest.find(':');
    if (const std::string folder = rest.substr(0, end); !folder.empty())
      places.folders.push_back(folder);
    rest = end == std::string::npos ? "" : rest.substr(end + 1);
  }
  places.folders.push_back("data");
  places.folders.push_back(cache_dir + "/data");
  places.cache_dir = std::move(cache_dir);
  return places;
}

}  // namespace assay::ingest
