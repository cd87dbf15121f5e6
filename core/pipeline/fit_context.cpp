#include "pipeline/fit_context.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>

#include "dataset/safetensors.h"
#include "pipeline/archive_file.h"
#include "pipeline/hashing.h"

namespace assay::pipeline {
namespace {

constexpr char kRecord[] = "record";  // what a checkpoint notes of the fit so far
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

at::Generator seeded_generator(const at::Device& device, uint64_t seed) {
  if (device.is_cpu()) return at::detail::createCPUGenerator(seed);
  at::Generator generator = at::globalContext().defaultGenerator(device).clone();
  generator.set_current_seed(seed);
  return generator;
}

/// What the fit that validated chose; nothing in any other fit than a final refit.
std::map<std::string, std::string> choices(const task::FitTask& task) {
  if (!task.validated) return {};
  const auto record = task::read_fit_record(task.validated->path);
  if (!record) {
    throw StageFailure(
        task::FailureKind::invalid_input,
        fmt::format("needs what the fit that validated chose, and {} cannot be read; remove the "
                    "model beside it, and it is fitted again",
                    task::fit_record_path(task.validated->path)));
  }
  return task::chosen_values(*record);
}

}  // namespace

HostFitContext::HostFitContext(const task::FitTask& task, StrategyStore& store,
                               const Inputs& inputs, const Strategy& strategy,
                               const ValidationMetrics& metrics, const std::function<bool()>& stop)
    : task_(task),
      store_(store),
      inputs_(inputs),
      strategy_(strategy),
      stop_(stop),
      validation_(task, store, metrics),
      chosen_(choices(task)),
      device_(store.device_of(task.target.stage)),
      features_(store.data().features(task.target.stage.sees, device_)),
      generator_(seeded_generator(device_, task.target.fit_seed)) {
  if (!task.checkpoint_path.empty() && std::filesystem::exists(task.checkpoint_path)) resume();
}

void HostFitContext::resume() {
  resumed_ = read_archive(task_.checkpoint_path);
  const auto file = dataset::SafetensorsFile::open(task_.checkpoint_path);
  const std::optional<task::FitRecord> record = task::parse_fit_record(file.note(kRecord));
  if (!record) return;  // of an earlier version
  earlier_seconds_ = record->seconds.value_or(0);
  notes_ = record->notes;
  for (const task::FitCurve& curve : record->curves) {
    for (size_t i = 0; i < curve.steps.size(); ++i)
      curves_[curve.name][curve.steps[i]] = curve.values.at(i).value_or(kNaN);
  }
}

at::Generator HostFitContext::generator() {
  if (!task_.part.empty()) {
    throw StageFailure(
        task::FailureKind::refused,
        fmt::format("asked for random numbers while making the part {}, which must not draw: "
                    "other seeds would share it",
                    task_.part));
  }
  if (!task_.target.stage.traits.draws_in_fit) {
    throw StageFailure(task::FailureKind::refused,
                       "asked for random numbers while fitting, but lacks the trait draws_in_fit");
  }
  return generator_;
}

void HostFitContext::progress(int64_t done, int64_t total) {
  if (store_.guards().breadcrumb) store_.guards().breadcrumb->progress(done, total);
}

void HostFitContext::checkpoint(const Archive& archive) {
  if (task_.checkpoint_path.empty() || fitted_) return;
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - started_;
  task::FitRecord so_far;
  so_far.seconds = earlier_seconds_ + taken.count();
  so_far.notes = notes_;
  so_far.curves = curves();
  write_archive(archive, task_.checkpoint_path,
                {{"kind", "checkpoint"}, {kRecord, task::text_of(so_far)}});
}

bool HostFitContext::has_validated_enough() const {
  if (task_.validations == 0) return false;
  const auto curve = curves_.find(task::kValidationCurve);
  return curve != curves_.end() && std::cmp_greater_equal(curve->second.size(), task_.validations);
}

ServeContext HostFitContext::serving() const {
  ServeContext::Settings settings;
  settings.device = device();
  settings.features = &features();
  settings.inputs = &inputs_;
  settings.seed = task_.target.fit_seed;
  settings.place = place_key("fit");
  return ServeContext(settings);
}

double HostFitContext::validate() {
  if (!task_.target.stage.traits.validates) {
    throw StageFailure(task::FailureKind::refused,
                       "called validate(), but lacks the trait validates");
  }
  if (!can_choose()) return kNaN;
  const double value = validation_(strategy_, inputs_).front().value.value_or(kNaN);
  std::map<int64_t, double>& curve = curves_[task::kValidationCurve];
  curve[curve.empty() ? 1 : curve.rbegin()->first + 1] = value;
  return validation_.lower_is_better() ? -value : value;
}

std::string HostFitContext::chosen(const std::string& key) const {
  const auto found = chosen_.find(key);
  return found == chosen_.end() ? "" : found->second;
}

void HostFitContext::end_of_fit() {
  fitted_ = true;
  resumed_.reset();
}

std::vector<task::FitValue> HostFitContext::measured() {
  if (!task_.target.stage.traits.validates || !can_choose()) return {};
  return validation_(strategy_, inputs_);
}

std::vector<task::FitCurve> HostFitContext::curves() const {
  std::vector<task::FitCurve> out;
  for (const auto& [name, points] : curves_) {
    task::FitCurve& curve = out.emplace_back();
    curve.name = name;
    for (const auto& [step, value] : points) {
      curve.steps.push_back(step);
      curve.values.push_back(std::isfinite(value) ? std::optional(value) : std::nullopt);
    }
  }
  return out;
}

}  // namespace assay::pipeline
