#pragma once

#include <string>
#include <vector>

namespace assay::ingest {

/// Where data is looked for, and where what is made of it is kept.
struct DataPlaces {
  std::vector<std::string> folders;  ///< searched in order for <folder>/<name of the catalogue>
  std::string cache_dir;             ///< imported/ and prepared/ are made in it

  /// ASSAY_DATA (folders, separated by ':'), then ./data, then <cache_dir>/data.
  static DataPlaces from_environment(std::string cache_dir);
};

/// ASSAY_CACHE, else $XDG_CACHE_HOME/assay, else ~/.cache/assay, else ./.cache/assay.
std::string default_cache_dir();

}  // namespace assay::ingest
