#include "cli/new_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include "cli/plugin_templates.h"
#include "error/error.h"
#include "execution/plugin_probe.h"
#include "metric_catalog/metric_definition.h"
#include "rules/identifier.h"

namespace assay::cli {

namespace {

namespace fs = std::filesystem;

/// Targets that CMake keeps for itself, and words that cannot name a class.
constexpr std::array<std::string_view, 9> kReserved{
    "all", "test", "help", "clean", "install", "package", "assay", "edit_cache", "rebuild_cache"};

/// my-Idea → my_idea; empty where that is no name either.
std::string nearest_name(std::string name) {
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ' || c == '.') c = '_';
  }
  return rules::is_identifier(name) ? name : "";
}

PluginKind checked_kind(const std::string& kind) {
  const auto found = task::parse<PluginKind>(kind);
  if (found) return *found;
  const auto near = error::near_name(kind, task::all_names<PluginKind>());
  throw error::UserError(
      fmt::format("{} is not a kind of plugin; it must be recall, rank, rerank or metric{}", kind,
                  near ? fmt::format("; did you mean \"{}\"?", *near) : ""));
}

void check_name(const std::string& name) {
  if (!rules::is_identifier(name)) {
    const std::string near = nearest_name(name);
    throw error::UserError(
        fmt::format("\"{}\" cannot name a plugin; {}{}", name, rules::kIdentifierRule,
                    near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
  }
  if (std::ranges::count(kReserved, name) > 0)
    throw error::UserError(
        fmt::format("{} cannot name a plugin: CMake reserves it; choose another name", name));
}

bool is_built_in_metric(const std::string& name) {
  return std::ranges::any_of(
      metric_catalog::metric_table(),
      [&](const metric_catalog::MetricInfo& metric) { return metric.name == name; });
}

void check_free(PluginKind kind, const std::string& name, const task::PluginCatalog& taken) {
  std::string there;
  if (kind == PluginKind::metric && is_built_in_metric(name)) there = "a built-in metric";
  for (const task::PluginInfo& plugin : taken.plugins())
    if (plugin.kind == kind && plugin.name == name)
      there = fmt::format("a {} plugin already ({})", task::name_of(kind), plugin.library);
  if (there.empty()) return;
  throw error::UserError(fmt::format(
      "{0} is {1}, and an experiment could not tell the two apart; choose another name, such as "
      "my_{0}",
      name, there));
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out)
    throw error::UserError(path, fmt::format("cannot be written ({})", std::strerror(errno)));
}

/// All files or none.
void write_folder(const fs::path& folder, const std::vector<TemplateFile>& files) {
  std::error_code error;
  if (fs::exists(folder, error))
    throw error::UserError(folder, "exists already; choose another name, or delete it");
  if (!fs::create_directory(folder, error))
    throw error::UserError(folder, fmt::format("cannot be made ({})", error.message()));
  try {
    for (const TemplateFile& file : files) write_file(folder / file.name, file.text);
  } catch (...) {
    fs::remove_all(folder, error);
    throw;
  }
}

std::string listing(const std::string& name, const std::vector<TemplateFile>& files) {
  size_t width = 0;
  for (const TemplateFile& file : files) width = std::max(width, file.name.size());
  std::string text;
  for (const TemplateFile& file : files)
    text += fmt::format("{}/{:<{}}   {}\n", name, file.name, width, file.purpose);
  return text + fmt::format(
                    "Next  cmake -S {0} -B {0}/build && cmake --build {0}/build && assay check "
                    "{0}/build/{0}.so\n",
                    name);
}

}  // namespace

std::string package_folder(const std::string& program_folder) {
  const fs::path above = fs::path(program_folder).parent_path();
  for (const fs::path& folder : {above, above / "lib/cmake/assay"})
    if (fs::exists(folder / "assayConfig.cmake")) return folder;
  throw error::UserError(
      above,
      "holds no CMake package of assay (assayConfig.cmake); run `cmake --install` for this build");
}

std::string make_plugin(const NewPlugin& plugin, const std::string& parent,
                        const std::string& assay_dir, const task::PluginCatalog& taken) {
  const PluginKind kind = checked_kind(plugin.kind);
  check_name(plugin.name);
  check_free(kind, plugin.name, taken);
  const std::vector<TemplateFile> files =
      plugin_template(kind, plugin.shape, plugin.name, assay_dir);
  write_folder(fs::path(parent) / plugin.name, files);
  return listing(plugin.name, files);
}

void add_new_command(CLI::App& app, int&) {
  auto plugin = std::make_shared<NewPlugin>();
  CLI::App* command = app.add_subcommand("new", "Create a folder with a plugin to start from");
  command->add_option("kind", plugin->kind, "recall, rank, rerank or metric")->required();
  command->add_option("name", plugin->name, "Name of plugin, folder and files: a-z, 0-9 and _")
      ->required();
  command
      ->add_option("--template", plugin->shape,
                   "What to start from: plain; for recall also trained (batches, early stopping, "
                   "checkpoints), for rank also features (learns from labelled candidates)")
      ->capture_default_str();
  command->callback([plugin] {
    fmt::print("{}", make_plugin(*plugin, "", package_folder(execution::program_folder()),
                                 execution::load_catalog(execution::default_plugin_search())));
  });
}

}  // namespace assay::cli
