#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <numeric>

#include "conformance/check.h"
#include "conformance/lists.h"
#include "conformance/tensors.h"
#include "contract/breach.h"

namespace assay::conformance {

namespace {

/// LibTorch's global generator in another state: a plugin that draws from it does not repeat.
void stir_global_generator(uint64_t seed) {
  at::Generator generator = at::detail::getDefaultCPUGenerator();
  generator.set_current_seed(seed);
}

CandidateBatch serve_all(const Subject& subject, const Strategy& strategy) {
  return subject.serve(strategy, subject.requests());
}

/// Whether one instance gives one answer to one question.
bool serves_alike(const Subject& subject) {
  return !bits_problem(serve_all(subject, subject.fitted()), serve_all(subject, subject.fitted()));
}

Finding repeats_serving(const Subject& subject) {
  stir_global_generator(1);
  const CandidateBatch first = serve_all(subject, subject.fitted());
  stir_global_generator(2);
  subject.serve(subject.fitted(), subject.requests_with_allowed());
  const auto problem = bits_problem(first, serve_all(subject, subject.fitted()));
  if (!problem) return Finding::held();
  return Finding::failed(*problem +
                         ". Take random numbers from ctx.uniform() alone, and keep nothing from "
                         "one call to the next");
}

Finding repeats_fit(const Subject& subject) {
  stir_global_generator(3);
  const Fitted again = subject.fit();
  const auto problem =
      bits_problem(serve_all(subject, subject.fitted()), serve_all(subject, *again.strategy));
  if (!problem) return Finding::held();
  if (!serves_alike(subject)) return Finding::not_applicable("serving does not repeat");
  return Finding::failed(*problem +
                         ". Take random numbers from ctx.generator() alone; modules of torch::nn "
                         "draw from LibTorch's own (docs/a-trained-model.md says how to seed it)");
}

/// A request's list must not depend on who is served beside it.
Finding alone_and_in_a_batch(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  const CandidateBatch together = subject.serve(subject.fitted(), requests);
  const bool ordered = subject.kind() != PluginKind::rerank;
  for (int64_t row = 0; row < requests.size(); ++row) {
    const contract::Lists alone(subject.serve(subject.fitted(), select_requests(requests, {row})));
    const contract::Lists expected(
        CandidateBatch{together.item.narrow(0, row, 1), together.score.narrow(0, row, 1)});
    if (const contract::Breach problem = tie_problem(expected, alone, ordered))
      return Finding::failed(fmt::format("request {} served alone: {}", row,
                                         problem->substr(problem->find(' ', 8) + 1)));
  }
  return Finding::held();
}

Finding order_of_requests(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  std::vector<int64_t> reversed(static_cast<size_t>(requests.size()));
  std::iota(reversed.rbegin(), reversed.rend(), 0);
  CandidateBatch forward = subject.serve(subject.fitted(), requests);
  const at::Tensor rows = to_tensor(reversed);
  const CandidateBatch turned{forward.item.index_select(0, rows),
                              forward.score.index_select(0, rows)};
  const contract::Lists backward(
      subject.serve(subject.fitted(), select_requests(requests, reversed)));
  return Finding::of(
      tie_problem(contract::Lists(turned), backward, subject.kind() != PluginKind::rerank));
}

Finding save_and_load(const Subject& subject) {
  const auto loaded = subject.load(subject.save(subject.fitted()));
  return Finding::of(
      bits_problem(serve_all(subject, subject.fitted()), serve_all(subject, *loaded)));
}

std::optional<std::string> archive_problem(const Archive& first, const Archive& second) {
  for (const auto& [name, tensor] : first.tensors())
    if (!second.has(name) || !same_bits(tensor, second.tensor(name)))
      return fmt::format(
          "tensor \"{}\" is {} at first and {} after", name, contract::tensor_text(tensor),
          second.has(name) ? contract::tensor_text(second.tensor(name)) + " of other values"
                           : "not there");
  if (first.tensors().size() != second.tensors().size())
    return fmt::format("{} tensors at first and {} after", first.tensors().size(),
                       second.tensors().size());
  if (first.texts() != second.texts()) return "texts differ";
  return std::nullopt;
}

Finding same_archive(const Subject& subject) {
  const Archive first = subject.save(subject.fitted());
  return Finding::of(archive_problem(first, subject.save(*subject.load(first))));
}

Finding saving_changes_nothing(const Subject& subject) {
  const Archive first = subject.save(subject.fitted());
  serve_all(subject, subject.fitted());
  return Finding::of(archive_problem(first, subject.save(subject.fitted())));
}

/// A second instance, fitted with another seed and asked, leaves the first as it was.
Finding instances_apart(const Subject& subject) {
  const CandidateBatch before = serve_all(subject, subject.fitted());
  const Fitted other = subject.fit({.seed = 99});
  subject.serve(*other.strategy, subject.requests_with_allowed());
  return Finding::of(bits_problem(before, serve_all(subject, subject.fitted())));
}

Finding parts_repeat(const Subject& subject) {
  const std::vector<ParamPart>& parts = subject.entry().schema.parts;
  if (parts.empty()) return Finding::not_applicable("it declares no part");
  for (const ParamPart& part : parts) {
    FitRecord record;
    const Archive first = subject.make_part(part, subject.world(), record);
    if (record.generators > 0)
      return Finding::failed(fmt::format(
          "fit_part asks ctx.generator() for the part {}, which must not draw: all seeds share it",
          part.name));
    if (const auto problem =
            archive_problem(first, subject.make_part(part, subject.world(), record)))
      return Finding::failed(fmt::format("the part {}, made twice: {}", part.name, *problem));
  }
  return Finding::held();
}

Finding training_unmodified(const Subject& subject) {
  const uint64_t before = TinyWorld(TinyWorld::Times::real, subject.data())
                              .fingerprint();  // the subject's own was fitted on already
  const auto strategy = subject.make();
  TinyLabelled labelled(subject.traits().learns_from_candidates, true, subject.data());
  const uint64_t labelled_before = labelled.fingerprint();
  TinyFit context(subject.world(), subject.fit_inputs(subject.world()), {},
                  [](int64_t) { return 0.5; });
  subject.fit(*strategy, context, subject.world(), labelled);
  if (subject.world().fingerprint() != before)
    return Finding::failed("fit wrote to its training data or features");
  if (labelled.fingerprint() != labelled_before)
    return Finding::failed("fit wrote to its labelled candidates");
  return Finding::held();
}

Finding requests_unmodified(const Subject& subject) {
  const RequestBatch requests = subject.requests_with_allowed();
  const CandidateBatch given = tiny_candidates(requests);
  const uint64_t request_before = fingerprint(requests), given_before = fingerprint(given);
  const uint64_t features_before = fingerprint(subject.world().features);
  subject.serve(subject.fitted(), requests, given, Subject::kSlots, 1);
  if (fingerprint(requests) != request_before) return Finding::failed("it wrote to the requests");
  if (fingerprint(given) != given_before) return Finding::failed("it wrote to the candidates");
  if (fingerprint(subject.world().features) != features_before)
    return Finding::failed("it wrote to the features");
  return Finding::held();
}

Finding fresh_tensors(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  const CandidateBatch given = tiny_candidates(requests);
  const CandidateBatch got = subject.serve(subject.fitted(), requests, given, Subject::kSlots, 1);
  const CandidateBatch again = subject.serve(subject.fitted(), requests, given, Subject::kSlots, 1);
  if (share_memory(got.item, given.item))
    return Finding::failed("item is the memory of the candidates it was given");
  if (share_memory(got.score, given.score))
    return Finding::failed("score is the memory of the candidates it was given");
  if (share_memory(got.item, again.item) || share_memory(got.score, again.score))
    return Finding::failed("two answers share their memory");
  return Finding::held();
}

}  // namespace

std::vector<Check> state_checks() {
  return {
      {"serving twice gives the same bits", kAllStrategies, repeats_serving},
      {"a request gets the same list alone and in a batch", kAllStrategies, alone_and_in_a_batch},
      {"the order of the requests does not matter", kAllStrategies, order_of_requests},
      {"fit repeats under one seed", kAllStrategies, repeats_fit},
      {"a loaded strategy serves the same bits", kAllStrategies, save_and_load},
      {"a loaded strategy saves the same archive", kAllStrategies, same_archive},
      {"serving does not change what is saved", kAllStrategies, saving_changes_nothing},
      {"instances do not disturb each other", kAllStrategies, instances_apart},
      {"a declared part repeats, and draws nothing", kAllStrategies, parts_repeat},
      {"training data stay as they are", kAllStrategies, training_unmodified},
      {"requests, candidates and features stay as they are", kAllStrategies, requests_unmodified},
      {"answers are fresh tensors", kAllStrategies, fresh_tensors}};
}

}  // namespace assay::conformance
