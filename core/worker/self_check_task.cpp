#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "metrics/self_check.h"
#include "results/reader.h"
#include "results/self_check_table.h"
#include "task/self_check_work.h"
#include "worker/host_facts.h"
#include "worker/measure.h"
#include "worker/session.h"
#include "worker/stored_lists.h"

// The lists of a run lie in its database: what is checked is what was measured, by the same code,
// and no strategy is called.

namespace assay::worker {
namespace {

// From the first request on. What looks at more than hits (distances between items, plugins) may take
// a thousand times as long a list.
constexpr int64_t kRequests = 512, kFewRequests = 24;

at::Tensor tensor_of(const std::vector<float>& values) {
  at::Tensor out = at::empty({1, std::ssize(values)}, at::kFloat);
  std::ranges::copy(values, out.mutable_data_ptr<float>());
  return out;
}

std::vector<metrics::MetricAtCutoff> columns_of(const std::vector<task::MetricAt>& metrics) {
  std::vector<metrics::MetricAtCutoff> out;
  for (const task::MetricAt& at : metrics) out.push_back({at.definition, at.cutoff});
  return out;
}

/// The lists that the task's trials served, read from the database of the run.
class StoredSample {
 public:
  StoredSample(const task::ScoreTask& task, const pipeline::DataView& data)
      : task_(task),
        data_(data),
        database_(results::Database::open_readonly(task.database)),
        reader_(database_) {}

  int64_t at_most(int64_t count) const {
    return std::min(count, data_.prepared().requests(task_.window).size());
  }
  Ragged truth(int64_t first, int64_t count) const {
    return data_.truth(task_.window, first, count);
  }

  metrics::SampledLists lists(const std::vector<metrics::MetricAtCutoff>& columns,
                              int64_t count) const {
    metrics::SampledLists lists;
    lists.base = served(0, count);
    lists.again = served(0, count);
    if (task_.trials.size() > 1) lists.other = served(1, count);
    const std::string& key = task_.trials.front().trial_key;
    const std::vector<results::StageMetric> known = database_.kept_metrics(key);
    for (const metrics::MetricAtCutoff& column : columns) {
      const results::StageMetric at{"served", column.definition, static_cast<int>(column.cutoff)};
      lists.kept.emplace_back();
      if (std::ranges::count(known, at) > 0)
        lists.kept.back() = tensor_of(reader_.stored_values(key, at).read(0, count))[0];
    }
    return lists;
  }

 private:
  CandidateBatch served(size_t trial, int64_t count) const {
    return lists_of(reader_.slates(task_.trials[trial].trial_key, 0, count));
  }

  const task::ScoreTask& task_;
  const pipeline::DataView& data_;
  results::Database database_;
  results::Reader reader_;
};

/// Metrics that hits are enough for need nothing of the training data, and are asked on many
/// requests.
void check_rules(const std::vector<metrics::MetricAtCutoff>& columns, const StoredSample& stored,
                 int64_t items, std::vector<metrics::CheckedMetric>& out) {
  const int64_t count = stored.at_most(kRequests);
  const Ragged truth = stored.truth(0, count);
  const metrics::MetricPass pass(columns, std::make_shared<metrics::MetricData>());
  const auto score = [&](const CandidateBatch& lists, const Ragged& relevant) {
    return pass.values(lists, relevant).contiguous();
  };
  out = metrics::check_against_truth(columns, score, truth, items);
  const auto of_requests = [&](const CandidateBatch& lists, int64_t first) {
    return score(lists, stored.truth(first, lists.size()));
  };
  for (metrics::CheckedMetric& one :
       metrics::check_repetition(columns, of_requests, stored.lists(columns, count), truth))
    out.push_back(std::move(one));
}

/// All others, as they are measured in an evaluation.
void check_others(const task::ScoreTask& task, const std::vector<task::MetricAt>& metrics,
                  const pipeline::DataView& data, const pipeline::Guards& guards,
                  const StoredSample& stored, std::vector<metrics::CheckedMetric>& out) {
  const MetricSplit split = split_metrics(metrics);
  const RequestFacts facts(data, task.window, split);
  const MetricKit kit(data, task.train_windows);
  const auto pass = kit.pass(split.per_request);
  const PluginMetrics own(task.own, data, task.train_windows, guards);
  const int64_t count = stored.at_most(kFewRequests);
  std::vector<metrics::MetricAtCutoff> columns = columns_of(split.per_request);
  for (const metrics::MetricAtCutoff& column : columns_of(split.of_plugins))
    columns.push_back(column);
  const auto score = [&](const CandidateBatch& lists, int64_t first) {
    const Ragged truth = stored.truth(first, lists.size());
    const metrics::RequestContext context = facts.of(first, lists.size());
    std::vector<at::Tensor> rows = {pass->values(lists, truth, context)};
    for (const task::MetricAt& metric : split.of_plugins)
      rows.push_back(tensor_of(own.values(metric, *context.requests, lists, truth)));
    return at::cat(rows).contiguous();
  };
  for (metrics::CheckedMetric& one : metrics::check_repetition(
           columns, score, stored.lists(columns, count), stored.truth(0, count)))
    out.push_back(std::move(one));
}

std::vector<metrics::CheckedMetric> checks_of(const task::ScoreTask& task,
                                              const pipeline::DataView& data,
                                              const pipeline::Guards& guards) {
  const StoredSample stored(task, data);
  const auto ruled = metrics::with_rules(columns_of(task.metrics));
  std::vector<task::MetricAt> others = task.metrics;
  std::erase_if(others, [&](const task::MetricAt& at) {
    return std::ranges::any_of(ruled, [&](const metrics::MetricAtCutoff& column) {
      return column.definition == at.definition && column.cutoff == at.cutoff;
    });
  });
  std::vector<metrics::CheckedMetric> out;
  if (!ruled.empty()) check_rules(ruled, stored, data.items(), out);
  if (!others.empty()) check_others(task, others, data, guards, stored, out);
  return out;
}

results::SelfCheckRow::Result result_of(metrics::CheckResult result) {
  using enum metrics::CheckResult;
  using Result = results::SelfCheckRow::Result;
  if (result == holds) return Result::holds;
  return result == fails ? Result::fails : Result::not_applicable;
}

}  // namespace

std::vector<task::TaskFailure> run_self_check(const task::Task& task,
                                              pipeline::StrategyStore& store) {
  const std::string hash = task.score->work.substr(task::kSelfCheckWork.size());
  const pipeline::DataView host(store.data().prepared(), at::Device(at::kCPU));
  results::PartWriter part(task.part_path, {task.id, "self_check"});
  part.host(host_facts(task.numeric));
  std::vector<task::TaskFailure> failures;
  try {
    for (const metrics::CheckedMetric& one : checks_of(*task.score, host, store.guards()))
      part.self_check({hash, one.definition, static_cast<int>(one.cutoff),
                       std::string(check_name(one.check)), result_of(one.result), one.found,
                       one.expected, one.tolerance, one.requests, one.detail, ""});
  } catch (const pipeline::StageFailure& failure) {
    failures.push_back(failure_of_all(failure, task.score->trials));
  }
  part.finish();
  return failures;
}

}  // namespace assay::worker
