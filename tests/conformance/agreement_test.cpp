#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "conformance/lists.h"
#include "conformance/subject.h"
#include "conformance/tensors.h"
#include "conformance/tiny_requests.h"
#include "contract/breach.h"

// What `assay check` finds and what a run refuses must be one and the same.

namespace assay {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

bool suite_refuses_recall(const CandidateBatch& got, const RequestBatch& requests, int64_t k) {
  if (contract::shape_breach(got, at::kCPU, requests.size(), k)) return true;
  const contract::Lists lists(got);
  std::vector<int64_t> eligible;
  for (const auto& items : conformance::eligible_items(requests))
    eligible.push_back(static_cast<int64_t>(items.size()));
  return conformance::padding_problem(lists, eligible, k) || conformance::number_problem(lists) ||
         conformance::duplicate_problem(lists) ||
         conformance::excluded_problem(lists, requests.excluded) ||
         conformance::catalogue_problem(lists, conformance::TinyWorld::kItems) ||
         conformance::falling_problem(lists) ||
         (requests.allowed && conformance::allowed_problem(lists, *requests.allowed));
}

bool breaks_padding(const contract::Lists& got, const CandidateBatch& given, int64_t slots) {
  const contract::Lists before(given);
  std::vector<int64_t> lengths;
  for (int64_t row = 0; row < before.rows; ++row) lengths.push_back(before.length(row));
  return conformance::padding_problem(got, lengths, slots).has_value();
}

bool suite_refuses_rank(const CandidateBatch& got, const CandidateBatch& given) {
  if (contract::shape_breach(got, at::kCPU, given.size(), given.width())) return true;
  const contract::Lists lists(got);
  return breaks_padding(lists, given, given.width()) || conformance::number_problem(lists) ||
         conformance::duplicate_problem(lists) || conformance::falling_problem(lists) ||
         conformance::kept_items_problem(lists, contract::Lists(given));
}

bool suite_refuses_rerank(const CandidateBatch& got, const CandidateBatch& given, int64_t n) {
  if (contract::shape_breach(got, at::kCPU, given.size(), n)) return true;
  const contract::Lists lists(got);
  return breaks_padding(lists, given, n) || conformance::number_problem(lists) ||
         conformance::duplicate_problem(lists) ||
         conformance::candidates_problem(lists, contract::Lists(given)) ||
         conformance::kept_scores_problem(lists, contract::Lists(given));
}

struct Spoil {
  const char* what;
  std::function<void(CandidateBatch&)> spoil;
};

const Spoil kSpoils[] = {
    {"nothing", [](CandidateBatch&) {}},
    {"a NaN", [](CandidateBatch& batch) { batch.score[2][0] = kNan; }},
    {"a score on padding",
     [](CandidateBatch& batch) { batch.score[conformance::TinyRequests::kAllExcluded][1] = 0; }},
    {"padding in front", [](CandidateBatch& batch) { batch.item[4][0] = -1; }},
    {"an item twice",
     [](CandidateBatch& batch) { batch.item[3][1] = batch.item[3][0].item<int64_t>(); }},
    {"an item outside",
     [](CandidateBatch& batch) { batch.item[3][0] = conformance::TinyWorld::kItems; }},
    {"a negative item", [](CandidateBatch& batch) { batch.item[3][0] = -2; }},
    {"an excluded item",
     [](CandidateBatch& batch) { batch.item[conformance::TinyRequests::kFewCandidates][0] = 0; }},
    {"an item for whom all are excluded",
     [](CandidateBatch& batch) {
       batch.item[conformance::TinyRequests::kAllExcluded][0] = 0;
       batch.score[conformance::TinyRequests::kAllExcluded][0] = 1;
     }},
    {"rising scores", [](CandidateBatch& batch) { batch.score[0][1] = 1e6; }},
    {"float64", [](CandidateBatch& batch) { batch.score = batch.score.to(at::kDouble); }},
    {"int32", [](CandidateBatch& batch) { batch.item = batch.item.to(at::kInt); }},
    {"too few rows", [](CandidateBatch& batch) { batch.item = batch.item.narrow(0, 0, 3); }},
    {"other widths", [](CandidateBatch& batch) { batch.score = batch.score.narrow(1, 0, 3); }},
    {"nothing set", [](CandidateBatch& batch) { batch.item = at::Tensor(); }},
};

CandidateBatch spoilt(const CandidateBatch& good, const Spoil& spoil) {
  CandidateBatch batch{good.item.clone(), good.score.clone()};
  spoil.spoil(batch);
  return batch;
}

TEST(Agreement, OnWhatRecallMayReturn) {
  for (const RequestBatch& requests :
       {conformance::TinyRequests::all(), conformance::TinyRequests::with_allowed()})
    for (const Spoil& spoil : kSpoils) {
      const CandidateBatch batch = spoilt(conformance::tiny_candidates(requests), spoil);
      EXPECT_EQ(suite_refuses_recall(batch, requests, conformance::kTinyWidth),
                contract::recall_breach(batch, requests, conformance::kTinyWidth,
                                        conformance::TinyWorld::kItems)
                    .has_value())
          << spoil.what;
    }
}

TEST(Agreement, OnWhatRankMayReturn) {
  const CandidateBatch given = conformance::tiny_candidates(conformance::TinyRequests::all());
  for (const Spoil& spoil : kSpoils) {
    const CandidateBatch batch = spoilt(given, spoil);
    EXPECT_EQ(suite_refuses_rank(batch, given), contract::rank_breach(batch, given).has_value())
        << spoil.what;
  }
}

TEST(Agreement, OnWhatRerankMayReturn) {
  const CandidateBatch given = conformance::tiny_candidates(conformance::TinyRequests::all());
  for (const Spoil& spoil : kSpoils) {
    const CandidateBatch batch = spoilt(given, spoil);
    EXPECT_EQ(suite_refuses_rerank(batch, given, conformance::kTinyWidth),
              contract::rerank_breach(batch, given, conformance::kTinyWidth).has_value())
        << spoil.what;
  }
}

}  // namespace
}  // namespace assay
