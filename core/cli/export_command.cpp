#include "cli/export_command.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/export_mlflow.h"
#include "cli/export_models.h"
#include "cli/export_parquet.h"
#include "cli/export_release.h"
#include "cli/export_tables.h"
#include "cli/export_trec.h"
#include "error/error.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

struct ExportFormat {
  const char* name;
  void (*write)(Release&, const std::string& folder);
  bool adds = false;       ///< to a folder that holds other exports already
  bool anonymises = true;  ///< can leave out what could tell who asked
  /// To whoever reads it next, with a line end; {folder} is where it is.
  const char* advice = "";
};

constexpr char kCountEmptyLists[] =
    "A request with an empty list has no line in its .run: evaluate with trec_eval -c, which "
    "counts "
    "it as 0 as assay does; without -c it is left out of the mean.\n";

/// MLflow 3 does not open such a folder ("in maintenance mode") unless it is told to.
constexpr char kMigrate[] =
    "Open it:  mlflow migrate-filestore --source {folder} --target sqlite:///mlflow.db\n"
    "          mlflow ui --backend-store-uri sqlite:///mlflow.db\n"
    "MLflow 2 opens the folder as it is: mlflow ui --backend-store-uri {folder}\n";

void export_to_mlflow(Release& release, const std::string& folder) {
  export_mlflow(release.run(), folder);
}

constexpr std::array<ExportFormat, 5> kFormats = {
    {{"parquet", export_parquet},
     {"csv", export_csv},
     {"trec", export_trec, false, true, kCountEmptyLists},
     {"json", export_json},
     {"mlflow", export_to_mlflow, true, false, kMigrate}}};

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

struct ExportArguments {
  std::string db, to, folder, vectors;
  std::vector<std::string> lists;  ///< how many, and the variant
  bool anonymise = false;
  int64_t k = 5;
  std::string mode;
};

/// Rights of files as chmod has them: "640".
std::filesystem::perms rights_of(const std::string& mode) {
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(mode.data(), mode.data() + mode.size(), value, 8);
  if (failed != std::errc() || end != mode.data() + mode.size() || value > 0777 ||
      (value & 0400) == 0)
    throw error::UserError(fmt::format(
        "--mode {}: expected the rights of files in octal, the owner's to read among them: 640",
        mode));
  return static_cast<fs::perms>(value);
}

/// Gives the files of a folder their rights, and the folder those to enter for whoever may read.
void set_rights(const std::string& folder, const std::string& mode) {
  const fs::perms rights = rights_of(mode);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) fs::permissions(entry.path(), rights);
  const unsigned readers = static_cast<unsigned>(rights) & 0444;
  fs::permissions(folder, rights | static_cast<fs::perms>(readers >> 2) | fs::perms::owner_all);
}

/// Makes the folder; one that `adds` to what is there may hold something.
void take_folder(const std::string& folder, bool adds) {
  std::error_code error;
  if (fs::exists(folder) && !(adds && fs::is_directory(folder)) &&
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
}

void export_run(const report::OpenRun& run, const ExportArguments& arguments) {
  const ExportFormat& format = format_of(arguments.to);
  if (arguments.anonymise && !format.anonymises)
    throw error::UserError(fmt::format(
        "--anonymise has no {}: its files have texts of the run; parquet, csv, trec and json can",
        format.name));
  std::string folder = arguments.folder;
  if (folder.empty()) folder = default_folder(run.name().path, arguments.to);
  take_folder(folder, format.adds);
  Release release(run, arguments.anonymise ? std::optional(arguments.k) : std::nullopt);
  format.write(release, folder);
  if (!arguments.mode.empty()) set_rights(folder, arguments.mode);
  fmt::print("Run {} of {} as {}: {}\n", run.info().run_id, run.name().path, arguments.to, folder);
  fmt::print("{}", release.account());
  fmt::print(fmt::runtime(format.advice), fmt::arg("folder", folder));
}

int64_t length_of(const std::string& text) {
  int64_t k = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), k);
  if (failed == std::errc() && end == text.data() + text.size() && k >= 1 && k <= 1'000'000)
    return k;
  throw error::UserError(fmt::format(
      "--lists {}: expected a number of items, 1 to 1000000, and a variant: --lists 100 control",
      text));
}

