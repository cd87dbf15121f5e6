#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/fits/epoch_loop.h>
#include <assay/extra/fits/epochs.h>

#include <chrono>
#include <cmath>
#include <limits>

namespace assay::extra {
namespace {

/// How far a fit has come.
struct Progress {
  int64_t epoch = 0, worse = 0, best_epoch = 0;
  double loss = 0, best = -std::numeric_limits<double>::infinity();
  NamedTensors best_weights;
};

void put(Archive& archive, const std::string& prefix, const NamedTensors& tensors) {
  for (const auto& [name, tensor] : tensors) archive.put(prefix + name, tensor);
}

void copy(const NamedTensors& to, const NamedTensors& from) {
  for (size_t n = 0; n < to.size(); ++n) {
    at::Tensor kept = to[n].second;
    kept.copy_(from[n].second);
  }
}

NamedTensors read(const Archive& archive, const std::string& prefix, const NamedTensors& like) {
  NamedTensors out;
  for (const auto& [name, tensor] : like)
    out.emplace_back(name, archive.tensor(prefix + name).to(tensor.device(), tensor.scalar_type()));
  return out;
}

Archive kept(const EpochModel& model, const Progress& at) {
  Archive archive;
  put(archive, "weights.", model.weights());
  put(archive, "best.", at.best_weights);
  model.keep_optimisers(archive);
  archive.put("loop.numbers", at::tensor({at.epoch, at.worse, at.best_epoch}, at::kLong));
  archive.put("loop.values", at::tensor({at.loss, at.best}, at::kDouble));
  return archive;
}

Progress restored(EpochModel& model, const Archive& archive) {
  const at::Tensor numbers = archive.tensor("loop.numbers").cpu();
  const at::Tensor values = archive.tensor("loop.values").cpu();
  const int64_t* const number = numbers.const_data_ptr<int64_t>();
  Progress at{.epoch = number[0],
              .worse = number[1],
              .best_epoch = number[2],
              .loss = values[0].item<double>(),
              .best = values[1].item<double>(),
              .best_weights = {}};
  const NamedTensors weights = model.weights();
  copy(weights, read(archive, "weights.", weights));
  model.restore_optimisers(archive);
  if (at.best_epoch > 0) at.best_weights = read(archive, "best.", weights);
  return at;
}

// Validates, keeps what is better than before, and says whether it is enough.
bool is_enough(EpochModel& model, Progress& at, int64_t patience, FitContext& ctx) {
  model.serve();
  const double value = ctx.validate();
  if (std::isnan(value)) return false;  // nothing can be chosen
  if (!(value > at.best)) return ++at.worse >= patience;
  at.best = value;
  at.worse = 0;
  at.best_epoch = at.epoch;
  at.best_weights = model.weights();
  for (auto& [name, tensor] : at.best_weights) tensor = tensor.clone();
  return false;
}

/// Leaves checkpoints, of which those that take long are made rarely: writing large tables after
/// every short epoch could take longer than the epochs.
class Checkpoints {
 public:
  void leave(const EpochModel& model, const Progress& at, FitContext& ctx) {
    const auto now = Clock::now();
    if (took_ > kShort && now - last_ < kRarely * took_) return;
    ctx.checkpoint(kept(model, at));
    last_ = Clock::now();
    took_ = last_ - now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr Clock::duration kShort = std::chrono::milliseconds(50);
  static constexpr int kRarely = 20;  // at most a twentieth of the time
  Clock::time_point last_;
  Clock::duration took_{};
};

}  // namespace

void learn_epochs(EpochModel& model, const EpochSettings& settings, FitContext& ctx) {
  Progress at;
  Checkpoints checkpoints;
  if (const Archive* before = ctx.resume_from()) at = restored(model, *before);
  const int64_t chosen = chosen_number(ctx, "epochs");
  const int64_t last = ctx.trial() ? 1 : chosen > 0 ? chosen : settings.epochs;
  const bool choosing = settings.patience > 0 && chosen == 0;
  bool enough = choosing && at.worse >= settings.patience;  // ended before it could say so
  while (!enough && at.epoch < last && !ctx.stop_requested()) {
    const double before = at.loss;
    at.loss = model.learn_epoch(at.epoch + 1, ctx);
    if (ctx.stop_requested()) break;  // half an epoch is no state to go on from
    ++at.epoch;
    expect_finite({at.epoch, at.loss, before}, settings.learning_rate, settings.who);
    ctx.note_step("loss", at.epoch, at.loss);
    enough = choosing && (at.epoch % settings.validate_every == 0 || at.epoch == last) &&
             is_enough(model, at, settings.patience, ctx);
    if (!ctx.trial()) checkpoints.leave(model, at, ctx);
  }
  ctx.note("loss", shown(at.loss));
  if (at.best_epoch > 0) {
    copy(model.weights(), at.best_weights);
    ctx.note("chosen.epochs", std::to_string(at.best_epoch));
  }
  model.serve();
}

}  // namespace assay::extra
