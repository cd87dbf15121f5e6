// Epochs and steps of SequenceModel.

#include <ATen/TensorOperators.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <assay/extra/neural/sequence_model.h>

#include <algorithm>
#include <limits>

namespace assay::extra {
namespace {

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
  const at::Tensor hidden = encoder_
                                ->encode(shown_rows(table, seen, batch.seen.item, leaves),
                                         batch.seen.position.to(device), leaves, dropout)
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

// float32 [B, n, D]: what the encoder sees of items that stand at `places` of a table.
at::Tensor SequenceModel::shown_rows(const at::Tensor& table, const at::Tensor& places,
                                     const at::Tensor& item, const Parameters& layers) const {
  const at::Tensor rows = table.index_select(0, places.flatten().to(table.device()))
                              .view({places.size(0), places.size(1), table.size(1)});
  if (!masks()) return rows;
  return at::where(item.eq(kMasked).unsqueeze(2).to(table.device()), layers.back().second, rows);
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
    const NextItemBatch batch =
        masks() ? batches.masked_batch(n, settings_.mask_share, random) : batches.batch(n);
    const int64_t size = batch.next.size(0);
    sum += static_cast<double>(size) * step(batch, batches, dropout, random);
    places += size;
    ctx.progress((epoch - 1) * count + n + 1, settings_.epochs * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(places, 1));
}

}  // namespace assay::extra
