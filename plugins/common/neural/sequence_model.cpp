#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/error.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/sequence_model.h>
#include <assay/kernels.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace assay::extra {
namespace {

constexpr int64_t kShortest = 16;     // places of a row that is served; then twice as many, ...
constexpr int64_t kTrialBatches = 8;  // of a trial fit
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

/// The rows of a table that a batch touches, and ids as places in them.
class TouchedRows {
 public:
  explicit TouchedRows(int64_t table) : place_(static_cast<size_t>(table), -1) {}
  /// -1 becomes any place.
  at::Tensor places(const at::Tensor& ids) {
    at::Tensor out = at::empty_like(ids);
    const int64_t* const from = ids.const_data_ptr<int64_t>();
    int64_t* const to = out.mutable_data_ptr<int64_t>();
    for (int64_t n = 0; n < ids.numel(); ++n) to[n] = from[n] < 0 ? 0 : place(from[n]);
    return out;
  }
  at::Tensor rows() const { return at::tensor(rows_, at::kLong); }

 private:
  int64_t place(int64_t row) {
    if (place_[row] < 0) {
      place_[row] = static_cast<int32_t>(rows_.size());
      rows_.push_back(row);
    }
    return place_[row];
  }
  std::vector<int32_t> place_;
  std::vector<int64_t> rows_;
};

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

void SequenceModel::start(const TrainingView& data, FitContext& ctx) {
  at::Generator generator = ctx.generator();
  const auto options = at::TensorOptions(at::kFloat).device(generator.device());
  items_ = at::empty({data.items, settings_.encoder.width}, options)
               .normal_(0, settings_.encoder.initial_deviation, generator)
               .to(ctx.device());
  parameters_ = encoder_->draw(generator);
  item_adam_ = RowAdam(items_, {.learning_rate = settings_.learning_rate});
  moments_ = {};
  for (auto& [name, value] : parameters_) {
    value = value.to(ctx.device());
    moments_.mean.push_back(at::zeros_like(value));
    moments_.square.push_back(at::zeros_like(value));
    moments_.steps.push_back(at::zeros({}, at::TensorOptions(at::kFloat).device(ctx.device())));
  }
}

// Negatives as ids: of each place [T, M] for bce and gbce, none of the place's user; of the batch [M]
// for sampled softmax.
at::Tensor SequenceModel::negatives(const NextItemBatch& batch, const SequenceBatches& batches,
                                    SplitMix& random) const {
  const auto items = static_cast<uint32_t>(items_.size(0));
  const bool shared = settings_.loss == NextItemLoss::sampled_softmax;
  const int64_t places = batch.next.size(0);
  at::Tensor drawn = shared ? at::empty({settings_.negatives}, at::kLong)
                            : at::empty({places, settings_.negatives}, at::kLong);
  int64_t* const to = drawn.mutable_data_ptr<int64_t>();
  if (shared) {
    for (int64_t n = 0; n < drawn.numel(); ++n) to[n] = random.below(items);
    return drawn;
  }
  constexpr int kTries = 32;  // a user may have nearly everything
  const int64_t* const row = batch.row.const_data_ptr<int64_t>();
  for (int64_t n = 0; n < drawn.numel(); ++n) {
    const auto known = batches.sequence(batch.users[row[n / settings_.negatives]]);
    for (int tries = 0; tries < kTries; ++tries) {
      to[n] = random.below(items);
      if (std::ranges::find(known, to[n]) == known.end()) break;
    }
  }
  return drawn;
}

double SequenceModel::step(const NextItemBatch& batch, const SequenceBatches& batches,
                           Dropout& dropout, SplitMix& random) {
  const at::Device device = items_.device();
  const bool full = settings_.loss == NextItemLoss::cross_entropy;
  at::Tensor seen = batch.seen.item.clamp_min(0), next = batch.next, others, rows, table;
  if (full) {
    table = items_.detach().requires_grad_();
  } else {
    TouchedRows touched(items_.size(0));
    next = touched.places(next);
    seen = touched.places(batch.seen.item);
    others = touched.places(negatives(batch, batches, random)).to(device);
    rows = touched.rows().to(device);
    table = items_.index_select(0, rows).requires_grad_();
  }
  next = next.to(device);
  Parameters leaves = parameters_;
  for (auto& [name, value] : leaves) value = value.detach().requires_grad_();
  const int64_t width = settings_.encoder.width;
  const at::Tensor shown_rows =
      table.index_select(0, seen.flatten().to(device)).view({seen.size(0), seen.size(1), width});
  const at::Tensor hidden =
      encoder_->encode(shown_rows, batch.seen.position.to(device), leaves, dropout)
          .flatten(0, 1)
          .index_select(0, batch.seen.valid.to(device));
  double loss = 0;
  if (full) {
    const FullLoss found = full_loss(hidden.detach(), table.detach(), next);
    hidden.backward(found.of_hidden);
    item_adam_.step(table.grad() + found.of_table);
    loss = found.value;
  } else {
    const at::Tensor sampled = loss_against(hidden, table, next, others);
    sampled.backward();
    item_adam_.step(rows, table.grad());
    loss = sampled.item<double>();
  }
  move_layers(leaves);
  return loss;
}

void SequenceModel::move_layers(const Parameters& leaves) {
  std::vector<at::Tensor> values, gradients;
  for (size_t n = 0; n < leaves.size(); ++n) {
    values.push_back(parameters_[n].second);
    gradients.push_back(leaves[n].second.grad());
    moments_.steps[n].add_(1);
  }
  at::_fused_adamw_(values, gradients, moments_.mean, moments_.square, {}, moments_.steps,
                    settings_.learning_rate, kBeta1, kBeta2, settings_.weight_decay, kEpsilon,
                    false, false);
}

at::Tensor SequenceModel::loss_against(const at::Tensor& hidden, const at::Tensor& table,
                                       const at::Tensor& next, const at::Tensor& others) const {
  const at::Tensor positive = (hidden * table.index_select(0, next)).sum(1);
  at::Tensor scores;
  if (others.dim() == 1) {
    scores = hidden.matmul(table.index_select(0, others).t())
                 .masked_fill(others.unsqueeze(0).eq(next.unsqueeze(1)),
                              -std::numeric_limits<double>::infinity());
  } else {
    const at::Tensor rows = table.index_select(0, others.flatten())
                                .view({others.size(0), others.size(1), hidden.size(1)});
    scores = rows.matmul(hidden.unsqueeze(2)).squeeze(2);
  }
  return sampled_loss(settings_.loss, positive, scores, items_.size(0), settings_.calibration);
}

double SequenceModel::learn_epoch(SequenceBatches& batches, int64_t epoch, uint64_t seed,
                                  FitContext& ctx) {
  batches.start(epoch);
  // Of the epoch alone, so that a fit which goes on from a checkpoint draws the same.
  SplitMix random(seed, static_cast<uint64_t>(epoch));
  at::Generator generator = ctx.generator().clone();
  generator.set_current_seed(random.bits());
  Dropout dropout(settings_.dropout, generator);
  const int64_t count =
      ctx.trial() ? std::min(kTrialBatches, batches.batches()) : batches.batches();
  double sum = 0;
  int64_t places = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const NextItemBatch batch = batches.batch(n);
    const int64_t size = batch.next.size(0);
    sum += static_cast<double>(size) * step(batch, batches, dropout, random);
    places += size;
    ctx.progress((epoch - 1) * count + n + 1, settings_.epochs * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(places, 1));
}

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
      const auto size = std::ssize(rows[row]);
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
  const SequenceBatch batch = sequence_batch(rows, these, settings_.encoder.length, width);
  const auto size = std::ssize(these);
  const at::Device device = items_.device();
  const at::Tensor shown_rows = items_.index_select(0, batch.item.clamp_min(0).flatten().to(device))
                                    .view({size, width, settings_.encoder.width});
  Dropout none;
  const at::Tensor hidden =
      encoder_->encode(shown_rows, batch.position.to(device), parameters_, none);
  const at::Tensor last = batch.item.ge(0).sum(1) - 1 + at::arange(size, at::kLong) * width;
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
