#include <ATen/TensorOperators.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/neural/products.h>
#include <assay/extra/neural/sequence_trainer.h>

#include <algorithm>
#include <limits>

namespace assay::extra {
namespace {

constexpr int64_t kTrialBatches = 8;  // of a trial fit

at::Tensor ids(std::span<const int64_t> values, const at::Device& device) {
  return at::tensor(at::ArrayRef<int64_t>(values.data(), values.size()), at::kLong).to(device);
}

}  // namespace

SequenceTrainer::SequenceTrainer(const SequenceSettings& settings, const SequenceEncoder& encoder,
                                 at::Tensor items, Parameters parameters, const TrainingView& data,
                                 FitContext& ctx)
    : settings_(settings),
      encoder_(encoder),
      items_(std::move(items)),
      parameters_(std::move(parameters)),
      seed_(ctx.generator().current_seed()),
      batches_(data, settings.encoder.length, settings.batch_size, seed_,
               settings.encoder.time_buckets > 0),
      negatives_(data, settings.negatives_from, settings.negatives),
      item_adam_(items_, {.learning_rate = settings.learning_rate}),
      layer_adam_(parameters_,
                  {.learning_rate = settings.learning_rate, .weight_decay = settings.weight_decay}),
      touched_(items_.size(0)),
      moved_(items_.size(0)) {
  choose_precision(ctx);
}

// A final refit multiplies as the fit that validated did, and one that goes on as before.
void SequenceTrainer::choose_precision(FitContext& ctx) {
  if (settings_.precision == Precision::fp32 || ctx.trial() || ctx.resume_from()) return;
  const std::string chosen = ctx.chosen("precision");
  if (chosen.empty()) {
    const double share = bf16_share_of_time(items_.device());
    bf16_ = share < kBf16Pays;
    ctx.note("precision",
             (bf16_ ? "bfloat16: a product takes " : "float32: in bfloat16 a product takes ") +
                 shown(share) + " of float32's time");
  } else {
    bf16_ = chosen == "bf16";
  }
  ctx.note("chosen.precision", bf16_ ? "bf16" : "fp32");
}

// As places of the touched rows; -1 becomes any place.
at::Tensor SequenceTrainer::places(const at::Tensor& ids) {
  at::Tensor out = at::empty_like(ids);
  const int64_t* const from = ids.const_data_ptr<int64_t>();
  int64_t* const to = out.mutable_data_ptr<int64_t>();
  for (int64_t n = 0; n < ids.numel(); ++n) to[n] = from[n] < 0 ? 0 : touched_.place(from[n]);
  return out;
}

// float32 [T, D]: what is looked for at each place.
at::Tensor SequenceTrainer::hidden(const NextItemBatch& batch, const at::Tensor& table,
                                   const at::Tensor& seen, const Parameters& leaves,
                                   Dropout& dropout) const {
  const at::Device device = items_.device();
  const at::Tensor time = batch.seen.time.defined() ? batch.seen.time.to(device) : batch.seen.time;
  return encoder_
      .encode(shown_rows(settings_, table, seen, batch.seen.item, leaves),
              {batch.seen.position.to(device), time}, leaves, dropout, bf16_)
      .flatten(0, 1)
      .index_select(0, batch.seen.valid.to(device));
}

// Against all items: the gradient of the table by formula.
double SequenceTrainer::learn_all(const at::Tensor& hidden, const at::Tensor& table,
                                  const NextItemBatch& batch, at::Tensor& of_table) const {
  const FullLoss found = full_loss(hidden.detach(), table.detach(), batch.next.to(items_.device()));
  hidden.backward(found.of_hidden);
  of_table = table.grad() + found.of_table;
  return found.value;
}

double SequenceTrainer::learn_places(const at::Tensor& hidden, const at::Tensor& table,
                                     const at::Tensor& next, const at::Tensor& others) const {
  const at::Tensor positive = (hidden * table.index_select(0, next)).sum(1);
  const at::Tensor rows = table.index_select(0, others.flatten())
                              .view({others.size(0), others.size(1), hidden.size(1)});
  const at::Tensor scores = rows.matmul(hidden.unsqueeze(2)).squeeze(2);
  const at::Tensor loss =
      sampled_loss(settings_.loss, positive, scores, items_.size(0), settings_.calibration);
  loss.backward();
  return loss.item<double>();
}

double SequenceTrainer::learn_shared(const at::Tensor& hidden, const at::Tensor& table,
                                     const at::Tensor& next, const SharedNegatives& shared) const {
  const at::Device device = items_.device();
  if (shared.from_batch) {
    const InBatchGradients found = in_batch_softmax(
        hidden.detach(), table.detach().narrow(0, 0, shared.items), shared.targets);
    hidden.backward(found.of_queries);
    table.grad().narrow(0, 0, shared.items).add_(found.of_items);
    return found.loss;
  }
  const auto floats = [&](const std::vector<float>& values) {
    return at::tensor(values, at::kFloat).to(device);
  };
  const at::Tensor positive = (hidden * table.index_select(0, next)).sum(1) - floats(shared.log_q);
  const at::Tensor scores =
      at::addmm(floats(shared.targets.log_q), hidden, table.narrow(0, 0, shared.items).t(), -1)
          .flatten()
          .index_fill(0, ids(shared.targets.masked, device),
                      -std::numeric_limits<double>::infinity())
          .view({hidden.size(0), shared.items});
  const at::Tensor loss =
      sampled_loss(settings_.loss, positive, scores, items_.size(0), settings_.calibration);
  loss.backward();
  return loss.item<double>();
}

SequenceTrainer::Gradients SequenceTrainer::gradients(const NextItemBatch& batch, Dropout& dropout,
                                                      SplitMix& random) {
  const at::Device device = items_.device();
  const Parameters leaves = layer_adam_.leaves();
  Gradients out;
  touched_.clear();
  if (settings_.loss == NextItemLoss::cross_entropy) {
    const at::Tensor table = items_.detach().requires_grad_();
    out.loss = learn_all(hidden(batch, table, batch.seen.item.clamp_min(0), leaves, dropout), table,
                         batch, out.of_rows);
  } else {
    const bool shares = settings_.loss == NextItemLoss::sampled_softmax;
    SharedNegatives shared;
    at::Tensor others;
    if (shares)
      shared = negatives_.shared(batch, batches_, random, touched_);
    else
      others = places(negatives_.of_places(batch, batches_, random)).to(device);
    const at::Tensor next = places(batch.next).to(device), seen = places(batch.seen.item);
    out.rows.assign(touched_.rows().begin(), touched_.rows().end());
    const at::Tensor table = items_.index_select(0, ids(out.rows, device)).requires_grad_();
    const at::Tensor found = hidden(batch, table, seen, leaves, dropout);
    out.loss = shares ? learn_shared(found, table, next, shared)
                      : learn_places(found, table, next, others);
    out.of_rows = table.grad();
  }
  out.of_layers = gradients_of(leaves);
  return out;
}

// A step by the mean of the gradients of some batches.
void SequenceTrainer::move(std::vector<Gradients>& pending) {
  Gradients& sum = pending.front();
  const bool whole = sum.rows.empty();
  if (pending.size() > 1) {
    const double share = 1 / static_cast<double>(pending.size());
    std::vector<int64_t> rows = std::move(sum.rows);
    std::vector<at::Tensor> of_rows = {sum.of_rows};
    for (size_t n = 1; n < pending.size(); ++n) {
      for (size_t layer = 0; layer < sum.of_layers.size(); ++layer)
        sum.of_layers[layer].add_(pending[n].of_layers[layer]);
      if (whole) sum.of_rows.add_(pending[n].of_rows);
      rows.insert(rows.end(), pending[n].rows.begin(), pending[n].rows.end());
      of_rows.push_back(pending[n].of_rows);
    }
    if (!whole) {
      moved_.clear();
      std::vector<int64_t> to;
      for (const int64_t row : rows) to.push_back(moved_.place(row));
      sum.of_rows = at::zeros({moved_.size(), items_.size(1)}, items_.options())
                        .index_add_(0, ids(to, items_.device()), at::cat(of_rows));
      sum.rows.assign(moved_.rows().begin(), moved_.rows().end());
    }
    sum.of_rows.mul_(share);
    for (at::Tensor& gradient : sum.of_layers) gradient.mul_(share);
  }
  if (whole)
    item_adam_.step(sum.of_rows);
  else
    item_adam_.step(ids(sum.rows, items_.device()), sum.of_rows);
  layer_adam_.step(sum.of_layers);
  pending.clear();
}

double SequenceTrainer::learn_epoch(int64_t epoch, FitContext& ctx) {
  batches_.start(epoch);
  // Of the epoch alone, so that a fit which goes on from a checkpoint draws the same.
  SplitMix random(seed_, static_cast<uint64_t>(epoch));
  at::Generator generator = ctx.generator().clone();
  generator.set_current_seed(random.bits());
  Dropout dropout(settings_.dropout, generator);
  const int64_t count =
      ctx.trial() ? std::min(kTrialBatches, batches_.batches()) : batches_.batches();
  double sum = 0;
  int64_t places = 0;
  std::vector<Gradients> pending;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const NextItemBatch batch = masks(settings_)
                                    ? batches_.masked_batch(n, settings_.mask_share, random)
                                    : batches_.batch(n);
    pending.push_back(gradients(batch, dropout, random));
    sum += static_cast<double>(batch.next.size(0)) * pending.back().loss;
    places += batch.next.size(0);
    if (std::ssize(pending) == settings_.accumulate || n + 1 == count) move(pending);
    ctx.progress((epoch - 1) * count + n + 1, settings_.epochs * count);
  }
  return sum / static_cast<double>(std::max<int64_t>(places, 1));
}

NamedTensors SequenceTrainer::weights() const {
  NamedTensors out = {{"items", items_}};
  for (const auto& [name, value] : parameters_) out.emplace_back("encoder." + name, value);
  return out;
}

void SequenceTrainer::keep_optimisers(Archive& archive) const {
  item_adam_.keep(archive, "adam.items");
  layer_adam_.keep(archive, "adam.encoder.");
  archive.put("bf16", at::tensor({int64_t{bf16_}}, at::kLong));
}

void SequenceTrainer::restore_optimisers(const Archive& archive) {
  item_adam_.restore(archive, "adam.items");
  layer_adam_.restore(archive, "adam.encoder.");
  bf16_ = archive.tensor("bf16").item<int64_t>() != 0;
}

}  // namespace assay::extra
