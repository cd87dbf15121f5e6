#include "host/probe.h"

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "hash/hash.h"
#include "host/child.h"
#include "host/library.h"
#include "host/refused.h"

namespace assay::host {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;

void refuse(task::Verdict& verdict, task::VerdictCode code, std::string message) {
  verdict.code = code;
  verdict.message = std::move(message);
}

/// Steps 1 to 3.
task::Verdict look_at(const std::string& path) {
  task::Verdict verdict{.file = task::identify(path)};
  try {
    check_file(path);
    verdict.sha256 = hash::sha256_file(path);
  } catch (const PluginRefused& error) {
    refuse(verdict, error.code(), error.message());
  } catch (const error::UserError& error) {
    refuse(verdict, task::VerdictCode::unreadable, error.problems().front().what);
  }
  return verdict;
}

/// Steps 4 to 6, in the child.
void load_into(task::Verdict& verdict) {
  try {
    verdict.entries = Library::open(verdict.file.path).plugins();
  } catch (const PluginRefused& error) {
    refuse(verdict, error.code(), error.message());
  } catch (const error::UserError& error) {
    refuse(verdict, task::VerdictCode::unreadable, error.problems().front().what);
  }
}

void judge_end(task::Verdict& verdict, const ChildEnd& end, milliseconds limit) {
  const std::string words = end.words.empty() ? "" : fmt::format("; its last words: {}", end.words);
  switch (end.how) {
    case ChildEnd::How::killed:
      return refuse(verdict, task::VerdictCode::crashed,
                    fmt::format("crashes ({}) while it is loaded: one of its static constructors, "
                                "or a damaged file{}",
                                signal_name(end.number), words));
    case ChildEnd::How::exited:
      return refuse(verdict, task::VerdictCode::exited,
                    fmt::format("ends the process (exit status {}) while it is loaded: one of its "
                                "static constructors "
                                "calls exit{}",
                                end.number, words));
    case ChildEnd::How::timed_out:
      return refuse(
          verdict, task::VerdictCode::timed_out,
          fmt::format("is not loaded after {} s: one of its static constructors does not return{}",
                      static_cast<double>(limit.count()) / 1000, words));
    case ChildEnd::How::finished:
      throw error::InternalError("a probe finished without a verdict");
  }
}

/// Loads `pending` one after the other in one child, until one brings it down. Returns how many
/// have a verdict.
size_t load_in_child(std::span<task::Verdict* const> pending, milliseconds limit) {
  size_t judged = 0;
  const auto body = [&](const ChildLine& line) {
    for (task::Verdict* verdict : pending) {
      load_into(*verdict);
      line.send(json(*verdict).dump(-1, ' ', false, json::error_handler_t::replace));
    }
  };
  const auto on_line = [&](std::string_view line) {
    *pending[judged++] = json::parse(line).get<task::Verdict>();
  };
  const ChildEnd end = run_in_child(limit, body, on_line);
  if (judged == pending.size()) return judged;
  if (judged > 0) return judged;  // the next one is tried again, first in a child of its own
  judge_end(*pending.front(), end, limit);
  return 1;
}

}  // namespace

std::vector<task::Verdict> probe_libraries(const std::vector<std::string>& paths,
                                           milliseconds limit) {
  std::vector<task::Verdict> verdicts;
  verdicts.reserve(paths.size());
  for (const std::string& path : paths) verdicts.push_back(look_at(path));
  std::vector<task::Verdict*> pending;
  for (task::Verdict& verdict : verdicts)
    if (verdict.ok()) pending.push_back(&verdict);
  for (std::span<task::Verdict* const> rest = pending; !rest.empty();)
    rest = rest.subspan(load_in_child(rest, limit));
  return verdicts;
}

int probe_main(std::span<const std::string> args) {
  milliseconds limit = kProbeLimit;
  if (args.size() >= 2 && args[0] == "--limit-ms") {
    limit = milliseconds(std::stoll(args[1]));
    args = args.subspan(2);
  }
  const json verdicts = probe_libraries({args.begin(), args.end()}, limit);
  std::puts(verdicts.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace assay::host
