#include "execution/tuned_variant.h"

#include <fmt/format.h>

#include <functional>
#include <memory>

#include "error/error.h"

namespace assay::execution {
namespace {

using Visit = std::function<void(task::StageSpec&)>;

void each_stage(task::Chain& chain, const Visit& visit);

void each_stage(task::StageSpec& stage, const Visit& visit) {
  visit(stage);
  for (task::InputSpec& input : stage.inputs) {
    each_stage(input.stage, visit);
    if (!input.upstream) continue;
    auto own = std::make_shared<task::Chain>(*input.upstream);
    each_stage(*own, visit);
    input.upstream = std::move(own);
  }
  if (!stage.unknown) return;
  auto own = std::make_shared<task::StageSpec>(*stage.unknown);
  each_stage(*own, visit);
  stage.unknown = std::move(own);
}

void each_stage(task::Chain& chain, const Visit& visit) {
  for (auto* stages : {&chain.recall, &chain.rank, &chain.rerank}) {
    for (task::StageSpec& stage : *stages) each_stage(stage, visit);
  }
}

task::FunctionQuestion question_of(const task::StageSpec& stage) {
  task::FunctionQuestion question;
  question.library = stage.library;
  question.library_sha256 = stage.library_sha256;
  question.plugin = stage.plugin;
  question.kind = stage.kind;
  question.params = stage.params;
  question.file_sha256 = stage.file_sha256;
  return question;
}

void apply_functions(const std::vector<task::StageSpec*>& stages, const AskFunctions& ask) {
  std::vector<task::FunctionQuestion> questions;
  for (const task::StageSpec* stage : stages) questions.push_back(question_of(*stage));
  if (stages.empty() || !ask) return;
  const std::vector<task::FunctionAnswer> answers = ask(questions);
  for (size_t i = 0; i < stages.size(); ++i) {
    task::StageSpec& stage = *stages[i];
    const task::FunctionAnswer& answer = answers.at(i);
    if (!answer.problem.empty()) {
      throw error::UserError(stage.where,
                             fmt::format("{} cannot be asked about {}: {}", stage.plugin,
                                         stage.params.dump(), answer.problem));
    }
    task::PluginTraits& traits = stage.traits;
    if (stage.functions.validates) traits.validates = answer.validates.value_or(false);
    if (stage.functions.needs_time) traits.needs_time = answer.needs_time.value_or(false);
  }
}

// Whether the stage, or the copy of one that it is, has a tuned parameter.
bool set_values(task::StageSpec& stage, const tuning::Space& space, const tuning::Values& values) {
  bool any = false;
  for (size_t p = 0; p < values.size(); ++p) {
    if (space[p].where != stage.where || !stage.params.contains(space[p].name)) continue;
    stage.params[space[p].name] = values[p];
    any = true;
  }
  return any;
}

std::string name_of(const task::TunedParam& param) {
  return fmt::format("{}.{}", param.stage, param.name);
}

}  // namespace

std::vector<task::VariantSpec> with_values(const task::VariantSpec& variant,
                                           const std::vector<tuning::Values>& all,
                                           const AskFunctions& ask) {
  std::vector<task::VariantSpec> out(all.size(), variant);
  std::vector<task::StageSpec*> changed;
  for (size_t i = 0; i < all.size(); ++i) {
    error::require(all[i].size() == variant.tuned.size(), "every tuned parameter has a value");
    each_stage(out[i].chain, [&](task::StageSpec& stage) {
      const bool any = set_values(stage, variant.tuned, all[i]);
      if (any && (stage.functions.validates || stage.functions.needs_time))
        changed.push_back(&stage);
    });
  }
  apply_functions(changed, ask);
  return out;
}

task::VariantSpec with_values(const task::VariantSpec& variant, const tuning::Values& values,
                              const AskFunctions& ask) {
  return with_values(variant, std::vector<tuning::Values>{values}, ask).front();
}

nlohmann::json named_values(const tuning::Space& space, const tuning::Values& values) {
  nlohmann::json named = nlohmann::json::object();
  for (size_t p = 0; p < space.size(); ++p) named[name_of(space[p])] = values[p];
  return named;
}

}  // namespace assay::execution
