#include "results/part_writer.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

#include "error/error.h"
#include "results/explained_rows.h"
#include "results/opening.h"
#include "results/policy_rows.h"
#include "results/run_rows.h"
#include "results/self_check_table.h"
#include "results/trial_sql.h"

namespace assay::results {
namespace {

std::string random_id() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

/// item, count, item, count, ... of the items shown at all.
std::vector<int32_t> sparse_counts(std::span<const int32_t> counts) {
  std::vector<int32_t> pairs;
  for (size_t item = 0; item < counts.size(); ++item) {
    if (counts[item] == 0) continue;
    pairs.push_back(static_cast<int32_t>(item));
    pairs.push_back(counts[item]);
  }
  return pairs;
}

template <typename T>
std::span<const T> cells_of(const std::vector<T>& values) {
  return values;
}

void flush_to_disk(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  fsync(file);
  close(file);
}

}  // namespace

struct PartWriter::State {
  std::string path, temporary, part_id;
  std::unique_ptr<Connection> file;
  std::map<Shard, ShardInfo> open_shards;

  const ShardInfo& info(Shard shard) const {
    const auto found = open_shards.find(shard);
    error::require(found != open_shards.end(), "rows go to a shard that was begun and not ended");
    return found->second;
  }
};

PartWriter::PartWriter(std::string path, const PartInfo& info) : state_(new State) {
  state_->path = std::move(path);
  state_->temporary = state_->path + ".tmp";
  state_->part_id = random_id();
  state_->file = create_part(state_->path, state_->temporary);
  state_->file->run("INSERT INTO part (part_id, task, kind, started) VALUES (?, ?, ?, ?)",
                    state_->part_id, info.task, info.kind, utc_now());
}

PartWriter::~PartWriter() {
  if (!state_->file) return;
  state_->file.reset();
  std::error_code ignored;
  std::filesystem::remove(state_->temporary, ignored);
}

void PartWriter::host(const HostFacts& facts) {
  state_->file->run(
      "INSERT OR REPLACE INTO environment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      state_->part_id, facts.device, facts.cpu_model, facts.cpu_cores, facts.memory_bytes,
      facts.gpu_model, facts.gpu_driver, facts.cuda, facts.torch, facts.compiler, facts.build_type,
      facts.os, facts.threads);
}

void PartWriter::metric(const MetricRow& metric) { insert_metric(*state_->file, metric); }

PartWriter::Shard PartWriter::begin_shard(const ShardInfo& shard) {
  state_->file->run(
      "INSERT INTO shard (trial_key, work, shards, shard, first_request, requests, part_id) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      shard.trial_key, shard.work, shard.shards, shard.shard, shard.first_request, shard.requests,
      state_->part_id);
  const auto id = static_cast<Shard>(state_->file->handle().getLastInsertRowid());
  state_->open_shards.emplace(id, shard);
  return id;
}

void PartWriter::values(Shard shard, const StageMetric& at, std::span<const float> values) {
  const ShardInfo& info = state_->info(shard);
  error::require(std::cmp_equal(values.size(), info.requests),
                 "a shard has one value for each request");
  state_->file->run("INSERT INTO shard_value VALUES (?, ?, ?, ?, ?)", shard, at.stage,
                    at.definition, at.cutoff, values);
}

void PartWriter::exposure(Shard shard, const std::string& stage, int cutoff,
                          std::span<const int32_t> counts) {
  state_->info(shard);
  // A shard shows few items of a large catalogue: pairs are shorter unless it shows half of them.
  const std::vector<int32_t> pairs = sparse_counts(counts);
  const bool sparse = pairs.size() < counts.size();
  state_->file->run("INSERT INTO shard_exposure VALUES (?, ?, ?, ?, ?, ?)", shard, stage, cutoff,
                    counts.size(), sparse, sparse ? std::span<const int32_t>(pairs) : counts);
}

void PartWriter::slates(Shard shard, const SlateChunk& chunk) {
  const ShardInfo& info = state_->info(shard);
  error::require(chunk.size > 0 && chunk.items.size() % static_cast<size_t>(chunk.size) == 0,
                 "a chunk of slates is whole lists");
  error::require(chunk.scores.size() == chunk.items.size(), "a slate has one score for each item");
  error::require(chunk.propensity.empty() || chunk.propensity.size() == chunk.items.size(),
                 "a slate has one propensity for each item, or none");
  const auto requests = static_cast<int64_t>(chunk.items.size()) / chunk.size;
  error::require(chunk.first_request >= info.first_request &&
                     chunk.first_request + requests <= info.first_request + info.requests,
                 "slates belong to requests of their shard");
  std::optional<std::span<const float>> propensity;
  if (!chunk.propensity.empty()) propensity = chunk.propensity;
  state_->file->run("INSERT INTO slate VALUES (?, ?, ?, ?, ?, ?, ?, ?)", info.trial_key, shard,
                    chunk.first_request, requests, chunk.size, chunk.items, chunk.scores,
                    propensity);
}

void PartWriter::stage_lists(Shard shard, const StageLists& lists) {
  const ShardInfo& info = state_->info(shard);
  const size_t cells = lists.requests.size() * static_cast<size_t>(lists.size);
  error::require(lists.items.size() == cells && lists.scores.size() == cells &&
                     lists.lengths.size() == lists.requests.size(),
                 "a sample has one list for each request");
  error::require(lists.found_offsets.size() == lists.requests.size() + 1 &&
                     std::cmp_equal(lists.found_offsets.back(), lists.found_items.size()) &&
                     lists.found_items.size() == lists.found_ranks.size(),
                 "relevant items that are found have a rank each");
  state_->file->run("INSERT INTO stage_list VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    info.trial_key, shard, lists.stage, lists.size, cells_of(lists.requests),
                    cells_of(lists.lengths), cells_of(lists.items), cells_of(lists.scores),
                    cells_of(lists.found_offsets), cells_of(lists.found_items),
                    cells_of(lists.found_ranks));
}

void PartWriter::explanations(Shard shard, const Explanations& explanations,
                              const std::vector<std::string>& names) {
  const ShardInfo& info = state_->info(shard);
  const size_t terms = explanations.slots.size();
  error::require(explanations.kinds.size() == terms && explanations.ids.size() == terms &&
                     explanations.weights.size() == terms,
                 "a term has a slot, a kind, an id and a weight");
  error::require(explanations.rests.size() ==
                     explanations.requests.size() * static_cast<size_t>(explanations.size),
                 "every explained item has a rest");
  std::optional<std::string> reason;
  if (!explanations.reason.empty()) reason = explanations.reason;
  std::optional<std::string> named;
  if (!names.empty()) named = nlohmann::json(names).dump();
  state_->file->run("INSERT INTO explanation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    info.trial_key, shard, explanations.place, explanations.size,
                    cells_of(explanations.requests), cells_of(explanations.rests),
                    cells_of(explanations.slots), cells_of(explanations.kinds),
                    cells_of(explanations.ids), cells_of(explanations.weights), reason, named);
}

void PartWriter::lists_without(Shard shard, const ListsWithout& lists) {
  const ShardInfo& info = state_->info(shard);
  error::require(lists.left_out.size() == lists.requests.size() &&
                     lists.items.size() == lists.requests.size() * static_cast<size_t>(lists.size),
                 "a list is of one request without one item");
  state_->file->run("INSERT INTO list_without VALUES (?, ?, ?, ?, ?, ?)", info.trial_key, shard,
                    lists.size, cells_of(lists.requests), cells_of(lists.left_out),
                    cells_of(lists.items));
}

void PartWriter::unknown_requests(Shard shard, const UnknownRequests& unknown) {
  const ShardInfo& info = state_->info(shard);
  state_->file->run("INSERT INTO unknown_request VALUES (?, ?, ?, ?, ?)", info.trial_key, shard,
                    unknown.place, std::ssize(unknown.requests), cells_of(unknown.requests));
}

void PartWriter::policy_input(Shard shard, const PolicyInput& input) {
  const ShardInfo& info = state_->info(shard);
  for (const auto* column : {&input.propensity, &input.reward, &input.probability, &input.predicted,
                             &input.expected, &input.unsupported})
    error::require(column->size() == input.requests.size(), "a logged row has a value a column");
  state_->file->run(
      "INSERT INTO policy_input VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, NULL, "
      "NULL)",
      info.trial_key, shard, input.policy, std::ssize(input.requests), input.unlabelled,
      input.unserved, cells_of(input.requests), cells_of(input.propensity), cells_of(input.reward),
      cells_of(input.probability), cells_of(input.predicted), cells_of(input.expected),
      cells_of(input.unsupported));
  if (input.true_sum)
    state_->file->run("INSERT INTO policy_truth VALUES (?, ?, ?, ?, ?)", info.trial_key, shard,
                      input.policy, std::ssize(input.requests), *input.true_sum);
  const auto set = [&](const char* sql, const std::vector<float>& column) {
    if (column.empty()) return;
    error::require(column.size() == input.requests.size(),
                   "every logged row has a value of a column, or none has");
    state_->file->run(sql, cells_of(column), shard, input.policy);
  };
  set("UPDATE policy_input SET marginal = ? WHERE shard_id = ? AND policy = ?", input.marginal);
  set("UPDATE policy_input SET balanced = ? WHERE shard_id = ? AND policy = ?", input.balanced);
  set("UPDATE policy_input SET mrdr_predicted = ? WHERE shard_id = ? AND policy = ?",
      input.mrdr_predicted);
  set("UPDATE policy_input SET mrdr_expected = ? WHERE shard_id = ? AND policy = ?",
      input.mrdr_expected);
}

void PartWriter::self_check(const SelfCheckRow& row) {
  std::optional<std::string> detail;
  if (!row.detail.empty()) detail = row.detail;
  state_->file->run("INSERT OR REPLACE INTO self_check VALUES (0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    row.prepared_hash, row.definition, row.cutoff, row.check,
                    task::name_of(row.result), row.found, row.expected, row.tolerance, row.requests,
                    detail);
}

void PartWriter::stage_count(Shard shard, const StageCount& count) {
  state_->info(shard);
  state_->file->run(
      "INSERT INTO shard_count VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
      "relevant = relevant + excluded.relevant, kept = kept + excluded.kept",
      shard, count.stage, count.cutoff, count.relevant, count.kept);
}

void PartWriter::counter(Shard shard, const std::string& stage, const std::string& name,
                         int64_t count) {
  state_->info(shard);
  state_->file->run(
      "INSERT INTO shard_counter VALUES (?, ?, ?, ?) "
      "ON CONFLICT DO UPDATE SET count = count + excluded.count",
      shard, stage, name, count);
}

void PartWriter::end_shard(Shard shard, double seconds) {
  state_->info(shard);
  state_->file->run("UPDATE shard SET seconds = ? WHERE shard_id = ?", seconds, shard);
  state_->open_shards.erase(shard);
}

void PartWriter::artifact(const ArtifactRow& artifact) { upsert_artifact(*state_->file, artifact); }

void PartWriter::note(const NoteRow& note) {
  state_->file->run(
      "INSERT OR IGNORE INTO artifact (artifact_key, plugin, stage) VALUES (?, '', '')",
      note.artifact_key);
  state_->file->run("INSERT OR REPLACE INTO note VALUES (?, ?, ?)", note.artifact_key, note.key,
                    note.value);
}

void PartWriter::fit(const task::FitRecord& fit) { write_fit(*state_->file, fit); }

void PartWriter::failure(const FailureRow& failure) {
  insert_failure(*state_->file, failure);
  // A failed trial has no partial results: its rows are removed, and later ones for them are
  // refused.
  if (!fails_trial(failure.task)) return;
  for (
      const char* sql :
      {"DELETE FROM shard_value WHERE shard_id IN (SELECT shard_id FROM shard WHERE trial_key = ?)",
       "DELETE FROM shard_exposure WHERE shard_id IN (SELECT shard_id FROM shard WHERE trial_key = "
       "?)",
       "DELETE FROM shard_count WHERE shard_id IN (SELECT shard_id FROM shard WHERE trial_key = ?)",
       "DELETE FROM shard_counter WHERE shard_id IN (SELECT shard_id FROM shard WHERE trial_key = "
       "?)",
       "DELETE FROM slate WHERE trial_key = ?", "DELETE FROM stage_list WHERE trial_key = ?",
       "DELETE FROM explanation WHERE trial_key = ?",
       "DELETE FROM list_without WHERE trial_key = ?",
       "DELETE FROM unknown_request WHERE trial_key = ?",
       "DELETE FROM policy_input WHERE trial_key = ?",
       "DELETE FROM policy_truth WHERE trial_key = ?", "DELETE FROM shard WHERE trial_key = ?"}) {
    state_->file->run(sql, failure.trial_key);
  }
  std::erase_if(state_->open_shards,
                [&](const auto& open) { return open.second.trial_key == failure.trial_key; });
}

void PartWriter::latency(const LatencySamples& samples) {
  const std::string_view role = task::name_of(samples.role);
  state_->file->run(
      "INSERT INTO latency (timing_key, trial_key, scenario, serving, stage, round, role, "
      "offered_qps, achieved_qps, degraded, samples, data, others_cpu_share, cpu_wait_share, "
      "steal_share, involuntary_switches_per_s) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      samples.timing_key, samples.trial_key, samples.scenario, samples.serving, samples.stage,
      samples.round, role, samples.offered_qps, samples.achieved_qps, samples.degraded,
      samples.ms.size(), samples.ms, samples.disturbance.others_cpu_share,
      samples.disturbance.cpu_wait_share, samples.disturbance.steal_share,
      samples.disturbance.involuntary_switches_per_s);
  for (const LoadCount& count : samples.counts) {
    state_->file->run("INSERT INTO load_count VALUES (?, ?, ?, ?, ?, ?, ?, ?)", samples.timing_key,
                      samples.trial_key, samples.scenario, samples.serving, samples.round, role,
                      name_of(count.kind), count.count);
  }
}

void PartWriter::resource(const ResourceSample& sample) {
  std::optional<std::string> reason;
  if (!sample.value) reason = sample.reason;
  state_->file->run("INSERT INTO resource_sample VALUES (?, ?, ?, ?, ?, ?, ?)", state_->part_id,
                    sample.trial_key, sample.phase, sample.seconds, sample.name, sample.value,
                    reason);
}

void PartWriter::finish() {
  state_->file->run("UPDATE part SET finished = ?", utc_now());
  state_->file->exec("COMMIT");
  state_->file.reset();
  // Flushed before the rename: after a power failure the name stands for a whole part, or for none.
  flush_to_disk(state_->temporary);
  std::error_code failed;
  std::filesystem::rename(state_->temporary, state_->path, failed);
  if (failed)
    throw error::UserError(state_->path, "the part cannot be put there: " + failed.message());
}

}  // namespace assay::results
