#include "conformance/tiny_requests.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <set>

#include "conformance/tensors.h"

namespace assay::conformance {

namespace {

using Rows = std::vector<std::vector<int64_t>>;
using Requests = TinyRequests;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
constexpr int64_t kMinute = 60'000'000;        // in microseconds
constexpr int64_t kLater = 24 * 60 * kMinute;  // requests begin a day after the last event

Rows positives(const std::vector<TinyEvent>& events) {
  Rows rows(TinyWorld::kUsers);
  std::set<std::pair<int32_t, int32_t>> pairs;
  for (const TinyEvent& event : events)
    if (event.positive && pairs.emplace(event.user, event.item).second)
      rows[static_cast<size_t>(event.user)].push_back(event.item);
  return rows;
}

/// Every item that a user had an event with, ascending.
Rows seen(const std::vector<TinyEvent>& events) {
  std::vector<std::set<int64_t>> sets(TinyWorld::kUsers);
  for (const TinyEvent& event : events) sets[static_cast<size_t>(event.user)].insert(event.item);
  Rows rows;
  for (const std::set<int64_t>& set : sets) rows.emplace_back(set.begin(), set.end());
  return rows;
}

std::vector<int64_t> all_but(const std::set<int64_t>& kept) {
  std::vector<int64_t> items;
  for (int64_t item = 0; item < TinyWorld::kItems; ++item)
    if (!kept.contains(item)) items.push_back(item);
  return items;
}

std::vector<int64_t> sorted(std::vector<int64_t> items) {
  std::ranges::sort(items);
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return items;
}

FeatureTable select_rows(const FeatureTable& table, const at::Tensor& rows) {
  FeatureTable selected{rows.size(0), table.columns};
  for (Feature& feature : selected.columns) feature.values = feature.values.index_select(0, rows);
  return selected;
}

/// The users of the requests, with the histories and exclusions that go with them.
struct Draft {
  std::vector<int64_t> user;
  Rows history;
  Rows excluded;

  explicit Draft(const std::vector<TinyEvent>& events)
      : history(positives(events)), excluded(seen(events)) {}

