#include <algorithm>

#include "error/error.h"
#include "results/connection.h"
#include "results/reader.h"

namespace assay::results {
namespace {

/// The entry of that name, made where there is none yet. Its shards follow each other in the order
/// of their requests.
template <typename Entry>
Entry& entry_of(std::vector<Entry>& all, std::string Entry::*name, const std::string& wanted) {
  const auto found = std::ranges::find(all, wanted, name);
  if (found != all.end()) return *found;
  Entry& added = all.emplace_back();
  added.*name = wanted;
  return added;
}

void append_shard(const QueryRows& row, StageLists& lists) {
  lists.size = static_cast<int>(row.integer(1));
  row.append_blob(2, lists.requests);
  row.append_blob(3, lists.lengths);
  row.append_blob(4, lists.items);
  row.append_blob(5, lists.scores);
  const auto before = static_cast<int32_t>(lists.found_items.size());
  const auto offsets = row.blob<int32_t>(6);
  if (lists.found_offsets.empty()) lists.found_offsets.push_back(0);
  for (size_t i = 1; i < offsets.size(); ++i) lists.found_offsets.push_back(before + offsets[i]);
  row.append_blob(7, lists.found_items);
  row.append_blob(8, lists.found_ranks);
}

void append_shard(const QueryRows& row, Explanations& explanations) {
  explanations.size = std::max(explanations.size, static_cast<int>(row.integer(1)));
  const auto before = static_cast<int32_t>(explanations.rests.size());
  row.append_blob(2, explanations.requests);
  row.append_blob(3, explanations.rests);
  for (const int32_t slot : row.blob<int32_t>(4)) explanations.slots.push_back(before + slot);
  row.append_blob(5, explanations.kinds);
  row.append_blob(6, explanations.ids);
  row.append_blob(7, explanations.weights);
  if (!row.is_null(8)) explanations.reason = row.text(8);
}

}  // namespace

std::vector<StageLists> Reader::stage_lists(const std::string& trial_key) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT stage, size, l.requests, lengths, items, scores, found_offsets, found_items, "
      "found_ranks FROM stage_list AS l JOIN shard AS s USING (shard_id) WHERE l.trial_key = ? "
      "ORDER BY s.first_request, l.rowid",
      trial_key);
  std::vector<StageLists> all;
  while (rows.next()) append_shard(rows, entry_of(all, &StageLists::stage, rows.text(0)));
  return all;
}

std::vector<Explanations> Reader::explanations(const std::string& trial_key) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT place, size, e.requests, rests, slots, kinds, ids, weights, reason "
      "FROM explanation AS e JOIN shard AS s USING (shard_id) WHERE e.trial_key = ? "
      "ORDER BY s.first_request, e.rowid",
      trial_key);
  std::vector<Explanations> all;
  while (rows.next()) append_shard(rows, entry_of(all, &Explanations::place, rows.text(0)));
  return all;
}

std::vector<UnknownRequests> Reader::unknown_requests(const std::string& trial_key) const {
  QueryRows rows = database_.connection_->rows(
      "SELECT place, u.requests FROM unknown_request AS u JOIN shard AS s USING (shard_id) "
      "WHERE u.trial_key = ? ORDER BY place, s.first_request",
      trial_key);
  std::vector<UnknownRequests> all;
  while (rows.next())
    rows.append_blob(1, entry_of(all, &UnknownRequests::place, rows.text(0)).requests);
  return all;
}

}  // namespace assay::results
