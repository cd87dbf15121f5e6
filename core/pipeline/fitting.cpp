#include "pipeline/fitting.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "error/error.h"
#include "pipeline/archive_file.h"
#include "pipeline/hashing.h"
#include "pipeline/labelled.h"
#include "pipeline/merge.h"

namespace assay::pipeline {
namespace {

at::Generator seeded_generator(const at::Device& device, uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  at::Generator generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

/// Serves a fixed sample of the validation window with the instance that is being fitted.
class Validation {
 public:
  Validation(const task::FitTask& task, StrategyStore& store, const ValidationMetric& metric)
      : task_(task), store_(store), metric_(metric) {}

  double operator()(const Strategy& strategy, const Inputs& inputs) {
    prepare();
    const CandidateBatch list = serve(strategy, inputs);
    return metric_({list}, {truth_});
  }

 private:
  // The sample: the requests with the smallest hashes, so that it does not depend on the size of
  // the window's tail.
  std::vector<int64_t> sample(int64_t size) const {
    std::vector<std::pair<uint64_t, int64_t>> order;
    for (int64_t row = 0; row < size; ++row) order.emplace_back(mix(task_.sample_seed, row), row);
    const int64_t kept = std::min(size, task_.validation_requests);
    std::ranges::nth_element(order, order.begin() + kept);
    std::vector<int64_t> rows;
    for (int64_t i = 0; i < kept; ++i) rows.push_back(order[i].second);
    std::ranges::sort(rows);
    return rows;
  }

  void prepare() {
    if (requests_) return;
    const DataView& data = store_.data();
    if (!data.prepared().has_requests(task::Window::validation)) {
      throw StageFailure(task::FailureKind::refused,
                         "called validate(), but the split leaves no validation request: set "
                         "split.validation above 0");
    }
    const std::vector<int64_t> rows =
        sample(data.prepared().requests(task::Window::validation).size());
    requests_ = data.requests(task::Window::validation, rows);
    truth_ = data.truth(task::Window::validation, 0,
                        data.prepared().requests(task::Window::validation).size())
                 .select(requests_->request);
    if (task_.upstream.empty()) return;
    ServingGraph graph(task_.upstream, store_, {});
    const ServedBatch served =
        graph.serve_batch(*requests_, requests_->size(), 0, task::Window::validation);
    const auto last = static_cast<int64_t>(task_.upstream.size()) - 1;
    if (const StageFailure* failure = graph.failure_above(last)) throw *failure;
    candidates_ = *served.lists.back();
  }

  CandidateBatch serve(const Strategy& strategy, const Inputs& inputs) const {
    ServeContext::Settings settings;
    settings.device = store_.data().device();
    settings.features = &store_.data().features(task_.target.stage.sees, settings.device);
    settings.inputs = &inputs;
    settings.seed = task_.sample_seed;
    settings.place = place_key("validation");
    const ServeContext ctx(settings);
    const int64_t n = std::max(task_.serve_size, task_.primary.cutoff);
    const RequestBatch requests =
        store_.data().seen_by(task_.target.stage.sees, task::Window::validation, *requests_);
    switch (task_.target.stage.kind) {
      case PluginKind::recall:
        return static_cast<const RecallStrategy&>(strategy).recall(requests, n, ctx);
      case PluginKind::rank:
        return narrowed(static_cast<const RankStrategy&>(strategy).rank(requests, candidates_, ctx),
                        n);
      default:
        return static_cast<const RerankStrategy&>(strategy).rerank(requests, candidates_, n, ctx);
    }
  }

  const task::FitTask& task_;
  StrategyStore& store_;
  const ValidationMetric& metric_;
  std::optional<RequestBatch> requests_;
  Ragged truth_;
  CandidateBatch candidates_;
};

class HostFitContext : public FitContext {
 public:
  HostFitContext(const task::FitTask& task, StrategyStore& store, const Inputs& inputs,
                 const Strategy& strategy, const ValidationMetric& metric,
                 const std::function<bool()>& stop)
      : task_(task),
        store_(store),
        inputs_(inputs),
        strategy_(strategy),
        stop_(stop),
        validation_(task, store, metric),
        has_metric_(static_cast<bool>(metric)),
        device_(store.device_of(task.target.stage)),
        features_(store.data().features(task.target.stage.sees, device_)),
        generator_(seeded_generator(device_, task.target.fit_seed)) {
    if (!task.checkpoint_path.empty() && std::filesystem::exists(task.checkpoint_path)) {
      resumed_ = read_archive(task.checkpoint_path);
    }
  }

  const at::Device& device() const override { return device_; }
  const Features& features() const override { return features_; }
  const Inputs& inputs() const override { return inputs_; }

  at::Generator generator() override {
    if (!task_.part.empty()) {
      throw StageFailure(
          task::FailureKind::refused,
          fmt::format("asked for random numbers while making the part {}, which must not draw: "
                      "other seeds would share it",
                      task_.part));
    }
    if (!task_.target.stage.traits.draws_in_fit) {
      throw StageFailure(
          task::FailureKind::refused,
          "asked for random numbers while fitting, but lacks the trait draws_in_fit");
    }
    return generator_;
  }

  void progress(int64_t done, int64_t total) override {
    if (store_.guards().breadcrumb) store_.guards().breadcrumb->progress(done, total);
  }
  void note(const std::string& key, const std::string& value) override {
    notes_.emplace_back(key, value);
  }
  bool stop_requested() const override { return stop_ && stop_(); }

  void checkpoint(const Archive& archive) override {
    if (!task_.checkpoint_path.empty() && !fitted_)
      write_archive(archive, task_.checkpoint_path, {{"kind", "checkpoint"}});
  }
  const Archive* resume_from() const override { return resumed_ ? &*resumed_ : nullptr; }

  ServeContext serving() const override {
    ServeContext::Settings settings;
    settings.device = device();
    settings.features = &features();
    settings.inputs = &inputs_;
    settings.seed = task_.target.fit_seed;
    settings.place = place_key("fit");
    return ServeContext(settings);
  }

  double validate() override {
    if (!task_.target.stage.traits.validates) {
      throw StageFailure(task::FailureKind::refused,
                         "called validate(), but lacks the trait validates");
    }
    if (task_.refit || task_.trial) return std::numeric_limits<double>::quiet_NaN();
    error::require(has_metric_, "a validating stage is given a metric");
    return validation_(strategy_, inputs_);
  }

  std::string chosen(const std::string& key) const override {
    for (auto note = notes_.rbegin(); note != notes_.rend(); ++note) {
      if (note->first == "chosen." + key) return note->second;
    }
    return "";
  }

  bool trial() const override { return task_.trial; }
  void note_step(const std::string& name, int64_t step, double value) override {
    steps_[{name, step}] = value;
  }

  /// What an update would leave as a checkpoint must not be taken for one of the fit.
  void end_of_fit() {
    fitted_ = true;
    resumed_.reset();
  }

  std::vector<std::pair<std::string, std::string>> take_notes() { return std::move(notes_); }
  FitCurves take_steps() { return std::move(steps_); }

 private:
  const task::FitTask& task_;
  StrategyStore& store_;
  const Inputs& inputs_;
  const Strategy& strategy_;
  const std::function<bool()>& stop_;
  Validation validation_;
  bool has_metric_;
  at::Device device_;
  const Features& features_;
  at::Generator generator_;
  bool fitted_ = false;
  std::optional<Archive> resumed_;
  std::vector<std::pair<std::string, std::string>> notes_;
  FitCurves steps_;
};

LabelledPool labelled_pool(const task::FitTask& task, StrategyStore& store,
                           const DataView::UserShare& share) {
  if (!task.target.stage.traits.learns_from_candidates)
    return LabelledPool(store.data().prepared().labels());
  ServingGraph graph(task.upstream, store, {});
  DataView::UserShare part = share;
  if (task.shares > 1) {
    part = {task.sample_seed, static_cast<uint64_t>(task.share),
            static_cast<uint64_t>(task.shares)};
  }
  LabelledPool pool = label_candidates(graph, task.label_windows, part, task.target.stage.sees);
  if (pool.requests() == 0) {
    throw StageFailure(task::FailureKind::invalid_input,
                       "learns from labelled candidates, but the rank window has no request: set "
                       "split.rank to a larger share");
  }
  return pool;
}

void fit(Strategy& strategy, const task::StageSpec& stage, const TrainingView& data,
         LabelledPool& pool, FitContext& ctx) {
  switch (stage.kind) {
    case PluginKind::recall:
      return static_cast<RecallStrategy&>(strategy).fit(data, ctx);
    case PluginKind::rank:
      return static_cast<RankStrategy&>(strategy).fit(data, pool, ctx);
    case PluginKind::rerank:
      return static_cast<RerankStrategy&>(strategy).fit(data, pool, ctx);
    case PluginKind::metric:
      break;
  }
  throw error::InternalError("a metric is no stage");
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Calls of one stage that is fitted, or whose part is made.
template <typename Body>
double timed(const task::FitTask& task, const StrategyStore& store, const char* phase,
             const Body& body) {
  const std::string place = task.target.stage.place();
  const auto started = std::chrono::steady_clock::now();
  call_stage(store.guards(), {phase, place, task.target.stage.plugin}, store.guards().limits.fit_s,
             body);
  return seconds_since(started);
}

/// What the first of the folds may learn that the stage is fitted on; the others are updates.
TrainingView view_of_fit(const task::FitTask& task, const StrategyStore& store,
                         const DataView::UserShare& share) {
  const DataView& data = store.data();
  const int64_t updates = task.target.updates;
  error::require(updates == 0 || updates + 1 == data.fold(),
                 "a stage is updated once for each fold");
  return data.training(task.windows, share, data.fold() - updates, task.target.stage.sees);
}

/// The inputs of a stage, and its parts.
std::shared_ptr<const Inputs> with_parts(const Inputs& inputs, const task::FittedStage& stage,
                                         StrategyStore& store) {
  auto all = std::make_shared<Inputs>(inputs);
  for (const task::FittedPart& part : stage.parts) all->add_part(part.name, store.part(part));
  return all;
}

/// Fits one stage, then updates it.
class StageFit {
 public:
  StageFit(const task::FitTask& task, StrategyStore& store, const DataView::UserShare& share,
           const ValidationMetric& validate, const std::function<bool()>& stop)
      : task_(task),
        store_(store),
        share_(share),
        inputs_(store.inputs_of(task.target, -1)),
        at_hand_(with_parts(*inputs_, task.target, store)),
        strategy_(store.make(task.target.stage, -1)),
        ctx_(task, store, *at_hand_, *strategy_, validate, stop) {}

  FitResult run() {
    fit();
    for (int64_t fold = 2; fold <= task_.target.updates + 1; ++fold) update(fold);
    if (task_.target.updates > 0) note_updates();
    return {strategy_, inputs_, fit_seconds_ + update_seconds_, ctx_.take_notes(),
            ctx_.take_steps()};
  }

 private:
  void fit() {
    const TrainingView view = view_of_fit(task_, store_, share_);
    fit_seconds_ = timed(task_, store_, "fit", [&] {
      LabelledPool pool = labelled_pool(task_, store_, share_);
      pipeline::fit(*strategy_, task_.target.stage, view, pool, ctx_);
    });
    ctx_.end_of_fit();
  }

  void update(int64_t fold) {
    const EventSlice news =
        store_.data().news(task_.windows, share_, fold, task_.target.stage.sees);
    events_ += news.size();
    update_seconds_ += timed(task_, store_, "update", [&] { strategy_->update(news, ctx_); });
  }

  void note_updates() {
    ctx_.note("host.fit_seconds", fmt::format("{:.6f}", fit_seconds_));
    ctx_.note("host.update_seconds", fmt::format("{:.6f}", update_seconds_));
    ctx_.note("host.update_events", std::to_string(events_));
  }

  const task::FitTask& task_;
  StrategyStore& store_;
  const DataView::UserShare& share_;
  std::shared_ptr<const Inputs> inputs_;
  std::shared_ptr<const Inputs> at_hand_;  // while it is fitted: with its parts
  std::shared_ptr<Strategy> strategy_;
  HostFitContext ctx_;
  double fit_seconds_ = 0;
  double update_seconds_ = 0;
  int64_t events_ = 0;
};

}  // namespace

PartResult make_part(const task::FitTask& task, StrategyStore& store,
                     const DataView::UserShare& share,
                     const std::function<bool()>& stop_requested) {
  const std::unique_ptr<Strategy> strategy = store.make(task.target.stage, -1);
  const Inputs none;
  const ValidationMetric no_metric;
  HostFitContext ctx(task, store, none, *strategy, no_metric, stop_requested);
  const TrainingView view = view_of_fit(task, store, share);
  PartResult out;
  out.seconds =
      timed(task, store, "fit", [&] { strategy->fit_part(task.part, view, ctx, out.archive); });
  out.notes = ctx.take_notes();
  out.curves = ctx.take_steps();
  return out;
}

FitResult fit_stage(const task::FitTask& task, StrategyStore& store,
                    const DataView::UserShare& share, const ValidationMetric& validate,
                    const std::function<bool()>& stop_requested) {
  return StageFit(task, store, share, validate, stop_requested).run();
}

}  // namespace assay::pipeline
