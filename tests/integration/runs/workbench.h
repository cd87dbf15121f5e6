#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/workspace.h"
#include "execution/executor.h"
#include "execution/run.h"
#include "results/reader.h"

namespace assay::testing {

/// A folder with a small log, a cache and a results database of its own, gone with it. Experiments
/// run through real worker processes.
class Workbench {
 public:
  Workbench();
  ~Workbench();
  Workbench(const Workbench&) = delete;

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string write(const std::string& name, const std::string& text) const;

  /// An experiment over the log: name, data, metrics, then `rest` (variants and what else the test
  /// is about).
  std::string experiment(const std::string& rest) const;

  struct Options {
    int jobs = 2;
    bool smoke = false;
    double memory_gib = 0;
    std::string database = "results.sqlite";
    std::vector<std::string> set;
    std::function<void(const execution::RunProgress&, std::atomic<int>& stop)> watch;
    std::function<void(execution::TaskOutcome&)> change;  ///< what became of a task
  };
  /// Writes `yaml` to a file and runs it.
  execution::RunOutcome run(const std::string& yaml, const Options& options) const;
  execution::RunOutcome run(const std::string& yaml) const { return run(yaml, Options{}); }

  /// The served lists of a variant's trial in the latest run.
  results::Slates slates(const std::string& variant, std::optional<int64_t> seed,
                         const std::string& database = "results.sqlite") const;
  /// One value a request of the served lists of a variant without seeds.
  std::vector<float> values(const std::string& variant, const std::string& definition, int cutoff,
                            const std::string& database = "results.sqlite") const;
  /// One number of a query.
  double number(const std::string& sql, const std::string& database = "results.sqlite") const;
  std::string text(const std::string& sql, const std::string& database = "results.sqlite") const;

 private:
  std::filesystem::path folder_;
};

}  // namespace assay::testing
