#include "worker/reward_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "pipeline/archive_file.h"
#include "pipeline/fitting.h"
#include "pipeline/hashing.h"
#include "task/fit_record.h"
#include "task/off_policy_spec.h"
#include "worker/item_means.h"

namespace assay::worker {
namespace {

const std::string kPlace(task::kRewardPlace);

void require_flags(const dataset::Impressions& table) {
  const dataset::LabelView& label = table.labels().front();
  if (!label.is_value()) return;
  throw error::UserError(fmt::format(
      "off_policy.reward predicts how probable a reward is, and the label {} is a value; take a "
      "label with equals or at_least, or leave off_policy.reward out",
      label.name));
}

/// Other workers may make the same model at the same time: each file is written whole, and both are the
/// same.
void keep(const Archive& model, const task::FitRecord& record, const task::FittedStage& fitted) {
  task::write_fit_record(record, fitted.artifact.path);
  pipeline::write_archive(model, fitted.artifact.path,
                          {{"kind", "artifact"},
                           {"key", fitted.artifact.key},
                           {"plugin", fitted.stage.plugin},
                           {"version", fitted.stage.version},
                           {"params", fitted.stage.params.dump()}});
}

/// Pairs that are scored in one call: what a model makes of them stays in the cache.
constexpr int64_t kMostPairs = 8192;

[[noreturn]] void refuse(const task::StageSpec& stage, int64_t batch, const std::string& what) {
  pipeline::StageFailure failure(task::FailureKind::contract, what);
  failure.place = task::kRewardPlace;
  failure.plugin = stage.plugin;
  failure.phase = "rank";
  failure.batch = batch;
  throw failure;
}

}  // namespace

PolicyNodes::PolicyNodes(const std::vector<task::ServeNode>& nodes) {
  for (const task::ServeNode& node : nodes)
    (node.place == task::kRewardPlace ? reward : serving).push_back(node);
}

RewardModel::RewardModel(std::vector<task::ServeNode> folds, bool logit,
                         const std::vector<task::Window>& learn, pipeline::StrategyStore& store,
                         const dataset::Impressions& table, task::Window window)
    : folds_(std::move(folds)),
      logit_(logit),
      store_(store),
      table_(table),
      window_(window),
      places_(store.data().prepared().requests(window).logged) {
  require_flags(table);
  for (size_t fold = 0; fold < folds_.size(); ++fold) {
    const task::FittedStage& fitted = folds_[fold].fitted;
    if (!std::filesystem::exists(fitted.artifact.path)) fit(fitted, static_cast<int>(fold), learn);
    models_.push_back(store.load(fitted, -1));
  }
}

void RewardModel::fit(const task::FittedStage& fitted, int fold,
                      const std::vector<task::Window>& learn) {
  task::FitTask task;
  task.target = fitted;
  task.windows = learn;
  task.refit = true;  // there is nothing to validate on
  LoggedPool pool(store_.data(), table_, window_, fitted.stage.sees, fold,
                  static_cast<int>(folds_.size()));
  const pipeline::FitResult result = pipeline::fit_stage(task, store_, pool);
  Archive model;
  pipeline::call_stage(store_.guards(), {"save", kPlace, fitted.stage.plugin},
                       store_.guards().limits.batch_s, [&] { result.strategy->save(model); });
  task::FitRecord record;
  record.artifact_key = fitted.artifact.key;
  record.plugin = fitted.stage.plugin;
  record.stage = kPlace;
  record.seconds = result.seconds;
  record.notes = result.notes;
  record.curves = result.curves;
  keep(model, record, fitted);
}

std::vector<RewardModel::Rewards> RewardModel::predict(
    const pipeline::ServedBatch& batch, const std::vector<std::vector<int64_t>>& items) const {
  std::vector<Rewards> out(items.size());
  for (size_t fold = 0; fold < folds_.size(); ++fold)
    predict_fold(static_cast<int>(fold), batch, items, out);
  return out;
}

void RewardModel::predict_fold(int fold, const pipeline::ServedBatch& batch,
                               const std::vector<std::vector<int64_t>>& items,
                               std::vector<Rewards>& out) const {
  Pairs pairs;
  for (size_t r = 0; r < items.size(); ++r) {
    const int64_t place = places_[static_cast<size_t>(batch.first_request) + r];
    if (fold_of(table_.user()[static_cast<size_t>(place)], place,
                static_cast<int>(folds_.size())) != fold)
      continue;
    for (const int64_t item : items[r]) pairs.add(static_cast<int64_t>(r), item);
  }
  for (int64_t first = 0; first < pairs.size(); first += kMostPairs) {
    const auto from = static_cast<size_t>(first);
    const auto count = static_cast<size_t>(std::min(kMostPairs, pairs.size() - first));
    const std::span<const int64_t> rows = std::span(pairs.row).subspan(from, count);
    const std::span<const int64_t> asked = std::span(pairs.item).subspan(from, count);
    const std::vector<float> scores = score(fold, batch, rows, asked);
    for (size_t i = 0; i < count; ++i)
      out[static_cast<size_t>(rows[i])].emplace_back(asked[i], scores[i]);
  }
}

std::vector<float> RewardModel::score(int fold, const pipeline::ServedBatch& batch,
                                      std::span<const int64_t> rows,
                                      std::span<const int64_t> items) const {
  // One row alone is summed in another order than the same among others.
  const size_t size = std::max<size_t>(rows.size(), 2);
  std::vector<int64_t> row(size, rows.back()), item(size, items.back());
  std::ranges::copy(rows, row.begin());
  std::ranges::copy(items, item.begin());
  const task::StageSpec& stage = folds_[static_cast<size_t>(fold)].fitted.stage;
  const pipeline::DataView& data = store_.data();
  const RequestBatch requests =
      data.seen_by(stage.sees, window_, lone_requests(batch.request_batch, row));
  CandidateBatch scored = rank(fold, requests, lone_candidates(item, data.device()));
  if (scored.width() != 1 || scored.size() != std::ssize(row))
    refuse(stage, batch.batch, "a rank stage returns the items that it was given, each once");
  scored.score = scored.score.cpu().contiguous();
  if (logit_) scored.score = scored.score.sigmoid();
  const float* const score = scored.score.const_data_ptr<float>();
  for (size_t i = 0; i < row.size(); ++i) {
    if (!(score[i] >= 0 && score[i] <= 1))
      refuse(stage, batch.batch,
             fmt::format("scores are said to be {}, and one gives the probability {}; expected 0 "
                         "to 1",
                         logit_ ? "log-odds" : "probabilities", score[i]));
  }
  return {score, score + items.size()};
}

CandidateBatch RewardModel::rank(int fold, const RequestBatch& requests,
                                 const CandidateBatch& candidates) const {
  const pipeline::LoadedStage& model = models_[static_cast<size_t>(fold)];
  const task::StageSpec& stage = folds_[static_cast<size_t>(fold)].fitted.stage;
  const pipeline::DataView& data = store_.data();
  ServeContext::Settings settings;
  settings.device = data.device();
  settings.features = &data.features(stage.sees, data.device());
  settings.inputs = model.inputs.get();
  settings.place = pipeline::place_key(kPlace);
  CandidateBatch scored;
  pipeline::call_stage(store_.guards(), {"rank", kPlace, stage.plugin},
                       store_.guards().limits.batch_s, [&] {
                         scored = static_cast<const RankStrategy&>(*model.strategy)
                                      .rank(requests, candidates, ServeContext(settings));
                       });
  return scored;
}

double reward_of(const RewardModel::Rewards& rewards, int64_t item) {
  const auto found =
      std::ranges::lower_bound(rewards, item, {}, &std::pair<int64_t, double>::first);
  error::require(found != rewards.end() && found->first == item, "the item's reward was asked for");
  return found->second;
}

}  // namespace assay::worker
