#include "execution/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <tuple>

#include "dataset/learning_sizes.h"
#include "error/error.h"

namespace assay::execution {
namespace {

using task::FunctionAnswer;
using task::FunctionQuestion;
using task::LearningSizes;

constexpr double kGiB = 1024.0 * 1024 * 1024;
/// A task that needs more than its share may take this times what is declared, where it is free:
/// `assay check` lets a declaration be wrong by half.
constexpr double kSlack = 1.5;

/// What the worker itself makes of the data before a fit begins: the columns of an event slice, and
/// the positive pairs in rows of users and of items (TrainingView).
int64_t view_bytes(const LearningSizes& sizes) {
  constexpr int64_t kEvent = 4 + 4 + 8 + 4 + 1;
  constexpr int64_t kPair = 2 * 8;
  constexpr int64_t kRow = 8 + 1;
  return sizes.events * kEvent + sizes.positives * kPair + (sizes.users + sizes.items) * kRow;
}

class Sizes {
 public:
  explicit Sizes(const Plan& plan) : plan_(plan) {}

  const LearningSizes& of(const PlannedFit& fit) {
    const auto data = dataset::PreparedData::open(sized_by(fit));
    const bool all_types = !fit.task.target.stage.sees.learn_from.empty() &&
                           data.has_typed_histories(task::Window::test);
    const std::tuple key(data.path(), dataset::windows_name(fit.task.windows), all_types);
    const auto found = known_.find(key);
    if (found != known_.end()) return found->second;
    return known_.emplace(key, dataset::learning_sizes(data, fit.task.windows, all_types))
        .first->second;
  }

 private:
  // The log of a day of a loop is not made yet: it has about as many events as that of its world.
  const std::string& sized_by(const PlannedFit& fit) const {
    const std::string& prepared = plan_.data[fit.data].prepared.path;
    return plan_.experiment.loop ? prepared : fit.data_path;
  }

