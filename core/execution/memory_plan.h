#pragma once

/// How much memory the tasks of a plan need, and what of it fits into a machine at once.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "execution/plan.h"
#include "results/trial_rows.h"
#include "task/plugin_functions.h"

namespace assay::execution {

/// Where a number of bytes comes from.
enum class MemorySource {
  declared,  ///< the plugin's function `memory`, and the data that it learns from
  measured,  ///< by how much an earlier fit grew its worker, or all that the worker held then
  unknown
};

/// What one fit of a plan, and whoever serves with it, needs.
struct FitMemory {
  MemorySource source = MemorySource::unknown;
  int64_t fit = 0;
  int64_t serve = 0;  ///< what the loaded instance holds
};

/// Answers what plugins declare; see execution/plugin_functions.h.
using AskFunctions = std::function<std::vector<task::FunctionAnswer>(
    const std::vector<task::FunctionQuestion>& questions)>;

/// What each fit of the plan needs, by its key. One call of `ask` for all plugins that declare it;
/// of the others the most that an earlier fit of the same strategy took.
/// @param earlier  fits that a results database knows
/// Throws UserError where a plugin's function fails, naming stage and plugin.
std::map<std::string, FitMemory> plan_memory(const Plan& plan, const AskFunctions& ask,
                                             const std::vector<results::ArtifactRow>& earlier);

/// What the workers of a run may take, and how it is shared out.
struct MemoryBudget {
  int64_t total = 0;       ///< bytes of all workers together; 0: no limit
  int64_t worker = 0;      ///< limits.memory: bytes of one worker; 0: none of its own
  int64_t share = 0;       ///< of a task of which nothing is known: total / workers
  std::string total_name;  ///< for messages: "--memory", "four fifths of this machine's memory"

  /// The most that one task may take.
  int64_t most() const { return worker > 0 ? worker : total; }
};

/// What a run knows of memory. Nothing is limited by default.
struct RunMemory {
  MemoryBudget budget;
  std::map<std::string, FitMemory> fits;  ///< by artifact key

  /// What a task needs by what is declared or measured; 0 where nothing is known of it. A smoke
  /// test fits on few users, but on all items.
  int64_t need(const task::Task& task) const;
  int64_t need(const task::FitTask& fit) const;
  /// What serving with these fits needs.
  int64_t serve_need(const std::set<std::string>& artifacts) const;
  /// Whether a task of this need may begin while others hold `taken` bytes: whoever needs more than
  /// a share waits until it fits; alone, every task fits.
  bool fits_beside(int64_t need, int64_t taken) const;
  /// Sets what the task's worker allows it (with room for a need that was declared too low, where
  /// there is some), and returns what it holds of the budget while it runs.
  int64_t grant(task::Task& task, int64_t taken) const;
};

/// Throws UserError with each stage that cannot be fitted or served within the budget by what its
/// plugin declares: stage, need and limit.
void check_memory(const Plan& plan, const RunMemory& memory);

/// How many workers: at most `cores`, and no more than can hold their smallest fits at once.
int jobs_within(const std::map<std::string, FitMemory>& fits, int64_t total, int cores);

/// "3.1 GiB", "12 MiB".
std::string memory_text(int64_t bytes);

}  // namespace assay::execution