/// What was trained: vectors, or the lists of all users.
void export_models(const report::OpenRun& run, const ExportArguments& arguments) {
  const bool vectors = !arguments.vectors.empty();
  const int64_t k = vectors ? 0 : length_of(arguments.lists[0]);
  const std::string& variant = vectors ? arguments.vectors : arguments.lists[1];
  std::string folder = arguments.folder;
  if (folder.empty()) folder = default_folder(run.name().path, vectors ? "vectors" : "lists");
  const bool is_new = !fs::exists(folder);
  take_folder(folder, true);
  try {
    vectors ? export_vectors(run, variant, folder) : export_lists(run, variant, k, folder);
  } catch (...) {
    std::error_code ignored;
    if (is_new) fs::remove(folder, ignored);  // where nothing was written
    throw;
  }
  if (!arguments.mode.empty()) set_rights(folder, arguments.mode);
  fmt::print("{} of {}, run {} of {}: {}\n", vectors ? "Vectors" : "Lists", variant,
             run.info().run_id, run.name().path, folder);
}

void run_export(const ExportArguments& arguments) {
  const int asked = (arguments.to.empty() ? 0 : 1) + (arguments.vectors.empty() ? 0 : 1) +
                    (arguments.lists.empty() ? 0 : 1);
  if (asked != 1)
    throw error::UserError(
        "expected one of --to FORMAT (the results), --vectors VARIANT and --lists N VARIANT");
  if (arguments.anonymise && arguments.to.empty())
    throw error::UserError(
        "--anonymise goes with --to FORMAT: vectors and lists of each user tell who it is");
  if (!arguments.mode.empty()) {
    rights_of(arguments.mode);
    ::umask(077);  // nobody reads a file before it has its rights
  }
  const report::OpenRun run(report::parse_run_name(arguments.db));
  if (!arguments.to.empty()) return export_run(run, arguments);
  export_models(run, arguments);
}

}  // namespace

void add_export_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<ExportArguments>();
  CLI::App* command = app.add_subcommand("export", "Write a run for other tools");
  command->add_option("db", arguments->db, "A run: FILE (its last one) or FILE#RUN")
      ->required()
      ->option_text("RUN");
  command
      ->add_option("--to", arguments->to,
                   "parquet, csv, trec (to be evaluated with trec_eval -c), json or mlflow")
      ->option_text("FORMAT");
  command
      ->add_option("--vectors", arguments->vectors,
                   "Instead: vectors of users and items of this variant's fitted stages, as .npy "
                   "and .safetensors with ids")
      ->option_text("VARIANT");
  command
      ->add_option("--lists", arguments->lists,
                   "Instead: the best N items of every known user by this variant's fitted stages, "
                   "as TREC run and Parquet")
      ->expected(2)
      ->allow_extra_args(false)  // the run may follow
      ->option_text("N VARIANT");
  command
      ->add_option("--output,-o", arguments->folder,
                   "Folder (default: beside the database, named by the format; mlflow: mlruns)")
      ->option_text("FOLDER");
  command->add_flag("--anonymise", arguments->anonymise,
                    "With --to: new ids that nobody can trace back, no times, no texts of the run, "
                    "and nothing that fewer than --k users share (docs/security.md)");
  command
      ->add_option("--k", arguments->k, "With --anonymise: how many users share a row's labels (5)")
      ->check(CLI::Range(2, 1'000'000));
  command->add_option("--mode", arguments->mode, "Rights of the files that are written, as 640")
      ->option_text("OCTAL");
  command->callback([arguments] { run_export(*arguments); });
}

}  // namespace assay::cli
