#include <fmt/format.h>

#include <numeric>

#include "conformance/check.h"
#include "conformance/lists.h"
#include "contract/breach.h"

namespace assay::conformance {

namespace {

/// All rules of a list that hold for every kind, and those of the subject's.
contract::Breach any_problem(const Subject& subject, const RequestBatch& requests,
                             const CandidateBatch& batch, int64_t slots) {
  if (auto problem =
          contract::shape_breach(batch, at::kCPU, requests.size(), subject.widest(slots)))
    return problem;
  const contract::Lists got(batch);
  if (auto problem = padding_problem(got, subject.eligible(requests), subject.widest(slots)))
    return problem;
  if (auto problem = number_problem(got)) return problem;
  if (auto problem = duplicate_problem(got)) return problem;
  if (auto problem = excluded_problem(got, requests.excluded)) return problem;
  return catalogue_problem(got, TinyWorld::kItems);
}

Finding served(const Subject& subject, const std::vector<int64_t>& rows,
               int64_t slots = Subject::kSlots) {
  const RequestBatch requests = select_requests(TinyRequests::all(true, subject.data()), rows);
  return Finding::of(
      any_problem(subject, requests, subject.serve(subject.fitted(), requests, slots), slots));
}

std::vector<int64_t> all_rows() {
  std::vector<int64_t> rows(TinyRequests::kCount);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

Finding no_request(const Subject& subject) { return served(subject, {}); }
Finding one_request(const Subject& subject) { return served(subject, {0}); }
Finding all_requests(const Subject& subject) { return served(subject, all_rows()); }

/// An allowed set may be empty, or hold excluded items only.
Finding allowed_sets(const Subject& subject) {
  const RequestBatch requests = TinyRequests::with_allowed(subject.data());
  const CandidateBatch got = subject.serve(subject.fitted(), requests);
  return Finding::of(any_problem(subject, requests, got, Subject::kSlots));
}

Finding slots(const Subject& subject, int64_t count) {
  const RequestBatch requests = subject.requests();
  return Finding::of(
      any_problem(subject, requests, subject.serve(subject.fitted(), requests, count), count));
}

Finding one_slot(const Subject& subject) { return slots(subject, 1); }
Finding more_slots_than_items(const Subject& subject) {
  return slots(subject, TinyWorld::kItems + 10);
}
Finding all_excluded(const Subject& subject) {
  return served(subject, {TinyRequests::kAllExcluded});
}
Finding anonymous(const Subject& subject) {
  return served(subject, {TinyRequests::kAnonymous, TinyRequests::kSession});
}
Finding no_history(const Subject& subject) {
  return served(subject, {TinyRequests::kNoPositives, TinyRequests::kAnonymous});
}
Finding cold_users(const Subject& subject) {
  const int64_t first = TinyRequests::kFirstColdUser;
  return served(subject, {first, first + 1, first + 2, first + 3, first + 4, first + 5});
}
Finding odd_history(const Subject& subject) { return served(subject, {TinyRequests::kOddHistory}); }

/// Where all scores are equal the order is that of ids: items that nobody chose, shown to whoever the
/// strategy does not know. An empty row lets another stage answer (`unknown` of an experiment).
Finding nothing_arbitrary(const Subject& subject) {
  std::vector<int64_t> rows = {TinyRequests::kNoPositives, TinyRequests::kAnonymous};
  for (int64_t cold = 0; cold < 6; ++cold) rows.push_back(TinyRequests::kFirstColdUser + cold);
  const RequestBatch requests = select_requests(TinyRequests::all(true, subject.data()), rows);
  const CandidateBatch batch = subject.serve(subject.fitted(), requests, TinyWorld::kItems);
  if (contract::shape_breach(batch, at::kCPU, requests.size(), TinyWorld::kItems))
    return Finding::not_applicable("the lists have another shape");
  const contract::Lists got(batch);
  for (int64_t row = 0; row < got.rows; ++row) {
    const int64_t length = got.length(row);
    if (length < 2 || got.score_at(row, 0) != got.score_at(row, length - 1)) continue;
    return Finding::failed(fmt::format(
        "request {}, without a history, was served {} items that all have the score {}; expected "
        "an empty row for a request about which nothing is known",
        rows[static_cast<size_t>(row)], length, got.score_at(row, 0)));
  }
  return Finding::held();
}

/// Candidates may be one wide, or none.
Finding narrow_candidates(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  for (const int64_t width : {int64_t{1}, int64_t{0}}) {
    CandidateBatch given = tiny_candidates(requests);
    given.item = given.item.narrow(1, 0, width).contiguous();
    given.score = given.score.narrow(1, 0, width).contiguous();
    given.source_score = given.source_score->narrow(1, 0, width).contiguous();
    const CandidateBatch got = subject.serve(subject.fitted(), requests, given, Subject::kSlots, 1);
    if (auto problem =
            contract::shape_breach(got, at::kCPU, requests.size(),
                                   subject.kind() == PluginKind::rank ? width : Subject::kSlots))
      return Finding::failed(*problem);
    if (auto problem = candidates_problem(contract::Lists(got), contract::Lists(given)))
      return Finding::failed(*problem);
  }
  return Finding::held();
}

/// The last stage before may be a recall stage of one source, whose scores stand in `score` alone.
Finding no_sources(const Subject& subject) {
  const RequestBatch requests = subject.requests();
  CandidateBatch given = tiny_candidates(requests);
  given.source_score.reset();
  const CandidateBatch got = subject.serve(subject.fitted(), requests, given, Subject::kSlots, 1);
  return Finding::of(any_problem(subject, requests, got, Subject::kSlots));
}

}  // namespace

std::vector<Check> request_checks() {
  using enum PluginKind;
  return {{"a batch without a request", kAllStrategies, no_request},
          {"a batch of one request", kAllStrategies, one_request},
          {"a batch of 65 requests", kAllStrategies, all_requests},
          {"allowed sets, some of them empty", kAllStrategies, allowed_sets},
          {"one slot", {recall, rerank}, one_slot},
          {"more slots than there are items", {recall, rerank}, more_slots_than_items},
          {"one candidate, and none", {rank, rerank}, narrow_candidates},
          {"candidates without source scores", {rank, rerank}, no_sources},
          {"a request for which all items are excluded", kAllStrategies, all_excluded},
          {"requests without a history", kAllStrategies, no_history},
          {"nothing arbitrary is served where nothing is known", {recall}, nothing_arbitrary},
          {"anonymous requests (user -1)", kAllStrategies, anonymous},
          {"users that training never saw", kAllStrategies, cold_users},
          {"a history with an item twice and with items that training never saw", kAllStrategies,
           odd_history}};
}

}  // namespace assay::conformance
