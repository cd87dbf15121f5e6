#pragma once

#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::report {

/// What the items of a request set are called, by dense id.
struct ItemNames {
  std::vector<std::string> ids;     ///< outside ids; empty where the file does not have them
  std::vector<std::string> titles;  ///< likewise; "" for an item without one

  ItemNames(const results::Reader& reader, const std::string& request_set);

  /// "50"; "#17" where the file does not know it.
  std::string id(int64_t item) const;
  /// "Star Wars (1977)"; the id where it has no title.
  std::string title(int64_t item) const;
};

}  // namespace assay::report
