#pragma once

/// `plugins.lock`: which code and which models the experiments of a folder load, by SHA-256, for
/// version control. A text: a line with the version, comments, then one line a file, `plugin`,
/// `library` or `model`, 64 hex digits, and the name, in that order of kinds and by name, so that a
/// change of one file is a change of one line.

#include <string>
#include <vector>

namespace assay::execution {

struct LockedFile {
  enum class Kind { plugin, library, model };
  Kind kind = Kind::plugin;
  std::string name;  ///< the same on every machine, where the experiment file names no other place
  std::string sha256;  ///< 64 hex digits
  std::string path;    ///< where it lies; empty of a file of a lock
};

/// "plugin", "library", "model".
std::string kind_name(LockedFile::Kind kind);

/// The text of a lock of these files, in any order.
std::string lock_text(std::vector<LockedFile> files);

/// The files of a lock. Throws UserError with `path` and line: another version, no entry, a hash that
/// is none, a file twice.
std::vector<LockedFile> parse_lock(const std::string& text, const std::string& path);

/// Files that are used, held against a lock. Each list in the order of a lock.
struct LockChanges {
  struct Changed {
    LockedFile locked, now;
  };
  std::vector<LockedFile> added;   ///< used, not in the lock
  std::vector<Changed> changed;    ///< other bytes
  std::vector<LockedFile> unused;  ///< in the lock, not used
  std::vector<LockedFile> same;
};
LockChanges compare_lock(const std::vector<LockedFile>& lock, const std::vector<LockedFile>& used);

/// Throws UserError, a problem for each file that is not as the lock says.
/// @param path     of the lock
/// @param command  that writes it anew
void require_lock(const LockChanges& changes, const std::string& path, const std::string& command);

}  // namespace assay::execution