  const Plan& plan_;
  std::map<std::tuple<std::string, std::string, bool>, LearningSizes> known_;
};

std::string place_of(const PlannedFit& fit) {
  return fmt::format("variants.{}.{}", fit.variants.front(), fit.task.target.stage.place());
}

task::FunctionQuestion question_of(const PlannedFit& fit, const LearningSizes& sizes) {
  const task::StageSpec& stage = fit.task.target.stage;
  return {stage.library, stage.library_sha256, stage.plugin, stage.kind,
          stage.params,  stage.file_sha256,    sizes};
}

/// The largest growth of each strategy's fits; of those of earlier versions the peak of the worker.
std::map<std::string, FitMemory> measured(const std::vector<results::ArtifactRow>& earlier) {
  std::map<std::string, FitMemory> by_plugin;
  for (const results::ArtifactRow& row : earlier) {
    const std::optional<int64_t> took = row.fit_bytes ? row.fit_bytes : row.peak_bytes;
    if (!took) continue;
    FitMemory& memory = by_plugin[row.plugin];
    memory.source = MemorySource::measured;
    memory.fit = std::max(memory.fit, *took);
    memory.serve = std::max(memory.serve, row.bytes.value_or(0));
  }
  return by_plugin;
}

/// Keys of what stands behind a fitted stage: its own, and those of what it calls.
void add_artifacts(const task::FittedStage& stage, std::set<std::string>& keys) {
  if (!stage.artifact.key.empty()) keys.insert(stage.artifact.key);
  for (const task::FittedInput& input : stage.inputs) add_artifacts(input.stage, keys);
}

std::set<std::string> artifacts_of(const std::vector<task::ServeNode>& nodes) {
  std::set<std::string> keys;
  for (const task::ServeNode& node : nodes) add_artifacts(node.fitted, keys);
  return keys;
}

std::string budget_text(const MemoryBudget& budget) {
  return budget.worker > 0
             ? fmt::format("limits.memory is {}; raise it", memory_text(budget.worker))
             : fmt::format("{} is {}; give more with --memory", budget.total_name,
                           memory_text(budget.total));
}

}  // namespace

std::string memory_text(int64_t bytes) {
  const double gib = static_cast<double>(bytes) / kGiB;
  return gib >= 0.95 ? fmt::format("{:.1f} GiB", gib)
                     : fmt::format("{:.0f} MiB", std::ceil(gib * 1024));
}

std::map<std::string, FitMemory> plan_memory(const Plan& plan, const AskFunctions& ask,
                                             const std::vector<results::ArtifactRow>& earlier) {
  const std::map<std::string, FitMemory> before = measured(earlier);
  std::map<std::string, FitMemory> out;
  Sizes sizes(plan);
  std::vector<const PlannedFit*> asked;
  std::vector<task::FunctionQuestion> questions;
  for (const auto& [key, fit] : plan.fits) {
    if (fit.task.target.stage.functions.memory) {
      asked.push_back(&fit);
      questions.push_back(question_of(fit, sizes.of(fit)));
      continue;
    }
    const auto found = before.find(fit.task.target.stage.plugin);
    out[key] = found == before.end() ? FitMemory{} : found->second;
  }
  if (asked.empty()) return out;
  const std::vector<task::FunctionAnswer> answers = ask(questions);
  std::vector<error::Problem> problems;
  for (size_t i = 0; i < asked.size(); ++i) {
    const PlannedFit& fit = *asked[i];
    const task::FunctionAnswer& answer = answers.at(i);
    if (!answer.problem.empty())
      problems.push_back({place_of(fit),
                          fmt::format("({}) cannot be asked how much memory it needs: {}",
                                      fit.task.target.stage.plugin, answer.problem),
                          ""});
    if (!answer.memory) continue;
    out[fit.key] = {MemorySource::declared, answer.memory->fit + view_bytes(sizes.of(fit)),
                    fit.task.part.empty() ? answer.memory->serve : 0};
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
  return out;
}

int64_t RunMemory::serve_need(const std::set<std::string>& artifacts) const {
  int64_t all = 0;
  for (const std::string& key : artifacts) {
    const auto found = fits.find(key);
    if (found != fits.end()) all += found->second.serve;
  }
  return all;
}

int64_t RunMemory::need(const task::FitTask& fit) const {
  const auto found = fits.find(fit.target.artifact.key);
  return serve_need(artifacts_of(fit.upstream)) + (found == fits.end() ? 0 : found->second.fit);
}

int64_t RunMemory::need(const task::Task& task) const {
  if (task.fit) return need(*task.fit);
  if (task.evaluate) return serve_need(artifacts_of(task.evaluate->nodes));
  if (task.time) return task.time->serving.instances * serve_need(artifacts_of(task.time->nodes));
  if (!task.smoke) return 0;
  int64_t largest = 0;
  const std::set<std::string> artifacts = artifacts_of(task.smoke->nodes);
  for (const std::string& key : artifacts) {
    const auto found = fits.find(key);
    if (found != fits.end()) largest = std::max(largest, found->second.fit);
  }
  return serve_need(artifacts) + largest;
}

bool RunMemory::fits_beside(int64_t need, int64_t taken) const {
  if (budget.total == 0 || taken == 0) return true;
  return taken + std::max(need, budget.share) <= budget.total;
}

int64_t RunMemory::grant(task::Task& task, int64_t taken) const {
  if (budget.total == 0) return 0;
  const int64_t known = need(task);
  if (budget.worker > 0) {
    task.memory_bytes = budget.worker;
    return std::max(known, budget.share);
  }
  const int64_t free = std::max(budget.total - taken, budget.share);
  task.memory_bytes = budget.share;
  if (known > budget.share) {
    const auto generous = static_cast<int64_t>(kSlack * static_cast<double>(known));
    task.memory_bytes = std::min(generous, free);
  }
  return task.memory_bytes;
}

void check_memory(const Plan& plan, const RunMemory& memory) {
  const int64_t most = memory.budget.most();
  if (most == 0) return;
  std::vector<error::Problem> problems;
  for (const auto& [key, fit] : plan.fits) {
    const auto found = memory.fits.find(key);
    if (found == memory.fits.end() || found->second.source != MemorySource::declared) continue;
    const auto refuse = [&](int64_t need, const char* what) {
      problems.push_back(
          {place_of(fit),
           fmt::format("({}) declares that it needs {} {} on {}, but {}, or take it out",
                       fit.task.target.stage.plugin, memory_text(need), what,
                       plan.data[fit.data].spec.name, budget_text(memory.budget)),
           ""});
    };
    const bool there = std::filesystem::exists(fit.task.target.artifact.path);
    if (found->second.fit > most && !there)
      refuse(found->second.fit, "to be fitted");
    else if (found->second.serve > most)
      refuse(found->second.serve, "to serve");
  }
  if (!problems.empty()) throw error::UserError(std::move(problems));
}

int jobs_within(const std::map<std::string, FitMemory>& fits, int64_t total, int cores) {
  if (total == 0) return cores;
  std::vector<int64_t> needs;
  for (const auto& [key, fit] : fits)
    if (fit.source == MemorySource::declared) needs.push_back(fit.fit);
  std::ranges::sort(needs);
  int64_t held = 0;
  int jobs = 0;
  for (const int64_t need : needs) {
    held += need;
    if (held > total) return std::clamp(jobs, 1, cores);
    ++jobs;
  }
  return cores;  // all of them fit at once
}

}  // namespace assay::execution
