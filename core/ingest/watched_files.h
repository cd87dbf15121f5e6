#pragma once

#include <string>
#include <vector>

#include "dataset/cache.h"
#include "error/error.h"

namespace assay::ingest {

/// Files as they were before they were read: what is read of one that changes meanwhile is neither
/// the old nor the new one.
class WatchedFiles {
 public:
  /// Looks at the files. Throws UserError where one is missing.
  explicit WatchedFiles(std::vector<std::string> paths);

  /// Throws UserError where the bytes of a file are not as they were.
  /// @param hashes  what remembered_sha256 gave for the files
  void check(const std::vector<std::string>& hashes, const std::string& cache_dir) const;

  /// Runs `body`. Where it fails over files that changed meanwhile, that is what is said.
  template <typename Body>
  auto over(const Body& body) const {
    try {
      return body();
    } catch (const error::UserError&) {
      check_states();
      throw;
    }
  }

 private:
  void check_states() const;

  std::vector<std::string> paths_;
  std::vector<dataset::FileState> states_;
};

}  // namespace assay::ingest
