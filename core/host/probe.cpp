#include "host/probe.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "hash/hash.h"
#include "host/library.h"
#include "host/refused.h"
#include "process/fork.h"

namespace assay::host {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

void refuse(task::ProbeResult& result, task::ProbeCode code, std::string message) {
  result.code = code;
  result.message = std::move(message);
}

/// Steps 1 to 3.
task::ProbeResult inspect_library(const std::string& path) {
  task::ProbeResult result{.file = task::identify(path)};
  try {
    check_file(path);
    result.sha256 = hash::sha256_file(path);
  } catch (const PluginRefused& error) {
    refuse(result, error.code(), error.message());
  } catch (const error::UserError& error) {
    refuse(result, task::ProbeCode::unreadable, error.problems().front().what);
  }
  return result;
}

/// Steps 4 to 6, in the child.
void load_into(task::ProbeResult& result) {
  try {
    result.entries = Library::open(result.file.path).plugins();
  } catch (const PluginRefused& error) {
    refuse(result, error.code(), error.message());
  } catch (const error::UserError& error) {
    refuse(result, task::ProbeCode::unreadable, error.problems().front().what);
  }
}

void judge_end(task::ProbeResult& result, const process::ForkEnd& end, milliseconds limit) {
  const std::string words = end.words.empty() ? "" : fmt::format("; its last words: {}", end.words);
  switch (end.how) {
    case process::ForkEnd::How::killed:
      return refuse(result, task::ProbeCode::crashed,
                    fmt::format("crashes ({}) while it is loaded: one of its static constructors, "
                                "or a damaged file{}",
                                process::signal_name(end.number), words));
    case process::ForkEnd::How::exited:
      return refuse(result, task::ProbeCode::exited,
                    fmt::format("ends the process (exit status {}) while it is loaded: one of its "
                                "static constructors "
                                "calls exit{}",
                                end.number, words));
    case process::ForkEnd::How::timed_out:
      return refuse(
          result, task::ProbeCode::timed_out,
          fmt::format("is not loaded after {} s: one of its static constructors does not return{}",
                      static_cast<double>(limit.count()) / 1000, words));
    case process::ForkEnd::How::finished:
      throw error::InternalError("a probe finished without a verdict");
  }
}

/// Loads `pending` one after the other in one child, until one brings it down. Returns how many
/// have a result.
size_t load_in_child(std::span<task::ProbeResult* const> pending, milliseconds limit) {
  size_t judged = 0;
  const auto body = [&](const process::ForkLine& line) {
    for (task::ProbeResult* result : pending) {
      load_into(*result);
      line.send(json(*result).dump(-1, ' ', false, json::error_handler_t::replace));
    }
  };
  const auto on_line = [&](std::string_view line) {
    *pending[judged++] = json::parse(line).get<task::ProbeResult>();
  };
  const process::ForkEnd end = process::run_in_fork(limit, body, on_line);
  if (judged == pending.size()) return judged;
  if (judged > 0) return judged;  // the next one is tried again, first in a child of its own
  judge_end(*pending.front(), end, limit);
  return 1;
}

}  // namespace

std::vector<task::ProbeResult> probe_libraries(const std::vector<std::string>& paths,
                                               milliseconds limit) {
  std::vector<task::ProbeResult> results;
  results.reserve(paths.size());
  for (const std::string& path : paths) results.push_back(inspect_library(path));
  std::vector<task::ProbeResult*> pending;
  for (task::ProbeResult& result : results)
    if (result.ok()) pending.push_back(&result);
  for (std::span<task::ProbeResult* const> rest = pending; !rest.empty();)
    rest = rest.subspan(load_in_child(rest, limit));
  return results;
}

int probe_main(std::span<const std::string> args) {
  milliseconds limit = kProbeLimit;
  if (args.size() >= 2 && args[0] == "--limit-ms") {
    limit = milliseconds(std::stoll(args[1]));
    args = args.subspan(2);
  }
  const json results = probe_libraries({args.begin(), args.end()}, limit);
  std::puts(results.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace assay::host
