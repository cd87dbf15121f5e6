#include "results/policy_table.h"

#include <array>
#include <cstring>

#include "error/error.h"
#include "results/cells.h"
#include "results/connection.h"
#include "results/tuning_table.h"
#include "task/policy_work.h"

namespace assay::results {
namespace {

using Row = std::vector<Cell>;

std::optional<std::string> unless_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

int64_t variant_id(const Connection& connection, int64_t run_id, const std::string& name) {
  QueryRows rows =
      connection.rows("SELECT variant_id FROM variant WHERE run_id = ? AND name = ?", run_id, name);
  error::require(rows.next(), "a policy is of a variant of its run");
  return rows.integer(0);
}

/// None of NULL.
template <typename T>
std::vector<T> column(const Cell& cell) {
  const auto* const blob = std::get_if<Blob>(&cell);
  if (blob == nullptr) return {};
  const std::string& bytes = blob->bytes;
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(T));
  return out;
}

PolicyInput input_of(const Row& row, const std::string& policy) {
  PolicyInput input;
  input.policy = policy;
  input.unlabelled = integer(row[0]);
  input.unserved = integer(row[1]);
  input.requests = column<int32_t>(row[2]);
  input.propensity = column<float>(row[3]);
  input.reward = column<float>(row[4]);
  input.probability = column<float>(row[5]);
  input.predicted = column<float>(row[6]);
  input.expected = column<float>(row[7]);
  input.unsupported = column<float>(row[8]);
  input.marginal = column<float>(row[9]);
  input.balanced = column<float>(row[10]);
  input.mrdr_predicted = column<float>(row[11]);
  input.mrdr_expected = column<float>(row[12]);
  return input;
}

PolicyValueRow value_of(const Row& row, int64_t run_id) {
  PolicyValueRow out;
  out.run_id = run_id;
  out.variant = text(row[0]);
  out.dataset = text(row[1]);
  out.fold = text(row[2]);
  out.estimator = text(row[3]);
  out.position = static_cast<int>(integer(row[4]));
  out.value = real(row[5]);
  out.standard_error = real(row[6]);
  out.ci_low = real(row[7]);
  out.ci_high = real(row[8]);
  out.interval = text(row[9]);
  out.parameters = text(row[10]);
  out.rows = integer(row[11]);
  out.effective_rows = real(row[12]);
  out.largest_weight = real(row[13]);
  out.mean_weight = real(row[14]);
  out.outside_support = real(row[15]);
  out.reason = text(row[16]);
  out.intervals = text(row[17]);
  out.note = text(row[18]);
  out.overlap = text(row[19]);
  return out;
}

// Shards of one piece of work are cut alike once all of them are there.
bool is_whole(const Reader& reader, const std::string& trial_key, const std::string& policy) {
  const std::array<Cell, 2> of{trial_key, std::string(task::kPolicyWork) + policy};
  const Row row = reader
                      .query(
                          "SELECT count(*), ifnull(max(shards), 0), ifnull(min(shards), 0) FROM "
                          "shard WHERE trial_key = ? AND work = ?",
                          of)
                      .rows.front();
  return integer(row[0]) > 0 && integer(row[0]) == integer(row[1]) &&
         integer(row[1]) == integer(row[2]);
}

}  // namespace

void write_policy(const Database& database, const VariantPolicyRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run("INSERT OR REPLACE INTO variant_policy VALUES (?, ?)",
                 variant_id(connection, row.run_id, row.variant), row.policy);
}

std::vector<VariantPolicyRow> variant_policies(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> of{run_id};
  std::vector<VariantPolicyRow> all;
  for (const Row& row : reader
                            .query("SELECT name, policy FROM variant_policy JOIN variant USING "
                                   "(variant_id) WHERE run_id = ? ORDER BY position",
                                   of)
                            .rows)
    all.push_back({run_id, text(row[0]), text(row[1])});
  return all;
}

std::vector<int64_t> policy_shards(const Reader& reader, const std::string& trial_key,
                                   const std::string& policy) {
  std::vector<int64_t> all;
  if (!is_whole(reader, trial_key, policy)) return all;
  const std::array<Cell, 2> of{trial_key, policy};
  const QueryAnswer found = reader.query(
      "SELECT p.shard_id FROM policy_input AS p JOIN shard AS s USING (trial_key, shard_id) WHERE "
      "trial_key = ? AND policy = ? ORDER BY s.first_request",
      of);
  for (const Row& row : found.rows) all.push_back(integer(row[0]));
  return all;
}

PolicyInput policy_input(const Reader& reader, const std::string& trial_key,
                         const std::string& policy, int64_t shard_id) {
  const std::array<Cell, 3> of{trial_key, shard_id, policy};
  const QueryAnswer found = reader.query(
      "SELECT unlabelled, unserved, requests, propensity, reward, probability, predicted, "
      "expected, unsupported, marginal, balanced, mrdr_predicted, mrdr_expected FROM policy_input "
      "WHERE trial_key = ? AND shard_id = ? AND policy = ?",
      of);
  error::require(found.rows.size() == 1, "a shard of a policy's rows is there");
  return input_of(found.rows.front(), policy);
}

std::vector<PolicyInput> policy_input(const Reader& reader, const std::string& trial_key,
                                      const std::string& policy) {
  std::vector<PolicyInput> all;
  for (const int64_t shard : policy_shards(reader, trial_key, policy))
    all.push_back(policy_input(reader, trial_key, policy, shard));
  return all;
}

std::optional<PolicyTruth> policy_truth(const Reader& reader, const std::string& trial_key,
                                        const std::string& policy) {
  if (!is_whole(reader, trial_key, policy)) return std::nullopt;
  const std::array<Cell, 2> of{trial_key, policy};
  PolicyTruth out;
  const QueryAnswer found = reader.query(
      "SELECT t.count, sum FROM policy_truth AS t JOIN shard AS s USING (trial_key, shard_id) "
      "WHERE trial_key = ? AND policy = ? ORDER BY s.first_request",
      of);
  for (const Row& row : found.rows) {
    out.rows += integer(row[0]);
    out.sum += real(row[1]).value();
  }
  return found.rows.empty() ? std::nullopt : std::optional(out);
}

void write_policy_value(const Database& database, const PolicyValueRow& row) {
  const Connection& connection = TuningTable::connection(database);
  connection.run(
      "INSERT OR REPLACE INTO policy_value VALUES "
      "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      variant_id(connection, row.run_id, row.variant), row.dataset, row.fold, row.estimator,
      row.position, row.value, row.standard_error, row.ci_low, row.ci_high,
      unless_empty(row.interval), unless_empty(row.intervals), unless_empty(row.parameters),
      row.rows, row.effective_rows, row.largest_weight, row.mean_weight, row.outside_support,
      unless_empty(row.reason), unless_empty(row.note), unless_empty(row.overlap));
}

std::vector<PolicyValueRow> policy_values(const Reader& reader, int64_t run_id) {
  const std::array<Cell, 1> of{run_id};
  const QueryAnswer found = reader.query(
      "SELECT v.name, p.dataset, p.fold, estimator, p.position, value, standard_error, ci_low, "
      "ci_high, interval, parameters, count, effective_rows, largest_weight, mean_weight, "
      "outside_support, p.reason, intervals, note, overlap FROM policy_value AS p JOIN variant AS "
      "v USING "
      "(variant_id) "
      "WHERE v.run_id = ? ORDER BY p.dataset, p.fold, v.position, p.position",
      of);
  std::vector<PolicyValueRow> all;
  for (const Row& row : found.rows) all.push_back(value_of(row, run_id));
  return all;
}

}  // namespace assay::results
