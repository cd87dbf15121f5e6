#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "report/comparison.h"
#include "results/reader.h"

namespace assay::report {

/// A run as a command line names it: `FILE`, its last run that ended, or `FILE#RUN`.
struct RunName {
  std::string path;
  std::optional<int64_t> run;

  /// As it was written.
  std::string text() const;
};

/// Throws UserError where what stands behind the last `#` is no number above 0. A file that is
/// there is taken by its whole name, `#` and all.
RunName parse_run_name(const std::string& text);

/// A run of an open file.
class OpenRun {
 public:
  /// Throws UserError as Database::open_readonly and choose_run.
  explicit OpenRun(const RunName& name);

  const RunName& name() const { return name_; }
  const results::RunInfo& info() const { return chosen_.info; }
  const std::string& note() const { return chosen_.note; }
  results::Reader reader() const { return results::Reader(*database_); }
  const results::Database& database() const { return *database_; }

 private:
  RunName name_;
  std::unique_ptr<results::Database> database_;
  ChosenRun chosen_;
};

}  // namespace assay::report
