#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "cli/ab_command.h"
#include "cli/assign_command.h"
#include "cli/attribute_command.h"
#include "cli/backup_command.h"
#include "cli/cache_command.h"
#include "cli/check_command.h"
#include "cli/compare_command.h"
#include "cli/data_command.h"
#include "cli/describe_command.h"
#include "cli/diff_command.h"
#include "cli/doctor_command.h"
#include "cli/explain_command.h"
#include "cli/export_command.h"
#include "cli/gate_command.h"
#include "cli/interleave_command.h"
#include "cli/list_command.h"
#include "cli/lock_command.h"
#include "cli/new_command.h"
#include "cli/ope_command.h"
#include "cli/plan_command.h"
#include "cli/report_command.h"
#include "cli/rescore_command.h"
#include "cli/run_command.h"
#include "cli/sql_command.h"
#include "cli/status_command.h"
#include "cli/validate_command.h"
#include "cli/verify_command.h"
#include "error/error.h"
#include "task/build_info.h"

namespace assay::cli {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done, 1 internal error, 2 invalid input (nothing was run), 3 finished but a "
    "variant failed,\n4 interrupted (the same command resumes); of assay gate also 5 rejected, 6 "
    "suspicious, 7 undecided. Start with: assay validate FILE, "
    "assay run FILE, assay compare DB.";

void add_commands(CLI::App& app, int& exit_code) {
  add_run_command(app, exit_code);
  add_validate_command(app, exit_code);
  add_plan_command(app, exit_code);
  add_lock_command(app);
  add_compare_command(app, exit_code);
  add_diff_command(app, exit_code);
  add_report_command(app, exit_code);
  add_attribute_command(app, exit_code);
  add_gate_command(app, exit_code);
  add_rescore_command(app, exit_code);
  add_explain_command(app, exit_code);
  add_verify_command(app, exit_code);
  add_export_command(app, exit_code);
  add_list_command(app, exit_code);
  add_describe_command(app, exit_code);
  add_check_command(app, exit_code);
  add_new_command(app, exit_code);
  add_data_command(app, exit_code);
  add_cache_command(app, exit_code);
  add_sql_command(app, exit_code);
  add_status_command(app);
  add_backup_commands(app);
  add_assign_command(app, exit_code);
  add_ab_command(app, exit_code);
  add_interleave_command(app, exit_code);
  add_ope_command(app, exit_code);
  add_doctor_command(app, exit_code);
}

// CLI11 says what is wrong with options well enough; of a misspelt command it says nothing.
std::string unknown_command(const CLI::App& app, const std::string& given) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) names.push_back(command->get_name());
  return fmt::format("{} is not a command of assay{}", given, error::did_you_mean(given, names));
}

int usage_error(const CLI::App& app, const CLI::ParseError& error,
                const std::vector<std::string>& words) {
  const bool misspelt = !words.empty() && words[0][0] != '-' && app.get_subcommands().empty();
  fmt::print(stderr, "{}\n", misspelt ? unknown_command(app, words[0]) : error.what());
  fmt::print(stderr, "See: assay {}--help\n",
             app.get_subcommands().empty() ? "" : app.get_subcommands().front()->get_name() + " ");
  return 2;
}

int main(int argc, char** argv) {
  CLI::App app(
      "assay puts recommenders to the test: variants of a pipeline, the same logged traffic, one "
      "answer",
      "assay");
  app.set_version_flag("--version",
                       fmt::format("assay {} (LibTorch {})", task::build_info().version,
                                   task::build_info().torch_version));
  app.require_subcommand(0, 1);
  app.footer(kFooter);
  int exit_code = 0;
  add_commands(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error, {argv + 1, argv + argc});
  }
  if (app.get_subcommands().empty()) fmt::print("{}", app.help());
  return exit_code;
}

}  // namespace
}  // namespace assay::cli

int main(int argc, char** argv) {
  try {
    return assay::cli::main(argc, argv);
  } catch (const assay::error::UserError& error) {
    const size_t problems = error.problems().size();
    fmt::print(stderr, "{}\n", error.what());
    if (problems > 1) fmt::print(stderr, "{} problems; nothing was run.\n", problems);
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr,
               "{}\nThis is a bug of assay; please report it with the command that led here.\n",
               error.what());
    return 1;
  }
}
