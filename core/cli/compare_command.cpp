#include "cli/compare_command.h"

#include <fmt/core.h>

#include <memory>
#include <string>

#include "report/comparison_text.h"

namespace assay {
namespace {

struct CompareArguments {
  std::string path;
  std::string format = "text";
  int64_t run = 0;
  CompareOptions options;
};

void compare(CompareArguments& arguments) {
  arguments.options.format = parse_text_format(arguments.format);
  arguments.options.shown_path = arguments.path;
  if (arguments.run > 0) arguments.options.run = arguments.run;
  const Database database = Database::open_readonly(arguments.path);
  fmt::print("{}", comparison_text(database, arguments.options));
}

}  // namespace

void add_compare_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<CompareArguments>();
  CompareOptions& options = arguments->options;
  CLI::App* command =
      app.add_subcommand("compare", "Which variant is better, in words, numbers and doubts");
  command->add_option("db", arguments->path, "A results database")->required()->option_text("DB");
  command->add_option("--run", arguments->run, "Another run than the last one that ended")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command
      ->add_option("--metric", options.metric,
                   "Another metric than the primary one: recall@20 (exploratory)")
      ->option_text("METRIC");
  command->add_option("--baseline", options.baseline, "Another variant to compare with")
      ->option_text("VARIANT");
  command->add_option("--slice", options.slice, "A part of the requests")->option_text("SLICE");
  command->add_flag("--failures", options.failures, "Everything that is known of what failed");
  command->add_option("--format", arguments->format, "text, markdown, json or csv")
      ->option_text("FORMAT");
  command->callback([arguments] { compare(*arguments); });
}

}  // namespace assay
