#include "host/plugin_functions.h"

#include <fmt/format.h>

#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "error/error.h"
#include "host/guard.h"
#include "host/library.h"
#include "process/fork.h"
#include "task/param_json.h"

namespace assay::host {

namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using task::FunctionAnswer;
using task::FunctionQuestion;
using task::MemoryNeed;

DataSizes sizes_of(const task::LearningSizes& sizes) {
  return {sizes.users, sizes.items, sizes.events, sizes.positives, sizes.squared_lengths};
}

MemoryNeed checked(const MemoryUse& use) {
  if (use.fit >= 0 && use.serve >= 0) return {use.fit, use.serve};
  throw InvalidInput(fmt::format("says {} bytes for fit and {} for serving; neither may be below 0",
                                 use.fit, use.serve));
}

/// Asks one plugin, in the child. Each call is announced before it begins, so that the parent knows
/// which one did not come back.
class Asking {
 public:
  Asking(const task::FunctionQuestion& question, const process::ForkLine& line)
      : question_(question), line_(line) {}

  void run(const Library& library) {
    const PluginEntry& entry = library.entry(question_.plugin, question_.kind);
    const ParamMap params = task::params_from_json(entry.schema, question_.params);
    if (question_.sizes) {
      if (!entry.memory) return;
      call("memory",
           [&] { answer_.memory = checked(entry.memory(sizes_of(*question_.sizes), params)); });
      return;
    }
    if (entry.validates) call("validates", [&] { answer_.validates = entry.validates(params); });
    if (entry.needs_time)
      call("needs_time", [&] { answer_.needs_time = entry.needs_time(params); });
  }

  void fail(const std::string& problem) { answer_.problem = problem; }
  const task::FunctionAnswer& answer() const { return answer_; }

 private:
  template <typename Body>
  void call(const char* function, Body body) {
    line_.send(json{{"calling", function}}.dump());
    try {
      body();
    } catch (...) {
      const Fault fault = current_fault();
      const char* verb = fault.kind == task::FailureKind::invalid_input ? "" : "throws: ";
      answer_.problem = fmt::format("its function {} {}{}", function, verb, fault.what);
    }
  }

  const task::FunctionQuestion& question_;
  const process::ForkLine& line_;
  task::FunctionAnswer answer_;
};

/// Libraries that the child has opened, by path and hash.
using Opened = std::map<std::pair<std::string, std::string>, Library>;

const Library& open_once(Opened& opened, const std::string& path, const std::string& sha256) {
  const auto found = opened.find({path, sha256});
  if (found != opened.end()) return found->second;
  return opened.emplace(std::pair(path, sha256), Library::open(path, sha256)).first->second;
}

task::FunctionAnswer answered(const task::FunctionQuestion& question, Opened& opened,
                              const process::ForkLine& line) {
  Asking asking(question, line);
  try {
    asking.run(open_once(opened, question.library, question.library_sha256));
  } catch (const std::exception& error) {
    asking.fail(error.what());
  }
  return asking.answer();
}

std::string end_text(const process::ForkEnd& end, milliseconds limit) {
  switch (end.how) {
    case process::ForkEnd::How::killed:
      return fmt::format("crashes ({})", process::signal_name(end.number));
    case process::ForkEnd::How::exited:
      return fmt::format("ends the process (exit status {})", end.number);
    case process::ForkEnd::How::timed_out:
      return fmt::format("does not return within {} s", static_cast<double>(limit.count()) / 1000);
    case process::ForkEnd::How::finished:
      break;
  }
  throw error::InternalError("a child finished without an answer");
}

/// Asks one after the other in one child, until one brings it down. Returns how many are answered.
size_t ask_in_child(std::span<const task::FunctionQuestion> questions,
                    std::vector<task::FunctionAnswer>& answers, milliseconds limit) {
  const size_t before = answers.size();
  std::string calling;
  const auto body = [&](const process::ForkLine& line) {
    Opened opened;
    for (const task::FunctionQuestion& question : questions) {
      const json answer = answered(question, opened, line);
      line.send(answer.dump(-1, ' ', false, json::error_handler_t::replace));
    }
  };
  const auto on_line = [&](std::string_view line) {
    const json said = json::parse(line);
    calling = said.value("calling", "");
    if (calling.empty()) answers.push_back(said.get<task::FunctionAnswer>());
  };
  const process::ForkEnd end = process::run_in_fork(limit, body, on_line);
  if (answers.size() - before < questions.size()) {
    const std::string what = calling.empty() ? "its library" : "its function " + calling;
    const std::string words =
        end.words.empty() ? "" : fmt::format("; its last words: {}", end.words);
    task::FunctionAnswer broken;
    broken.problem = fmt::format("{} {}{}", what, end_text(end, limit), words);
    answers.push_back(std::move(broken));
  }
  return answers.size() - before;
}

}  // namespace

std::vector<task::FunctionAnswer> ask_functions(
    const std::vector<task::FunctionQuestion>& questions, milliseconds limit) {
  std::vector<task::FunctionAnswer> answers;
  for (std::span<const task::FunctionQuestion> rest = questions; !rest.empty();)
    rest = rest.subspan(ask_in_child(rest, answers, limit));
  return answers;
}

int functions_main(std::span<const std::string> args) {
  milliseconds limit = kFunctionLimit;
  if (args.size() >= 2 && args[0] == "--limit-ms") limit = milliseconds(std::stoll(args[1]));
  const std::string text{std::istreambuf_iterator<char>(std::cin), {}};
  const json questions = json::parse(text, nullptr, false);
  if (!questions.is_array())
    throw error::UserError(
        "assay-worker --functions reads a JSON array of questions on standard "
        "input; assay asks them");
  const json answers = ask_functions(questions.get<std::vector<task::FunctionQuestion>>(), limit);
  std::puts(answers.dump(-1, ' ', false, json::error_handler_t::replace).c_str());
  return 0;
}

}  // namespace assay::host
