#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace assay::dataset {

/// Bytes that a file system has left for this user where `folder` is, or will be; -1 where nobody
/// can say.
int64_t free_bytes(const std::string& folder);

/// What free_bytes() answers, or a stand-in for it.
using AskDisk = std::function<int64_t(const std::string& folder)>;

/// Something that will be written.
struct DiskNeed {
  std::string what;  ///< "3 models"
  int64_t bytes = 0;
};

/// Throws UserError at `folder` where the needs together are more than what is free: how much is
/// needed for what, what is free, and what to do.
void check_disk(const std::string& folder, const std::vector<DiskNeed>& needs,
                const AskDisk& ask = free_bytes);

/// "512 bytes", "12.3 MiB", "20 GiB".
std::string bytes_text(int64_t bytes);

}  // namespace assay::dataset
