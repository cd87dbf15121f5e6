#include "cli/diff_command.h"

#include <fmt/core.h>

#include <memory>
#include <string>

#include "report/run_diff.h"

namespace assay::cli {

void add_diff_command(CLI::App& app, int&) {
  struct Arguments {
    std::string left, right, format = "text";
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "diff", "Differences of two runs: configuration, parameters, environment, plugins, data");
  command->add_option("left", arguments->left, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command->add_option("right", arguments->right, "The run to compare it with")
      ->required()
      ->option_text("RUN");
  command->add_option("--format", arguments->format, "text or json")->option_text("FORMAT");
  command->callback([arguments] {
    fmt::print("{}", run_diff_text(report::parse_run_name(arguments->left),
                                   report::parse_run_name(arguments->right),
                                   report::parse_text_format(arguments->format)));
  });
}

}  // namespace assay::cli
