#include "conformance/check.h"
#include "conformance/lists.h"
#include "contract/breach.h"
#include "kernels/nan_watch.h"

namespace assay::conformance {

namespace {

/// One answer of the strategy beside what it was asked, and with what.
struct Answer {
  RequestBatch requests;
  CandidateBatch given;
  CandidateBatch got;
  contract::Breach only_nan;  ///< lists that are empty because their scores are NaN
};

/// Only lists of the right shape can be looked into. The shape is a check of its own.
bool has_shape(const Subject& subject, const Answer& made) {
  return !contract::shape_breach(made.got, at::kCPU, made.requests.size(),
                                 subject.widest(Subject::kSlots));
}

Answer answer(const Subject& subject, RequestBatch requests) {
  Answer made{.requests = std::move(requests)};
  made.given = tiny_candidates(made.requests);
  const kernels::NanWatch watch;
  made.got = subject.serve(subject.fitted(), made.requests, made.given, Subject::kSlots, 1);
  if (has_shape(subject, made)) made.only_nan = watch.breach(made.got, made.requests);
  return made;
}

/// Holds `rule` against all requests, and against them with allowed sets.
template <typename Rule>
Finding holds(const Subject& subject, Rule rule) {
  for (RequestBatch& requests :
       std::vector<RequestBatch>{subject.requests(), subject.requests_with_allowed()}) {
    const Answer made = answer(subject, std::move(requests));
    if (!has_shape(subject, made)) return Finding::not_applicable("the lists have another shape");
    if (const contract::Breach problem = rule(made, contract::Lists(made.got)))
      return Finding::failed(*problem);
  }
  return Finding::held();
}

Finding shapes(const Subject& subject) {
  const Answer made = answer(subject, subject.requests());
  return Finding::of(contract::shape_breach(made.got, at::kCPU, made.requests.size(),
                                            subject.widest(Subject::kSlots)));
}

Finding padding(const Subject& subject) {
  const int64_t slots = subject.widest(Subject::kSlots);
  return holds(subject, [&](const Answer& made, const contract::Lists& got) {
    return padding_problem(got, subject.eligible(made.requests), slots);
  });
}

Finding numbers(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return made.only_nan ? made.only_nan : number_problem(got);
  });
}

Finding catalogue(const Subject& subject) {
  return holds(subject, [](const Answer&, const contract::Lists& got) {
    return catalogue_problem(got, TinyWorld::kItems);
  });
}

Finding once(const Subject& subject) {
  return holds(subject,
               [](const Answer&, const contract::Lists& got) { return duplicate_problem(got); });
}

Finding nothing_excluded(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return excluded_problem(got, made.requests.excluded);
  });
}

Finding only_allowed(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return made.requests.allowed ? allowed_problem(got, *made.requests.allowed) : std::nullopt;
  });
}

Finding falling(const Subject& subject) {
  return holds(subject,
               [](const Answer&, const contract::Lists& got) { return falling_problem(got); });
}

Finding keeps_items(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return kept_items_problem(got, contract::Lists(made.given));
  });
}

Finding only_candidates(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return candidates_problem(got, contract::Lists(made.given));
  });
}

Finding keeps_scores(const Subject& subject) {
  return holds(subject, [](const Answer& made, const contract::Lists& got) {
    return kept_scores_problem(got, contract::Lists(made.given));
  });
}

}  // namespace

std::vector<Check> list_checks() {
  using enum PluginKind;
  return {{"lists have the promised shapes and types", kAllStrategies, shapes},
          {"requests with fewer candidates than asked for", kAllStrategies, padding},
          {"scores are finite numbers", kAllStrategies, numbers},
          {"items are of the catalogue", kAllStrategies, catalogue},
          {"no item twice in a list", kAllStrategies, once},
          {"nothing excluded is served", {recall}, nothing_excluded},
          {"only allowed items are served", {recall}, only_allowed},
          {"scores are non-increasing along a list", {recall, rank}, falling},
          {"all candidates come back, and no other item", {rank}, keeps_items},
          {"only candidates are served", {rerank}, only_candidates},
          {"candidates keep the scores they came with", {rerank}, keeps_scores}};
}

}  // namespace assay::conformance
