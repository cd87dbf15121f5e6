#include "cli/check_command.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "cli/contract_checks.h"
#include "cli/workspace.h"
#include "error/error.h"
#include "execution/plugin_probe.h"

namespace assay::cli {

namespace {

struct CheckArguments {
  std::string library;
  std::string strategy;
  std::vector<std::string> params;
  std::string format = "text";
  std::string experiment;  ///< --data
  double limit_s = 20;
};

/// The experiment's first data set, imported and prepared where that was not done before.
std::string prepared_data(const std::string& file) {
  const Workspace workspace;
  make_cache_folder(workspace.cache);
  task::Experiment experiment = config::load_experiment(file, workspace.load_options({}));
  experiment.datasets.resize(1);
  return workspace.prepare(experiment).at(0).path;
}

std::vector<std::string> words_of(const CheckArguments& arguments, const std::string& worker) {
  std::vector<std::string> words{worker,
                                 "--check",
                                 arguments.library,
                                 "--format",
                                 arguments.format,
                                 "--limit-s",
                                 std::to_string(arguments.limit_s),
                                 "--record-in",
                                 checks_folder(ingest::default_cache_dir())};
  if (!arguments.strategy.empty()) words.insert(words.end(), {"--strategy", arguments.strategy});
  if (!arguments.experiment.empty())
    words.insert(words.end(), {"--data", prepared_data(arguments.experiment), "--data-name",
                               "a sample of the data of " + arguments.experiment});
  for (const std::string& param : arguments.params) words.insert(words.end(), {"--param", param});
  return words;
}

[[noreturn]] void become_worker(const CheckArguments& arguments) {
  const std::string worker = execution::default_plugin_search().worker;
  std::vector<std::string> words = words_of(arguments, worker);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(argv[0], argv.data());
  throw error::UserError(
      worker, "cannot be run; expected assay-worker beside assay. Build or install it again");
}

}  // namespace

void add_check_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<CheckArguments>();
  CLI::App* command =
      app.add_subcommand("check", "Test a plugin against the plugin contract, in a few seconds");
  command->add_option("library", arguments->library, "The plugin's shared library (.so)")
      ->required();
  command->add_option("--strategy", arguments->strategy, "Test only this strategy of the library");
  command
      ->add_option("--param", arguments->params,
                   "NAME=VALUE: another value than the default; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--data", arguments->experiment,
                      "An experiment file: check on a sample of its data instead of the built-in "
                      "ones");
  command->add_option("--format", arguments->format, "text or json (every check and its result)")
      ->check(CLI::IsMember({"text", "json"}));
  command->add_option("--limit-s", arguments->limit_s, "Timeout of one check, in seconds")
      ->check(CLI::PositiveNumber);
  command->callback([arguments] { become_worker(*arguments); });
}

}  // namespace assay::cli
