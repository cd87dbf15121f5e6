#include "cli/status_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr auto kEvery = std::chrono::seconds(1);
constexpr std::string_view kTail = "-status.";

json to_json(const results::RunProcess& process) {
  return {{"pid", process.pid},
          {"boot_id", process.boot_id},
          {"pid_namespace", process.pid_namespace},
          {"start", process.start}};
}

json to_json(const execution::RunProgress& progress) {
  json out = {{"phase", progress.phase},     {"done", progress.done},
              {"total", progress.total},     {"seconds", progress.seconds},
              {"later_s", progress.later_s}, {"running", json::array()}};
  if (progress.left)
    out["left"] = {{"seconds", progress.left->seconds}, {"whole", progress.left->whole}};
  for (const execution::RunningTask& task : progress.running) {
    out["running"].push_back({{"task", task.label},
                              {"done", task.crumb.done},
                              {"total", task.crumb.total},
                              {"seconds", task.seconds}});
  }
  return out;
}

execution::RunProgress progress_from(const json& in) {
  execution::RunProgress progress;
  progress.phase = in.at("phase");
  progress.done = in.at("done");
  progress.total = in.at("total");
  progress.seconds = in.at("seconds");
  progress.later_s = in.at("later_s");
  if (in.contains("left")) {
    progress.left =
        execution::TimeLeft{.seconds = in["left"].at("seconds"), .whole = in["left"].at("whole")};
  }
  for (const json& one : in.at("running")) {
    execution::RunningTask task{.label = one.at("task"), .kind = {}, .crumb = {}};
    task.crumb.done = one.at("done");
    task.crumb.total = one.at("total");
    task.seconds = one.at("seconds");
    progress.running.push_back(std::move(task));
  }
  return progress;
}

int64_t now_us() {
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

}  // namespace

StatusFile::StatusFile(const std::string& results, int jobs)
    : path_(fmt::format("{}{}{}", results, kTail, ::getpid())), jobs_(jobs) {
  std::error_code ignored;
  for (const RunAtWork& run : runs_at_work(results)) {
    if (results::state_of(run.process) == results::ProcessState::gone)
      fs::remove(run.file, ignored);
  }
}

StatusFile::~StatusFile() {
  std::error_code ignored;
  fs::remove(path_, ignored);
}

void StatusFile::write(const execution::RunProgress& progress) {
  const auto now = std::chrono::steady_clock::now();
  const auto process = results::this_process();
  if (now < next_ || !process) return;
  next_ = now + kEvery;
  const json text = {{"process", to_json(*process)},
                     {"time_us", now_us()},
                     {"jobs", jobs_},
                     {"progress", to_json(progress)}};
  const std::string fresh = path_ + ".new";
  std::ofstream out(fresh, std::ios::binary);
  out << text.dump();
  out.close();
  std::error_code ignored;
  if (out)
    fs::rename(fresh, path_, ignored);
  else
    fs::remove(fresh, ignored);
}

std::vector<RunAtWork> runs_at_work(const std::string& results) {
  const fs::path path(results);
  const fs::path folder = path.parent_path().empty() ? fs::path(".") : path.parent_path();
  const std::string begin = path.filename().string() + std::string(kTail);
  std::vector<RunAtWork> runs;
  std::error_code unreadable;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with(begin) || name.ends_with(".new")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const json text = json::parse(in, nullptr, false);
    try {
      const json& process = text.at("process");
      runs.push_back({.process = {.pid = process.at("pid"),
                                  .boot_id = process.at("boot_id"),
                                  .pid_namespace = process.at("pid_namespace"),
                                  .start = process.at("start")},
                      .file = entry.path().string(),
                      .time_us = text.at("time_us"),
                      .jobs = text.at("jobs"),
                      .progress = progress_from(text.at("progress"))});
    } catch (const json::exception&) {
      continue;
    }
  }
  std::ranges::sort(runs, {}, [](const RunAtWork& run) { return run.process.pid; });
  return runs;
}

}  // namespace assay::cli
