#include "cli/doctor_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "cli/workspace.h"
#include "error/error.h"
#include "ingest/catalogue.h"
#include "task/build_info.h"

namespace assay::cli {
namespace {

/// One thing that was looked at.
struct Finding {
  bool good = true;
  std::string text;  ///< what was found; where it is not good, what to do
};

using Check = std::function<Finding(const Workspace&)>;

Finding check_worker(const Workspace& workspace) {
  if (::access(workspace.plugins.worker.c_str(), X_OK) == 0)
    return {true, workspace.plugins.worker};
  return {false, workspace.plugins.worker + " cannot be run; build or install assay again"};
}

Finding check_plugins(const Workspace& workspace) {
  size_t good = 0;
  std::string refused;
  for (const task::ProbeResult& result : find_probe_results(workspace.plugins)) {
    if (result.code == task::ProbeCode::ok)
      good += result.entries.size();
    else
      refused += "\n             " + result.file.path + ": " + result.message;
  }
  return {good > 0 && refused.empty(), fmt::format("{} strategies{}", good, refused)};
}

Finding check_cache(const Workspace& workspace) {
  std::error_code error;
  std::filesystem::create_directories(workspace.cache, error);
  if (error || ::access(workspace.cache.c_str(), W_OK) != 0) {
    return {false, workspace.cache + " cannot be written; name another folder in ASSAY_CACHE"};
  }
  const double free = static_cast<double>(std::filesystem::space(workspace.cache).available) /
                      (1024.0 * 1024 * 1024);
  return {free > 1, fmt::format("{} ({:.0f} GiB free)", workspace.cache, free)};
}

Finding check_data(const Workspace& workspace) {
  std::string there, missing;
  for (const ingest::CatalogueEntry& entry : ingest::data_catalogue()) {
    std::string& list = find_data(entry, workspace.places) ? there : missing;
    list += (list.empty() ? "" : ", ") + entry.name;
  }
  std::string text = there.empty() ? "none; try: assay data get movielens-100k" : there;
  if (!missing.empty()) text += fmt::format(" (not here: {}; see assay data list)", missing);
  return {!there.empty(), text};
}

Finding check_machine(const Workspace&) {
  const double memory = static_cast<double>(::sysconf(_SC_PHYS_PAGES)) *
                        static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1024.0 * 1024 * 1024);
  return {true, fmt::format("{} cores, {:.0f} GiB, device {}", std::thread::hardware_concurrency(),
                            memory, name_of(default_device()))};
}

Finding check_build(const Workspace&) {
  const task::BuildInfo& build = task::build_info();
  return {build.build_type == "Release",
          fmt::format("assay {}, LibTorch {}{}, {}, {}{}", build.version, build.torch_version,
                      build.cuda ? " with CUDA" : "", build.compiler, build.build_type,
                      build.build_type == "Release" ? "" : ": timings of this build mean nothing")};
}

int doctor() {
  const Workspace workspace;
  const std::vector<std::pair<const char*, Check>> checks = {
      {"build", check_build},     {"machine", check_machine}, {"worker", check_worker},
      {"plugins", check_plugins}, {"cache", check_cache},     {"data", check_data}};
  bool good = true;
  for (const auto& [name, check] : checks) {
    Finding finding;
    try {
      finding = check(workspace);
    } catch (const error::UserError& error) {
      finding = {false, error.what()};
    }
    good &= finding.good;
    fmt::print("{}  {:<9} {}\n", finding.good ? "ok " : "BAD", name, finding.text);
  }
  return good ? 0 : 2;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  CLI::App* command =
      app.add_subcommand("doctor", "Check that everything that a run needs is available");
  command->callback([&exit_code] { exit_code = doctor(); });
}

}  // namespace assay::cli
