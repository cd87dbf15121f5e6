#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/fields/field_loss.h>
#include <assay/extra/fields/field_trainer.h>
#include <assay/extra/sampling/split_mix.h>

#include <algorithm>
#include <cmath>

namespace assay::extra {
namespace {

constexpr int64_t kRowsAtOnce = 8192;  // so that what is gathered stays small
constexpr int64_t kTrialBatches = 8;

at::Tensor floats(const std::vector<float>& values) { return at::tensor(values, at::kFloat); }

void mark(const FieldCodes& codes, std::vector<bool>& learnt) {
  for (const int32_t code : codes.codes) learnt[code] = true;
  for (const FieldBags& bags : codes.bags)
    for (const int32_t code : bags.codes) learnt[code] = true;
}

// Without the constant.
Parameters of_network(const Parameters& layers) { return {layers.begin() + 1, layers.end()}; }

template <typename T>
void shuffle(std::vector<T>& values, SplitMix& random) {
  for (size_t left = values.size(); left > 1; --left)
    std::swap(values[left - 1], values[random.below(static_cast<uint32_t>(left))]);
}

}  // namespace

LabelCounts::LabelCounts(const FieldExamples& examples, int64_t target) {
  for (int64_t row = 0; row < examples.size(); ++row) {
    const float label = examples.label[row * examples.targets + target];
    if (!std::isnan(label)) ++all;
    if (label >= 0.5F) ++positives;
  }
}

double LabelCounts::prior() const { return std::log((positives + 0.5) / (all - positives + 0.5)); }

double LabelCounts::share_of_negatives(double negatives) const {
  if (!are_mixed() || negatives <= 0) return 1;
  return std::min(1.0, negatives * positives / (all - positives));
}

double share_of_negatives(const FieldParams& params, const FieldExamples& examples) {
  return examples.targets > 1 ? 1 : LabelCounts(examples, 0).share_of_negatives(params.negatives);
}

FieldTrainer::FieldTrainer(const FieldParams& params, const FieldExamples& examples,
                           FieldModel& model, at::Generator generator)
    : params_(params), examples_(examples), model_(model), seed_(generator.current_seed()) {
  keep_ = share_of_negatives(params, examples);
  const at::Tensor table = at::empty({model.space().table_rows(), model.width()}, at::kFloat)
                               .normal_(0, params.initial_deviation, generator);
  table_ =
      FieldTable(table, {.learning_rate = params.learning_rate, .weight_decay = params.lambda});
  // Begins at what is true of all candidates together.
  std::vector<double> priors;
  for (int64_t target = 0; target < examples.targets; ++target)
    priors.push_back(LabelCounts(examples, target).prior());
  const at::Tensor constants = at::tensor(priors, at::kDouble) - std::log(keep_);
  layers_ =
      together({{"constant", constants.to(at::kFloat)}}, model.draw(examples.targets, generator));
  layer_adam_ = FusedAdamW(
      layers_, {.learning_rate = params.learning_rate, .weight_decay = params.weight_decay});
  mark_learnt();
}

void FieldTrainer::mark_learnt() {
  learnt_.assign(static_cast<size_t>(model_.space().table_rows()), false);
  for (int64_t first = 0; first < examples_.size(); first += kRowsAtOnce) {
    std::vector<int64_t> which;
    const int64_t last = std::min(examples_.size(), first + kRowsAtOnce);
    for (int64_t row = first; row < last; ++row) which.push_back(row);
    const FieldBatch batch = model_.space().batch(examples_, which);
    mark(batch.rows, learnt_);
    mark(batch.history, learnt_);
  }
}

// All positives, and of the negatives as many as were asked for, drawn without memory.
std::vector<int64_t> FieldTrainer::order_of(int64_t epoch) const {
  SplitMix random(seed_, static_cast<uint64_t>(epoch));
  std::vector<int64_t> order;
  for (int64_t row = 0; row < examples_.size(); ++row) {
    const bool is_kept = keep_ >= 1 || examples_.label[row] >= 0.5F || random.uniform() < keep_;
    if (is_kept) order.push_back(row);
  }
  shuffle(order, random);
  return order;
}

double FieldTrainer::learn_epoch(int64_t epoch, FitContext& ctx) {
  const std::vector<int64_t> order = order_of(epoch);
  // Another stream than that of the order; the same number gives the same epoch.
  Dropout dropout(
      model_.network().dropout(),
      at::detail::createCPUGenerator(SplitMix(seed_ + 1, static_cast<uint64_t>(epoch)).bits()));
  const int64_t all = (std::ssize(order) + params_.batch_size - 1) / params_.batch_size;
  const int64_t count = ctx.trial() ? std::min(kTrialBatches, all) : all;
  const NetworkReduction reduction = reduction_in(epoch);
  double sum = 0, learnt = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const int64_t first = n * params_.batch_size;
    const int64_t size = std::min(params_.batch_size, std::ssize(order) - first);
    const auto which = std::span(order).subspan(static_cast<size_t>(first), size);
    sum += static_cast<double>(size) * learn(which, reduction, dropout);
    learnt += static_cast<double>(size);
    ctx.progress((epoch - 1) * count + n + 1, params_.epochs * count);
  }
  return sum / std::max(learnt, 1.0);
}

// In the second half of the epochs, and never in the first one: what matters must be learnt before.
NetworkReduction FieldTrainer::reduction_in(int64_t epoch) const {
  const ReductionSettings settings = params_.reduction();
  if (!settings.is_any() || 2 * (epoch - 1) < params_.epochs) return {};
  return {settings, of_network(layers_), epoch};
}

double FieldTrainer::learn(std::span<const int64_t> which, const NetworkReduction& reduction,
                           Dropout& dropout) {
  const FieldBatch batch = model_.space().batch(examples_, which);
  EmbeddedRows rows = model_.embed(batch, 0, batch.rows.rows, ServedTable(table_.table()));
  rows.vectors.requires_grad_();
  if (rows.history.defined()) rows.history.requires_grad_();
  const Parameters leaves = layer_adam_.leaves();
  const auto network =
      NetworkWeights::learning(of_network(leaves), params_.precision == ServedPrecision::bf16);
  const at::Tensor found = model_.logits(rows, network, dropout) + leaves.front().second;
  const at::Tensor loss =
      field_loss(found, examples_, which, {params_.distill_weight, params_.distill_temperature});
  loss.backward();
  std::vector<FieldGradient> gradients = {{&batch.rows, rows.vectors.grad()}};
  if (rows.history.defined()) gradients.push_back({&batch.history, rows.history.grad()});
  table_.step(gradients);
  layer_adam_.step(gradients_of(leaves));
  reduction.hold();
  return loss.item<double>();
}

void FieldTrainer::serve() {
  const std::vector<float> learnt(learnt_.begin(), learnt_.end());
  model_.serve(table_.table() * floats(learnt).unsqueeze(1),
               layers_.front().second + std::log(keep_), of_network(layers_));
}

NamedTensors FieldTrainer::weights() const {
  return together({{"table", table_.table()}}, layers_);
}
void FieldTrainer::keep_optimisers(Archive& archive) const {
  table_.keep(archive);
  layer_adam_.keep(archive, "adam.layers.");
}
void FieldTrainer::restore_optimisers(const Archive& archive) {
  table_.restore(archive);
  layer_adam_.restore(archive, "adam.layers.");
}

}  // namespace assay::extra
