#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "conformance/report.h"
#include "error/error.h"
#include "host/brought_libraries.h"
#include "host/crash_trace.h"
#include "host/plugin_functions.h"
#include "host/probe.h"
#include "worker/check_sample.h"
#include "worker/export_task.h"
#include "worker/memory_limit.h"
#include "worker/session.h"

namespace assay::worker {
namespace {

constexpr char kUsage[] =
    "assay-worker: runs what assay asks for; people use assay.\n"
    "  assay-worker TASK.json                 run one task (to debug: gdb --args assay-worker "
    "TASK.json)\n"
    "  assay-worker --serve --breadcrumb FILE [--memory-gib N]   run the tasks named on standard "
    "input\n"
    "  assay-worker --probe FILE...           describe plugin libraries\n"
    "  assay-worker --libraries FILE...       name the libraries that plugins bring\n"
    "  assay-worker --export REQUEST.json     write vectors or lists of fitted stages\n"
    "  assay-worker --functions               answer what plugins decide by their parameters\n"
    "  assay-worker --check FILE ...          test strategies against the plugin contract "
    "(options:\n"
    "                                         assay check --help; to keep results: --record FILE; "
    "for "
    "a\n"
    "                                         debugger: gdb --args assay-worker --check FILE "
    "--strategy NAME\n"
    "                                         --in-process)\n";

/// Our answers have standard output for themselves: what plugins print goes to standard error.
class Answers {
 public:
  Answers() : file_(::fdopen(::dup(STDOUT_FILENO), "w")) { ::dup2(STDERR_FILENO, STDOUT_FILENO); }
  void write(const task::TaskReply& reply) {
    fmt::print(file_, "{}\n", nlohmann::json(reply).dump());
    std::fflush(file_);
  }

 private:
  std::FILE* file_;
};

struct ServeOptions {
  std::string breadcrumb;
  double memory_gib = 0;
};

ServeOptions serve_options(const std::vector<std::string>& args) {
  ServeOptions options;
  for (size_t i = 1; i + 1 < args.size(); i += 2) {
    if (args[i] == "--breadcrumb")
      options.breadcrumb = args[i + 1];
    else if (args[i] == "--memory-gib")
      options.memory_gib = std::stod(args[i + 1]);
    else
      throw error::UserError(fmt::format("assay-worker --serve does not know {}", args[i]));
  }
  return options;
}

int serve(const std::vector<std::string>& args) {
  const ServeOptions options = serve_options(args);
  host::trace_crashes();
  const worker::MemoryLimit memory(options.memory_gib);
  Answers answers;
  std::optional<task::BreadcrumbFile> breadcrumb;
  if (!options.breadcrumb.empty()) breadcrumb.emplace(options.breadcrumb);
  Session session(breadcrumb ? &*breadcrumb : nullptr);
  for (std::string path; std::getline(std::cin, path);) {
    const task::Task task = task::read_task(path);
    memory.allow(task.memory_bytes);
    answers.write(session.run(task));
  }
  return 0;
}

int run_one(const std::string& path) {
  const task::Task task = task::read_task(path);
  Session session(nullptr);
  const task::TaskReply reply = session.run(task);
  for (const task::TaskFailure& failure : reply.failures) {
    fmt::print(stderr, "{}: {} in {}: {}\n", failure.place, failure.plugin, failure.phase,
               failure.reason);
  }
  fmt::print("{} done in {:.2f} s, part {}\n", task.label, reply.seconds, task.part_path);
  return reply.failures.empty() ? 0 : 3;
}

int run_export(const std::vector<std::string>& args) {
  if (args.size() != 2) throw error::UserError("assay-worker --export takes one file");
  Session session(nullptr);
  try {
    export_of(task::read_export_request(args[1]), session);
  } catch (const pipeline::StageFailure& failure) {
    throw error::UserError(fmt::format("{} ({}) failed in {}: {}", failure.place, failure.plugin,
                                       failure.phase, failure.reason));
  }
  return 0;
}

int main(const std::vector<std::string>& args) {
  ::signal(SIGPIPE, SIG_IGN);
  if (args.empty() || args[0] == "--help") {
    fmt::print("{}", kUsage);
    return args.empty() ? 2 : 0;
  }
  if (args[0] == "--serve") return serve(args);
  if (args[0] == "--probe") return host::probe_main(std::span(args).subspan(1));
  if (args[0] == "--libraries") return host::libraries_main(std::span(args).subspan(1));
  if (args[0] == "--export") return run_export(args);
  if (args[0] == "--functions") return host::functions_main(std::span(args).subspan(1));
  if (args[0] == "--check")
    return conformance::check_main(std::span(args).subspan(1), check_sample);
  return run_one(args[0]);
}

}  // namespace
}  // namespace assay::worker

int main(int argc, char** argv) {
  try {
    return assay::worker::main(std::vector<std::string>(argv + 1, argv + argc));
  } catch (const assay::error::UserError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
