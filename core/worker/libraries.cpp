#include "worker/libraries.h"

#include <map>

namespace assay::worker {

const host::Library& open_library(const std::string& path, const std::string& sha256) {
  static std::map<std::string, host::Library> open;
  const std::string key = path + "#" + sha256;
  const auto found = open.find(key);
  if (found != open.end()) return found->second;
  return open.emplace(key, host::Library::open(path, sha256)).first->second;
}

}  // namespace assay::worker
