#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "results/trial_rows.h"
#include "task/fit_record.h"

namespace assay::results {

struct PolicyInput;   // results/policy_rows.h
struct SelfCheckRow;  // results/self_check_table.h
struct ListsWithout;  // results/explained_rows.h

/// Writes a part: what one task leaves for Database::merge, a small SQLite file with the database's
/// schema.
///
/// A part is one transaction. It is written beside its path (`<path>.tmp`) and renamed by finish(),
/// so that a file at `path` is always whole; a writer that dies or is destroyed before leaves
/// nothing there. Used from one thread. Every method throws UserError naming the path where the
/// file cannot be written (disk full, folder missing), and InternalError where lengths do not fit.
///
///     PartWriter part("tasks/17.sqlite", {"17", "evaluate"});
///     part.host(facts);
///     PartWriter::Shard shard = part.begin_shard(
///         {.trial_key = key, .shard = 0, .shards = 4, .requests = 4096});
///     part.values(shard, {"served", "ndcg{...}", 10}, ndcg);  // float32, one a request of the shard
///     part.end_shard(shard, seconds);
///     part.finish();
class PartWriter {
 public:
  /// A shard begun in this part.
  enum class Shard : int64_t {};

  PartWriter(std::string path, const PartInfo& info);
  ~PartWriter();
  PartWriter(const PartWriter&) = delete;
  PartWriter& operator=(const PartWriter&) = delete;

  void host(const HostFacts& facts);
  /// Makes a definition known; the database needs it from here or from Database::write before the
  /// values are merged.
  void metric(const MetricRow& metric);

  Shard begin_shard(const ShardInfo& shard);
  /// @param values [requests of the shard], in request order; NaN: excluded, the request has no
  /// relevant items.
  void values(Shard shard, const StageMetric& at, std::span<const float> values);
  /// How often each item was shown. @param counts [N], over the whole catalogue; kept sparse where
  /// that is smaller.
  void exposure(Shard shard, const std::string& stage, int cutoff, std::span<const int32_t> counts);
  /// Served lists; call it batch by batch, each request once. A chunk of about 1,000 requests is
  /// right.
  void slates(Shard shard, const SlateChunk& chunk);
  /// Once a shard and stage. Requests belong to the shard.
  void stage_lists(Shard shard, const StageLists& lists);
  /// Once a shard and place.
  /// @param names  of the features that terms name by their place; empty where the note `inputs` does
  void explanations(Shard shard, const Explanations& explanations,
                    const std::vector<std::string>& names = {});
  /// Once a shard. Requests belong to the shard.
  void lists_without(Shard shard, const ListsWithout& lists);
  /// Once a shard and place; where there is none it need not be called.
  void unknown_requests(Shard shard, const UnknownRequests& unknown);
  /// Once a shard and policy. Requests belong to the shard.
  void policy_input(Shard shard, const PolicyInput& input);
  /// Belongs to the run that the part is merged for.
  void self_check(const SelfCheckRow& row);
  void stage_count(Shard shard, const StageCount& count);
  /// Adds to a named count of a stage: rows checked, lists not found, ...
  void counter(Shard shard, const std::string& stage, const std::string& name, int64_t count);
  /// A shard that is not ended is not merged. @param seconds what it took, for the planner.
  void end_shard(Shard shard, double seconds);

  /// Given again with the same key, replaces the earlier row.
  void artifact(const ArtifactRow& artifact);
  void note(const NoteRow& note);
  /// A fit with all that is told of it.
  void fit(const task::FitRecord& fit);
  /// Where the trial itself failed (task `fit`, `smoke`, `evaluate`), drops what this part holds of
  /// its shards.
  void failure(const FailureRow& failure);
  void latency(const LatencySamples& samples);
  void resource(const ResourceSample& sample);

  /// Commits and moves the file to its path. Nothing may be called afterwards.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace assay::results
