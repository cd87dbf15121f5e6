#include "cli/export_command.h"

#include <fmt/core.h>

#include <array>
#include <filesystem>
#include <memory>
#include <string>

#include "cli/export_mlflow.h"
#include "cli/export_tables.h"
#include "cli/export_trec.h"
#include "error/error.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

struct ExportFormat {
  const char* name;
  void (*write)(const report::OpenRun&, const std::string& folder);
  bool adds = false;        ///< to a folder that holds other exports already
  const char* advice = "";  ///< to whoever reads it next, with a line end
};

constexpr char kCountEmptyLists[] =
    "A request with an empty list has no line in its .run: evaluate with trec_eval -c, which "
    "counts "
    "it as 0 as assay does; without -c it is left out of the mean.\n";

constexpr std::array<ExportFormat, 5> kFormats = {{{"parquet", export_parquet},
                                                   {"csv", export_csv},
                                                   {"trec", export_trec, false, kCountEmptyLists},
                                                   {"json", export_json},
                                                   {"mlflow", export_mlflow, true}}};

const ExportFormat& format_of(const std::string& name) {
  std::vector<std::string> known;
  for (const ExportFormat& format : kFormats) {
    if (name == format.name) return format;
    known.emplace_back(format.name);
  }
  throw error::UserError(
      fmt::format("{} is not an export format{}", name, error::did_you_mean(name, known)));
}

/// "results/x.sqlite" as "results/x.parquet"; mlflow's own default is a folder called mlruns.
std::string default_folder(const std::string& path, const std::string& format) {
  if (format == "mlflow") return "mlruns";
  return fs::path(path).replace_extension(format).string();
}

void export_run(const std::string& name, const std::string& to, std::string folder) {
  const ExportFormat& format = format_of(to);
  const report::OpenRun run(report::parse_run_name(name));
  if (folder.empty()) folder = default_folder(run.name().path, to);
  std::error_code error;
  if (fs::exists(folder) && !(format.adds && fs::is_directory(folder)) &&
      !(fs::is_directory(folder) && fs::is_empty(folder))) {
    throw error::UserError(folder,
                           "exists already; move it away, or name another folder with --output");
  }
  fs::create_directories(folder, error);
  if (error) {
    throw error::UserError(
        folder,
        fmt::format("the folder cannot be made ({}); name another one with -o", error.message()));
  }
  format.write(run, folder);
  fmt::print("Run {} of {} as {}: {}\n", run.info().run_id, run.name().path, to, folder);
  fmt::print("{}", format.advice);
}

}  // namespace

void add_export_command(CLI::App& app, int&) {
  struct Arguments {
    std::string db, to, folder;
  };
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand("export", "Write a run for other tools");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command
      ->add_option("--to", arguments->to,
                   "parquet, csv, trec (to be evaluated with trec_eval -c), json or mlflow")
      ->required()
      ->option_text("FORMAT");
  command
      ->add_option("--output,-o", arguments->folder,
                   "Folder (default: beside the database, named by the format; mlflow: mlruns)")
      ->option_text("FOLDER");
  command->callback([arguments] { export_run(arguments->db, arguments->to, arguments->folder); });
}

}  // namespace assay::cli
