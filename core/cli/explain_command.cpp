#include "cli/explain_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "cli/explain_choice.h"
#include "cli/explained_part.h"
#include "cli/progress_line.h"
#include "cli/recorded_experiment.h"
#include "cli/worker_pool.h"
#include "error/error.h"
#include "execution/compare_trials.h"
#include "execution/explain.h"
#include "execution/repetition.h"
#include "report/run_name.h"
#include "text/listed.h"

namespace assay::cli {
namespace {

struct ExplainArguments {
  std::string db;
  ExplainQuestion question;
  std::vector<std::string> data;
  int64_t first = 10;
  bool json = false, quiet = false;
};

/// The trial of today's plan that gives what the stored one gave.
const execution::PlannedTrial& trial_again(const results::Reader& reader,
                                           const execution::Plan& plan,
                                           const results::RunTrial& trial) {
  const execution::Repetition again = execution::repetition_of(reader, plan, trial);
  if (!again.obstacle.empty()) {
    throw error::UserError(
        fmt::format("{} cannot be served again as it was: {}", trial.variant, again.obstacle));
  }
  return *execution::find_planned(plan, trial);
}

void expect_in_history(const dataset::PreparedData& data, int64_t request, int64_t item,
                       const report::ItemNames& names) {
  const auto history = data.requests(task::Window::test).history.row(request);
  if (item < 0 || std::ranges::find(history, item) != history.end()) return;
  std::vector<std::string> latest;
  for (const int64_t past : history.last(std::min<size_t>(history.size(), 5)))
    latest.push_back(fmt::format("{} [{}]", names.title(past), names.id(past)));
  throw error::UserError(fmt::format(
      "--without: {} is not in the history of request {}{}", names.title(item), request,
      latest.empty() ? ", which is empty" : "; its latest items: " + text::listed(latest)));
}

/// In what the list differs from the one that the run served; "" where it is the same.
std::string difference_of(const results::Reader& stored, const results::RunTrial& trial,
                          const results::Reader& part, const std::string& key, int64_t request) {
  const results::Slates kept = stored.slates(trial.trial_key, request, 1);
  for (const results::StageLists& lists : part.stage_lists(key)) {
    if (lists.stage != "served") continue;
    results::Slates now{
        .requests = 1, .size = kept.size, .items = lists.items, .scores = lists.scores};
    now.items.resize(static_cast<size_t>(kept.size), -1);
    now.scores.resize(static_cast<size_t>(kept.size), kept.scores.back());
    if (now.items == kept.items) return "";
    const size_t at = std::ranges::mismatch(now.items, kept.items).in1 - now.items.begin();
    return fmt::format("the first difference is at rank {}, where the run served another item",
                       at + 1);
  }
  return "no list was served";
}

/// What was asked, in the words of the data.
struct Asked {
  results::RunTrial trial;
  ChosenRequest request;
  report::ItemNames names;
  task::ExplainWork work;
};

Asked asked_of(const results::Reader& reader, int64_t run_id, const ExplainArguments& arguments) {
  const ExplainQuestion& question = arguments.question;
  if (question.user.empty() && !question.request)
    throw error::UserError("name who asked with --user, or the request with --request");
  const results::RunTrial trial = chosen_trial(reader, run_id, question);
  Asked asked{trial,
              chosen_request(reader, trial.request_set, question),
              report::ItemNames(reader, trial.request_set),
              {}};
  asked.work.request = asked.request.request;
  asked.work.explained = arguments.first;
  if (!question.item.empty()) asked.work.item = chosen_item(asked.names, question.item, "--item");
  if (!question.without.empty())
    asked.work.without = chosen_item(asked.names, question.without, "--without");
  return asked;
}

report::ExplainedRequest head_of(const Asked& asked, const report::OpenRun& run) {
  const auto times = run.reader().request_users(asked.trial.request_set).times;
  report::ExplainedRequest out{.run = run.name().path,
                               .variant = asked.trial.variant,
                               .dataset = asked.trial.dataset,
                               .fold = asked.trial.fold,
                               .seed = asked.trial.seed,
                               .request = asked.request.request,
                               .requests = asked.request.requests,
                               .user = asked.request.user,
                               .others = asked.request.others};
  const auto at = static_cast<size_t>(asked.request.request);
  if (at < times.size() && times[at] >= 0) out.time = times[at];
  return out;
}

execution::Plan plan_of(const Workspace& workspace, const report::OpenRun& run,
                        const Recorded& recorded) {
  const execution::TuningContext tuning =
      workspace.tuning_context(recorded.experiment, recorded.data);
  execution::PlanSettings settings = tuning.settings;
  settings.chosen = choices_of(execution::tuning_searches(tuning, &run.database()));
  return execution::make_plan(recorded.experiment, recorded.data, settings);
}

int explain(const ExplainArguments& arguments) {
  const report::OpenRun run(report::parse_run_name(arguments.db));
  const results::Reader reader = run.reader();
  const Asked asked = asked_of(reader, run.info().run_id, arguments);
  const Workspace workspace;
  const WorkFolder work(workspace.cache, false);
  const Recorded recorded =
      read_recorded(workspace, run.name().path, run.info(), work.path(), {}, arguments.data);
  const execution::Plan plan = plan_of(workspace, run, recorded);
  const execution::PlannedTrial& trial = trial_again(reader, plan, asked.trial);
  const auto data = dataset::PreparedData::open(plan.data[trial.data].prepared.path);
  expect_in_history(data, asked.work.request, asked.work.without, asked.names);

  WorkerOptions workers;
  workers.jobs = 1;
  execution::LocalExecutor executor(
      executor_settings(workers, recorded.experiment, 1, workspace.plugins.worker, work.path()));
  ProgressLine line(arguments.quiet);
  execution::RunSettings settings;
  settings.work_folder = work.path();
  settings.jobs = 1;
  settings.progress = [&](const execution::RunProgress& progress) { line.show(progress); };
  settings.stop = stop_on_interrupt();
  const std::string part = explain_request(plan, trial, asked.work, executor, settings);
  line.clear();
  if (part.empty()) return 4;
  const results::Database file = results::Database::open_readonly(part);
  const results::Reader left(file);
  report::ExplainedRequest out = head_of(asked, run);
  out.difference = difference_of(reader, asked.trial, left, trial.key, asked.work.request);
  add_explanation({.part = left,
                   .plan = plan,
                   .trial = trial,
                   .data = data,
                   .names = asked.names,
                   .request = asked.work.request,
                   .first = arguments.first,
                   .item = asked.work.item},
                  out);
  fmt::print("{}", arguments.json ? report::to_json_value(out).dump(
                                        2, ' ', false, nlohmann::json::error_handler_t::replace) +
                                        "\n"
                                  : report::explanation_text(out));
  return 0;
}

}  // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
  auto arguments = std::make_shared<ExplainArguments>();
  ExplainQuestion& question = arguments->question;
  CLI::App* command = app.add_subcommand(
      "explain", "Explain one request: who asked, what each stage made of it, and why");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("--variant", question.variant, "The variant that served the request")
      ->required()
      ->option_text("VARIANT");
  command->add_option("--user", question.user, "Who asked, by the id of the data")
      ->option_text("USER");
  command
      ->add_option("--request", question.request,
                   "Which request, by its number (default: the user's first one)")
      ->option_text("NUMBER");
  command
      ->add_option("--item", question.item, "Explain this item too, by id or title, served or not")
      ->option_text("ITEM");
  command
      ->add_option("--without", question.without,
                   "Leave this item out of the history (default: its latest three, one by one)")
      ->option_text("ITEM");
  command->add_option("--dataset", question.dataset, "Of several data sets, this one")
      ->option_text("DATASET");
  command->add_option("--fold", question.fold, "Of several folds, this one")->option_text("FOLD");
  command->add_option("--seed", question.seed, "Of several seeds, this one")->option_text("SEED");
  command->add_option("--top", arguments->first, "Items that are shown of each list")
      ->check(CLI::Range(1, 1000));
  add_data_option(*command, arguments->data);
  command->add_flag("--json", arguments->json, "Print everything as one JSON object");
  command->add_flag("--quiet,-q", arguments->quiet, "Show no progress, only the result");
  command->callback([arguments, &exit_code] { exit_code = explain(*arguments); });
}

}  // namespace assay::cli
