#include "pipeline/on_cpu.h"

#include <utility>

#include "error/error.h"

namespace assay::pipeline {
namespace {

void move_to(at::Tensor& tensor, const at::Device& device) {
  if (tensor.defined()) tensor = tensor.to(device);
}

void move_to(std::optional<at::Tensor>& tensor, const at::Device& device) {
  if (tensor) move_to(*tensor, device);
}

void move_to(Interactions& pairs, const at::Device& device) {
  static_cast<Ragged&>(pairs) = pairs.to(device);
  move_to(pairs.count, device);
  move_to(pairs.weight, device);
}

/// Candidates of the stages before, moved batch by batch.
class MovedCandidates : public LabelledCandidates {
 public:
  MovedCandidates(LabelledCandidates& candidates, const at::Device& device)
      : candidates_(candidates), device_(device) {}

  void rewind() override { candidates_.rewind(); }
  std::optional<LabelledBatch> next() override {
    std::optional<LabelledBatch> batch = candidates_.next();
    if (batch) batch = moved(*batch, device_);
    return batch;
  }
  const std::vector<std::string>& targets() const override { return candidates_.targets(); }
  const std::vector<std::string>& sources() const override { return candidates_.sources(); }
  int64_t requests() const override { return candidates_.requests(); }

 private:
  LabelledCandidates& candidates_;
  at::Device device_;
};

/// What every kind hands on in the same way.
template <typename Kind>
class OnCpu : public Kind, private VectorModel {
 public:
  OnCpu(std::unique_ptr<Strategy> strategy, const CpuOnly& where)
      : strategy_(std::move(strategy)), where_(where) {}

  void save(Archive& archive) const override { strategy_->save(archive); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    strategy_->load(archive, ctx);
  }
  void fit_part(const std::string& name, const TrainingView& data, FitContext& ctx,
                Archive& part) const override {
    strategy_->fit_part(name, inside(data), ctx, part);
  }
  void update(const EventSlice& events, FitContext& ctx) override {
    strategy_->update(moved(events, where_.inner), ctx);
  }
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override {
    std::optional<Explanation> why =
        strategy_->explain(inside(requests), inside(candidates), inside(ctx));
    if (why) why = moved(*why, where_.outer);
    return why;
  }
  std::optional<at::Tensor> action_probability(const RequestBatch& requests,
                                               const CandidateBatch& candidates,
                                               const ServeContext& ctx) const override {
    std::optional<at::Tensor> chance =
        strategy_->action_probability(inside(requests), inside(candidates), inside(ctx));
    move_to(chance, where_.outer);
    return chance;
  }
  const VectorModel* vectors() const override { return strategy_->vectors() ? this : nullptr; }

 protected:
  template <typename Batch>
  Batch inside(const Batch& batch) const {
    return moved(batch, where_.inner);
  }
  TrainingView inside(const TrainingView& data) const {
    return moved(data, where_.inner, *where_.features);
  }
  ServeContext inside(const ServeContext& ctx) const {
    ServeContext::Settings settings = ctx.settings();
    settings.device = where_.inner;
    settings.features = where_.features;
    return ServeContext(settings);
  }
  CandidateBatch outside(const CandidateBatch& lists) const { return moved(lists, where_.outer); }
  at::Device inner() const { return where_.inner; }

  Kind& strategy() { return static_cast<Kind&>(*strategy_); }
  const Kind& strategy() const { return static_cast<const Kind&>(*strategy_); }

 private:
  at::Tensor item_vectors() const override {
    return strategy_->vectors()->item_vectors().to(where_.outer);
  }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override {
    return strategy_->vectors()->query_vectors(inside(requests), inside(ctx)).to(where_.outer);
  }

