#include <ATen/CPUGeneratorImpl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "conformance/check.h"
#include "conformance/lists.h"
#include "conformance/tensors.h"
#include "contract/breach.h"
#include "host/guard.h"

namespace assay::conformance {

namespace {

CandidateBatch serve_all(const Subject& subject, const Strategy& strategy, uint64_t seed = 1) {
  return subject.serve(strategy, subject.requests(), Subject::kSlots, seed);
}

/// The archive and the lists of a fit under another seed are what shows a draw.
bool same_fit(const Subject& subject, const Strategy& a, const Strategy& b) {
  const Archive first = subject.save(a), second = subject.save(b);
  for (const auto& [name, tensor] : first.tensors())
    if (!second.has(name) || !same_bits(tensor, second.tensor(name))) return false;
  return !bits_problem(serve_all(subject, a), serve_all(subject, b));
}

/// Whether one seed gives one fit and one list. Where it does not, checks of their own say so, and
/// what other seeds give proves nothing.
bool repeats(const Subject& subject) {
  at::Generator shared = at::detail::getDefaultCPUGenerator();
  shared.set_current_seed(7);
  return same_fit(subject, subject.fitted(), *subject.fit().strategy);
}

Finding draws_in_fit(const Subject& subject) {
  const bool asked = subject.record().generators > 0;
  const Fitted other = subject.fit({.seed = 2});
  const bool differs = !same_fit(subject, subject.fitted(), *other.strategy);
  if (subject.traits().draws_in_fit && !asked)
    return Finding::failed(
        "draws_in_fit is set, but fit never asks ctx.generator(); without it, one fit serves all "
        "seeds");
  if (!subject.traits().draws_in_fit && asked)
    return Finding::failed(
        "fit asks ctx.generator(), but draws_in_fit is not set: all seeds would share one fit");
  if (!subject.traits().draws_in_fit && differs && !repeats(subject))
    return Finding::not_applicable("one seed gives several fits or lists");
  if (!subject.traits().draws_in_fit && differs)
    return Finding::failed("another seed gives another fit, but draws_in_fit is not set");
  return Finding::held();
}

Finding draws_in_serving(const Subject& subject) {
  const CandidateBatch first = serve_all(subject, subject.fitted(), 1);
  bool differs = false;
  for (uint64_t seed = 2; seed < 6 && !differs; ++seed)
    differs = bits_problem(first, serve_all(subject, subject.fitted(), seed)).has_value();
  if (subject.traits().draws_in_serving && !differs)
    return Finding::failed("draws_in_serving is set, but five seeds give the same lists");
  if (!subject.traits().draws_in_serving && differs && !repeats(subject))
    return Finding::not_applicable("one seed gives several fits or lists");
  if (!subject.traits().draws_in_serving && differs)
    return Finding::failed("another seed gives other lists, but draws_in_serving is not set");
  return Finding::held();
}

Finding validates(const Subject& subject) {
  const int64_t calls = subject.record().validations;
  if (subject.traits().validates && calls == 0)
    return Finding::failed("validates is set, but fit never calls ctx.validate()");
  if (!subject.traits().validates && calls > 0)
    return Finding::failed(
        "fit calls ctx.validate(), but validates is not set: the host will refuse");
  return Finding::held();
}

Finding learns_from_candidates(const Subject& subject) {
  const int64_t calls = subject.record().candidates;
  if (subject.traits().learns_from_candidates && calls == 0)
    return Finding::failed("learns_from_candidates is set, but fit never walks the candidates");
  if (!subject.traits().learns_from_candidates && calls > 0)
    return Finding::failed(
        "fit walks the candidates, but learns_from_candidates is not set: there will be none");
  return Finding::held();
}

Finding works_without_times(const Subject& subject) {
  const Fitted timeless = subject.fit(subject.world_without_times(), {});
  const RequestBatch requests = subject.requests(/*times=*/false);
  const CandidateBatch got = subject.serve(*timeless.strategy, requests);
  if (auto problem =
          contract::shape_breach(got, at::kCPU, requests.size(), subject.widest(Subject::kSlots)))
    return Finding::failed("on data without times: " + *problem);
  if (auto problem = number_problem(contract::Lists(got)))
    return number_problem(contract::Lists(serve_all(subject, subject.fitted())))
               ? Finding::not_applicable("it has such scores with times too")
               : Finding::failed(fmt::format(
                     "on data without times (time_us is -1), {}; is needs_time missing?",
                     *problem));
  return Finding::held();
}

Finding needs_time(const Subject& subject) {
  if (!subject.traits().needs_time) return works_without_times(subject);
  const Fitted other = subject.fit(subject.world_of_equal_times(), {});
  if (!same_fit(subject, subject.fitted(), *other.strategy)) return Finding::held();
  return Finding::failed("needs_time is set, but with all times made equal the fit is the same");
}

Finding probabilities(const Subject& subject) {
  if (subject.traits().scores != Traits::Scores::probability)
    return Finding::not_applicable("scores are no probabilities");
  const contract::Lists got(serve_all(subject, subject.fitted()));
  for (int64_t row = 0; row < got.rows; ++row)
    for (int64_t rank = 0; rank < got.length(row); ++rank)
      if (!(got.score_at(row, rank) >= 0 && got.score_at(row, rank) <= 1))
        return Finding::failed(
            fmt::format("request {} has score {} at rank {}; scores = probability promises 0 to 1",
                        row, got.score_at(row, rank), rank));
  return Finding::held();
}

/// Base and terms of each candidate, added up.
std::vector<double> sums(const Explanation& explanation) {
  const std::vector<float> base = floats_of(explanation.base),
                           weight = floats_of(explanation.weight);
  const std::vector<int64_t> row = ids_of(explanation.row);
  std::vector<double> all(base.begin(), base.end());
  for (size_t i = 0; i < row.size(); ++i)
    all.at(static_cast<size_t>(row[i])) += static_cast<double>(weight[i]);
  return all;
}

// The answer of a rank stage holds the items that were explained in another order.
std::optional<std::string> additive_problem(const Explanation& explanation,
                                            const CandidateBatch& asked,
                                            const CandidateBatch& answer) {
  const std::vector<double> added = sums(explanation);
  const contract::Lists got(answer);
  const std::vector<int64_t> items = ids_of(asked.item);
  for (int64_t row = 0; row < got.rows; ++row)
    for (int64_t rank = 0; rank < got.length(row); ++rank) {
      const auto first = items.begin() + row * asked.width();
      const auto found = std::find(first, first + asked.width(), got.item_at(row, rank));
      if (found == first + asked.width()) continue;  // not given: another check says so
      const double sum = added[static_cast<size_t>(found - items.begin())];
      const double score = static_cast<double>(got.score_at(row, rank));
      if (std::abs(sum - score) > 1e-4 * std::max(1.0, std::abs(score)))
        return fmt::format("request {} has score {} at rank {}, but base and weights add up to {}",
                           row, score, rank, sum);
    }
  return std::nullopt;
}

Finding explains(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  const CandidateBatch got = serve_all(subject, subject.fitted());
  // A later stage says why of the candidates that it was given, with the scores that they had.
  const CandidateBatch asked =
      subject.kind() == PluginKind::recall ? got : tiny_candidates(requests);
  const auto explanation = host::guarded(
      "explain", [&] { return subject.fitted().explain(requests, asked, subject.context()); });
  if (!explanation && subject.traits().additive)
    return Finding::failed("additive is set, but explain() returns nothing");
  if (!explanation) return Finding::not_applicable("it explains nothing");
  if (const auto problem = contract::explanation_breach(*explanation, asked))
    return Finding::failed(*problem);
  return subject.traits().additive ? Finding::of(additive_problem(*explanation, asked, got))
                                   : Finding::held();
}

}  // namespace

std::vector<Check> trait_checks() {
  using enum PluginKind;
  return {{"draws_in_fit is declared correctly", kAllStrategies, draws_in_fit},
          {"draws_in_serving is declared correctly", kAllStrategies, draws_in_serving},
          {"validates is declared correctly", kAllStrategies, validates},
          {"learns_from_candidates is declared correctly", {rank, rerank}, learns_from_candidates},
          {"needs_time is declared correctly", kAllStrategies, needs_time},
          {"scores are of the declared kind", {recall, rank}, probabilities},
          {"explanations are well formed and, where additive, add up", kAllStrategies, explains}};
}

}  // namespace assay::conformance
