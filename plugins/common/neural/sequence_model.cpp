#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/sequence_model.h>
#include <assay/kernels.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::extra {
namespace {

constexpr int64_t kShortest = 16;  // places of a row that is served; then twice as many, ...

}  // namespace

/// How far a fit has come.
struct SequenceModel::Progress {
  int64_t epoch = 0, worse = 0, best_epoch = 0;
  double loss = 0, best = -std::numeric_limits<double>::infinity();
  at::Tensor best_items;
  Parameters best_parameters;
};

SequenceModel::SequenceModel(std::string name, const SequenceSettings& settings)
    : name_(std::move(name)), settings_(settings), encoder_(make_encoder(settings.encoder)) {}

void SequenceModel::fit(const TrainingView& data, FitContext& ctx,
                        const std::function<void()>& serve) {
  start(data, ctx);
  const uint64_t seed = ctx.generator().current_seed();
  SequenceBatches batches(data, settings_.encoder.length, settings_.batch_size, seed);
  Progress at;
  if (const Archive* before = ctx.resume_from()) restore(*before, at);
  const int64_t chosen = chosen_number(ctx, "epochs");
  const int64_t last = ctx.trial() ? 1 : chosen > 0 ? chosen : settings_.epochs;
  const bool choosing = settings_.patience > 0 && chosen == 0;
  while (at.epoch < last && !ctx.stop_requested()) {
    const double before = at.loss;
    at.loss = learn_epoch(batches, at.epoch + 1, seed, ctx);
    if (ctx.stop_requested()) break;  // half an epoch is no state to go on from
    ++at.epoch;
    expect_finite({at.epoch, at.loss, before}, settings_.learning_rate, name_);
    ctx.note_step("loss", at.epoch, at.loss);
    const bool ends = choosing && (at.epoch % settings_.validate_every == 0 || at.epoch == last) &&
                      is_enough(at, ctx, serve);
    if (!ctx.trial()) {
      Archive archive;
      keep(archive, at);
      ctx.checkpoint(archive);
    }
    if (ends) break;
  }
  ctx.note("loss", shown(at.loss));
  if (at.best_epoch > 0) {
    items_ = at.best_items;
    parameters_ = at.best_parameters;
    ctx.note("chosen.epochs", std::to_string(at.best_epoch));
  }
  item_adam_ = {};
  moments_ = {};
}

bool SequenceModel::is_enough(Progress& at, FitContext& ctx,
                              const std::function<void()>& serve) const {
  serve();
  const double value = ctx.validate();
  if (std::isnan(value)) return false;  // nothing can be chosen
  if (!(value > at.best)) return ++at.worse >= settings_.patience;
  at.best = value;
  at.worse = 0;
  at.best_epoch = at.epoch;
  at.best_items = items_.clone();
  at.best_parameters = parameters_;
  for (auto& [name, tensor] : at.best_parameters) tensor = tensor.clone();
  return false;
}

at::Tensor SequenceModel::query_vectors(const History& history) const {
  const History once = history.once();
  const RaggedSpans rows(once);
  at::Tensor out = at::zeros({rows.size(), settings_.encoder.width}, items_.options());
  // A history has the same number of places in every batch, so that its bits are the same.
  int64_t shorter = 0;
  for (int64_t width = std::min(kShortest, settings_.encoder.length);; width *= 2) {
    width = std::min(width, settings_.encoder.length);
    const bool last = width == settings_.encoder.length;
    std::vector<int64_t> these;
    for (int64_t row = 0; row < rows.size(); ++row) {
      const int64_t size = rows[row].empty() ? 0 : std::ssize(rows[row]) + (masks() ? 1 : 0);
      if (size > shorter && (size <= width || last)) these.push_back(row);
    }
    if (!these.empty()) {
      const at::Tensor where = at::tensor(these, at::kLong).to(items_.device());
      out.index_copy_(0, where, encoded(rows, these, width));
    }
    if (last) return out;
    shorter = width;
  }
}

at::Tensor SequenceModel::encoded(const RaggedSpans& rows, const std::vector<int64_t>& these,
                                  int64_t width) const {
  const SequenceBatch batch = sequence_batch(rows, these, settings_.encoder.length, width, masks());
  const at::Device device = items_.device();
  Dropout none;
  const at::Tensor hidden =
      encoder_->encode(shown_rows(items_, batch.item.clamp_min(0), batch.item, parameters_),
                       batch.position.to(device), parameters_, none);
  const at::Tensor last =
      batch.item.ne(-1).sum(1) - 1 + at::arange(std::ssize(these), at::kLong) * width;
  return hidden.flatten(0, 1).index_select(0, last.to(device));
}

CandidateBatch SequenceModel::recall(const RequestBatch& requests, int64_t k) const {
  CandidateBatch best = top_k_dot(query_vectors(requests.history), items_, k, requests);
  leave_empty(best, requests.history.lengths().eq(0));
  return best;
}

void SequenceModel::save(Archive& archive) const {
  archive.put("items", items_);
  for (const auto& [name, value] : parameters_) archive.put("encoder." + name, value);
}

void SequenceModel::load(const Archive& archive, const at::Device& device) {
  items_ = archive.tensor("items").to(device);
  parameters_ = encoder_->draw(at::detail::createCPUGenerator(0));
  for (auto& [name, value] : parameters_) value = archive.tensor("encoder." + name).to(device);
}

void SequenceModel::keep(Archive& archive, const Progress& at) const {
  save(archive);
  archive.put("adam.items.mean", item_adam_.mean());
  archive.put("adam.items.square", item_adam_.square());
  for (size_t n = 0; n < parameters_.size(); ++n) {
    archive.put("adam." + parameters_[n].first + ".mean", moments_.mean[n]);
    archive.put("adam." + parameters_[n].first + ".square", moments_.square[n]);
  }
  archive.put("numbers",
              at::tensor({at.epoch, at.worse, at.best_epoch, item_adam_.steps()}, at::kLong));
  archive.put("values", at::tensor({at.loss, at.best}, at::kDouble));
  if (at.best_epoch == 0) return;
  archive.put("best.items", at.best_items);
  for (const auto& [name, value] : at.best_parameters) archive.put("best." + name, value);
}

void SequenceModel::restore(const Archive& archive, Progress& at) {
  const auto copy = [&](const at::Tensor& to, const std::string& name) {
    to.copy_(archive.tensor(name));
  };
  const at::Tensor numbers = archive.tensor("numbers").cpu(),
                   values = archive.tensor("values").cpu();
  const int64_t* const number = numbers.const_data_ptr<int64_t>();
  at.epoch = number[0];
  at.worse = number[1];
  at.best_epoch = number[2];
  at.loss = values[0].item<double>();
  at.best = values[1].item<double>();
  copy(items_, "items");
  item_adam_.restore(archive.tensor("adam.items.mean"), archive.tensor("adam.items.square"),
                     number[3]);
  for (size_t n = 0; n < parameters_.size(); ++n) {
    const auto& [name, value] = parameters_[n];
    copy(value, "encoder." + name);
    copy(moments_.mean[n], "adam." + name + ".mean");
    copy(moments_.square[n], "adam." + name + ".square");
    moments_.steps[n].fill_(number[3]);
  }
  if (at.best_epoch == 0) return;
  at.best_items = archive.tensor("best.items").to(items_.device());
  at.best_parameters = parameters_;
  for (auto& [name, value] : at.best_parameters)
    value = archive.tensor("best." + name).to(items_.device());
}

}  // namespace assay::extra
