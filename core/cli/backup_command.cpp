#include "cli/backup_command.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "dataset/disk_space.h"
#include "results/backup.h"
#include "text/counted.h"

namespace assay::cli {
namespace {

struct CopyArguments {
  std::string from, to;
  bool force = false;
};

void copy(const CopyArguments& arguments, const char* done) {
  const results::Backup made =
      results::copy_verified(arguments.from, arguments.to, arguments.force);
  fmt::print("{} {} to {}: {}, {}, {}; read whole, sound.\n", done, arguments.from, arguments.to,
             text::counted(made.runs, "run"), text::counted(made.trials, "finished trial"),
             dataset::bytes_text(made.bytes));
}

CLI::App* add_copy(CLI::App& app, const char* name, const char* text, const char* from,
                   const char* to, const std::shared_ptr<CopyArguments>& arguments) {
  CLI::App* command = app.add_subcommand(name, text);
  command->add_option("from", arguments->from, from)->required()->option_text("FILE");
  command->add_option("to", arguments->to, to)->required()->option_text("FILE");
  command->add_flag("--force", arguments->force, "Replace what is there");
  return command;
}

}  // namespace

void add_backup_commands(CLI::App& app) {
  const auto backup = std::make_shared<CopyArguments>();
  add_copy(app, "backup", "Copy a results file, also while a run writes to it, and verify the copy",
           "The results file", "The copy", backup)
      ->callback([backup] { copy(*backup, "Copied"); });
  const auto restore = std::make_shared<CopyArguments>();
  add_copy(app, "restore", "Put a copy back in the place of a results file, verified before",
           "The copy", "The results file", restore)
      ->callback([restore] { copy(*restore, "Restored"); });
}

}  // namespace assay::cli
