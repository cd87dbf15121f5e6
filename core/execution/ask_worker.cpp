#include "execution/ask_worker.h"

#include <fmt/format.h>

#include <utility>

#include "process/run.h"

namespace assay::execution {

namespace {

process::Ran ran(const process::Command& command) {
  try {
    return process::run(command);
  } catch (const error::UserError&) {
    throw worker_cannot_be_run(command.words[0]);
  }
}

}  // namespace

error::UserError worker_cannot_be_run(const std::string& program) {
  return {program, "cannot be run; expected assay-worker beside assay. Build or install it again"};
}

std::string answer_of_worker(std::vector<std::string> words, const std::string& input) {
  process::Command command;
  command.words = std::move(words);
  command.input = process::Input::text(input);
  command.output = process::Output::pipe();
  process::Ran answer = ran(command);
  if (answer.end.well()) return std::move(answer.output);
  throw error::UserError(
      command.words[0],
      fmt::format("failed while it inspected plugins; try `assay-worker {} FILE...`",
                  command.words.at(1)));
}

}  // namespace assay::execution
