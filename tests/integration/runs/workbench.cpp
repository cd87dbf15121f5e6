#include "integration/runs/workbench.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "analysis/analyse.h"
#include "cli/tune_variants.h"
#include "execution/local_executor.h"

namespace assay::testing {
namespace {

// 150 users in three groups of taste, 60 items; who likes what depends on the numbers alone.
std::string small_log() {
  std::string out = "user,item,time,rating\n";
  uint64_t state = 42;
  const auto draw = [&state](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int event = 0; event < 150 * 16; ++event) {
    const uint64_t user = draw(150), taste = user % 3;
    const uint64_t item = draw(4) ? taste * 20 + draw(20) : draw(60);
    out += fmt::format("{},{},{},{}\n", user, item, 1'600'000'000 + event * 3600, 1 + draw(5));
  }
  return out;
}

// Says of tasks what a test wants to have happened.
class ToldExecutor : public execution::LocalExecutor {
 public:
  ToldExecutor(const Settings& settings, const Workbench::Options& options)
      : LocalExecutor(settings), change_(options.change) {}
  std::optional<execution::TaskOutcome> wait(int timeout_ms) override {
    auto outcome = LocalExecutor::wait(timeout_ms);
    if (outcome && change_) change_(*outcome);
    return outcome;
  }

 private:
  std::function<void(execution::TaskOutcome&)> change_;
};

}  // namespace

Workbench::Workbench() {
  std::string name = (std::filesystem::temp_directory_path() / "assay-runs-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("no temporary folder");
  folder_ = name;
  ::setenv("ASSAY_CACHE", path("cache").c_str(), 1);
  write("log.csv", small_log());
}

Workbench::~Workbench() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string Workbench::write(const std::string& name, const std::string& text) const {
  std::ofstream(path(name)) << text;
  return path(name);
}

std::string Workbench::experiment(const std::string& rest) const {
  return R"(name: small
device: cpu
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time, value: rating}}
    split: {method: global_time, rank: 0.1, validation: 0.1, test: 0.3}
serve: {size: 10}
metrics: {groups: [accuracy, coverage], cutoffs: [5, 10], primary: ndcg@10}
)" + rest;
}

execution::RunOutcome Workbench::run(const std::string& yaml, const Options& options) const {
  const std::string file = write("experiment.yaml", yaml);
  cli::Workspace workspace;
  workspace.plugins.folders = {ASSAY_BUILD_DIR "/plugins"};
  workspace.plugins.worker = ASSAY_BUILD_DIR "/bin/assay-worker";
  const task::Experiment experiment = load_experiment(file, workspace.load_options(options.set));
  results::Database database = results::Database::open_or_create(path(options.database));
  execution::Plan plan = workspace.plan(experiment, {}, nullptr, &database);
  std::filesystem::create_directories(path("work"));
  const double memory = options.memory_gib > 0 ? options.memory_gib : experiment.limits.memory_gib;
  ToldExecutor executor({workspace.plugins.worker, path("work"), options.jobs, memory}, options);
  std::atomic<int> stop = 0;
  execution::RunSettings settings;
  settings.work_folder = path("work");
  settings.smoke = options.smoke;
  settings.jobs = options.jobs;
  settings.stop = &stop;
  settings.repeat_disturbed = false;  // tests run beside each other
  settings.progress = [&](const execution::RunProgress& progress) {
    if (options.watch) options.watch(progress, stop);
  };
  if (!cli::tune_variants(workspace, experiment, plan, database, executor, settings)) {
    execution::RunOutcome interrupted;
    interrupted.interrupted = true;
    return interrupted;
  }
  const execution::RunOutcome outcome = run_plan(plan, database, executor, settings);
  analyse(database, outcome.run_id, analysis::analysis_settings(experiment));
  database.close();
  return outcome;
}

results::Slates Workbench::slates(const std::string& variant, std::optional<int64_t> seed,
                                  const std::string& name) const {
  const results::Database database = results::Database::open_readonly(path(name));
  const results::Reader reader(database);
  for (const results::RunTrial& trial : reader.trials(reader.runs().back().run_id)) {
    if (trial.variant == variant && trial.seed == seed) return reader.slates(trial.trial_key);
  }
  throw std::runtime_error("no such trial: " + variant);
}

std::vector<float> Workbench::values(const std::string& variant, const std::string& definition,
                                     int cutoff, const std::string& name) const {
  const results::Database database = results::Database::open_readonly(path(name));
  const results::Reader reader(database);
  for (const results::RunTrial& trial : reader.trials(reader.runs().back().run_id)) {
    if (trial.variant == variant)
      return reader.request_values(trial.trial_key, {"served", definition, cutoff});
  }
  throw std::runtime_error("no such trial: " + variant);
}

double Workbench::number(const std::string& sql, const std::string& name) const {
  const results::Database database = results::Database::open_readonly(path(name));
  const results::Cell cell = results::Reader(database).query(sql).rows.at(0).at(0);
  return std::holds_alternative<int64_t>(cell) ? static_cast<double>(std::get<int64_t>(cell))
                                               : std::get<double>(cell);
}

std::string Workbench::text(const std::string& sql, const std::string& name) const {
  const results::Database database = results::Database::open_readonly(path(name));
  const results::Cell cell = results::Reader(database).query(sql).rows.at(0).at(0);
  return std::holds_alternative<std::string>(cell) ? std::get<std::string>(cell) : "";
}

}  // namespace assay::testing
