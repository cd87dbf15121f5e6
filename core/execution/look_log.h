#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace assay::execution {

/// One run that evaluated on the test window of a data set, in whatever file it is.
struct LoggedLook {
  std::string time;      ///< when the run began, UTC
  std::string database;  ///< hash of the path of its file: nobody else's folders are told
  std::string source;    ///< hash of the outside files of the data
  /// Of the window's requests, UTC seconds; none where they have no times.
  std::optional<int64_t> first_s, last_s;
  std::vector<std::string> chains;  ///< hashes of the variants' stages with their settings
};

/// Adds a line to the log of this machine, which lies beside the cache, so that looks are known over
/// all files. Several runs may write at once. A log that cannot be written is left alone: a run is
/// not refused for it.
/// @param path  of the log; empty: none is kept
void log_look(const std::string& path, const LoggedLook& look);

/// Those at data of this source, oldest first. A line that was torn is left out.
std::vector<LoggedLook> logged_looks(const std::string& path, const std::string& source);

/// Whether two windows have a moment in common; where one has no times they may have all.
bool may_overlap(const LoggedLook& a, const LoggedLook& b);

/// 12 digits of the hash of the path, and of the JSON of a chain.
std::string hash_of_path(const std::string& path);
std::string hash_of_chain(const std::string& chain);

}  // namespace assay::execution
