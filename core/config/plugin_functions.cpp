#include <fmt/format.h>

#include <functional>

#include "config/variant_reader.h"

namespace assay::config {
namespace {

using task::FunctionAnswer;
using task::FunctionQuestion;

bool has_functions(const ReadStage& stage) {
  return stage.plugin != nullptr &&
         (stage.plugin->functions.validates || stage.plugin->functions.needs_time);
}

void for_each_stage(ReadStage& stage, const std::function<void(ReadStage&)>& visit) {
  visit(stage);
  for (ReadInput& input : stage.inputs) {
    if (input.in_place) for_each_stage(*input.in_place, visit);
  }
  if (stage.unknown) for_each_stage(*stage.unknown, visit);
}

task::FunctionQuestion question_of(const ReadStage& stage) {
  task::FunctionQuestion question;
  question.library = stage.spec.library;
  question.library_sha256 = stage.spec.library_sha256;
  question.plugin = stage.spec.plugin;
  question.kind = stage.spec.kind;
  question.params = stage.spec.params;
  question.file_sha256 = stage.spec.file_sha256;
  return question;
}

}  // namespace

void apply_functions(std::vector<ReadVariant>& variants, const AskFunctions& ask,
                     Problems& problems) {
  std::vector<ReadStage*> stages;
  std::vector<task::FunctionQuestion> questions;
  for (ReadVariant& variant : variants) {
    for (auto* kind : {&variant.recall, &variant.rank, &variant.rerank}) {
      for (ReadStage& read : *kind) {
        for_each_stage(read, [&](ReadStage& stage) {
          if (!has_functions(stage)) return;
          stages.push_back(&stage);
          questions.push_back(question_of(stage));
        });
      }
    }
  }
  if (stages.empty()) return;
  const auto answers = ask ? ask(questions) : std::vector<task::FunctionAnswer>(stages.size());
  for (size_t i = 0; i < stages.size(); ++i) {
    ReadStage& stage = *stages[i];
    const task::FunctionAnswer& answer = answers.at(i);
    task::PluginTraits& traits = stage.spec.traits;
    if (stage.plugin->functions.validates) traits.validates = answer.validates.value_or(false);
    if (stage.plugin->functions.needs_time) traits.needs_time = answer.needs_time.value_or(false);
    if (answer.problem.empty()) continue;
    problems.add(stage.place, stage.path,
                 fmt::format("({}) cannot be asked about these parameters: {}", stage.spec.plugin,
                             answer.problem));
  }
}

}  // namespace assay::config
