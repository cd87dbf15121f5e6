#include "results/backup.h"

#include <SQLiteCpp/Backup.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>

#include "error/error.h"
#include "results/connection.h"
#include "results/database.h"
#include "results/opening.h"

namespace assay::results {
namespace {

namespace fs = std::filesystem;

constexpr int kWaitMs = 10'000;

// Removes a copy that did not become one.
class Unfinished {
 public:
  explicit Unfinished(std::string path) : path_(std::move(path)) { remove(); }
  ~Unfinished() { remove(); }
  Unfinished(const Unfinished&) = delete;
  const std::string& path() const { return path_; }

 private:
  void remove() const {
    std::error_code ignored;
    for (const char* tail : {"", "-journal", "-wal", "-shm"}) fs::remove(path_ + tail, ignored);
  }
  std::string path_;
};

void write_through(const std::string& path, const std::string& shown) {
  const int file = ::open(path.c_str(), O_RDONLY);
  const bool done = file >= 0 && ::fsync(file) == 0;
  const int problem = errno;
  if (file >= 0) ::close(file);
  if (!done)
    throw error::UserError(shown, fmt::format("cannot be written: {}", std::strerror(problem)));
}

// All pages in one step: a writer waits, and cannot make the copy start again and again.
void copy_pages(const Connection& from, const std::string& to, const std::string& shown) {
  Connection copy(shown, to, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kWaitMs);
  try {
    SQLite::Backup backup(copy.handle(), from.handle());
    const int left = backup.executeStep(-1);
    if (left != SQLITE_DONE) {
      throw error::UserError(from.path(), fmt::format("another program writes to it for more than "
                                                      "{} s; try again when it is done",
                                                      kWaitMs / 1000));
    }
  } catch (const SQLite::Exception& problem) {
    throw_translated(shown, problem, kWaitMs);
  }
  copy.exec("PRAGMA journal_mode = DELETE");  // one plain file, whatever the original is in
}

Backup counted(const std::string& path) {
  const auto file = open_for_reading(path, migrations());
  Backup backup{.bytes = static_cast<int64_t>(fs::file_size(path))};
  {
    QueryRows runs = file->rows("SELECT count(*) FROM run");
    runs.next();
    backup.runs = runs.integer(0);
  }
  QueryRows trials = file->rows("SELECT count(*) FROM trial WHERE status = 'done'");
  trials.next();
  backup.trials = trials.integer(0);
  return backup;
}

void expect_sound(const std::string& path, const std::string& shown) {
  const auto problems = Database::open_readonly(path).check();
  if (problems.empty()) return;
  throw error::UserError(
      shown, fmt::format("is damaged, nothing was copied: {}{}", problems.front(),
                         problems.size() > 1 ? fmt::format(" (and {} more)", problems.size() - 1)
                                             : std::string()));
}

}  // namespace

Backup copy_verified(const std::string& from, const std::string& to, bool replace) {
  std::error_code ignored;
  if (fs::exists(from, ignored) && fs::equivalent(from, to, ignored))
    throw error::UserError(to, "is the file itself; name another one");
  if (!replace && fs::exists(to, ignored))
    throw error::UserError(to, "is there already; --force replaces it");
  const Unfinished copy(to + ".unfinished");
  {
    const auto original = open_for_reading(from, migrations());
    copy_pages(*original, copy.path(), to);
  }
  expect_sound(copy.path(), from);
  const Backup backup = counted(copy.path());
  write_through(copy.path(), to);
  std::error_code failed;
  // a log that belongs to the file that is replaced would be played into the new one
  for (const char* tail : {"-wal", "-shm", "-journal"}) fs::remove(to + tail, ignored);
  fs::rename(copy.path(), to, failed);
  if (failed) throw error::UserError(to, fmt::format("cannot be written: {}", failed.message()));
  return backup;
}

}  // namespace assay::results
