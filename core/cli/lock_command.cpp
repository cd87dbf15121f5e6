#include "cli/lock_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "error/error.h"
#include "execution/locked_files.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using execution::LockedFile;

constexpr size_t kShownDigits = 12;

struct LockArguments {
  std::string file;
  std::vector<std::string> set;
  bool prune = false;
};

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw error::UserError(path, "cannot be read; look at its permissions");
  return text.str();
}

/// Written beside it and renamed: a lock is whole or as it was.
void write_text(const std::string& path, const std::string& text) {
  const std::string fresh = fmt::format("{}.{}", path, ::getpid());
  std::ofstream out(fresh, std::ios::binary);
  out << text;
  out.close();
  std::error_code error;
  if (out) fs::rename(fresh, path, error);
  if (out && !error) return;
  fs::remove(fresh, error);
  throw error::UserError(path, "cannot be written; look at the permissions of its folder");
}

void print_line(const char* sign, const LockedFile& file, const std::string& hash) {
  fmt::print("  {} {:<7}  {:<12}  {}\n", sign, kind_name(file.kind), hash, file.name);
}

std::string shown(const LockedFile& file) { return file.sha256.substr(0, kShownDigits); }

/// What differs, a line each: + added, ~ other bytes, - taken out.
void print_changes(const execution::LockChanges& changes, bool prune) {
  for (const LockedFile& file : changes.added) print_line("+", file, shown(file));
  for (const auto& [locked, now] : changes.changed)
    print_line("~", now, fmt::format("{} (was {})", shown(now), shown(locked)));
  if (!prune) return;
  for (const LockedFile& file : changes.unused) print_line("-", file, shown(file));
}

std::string summary(const execution::LockChanges& changes, bool prune) {
  std::string out = fmt::format("{} added, {} changed, {} as before", changes.added.size(),
                                changes.changed.size(), changes.same.size());
  if (changes.unused.empty()) return out;
  if (prune) return out + fmt::format(", {} taken out", changes.unused.size());
  return out + fmt::format(", {} kept that this experiment does not use (--prune takes them out)",
                           changes.unused.size());
}

void lock(const LockArguments& arguments) {
  const Workspace workspace;
  const task::Experiment experiment = workspace.load(arguments.file, arguments.set, true);
  const std::string path = execution::lock_path(experiment);
  std::vector<LockedFile> files = execution::locked_files(experiment, workspace.plugins);
  std::vector<LockedFile> before;
  const bool is_new = !fs::exists(path);
  if (!is_new) before = execution::parse_lock(read_text(path), path);
  const execution::LockChanges changes = compare_lock(before, files);
  if (!arguments.prune) files.insert(files.end(), changes.unused.begin(), changes.unused.end());
  const std::string text = execution::lock_text(files);
  if (is_new || text != read_text(path)) write_text(path, text);
  fmt::print("{}: {}\n", path, summary(changes, arguments.prune));
  print_changes(changes, arguments.prune);
}

}  // namespace

void add_locked_flag(CLI::App& command, bool& locked) {
  command.add_flag("--locked", locked,
                   "Refuse plugins, libraries that they bring, and model files that are not as "
                   "plugins.lock beside the file says (assay lock writes it)");
}

void check_locked(const Workspace& workspace, const task::Experiment& experiment) {
  const std::string path = execution::lock_path(experiment);
  const std::string command = "assay lock " + experiment.path;
  if (!fs::exists(path))
    throw error::UserError(path,
                           fmt::format("is not there, and --locked asks for it; write it with "
                                       "`{}`, look at it, and keep it in version control",
                                       command));
  require_lock(compare_lock(execution::parse_lock(read_text(path), path),
                            execution::locked_files(experiment, workspace.plugins)),
               path, command);
}

void add_lock_command(CLI::App& app) {
  const auto arguments = std::make_shared<LockArguments>();
  CLI::App* command = app.add_subcommand(
      "lock",
      "Write plugins.lock beside an experiment file: the SHA-256 of the plugins, libraries and "
      "models that it loads, and show what differs; runs nothing");
  command->add_option("file", arguments->file, "Experiment file (YAML)")->required();
  command->add_option("--set", arguments->set, "Change a setting: variants.control.recall.0.k=50");
  command->add_flag("--prune", arguments->prune,
                    "Take out what this experiment does not use (default: it is kept, since other "
                    "experiments of the folder may)");
  command->callback([arguments] { lock(*arguments); });
}

}  // namespace assay::cli
