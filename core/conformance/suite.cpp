#include "conformance/suite.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "host/crash_trace.h"
#include "host/guard.h"
#include "host/library.h"
#include "host/stamp.h"
#include "process/fork.h"
#include "task/crash_trace.h"

namespace assay::conformance {

namespace {

using nlohmann::json;
using Result = Finding::Result;

/// Standard output has a file of its own in the child, so that the last check can look into it.
void watch_stdout() {
  const int file = ::memfd_create("assay-check-stdout", MFD_CLOEXEC);
  ::dup2(file, STDOUT_FILENO);
}

Finding quiet(const Subject&) {
  std::fflush(stdout);
  std::cout.flush();
  struct stat written {};
  ::fstat(STDOUT_FILENO, &written);
  if (written.st_size == 0) return Finding::held();
  std::string first(static_cast<size_t>(std::min<off_t>(written.st_size, 60)), '\0');
  first.resize(static_cast<size_t>(
      std::max<ssize_t>(0, ::pread(STDOUT_FILENO, first.data(), first.size(), 0))));
  first.resize(std::min(first.size(), first.find('\n')));
  return Finding::failed(fmt::format(
      "it wrote {} bytes to it, beginning with \"{}\"; use ctx.progress() or ctx.note()",
      written.st_size, first));
}

/// As the worker sets LibTorch up before it runs anything.
void set_up_torch() {
  at::set_num_threads(1);
  at::globalContext().setDeterministicAlgorithms(true, /*warn_only=*/false);
  at::globalContext().setDeterministicFillUninitializedMemory(false);
}

Finding run_check(const Check& check, const Subject& subject) {
  try {
    return check.run(subject);
  } catch (const error::Error& error) {
    return Finding::failed(error.what());
  } catch (...) {
    return Finding::failed(host::current_fault().what);  // LibTorch's without its C++ stack
  }
}

json finding_json(const Finding& finding) {
  return {{"result", static_cast<int>(finding.result)}, {"detail", finding.detail}};
}

Finding finding_from(const json& from) {
  return {static_cast<Result>(from.at("result").get<int>()), from.at("detail").get<std::string>()};
}

using OnFinding = std::function<void(const Finding&)>;

/// The checks from `first` on, until an essential one fails.
void run_checks(const task::PluginInfo& plugin, const ParamMap& params, const TinyData& data,
                const std::vector<Check>& checks, size_t first, const OnFinding& on_finding) {
  set_up_torch();
  const host::Library library = host::Library::open(plugin.library);
  const Subject subject(library.entry(plugin.name, plugin.kind), params, data);
  for (size_t i = first; i < checks.size(); ++i) {
    const Finding finding = run_check(checks[i], subject);
    on_finding(finding);
    if (checks[i].essential && finding.result == Result::failed) return;
  }
}

std::string how_it_ended(const process::ForkEnd& end, std::chrono::milliseconds limit) {
  switch (end.how) {
    case process::ForkEnd::How::killed:
      return fmt::format("it crashed ({})", process::signal_name(end.number));
    case process::ForkEnd::How::exited:
      return fmt::format("it ended the process (exit status {})", end.number);
    case process::ForkEnd::How::timed_out:
      return fmt::format("it did not return within {} s",
                         static_cast<double>(limit.count()) / 1000);
    case process::ForkEnd::How::finished:
      break;
  }
  return "";
}

bool stopped_early(const std::vector<Check>& checks, const std::vector<CheckResult>& results) {
  return !results.empty() && results.back().finding.result == Result::failed &&
         checks[results.size() - 1].essential;
}

}  // namespace

std::vector<Check> checks_for(PluginKind kind) {
  std::vector<Check> all;
  for (const auto& part : {declaration_checks(), list_checks(), request_checks(), state_checks(),
                           trait_checks(), extra_checks(), memory_checks(), metric_checks()})
    std::ranges::copy_if(part, std::back_inserter(all), [&](const Check& check) {
      return std::ranges::count(check.kinds, kind) > 0;
    });
  all.push_back({"nothing is written to standard output", {kind}, quiet});
  return all;
}

int64_t StrategyReport::count(Result result) const {
  return std::ranges::count_if(
      checks, [&](const CheckResult& check) { return check.finding.result == result; });
}

StrategyReport run_suite(const task::PluginInfo& plugin, const ParamMap& params,
                         const TinyData& data, std::chrono::milliseconds limit) {
  const auto start = std::chrono::steady_clock::now();
  StrategyReport report{.info = plugin,
                        .stamp = host::stamp_text(host::check_file(plugin.library))};
  const std::vector<Check> checks = checks_for(plugin.kind);
  while (report.checks.size() < checks.size() && !stopped_early(checks, report.checks)) {
    const auto body = [&](const process::ForkLine& line) {
      host::trace_crashes();
      watch_stdout();
      run_checks(plugin, params, data, checks, report.checks.size(), [&](const Finding& finding) {
        line.send(finding_json(finding).dump(-1, ' ', false, json::error_handler_t::replace));
      });
    };
    const auto on_line = [&](std::string_view line) {
      report.checks.push_back({checks[report.checks.size()].name, finding_from(json::parse(line))});
    };
    const process::ForkEnd end = process::run_in_fork(limit, body, on_line);
    if (end.how == process::ForkEnd::How::finished) break;
    report.checks.push_back(
        {checks[report.checks.size()].name,
         Finding::failed(task::end_text(how_it_ended(end, limit), end.written))});
  }
  for (size_t i = report.checks.size(); i < checks.size(); ++i)
    report.checks.push_back({checks[i].name, {Result::not_run, ""}});
  report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return report;
}

StrategyReport run_suite_here(const task::PluginInfo& plugin, const ParamMap& params,
                              const TinyData& data) {
  StrategyReport report{.info = plugin,
                        .stamp = host::stamp_text(host::check_file(plugin.library))};
  std::vector<Check> checks = checks_for(plugin.kind);
  checks.pop_back();  // standard output is the debugger's
  run_checks(plugin, params, data, checks, 0, [&](const Finding& finding) {
    report.checks.push_back({checks[report.checks.size()].name, finding});
  });
  return report;
}

}  // namespace assay::conformance