  std::unique_ptr<Strategy> strategy_;
  CpuOnly where_;
};

class RecallOnCpu final : public OnCpu<RecallStrategy> {
 public:
  using OnCpu::OnCpu;
  void fit(const TrainingView& data, FitContext& ctx) override {
    strategy().fit(inside(data), ctx);
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return outside(strategy().recall(inside(requests), k, inside(ctx)));
  }
};

class RankOnCpu final : public OnCpu<RankStrategy> {
 public:
  using OnCpu::OnCpu;
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override {
    MovedCandidates near(candidates, inner());
    strategy().fit(inside(data), near, ctx);
  }
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    return outside(strategy().rank(inside(requests), inside(candidates), inside(ctx)));
  }
};

class RerankOnCpu final : public OnCpu<RerankStrategy> {
 public:
  using OnCpu::OnCpu;
  void fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) override {
    MovedCandidates near(candidates, inner());
    strategy().fit(inside(data), near, ctx);
  }
  CandidateBatch rerank(const RequestBatch& requests, const CandidateBatch& candidates, int64_t n,
                        const ServeContext& ctx) const override {
    return outside(strategy().rerank(inside(requests), inside(candidates), n, inside(ctx)));
  }
};

}  // namespace

FeatureTable moved(const FeatureTable& table, const at::Device& device) {
  FeatureTable out = table;
  for (Feature& feature : out.columns) {
    move_to(feature.values, device);
    feature.sets = feature.sets.to(device);
  }
  return out;
}

RequestBatch moved(const RequestBatch& batch, const at::Device& device) {
  RequestBatch out = batch;
  for (at::Tensor* tensor : {&out.request, &out.user, &out.time_us}) move_to(*tensor, device);
  out.history = out.history.to(device);
  out.excluded = out.excluded.to(device);
  if (out.allowed) out.allowed = out.allowed->to(device);
  out.context = moved(out.context, device);
  return out;
}

CandidateBatch moved(const CandidateBatch& batch, const at::Device& device) {
  CandidateBatch out = batch;
  move_to(out.item, device);
  move_to(out.score, device);
  move_to(out.source_score, device);
  move_to(out.propensity, device);
  out.features = moved(out.features, device);
  return out;
}

LabelledBatch moved(const LabelledBatch& batch, const at::Device& device) {
  LabelledBatch out = batch;
  out.requests = moved(batch.requests, device);
  out.candidates = moved(batch.candidates, device);
  move_to(out.label, device);
  move_to(out.weight, device);
  return out;
}

EventSlice moved(const EventSlice& events, const at::Device& device) {
  EventSlice out = events;
  for (at::Tensor* tensor : {&out.user, &out.item, &out.time_us, &out.value, &out.positive})
    move_to(*tensor, device);
  move_to(out.event_type, device);
  move_to(out.weight, device);
  out.context = moved(out.context, device);
  return out;
}

TrainingView moved(const TrainingView& view, const at::Device& device, const Features& features) {
  TrainingView out = view;
  static_cast<EventSlice&>(out) = moved(static_cast<const EventSlice&>(view), device);
  move_to(out.user_seen, device);
  move_to(out.item_seen, device);
  move_to(out.by_user, device);
  move_to(out.by_item, device);
  out.features = &features;
  return out;
}

Explanation moved(const Explanation& why, const at::Device& device) {
  Explanation out = why;
  for (at::Tensor* tensor : {&out.row, &out.kind, &out.id, &out.weight, &out.base})
    move_to(*tensor, device);
  return out;
}

std::unique_ptr<Strategy> on_cpu(std::unique_ptr<Strategy> strategy, PluginKind kind,
                                 const CpuOnly& where) {
  switch (kind) {
    case PluginKind::recall:
      return std::make_unique<RecallOnCpu>(std::move(strategy), where);
    case PluginKind::rank:
      return std::make_unique<RankOnCpu>(std::move(strategy), where);
    case PluginKind::rerank:
      return std::make_unique<RerankOnCpu>(std::move(strategy), where);
    case PluginKind::metric:
      break;
  }
  throw error::InternalError("a metric is no stage");
}

}  // namespace assay::pipeline
