#include "cli/report_command.h"

#include <fmt/core.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "error/error.h"
#include "page/html_report.h"

namespace assay::cli {
namespace {

struct ReportArguments {
  std::string path, output;
  int64_t run = 0;
};

/// results/quickstart.html beside results/quickstart.sqlite.
std::string default_output(const std::string& database) {
  return std::filesystem::path(database).replace_extension(".html").string();
}

/// Whole or not at all: the page is renamed to its place when all of it is written.
void write_file(const std::string& path, const std::string& text) {
  const std::string unfinished = path + ".tmp";
  std::ofstream out(unfinished, std::ios::binary);
  out << text;
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(unfinished, path, failed);
  if (out && !failed) return;
  std::error_code ignored;
  std::filesystem::remove(unfinished, ignored);
  throw error::UserError(path, "the report cannot be written here; name another file with -o");
}

void write_report(const ReportArguments& arguments) {
  page::ReportOptions options;
  options.shown_path = arguments.path;
  if (arguments.run > 0) options.run = arguments.run;
  const std::string output =
      arguments.output.empty() ? default_output(arguments.path) : arguments.output;
  const results::Database database = results::Database::open_readonly(arguments.path);
  const std::string page = html_report(database, options);
  write_file(output, page);
  if (!page::report_has_charts()) {
    fmt::print(stderr,
               "This build of assay has no Vega, so the page has tables instead of charts; `make` "
               "gets Vega from npm.\n");
  }
  fmt::print("Page      {} ({:.1f} MB, opens in any browser)\n", output,
             static_cast<double>(page.size()) / 1e6);
}

}  // namespace

void add_report_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<ReportArguments>();
  CLI::App* command =
      app.add_subcommand("report", "Write one HTML page: verdict, charts, data, single requests");
  command->add_option("db", arguments->path, "A results database")->required()->option_text("DB");
  command
      ->add_option("--output,-o", arguments->output,
                   "The page (default: DB with the extension .html)")
      ->option_text("FILE");
  command
      ->add_option("--run", arguments->run, "Number of the run (default: the last one that ended)")
      ->check(CLI::PositiveNumber)
      ->option_text("N");
  command->callback([arguments] { write_report(*arguments); });
}

}  // namespace assay::cli