  void add(int64_t id, std::vector<int64_t> items, std::vector<int64_t> hidden) {
    user.push_back(id);
    history.push_back(std::move(items));
    excluded.push_back(std::move(hidden));
  }
};

Draft draft_requests(const std::vector<TinyEvent>& events) {
  Draft draft(events);
  draft.user.resize(TinyWorld::kUsers);
  std::iota(draft.user.begin(), draft.user.end(), 0);
  draft.excluded[Requests::kFewCandidates] = all_but({2, 20, 38});
  draft.add(-1, {}, {});
  draft.add(-1, {4, 7, 10}, {4, 7, 10});
  draft.add(0, {1, 5}, {1, 5});
  draft.add(1, draft.history[1], all_but({}));
  draft.add(2, {9, 12, 9, 37, 39}, sorted({9, 12, 37, 39}));
  return draft;
}

/// Some score that has ties, and prefers popular items of one's taste.
float source_score(int64_t user, int64_t item, int64_t source) {
  const auto popularity = static_cast<float>((TinyWorld::kItems - item) / 4);
  return popularity + (tiny_taste(user, item) ? 3.0F : 0.0F) +
         (source == 1 ? static_cast<float>(item % 5) : 0.0F);
}

struct Scored {
  int64_t item;
  float score;
};

std::vector<Scored> best(int64_t user, const std::vector<int64_t>& items) {
  std::vector<Scored> scored;
  for (const int64_t item : items) scored.push_back({item, source_score(user, item, 0)});
  std::ranges::stable_sort(scored, std::greater(), &Scored::score);
  if (scored.size() > kTinyWidth) scored.resize(kTinyWidth);
  return scored;
}

LabelledBatch labelled(const RequestBatch& requests, int64_t targets) {
  LabelledBatch batch{.requests = requests, .candidates = tiny_candidates(requests)};
  const std::vector<int64_t> user = ids_of(requests.user), item = ids_of(batch.candidates.item);
  std::vector<float> label, weight;
  for (size_t i = 0; i < item.size(); ++i) {
    const bool taken = item[i] >= 0 && tiny_taste(user[i / kTinyWidth], item[i]);
    label.push_back(taken ? 1 : 0);
    label.insert(label.end(), static_cast<size_t>(targets - 1), kMissing);
    weight.push_back(item[i] >= 0 ? 1 : 0);
  }
  batch.label = to_tensor(label, {requests.size(), kTinyWidth, targets});
  batch.weight = to_tensor(weight, {requests.size(), kTinyWidth});
  return batch;
}

std::vector<int64_t> range(int64_t first, int64_t end) {
  std::vector<int64_t> rows(static_cast<size_t>(end - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

}  // namespace

bool tiny_taste(int64_t user, int64_t item) {
  return user >= 0 && user % TinyWorld::kTastes == item % TinyWorld::kTastes;
}

RequestBatch TinyRequests::all(bool times, const TinyData& data) {
  Draft draft = draft_requests(data.events);
  const int64_t last = data.events.empty() ? -1 : data.events.back().time_us;
  RequestBatch requests;
  requests.request = to_tensor(range(0, kCount));
  requests.user = to_tensor(draft.user);
  requests.history = to_ragged(draft.history);
  requests.excluded = to_ragged(draft.excluded);
  std::vector<int64_t> time;
  for (int64_t row = 0; row < kCount; ++row)
    time.push_back(times && last >= 0 ? last + kLater + row * kMinute : -1);
  requests.time_us = to_tensor(time);
  requests.context = data.context;
  return requests;
}

RequestBatch TinyRequests::with_allowed(const TinyData& data) {
  RequestBatch requests = all(true, data);
  const Rows excluded = rows_of(requests.excluded);
  TinyNumbers numbers(5);
  Rows allowed;
  for (size_t row = 0; row < excluded.size(); ++row) {
    std::vector<int64_t> items;
    for (int i = 0; i < 8; ++i) items.push_back(numbers.below(TinyWorld::kItems));
    if (row == 5) items.clear();
    if (row == 6) items = excluded[row];
    allowed.push_back(sorted(std::move(items)));
  }
  requests.allowed = to_ragged(allowed);
  return requests;
}

RequestBatch select_requests(const RequestBatch& requests, const std::vector<int64_t>& rows) {
  const at::Tensor chosen = to_tensor(rows);
  RequestBatch selected;
  selected.request = requests.request.index_select(0, chosen);
  selected.user = requests.user.index_select(0, chosen);
  selected.history = requests.history.select(chosen);
  selected.excluded = requests.excluded.select(chosen);
  if (requests.allowed) selected.allowed = requests.allowed->select(chosen);
  selected.time_us = requests.time_us.index_select(0, chosen);
  selected.context = select_rows(requests.context, chosen);
  return selected;
}

uint64_t fingerprint(const RequestBatch& requests) {
  uint64_t all = fingerprint(requests.request) + 3 * fingerprint(requests.user) +
                 5 * fingerprint(requests.time_us);
  all += 7 * fingerprint(requests.history) + 11 * fingerprint(requests.excluded);
  if (requests.allowed) all += 13 * fingerprint(*requests.allowed);
  return all + 17 * fingerprint(requests.context);
}

Rows eligible_items(const RequestBatch& requests) {
  const Rows excluded = rows_of(requests.excluded);
  const Rows allowed =
      requests.allowed ? rows_of(*requests.allowed) : Rows(excluded.size(), all_but({}));
  Rows eligible;
  for (size_t row = 0; row < excluded.size(); ++row) {
    std::vector<int64_t> items;
    std::ranges::set_difference(allowed[row], excluded[row], std::back_inserter(items));
    eligible.push_back(std::move(items));
  }
  return eligible;
}

CandidateBatch tiny_candidates(const RequestBatch& requests) {
  const std::vector<int64_t> user = ids_of(requests.user);
  const Rows eligible = eligible_items(requests);
  std::vector<int64_t> item;
  std::vector<float> score, sources;
  for (size_t row = 0; row < user.size(); ++row) {
    const auto scored = best(user[row], eligible[row]);
    for (size_t rank = 0; rank < kTinyWidth; ++rank) {
      const bool real = rank < scored.size();
      item.push_back(real ? scored[rank].item : -1);
      score.push_back(real ? scored[rank].score : -kInfinity);
      sources.push_back(real ? scored[rank].score : kMissing);
      sources.push_back(real && rank % 3 != 0 ? source_score(user[row], scored[rank].item, 1)
                                              : kMissing);
    }
  }
  CandidateBatch batch;
  batch.item = to_tensor(item, {requests.size(), kTinyWidth});
  batch.score = to_tensor(score, {requests.size(), kTinyWidth});
  batch.source_score = to_tensor(sources, {requests.size(), kTinyWidth, 2});
  return batch;
}

uint64_t fingerprint(const CandidateBatch& candidates) {
  uint64_t all = fingerprint(candidates.item) + 3 * fingerprint(candidates.score);
  if (candidates.source_score) all += 5 * fingerprint(*candidates.source_score);
  return all;
}

Ragged tiny_truth(const RequestBatch& requests) {
  const std::vector<int64_t> user = ids_of(requests.user), request = ids_of(requests.request);
  Rows rows;
  for (size_t row = 0; row < user.size(); ++row) {
    std::vector<int64_t> items;
    for (int64_t item = request[row] % 7; item < TinyWorld::kItems && items.size() < 4; ++item)
      if (request[row] % 5 != 4 && tiny_taste(user[row], item)) items.push_back(item);
    rows.push_back(std::move(items));
  }
  return to_ragged(rows);
}

TinyLabelled::TinyLabelled(bool filled, bool times, const TinyData& data)
    : filled_(filled), targets_(data.targets) {
  if (!filled) return;
  const RequestBatch all = TinyRequests::all(times, data);
  const int64_t columns = std::max<int64_t>(1, std::ssize(targets_));
  batches_.push_back(labelled(select_requests(all, range(0, 32)), columns));
  batches_.push_back(labelled(select_requests(all, range(32, TinyWorld::kUsers)), columns));
}

std::optional<LabelledBatch> TinyLabelled::next() {
  ++asked_;
  if (next_ == batches_.size()) return std::nullopt;
  return batches_[next_++];
}

uint64_t TinyLabelled::fingerprint() const {
  uint64_t all = 0;
  for (const LabelledBatch& batch : batches_)
    all = all * 31 + assay::conformance::fingerprint(batch.requests) +
          assay::conformance::fingerprint(batch.candidates) +
          assay::conformance::fingerprint(batch.label) +
          assay::conformance::fingerprint(batch.weight);
  return all;
}

}  // namespace assay::conformance
