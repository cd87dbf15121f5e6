#include "worker/plugin_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "host/library.h"
#include "pipeline/merge.h"
#include "task/param_json.h"
#include "worker/libraries.h"

namespace assay::worker {
namespace {

const std::string kPlace = "metrics";

// A metric learns from the training window alone: no chance, no inputs, nothing kept.
class MetricFit : public FitContext {
 public:
  explicit MetricFit(const pipeline::DataView& data) : data_(data) {}

  const at::Device& device() const override { return data_.device(); }
  const Features& features() const override { return data_.features(); }
  const Inputs& inputs() const override { return inputs_; }
  at::Generator generator() override {
    throw pipeline::StageFailure(task::FailureKind::refused,
                                 "asked for random numbers, which a metric cannot use");
  }
  void progress(int64_t, int64_t) override {}
  void note(const std::string&, const std::string&) override {}
  bool stop_requested() const override { return false; }
  void checkpoint(const Archive&) override {}
  const Archive* resume_from() const override { return nullptr; }
  ServeContext serving() const override {
    return ServeContext(
        {.device = data_.device(), .features = &data_.features(), .inputs = &inputs_});
  }
  double validate() override {
    throw pipeline::StageFailure(task::FailureKind::refused,
                                 "called validate(), which a metric cannot");
  }
  std::string chosen(const std::string&) const override { return ""; }
  bool trial() const override { return false; }
  void note_step(const std::string&, int64_t, double) override {}

 private:
  const pipeline::DataView& data_;
  Inputs inputs_;
};

void check_values(const at::Tensor& values, int64_t requests) {
  const bool fits = values.defined() && values.dim() == 1 && values.size(0) == requests &&
                    values.scalar_type() == at::kFloat;
  if (fits) return;
  const std::string got = values.defined() ? fmt::format("{} of {} dimensions and {} numbers",
                                                         c10::toString(values.scalar_type()),
                                                         values.dim(), values.numel())
                                           : "nothing";
  throw pipeline::StageFailure(task::FailureKind::contract,
                               fmt::format("values are {}; expected float32 [{}]", got, requests));
}

}  // namespace

PluginMetrics::PluginMetrics(const std::vector<task::PluginMetric>& metrics,
                             const pipeline::DataView& data,
                             const std::vector<task::Window>& train_windows,
                             const pipeline::Guards& guards)
    : data_(data), guards_(guards) {
  if (!metrics.empty()) training_ = data.training(train_windows);
  for (const task::PluginMetric& spec : metrics) {
    Fitted& fitted = metrics_[spec.definition];
    fitted.spec = spec;
    const pipeline::StageCall where{"fit", kPlace, spec.plugin, -1};
    call_stage(guards_, where, guards_.limits.fit_s, [&] {
      const PluginEntry& entry =
          open_library(spec.library, spec.library_sha256).entry(spec.plugin, PluginKind::metric);
      fitted.metric = host::make_metric(entry, task::params_from_json(entry.schema, spec.params));
      MetricFit context(data_);
      fitted.metric->fit(training_, context);
    });
  }
}

std::vector<float> PluginMetrics::values(const task::MetricAt& metric, const RequestBatch& requests,
                                         const CandidateBatch& lists, const Ragged& truth) const {
  const Fitted& fitted = metrics_.at(metric.definition);
  std::vector<float> out;
  const pipeline::StageCall where{"values", kPlace, fitted.spec.plugin, -1};
  call_stage(guards_, where, guards_.limits.batch_s, [&] {
    const MetricFit fit(data_);
    const ServeContext context = fit.serving();
    const at::Tensor values =
        fitted.metric->values(requests, pipeline::narrowed(lists, metric.cutoff), truth, context);
    check_values(values, requests.size());
    const at::Tensor host = values.cpu().contiguous();
    const float* value = host.const_data_ptr<float>();
    out.assign(value, value + host.numel());
    if (std::ranges::any_of(out, [](float one) { return std::isinf(one); })) {
      throw pipeline::StageFailure(
          task::FailureKind::contract,
          "a value is infinite; expected a number, or NaN where there is none");
    }
  });
  return out;
}

}  // namespace assay::worker
