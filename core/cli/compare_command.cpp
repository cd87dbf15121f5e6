#include "cli/compare_command.h"

#include <fmt/core.h>

#include <memory>
#include <string>
#include <vector>

#include "error/error.h"
#include "report/attribution.h"
#include "report/compare_files.h"
#include "report/comparison_text.h"

namespace assay::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> files;
  std::string format = "text";
  int64_t run = 0;
  bool side_by_side = false;
  report::CompareOptions options;
};

std::string one_file(const CompareArguments& arguments, const report::RunName& name) {
  report::CompareOptions options = arguments.options;
  options.shown_path = name.path;
  options.run = name.run;
  if (arguments.run > 0) options.run = arguments.run;
  const results::Database database = results::Database::open_readonly(name.path);
  if (options.run) {
    const auto attribution = report::read_attribution(results::Reader(database), *options.run);
    if (attribution && options.format == report::TextFormat::json)
      return attribution_json(*attribution).dump(2) + "\n";
    if (attribution) return attribution_text(*attribution);
  }
  return comparison_text(database, options);
}

void compare(CompareArguments& arguments) {
  arguments.options.details = true;
  arguments.options.format = report::parse_text_format(arguments.format);
  std::vector<report::RunName> names;
  for (const std::string& file : arguments.files) names.push_back(report::parse_run_name(file));
  if (names.size() == 1) {
    fmt::print("{}", one_file(arguments, names.front()));
    return;
  }
  if (arguments.run > 0) {
    throw error::UserError("--run is for one file; of several files name a run as FILE#RUN");
  }
  fmt::print("{}", arguments.side_by_side ? side_by_side_text(names, arguments.options)
                                          : compared_files_text(names, arguments.options));
}

}  // namespace

void add_compare_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<CompareArguments>();
  report::CompareOptions& options = arguments->options;
  CLI::App* command = app.add_subcommand(
      "compare", "Compare the variants of a run: verdicts, leaderboard, uncertainty");
  command
      ->add_option("db", arguments->files,
                   "Results databases; FILE#RUN names another run than the last one")
      ->required()
      ->option_text("DB...");
  command
      ->add_option("--run", arguments->run, "Number of the run (default: the last one that ended)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command
      ->add_option("--metric", options.metric,
                   "Metric to compare instead of the primary one, spelt as in the experiment: "
                   "recall@20, 'my_metric{of=class}@10' (exploratory)")
      ->option_text("METRIC");
  command
      ->add_option("--baseline", options.baseline,
                   "Variant to compare with instead of the run's baseline")
      ->option_text("VARIANT");
  command->add_option("--slice", options.slice, "Slice of the requests or items: 'users: cold'")
      ->option_text("SLICE");
  command->add_flag("--side-by-side", arguments->side_by_side,
                    "Show files that cannot be compared, one after the other");
  command->add_flag("--rejudge", options.rejudge,
                    "Make the verdicts anew by the rules of this build; else they are shown as "
                    "they are stored");
  command->add_flag("--all", options.all,
                    "Show every variant one by one, the members of large grids too");
  command->add_flag("--failures", options.failures,
                    "Show all failures in full instead of the comparison");
  command->add_option("--format", arguments->format, "text, markdown, json or csv")
      ->option_text("FORMAT");
  command->callback([arguments] { compare(*arguments); });
}

}  // namespace assay::cli
