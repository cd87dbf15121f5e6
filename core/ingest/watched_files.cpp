#include "ingest/watched_files.h"

#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

bool is_still(const std::string& path, const dataset::FileState& state) {
  try {
    return dataset::state_of(path) == state;
  } catch (const error::UserError&) {
    return false;  // it is gone
  }
}

// "" where the file is gone.
std::string hash_now(const std::string& path, const std::string& cache_dir) {
  try {
    return dataset::remembered_sha256(path, cache_dir);
  } catch (const error::UserError&) {
    return "";
  }
}

}  // namespace

WatchedFiles::WatchedFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  for (const std::string& path : paths_) states_.push_back(dataset::state_of(path));
}

void WatchedFiles::check_states() const {
  for (size_t i = 0; i < paths_.size(); ++i)
    if (!is_still(paths_[i], states_[i])) changed_while_read(paths_[i]);
}

// A link or a permission that was added changes the state too, so the bytes decide.
void WatchedFiles::check(const std::vector<std::string>& hashes,
                         const std::string& cache_dir) const {
  for (size_t i = 0; i < paths_.size(); ++i)
    if (hash_now(paths_[i], cache_dir) != hashes[i]) changed_while_read(paths_[i]);
}

}  // namespace assay::ingest
