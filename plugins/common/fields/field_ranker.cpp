#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/features/feature_terms.h>
#include <assay/extra/fields/field_loss.h>
#include <assay/extra/fields/field_ranker.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/sampling/split_mix.h>
#include <assay/kernels.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace assay::extra {
namespace {

constexpr int64_t kServedRows = 256;  // of every operation, whose bits depend on how many there are
constexpr int64_t kRowsAtOnce = 8192;  // so that what is gathered stays small
constexpr int64_t kTrialBatches = 8;

at::Tensor floats(const std::vector<float>& values) { return at::tensor(values, at::kFloat); }

at::Tensor filled_up(const at::Tensor& rows, int64_t count) {
  if (rows.size(0) >= count) return rows;
  std::vector<int64_t> shape = rows.sizes().vec();
  shape[0] = count - rows.size(0);
  return at::cat({rows, at::zeros(shape, rows.options())});
}

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

FieldChoice field_choice(const FieldParams& params, int64_t history_length) {
  return {.knowledge = {.user_id = params.user_id,
                        .item_id = params.item_id,
                        .user_features = params.user_features,
                        .item_features = params.item_features,
                        .statistics = params.statistics,
                        .affinity_categories = params.affinity_categories,
                        .repeats = params.repeats},
          .coding = {.hash_above = params.hash_above,
                     .numbers = params.numbers,
                     .buckets = params.buckets},
          .history_length = history_length};
}

/// Rows of a batch with their vectors.
struct FieldRanker::Embedded {
  at::Tensor vectors;       // float32 [R, fields, width]
  at::Tensor history = {};  // float32 [R * L, item fields, width], where the network looks at it
  at::Tensor seen = {};     // float32 [R, L]
  int64_t singles = 0;      // fields before the first bag
};

FieldRanker::FieldRanker(std::string who, const FieldParams& params,
                         std::unique_ptr<const FieldNetwork> network)
    : who_(std::move(who)),
      params_(params),
      network_(std::move(network)),
      space_(field_choice(params, network_->history_length())) {}

std::vector<int64_t> FieldRanker::targets(const LabelledCandidates& candidates) const {
  return {target_named(candidates, params_.target, who_)};
}

ExampleOutcomes FieldRanker::outcomes(const LabelledCandidates& candidates,
                                      const FitContext& ctx) const {
  ExampleOutcomes out{.targets = targets(candidates)};
  if (!ctx.inputs().has(kTeacher)) return out;
  out.teacher = [teacher = Teacher(who_, kTeacher, params_.distill_scores, ctx)](
                    const RequestBatch& requests, const CandidateBatch& given) {
    return teacher.log_odds(requests, given);
  };
  return out;
}

void FieldRanker::count_labels(const std::vector<std::string>& names, FitContext& ctx) {
  const int64_t targets = examples_->targets;
  ctx.note("candidates", std::to_string(examples_->size()));
  for (int64_t target = 0; target < targets; ++target) {
    double known = 0, positives = 0;
    for (int64_t row = 0; row < examples_->size(); ++row) {
      const float label = examples_->label[row * targets + target];
      if (!std::isnan(label)) ++known;
      if (label >= 0.5F) ++positives;
    }
    prior_.push_back(std::log((positives + 0.5) / (known - positives + 0.5)));
    const bool says_something = positives > 0 && positives < known;
    learns_ = learns_ || says_something;
    if (says_something && params_.negatives > 0)
      keep_ = std::min(1.0, params_.negatives * positives / (known - positives));
    ctx.note(targets == 1 ? "positives" : "positives." + names[target],
             std::to_string(static_cast<int64_t>(positives)));
  }
  if (keep_ < 1) ctx.note("share_of_negatives", shown(keep_));
  // As the log-odds are among the candidates that are kept.
  for (float& said : examples_->teacher) said -= static_cast<float>(std::log(keep_));
}

void FieldRanker::fit(const TrainingView& data, LabelledCandidates& candidates, FitContext& ctx) {
  const ExampleOutcomes outcomes = this->outcomes(candidates, ctx);
  examples_ = space_.learn(data, candidates, outcomes, ctx.features());
  if (space_.fields() == 0) {
    throw InvalidInput(
        who_ +
        ": there is no field to learn from: user_id, item_id and statistics are false "
        "and the data have no features; set one of them.");
  }
  if (network_->history_length() > 0 && space_.item_singles() + space_.item_bags() == 0) {
    throw InvalidInput(who_ +
                       ": it compares candidates with the items of the history, of which it knows "
                       "nothing: item_id and statistics are false and the data have no item "
                       "features; set one of them.");
  }
  std::vector<std::string> learnt;
  if (examples_->targets > 1)
    for (const int64_t target : outcomes.targets) learnt.push_back(candidates.targets()[target]);
  count_labels(learnt, ctx);
  if (learns_) {
    start(ctx);
    learn_epochs(*this,
                 {.who = who_,
                  .epochs = params_.epochs,
                  .patience = params_.patience,
                  .validate_every = params_.validate_every,
                  .learning_rate = params_.learning_rate},
                 ctx);
  } else {
    ctx.note("warning", "all labels are equal: the input order is kept");
  }
  std::string names;
  for (const std::string& name : space_.names()) names += (names.empty() ? "" : ", ") + name;
  ctx.note("fields", names);
  examples_.reset();
  table_ = FieldTable();
}

void FieldRanker::start(FitContext& ctx) {
  at::Generator generator = ctx.generator();
  seed_ = generator.current_seed();
  at::Tensor table = at::empty({space_.table_rows(), width()}, at::kFloat)
                         .normal_(0, params_.initial_deviation, generator);
  table_ =
      FieldTable(table, {.learning_rate = params_.learning_rate, .weight_decay = params_.lambda});
  const FieldShape shape{.fields = space_.fields(),
                         .item_fields = space_.item_singles() + space_.item_bags(),
                         .factors = params_.factors,
                         .targets = std::ssize(prior_)};
  // Begins at what is true of all candidates together.
  const at::Tensor constants = at::tensor(prior_, at::kDouble) - std::log(keep_);
  layers_ = together({{"constant", constants.to(at::kFloat)}}, network_->draw(shape, generator));
  layer_adam_ = FusedAdamW(
      layers_, {.learning_rate = params_.learning_rate, .weight_decay = params_.weight_decay});
  mark_learnt();
}

void FieldRanker::mark_learnt() {
  learnt_.assign(static_cast<size_t>(space_.table_rows()), false);
  for (int64_t first = 0; first < examples_->size(); first += kRowsAtOnce) {
    std::vector<int64_t> which;
    const int64_t last = std::min(examples_->size(), first + kRowsAtOnce);
    for (int64_t row = first; row < last; ++row) which.push_back(row);
    const FieldBatch batch = space_.batch(*examples_, which);
    mark(batch.rows, learnt_);
    mark(batch.history, learnt_);
  }
}

// All positives, and of the negatives as many as were asked for, drawn without memory.
std::vector<int64_t> FieldRanker::order_of(int64_t epoch) const {
  SplitMix random(seed_, static_cast<uint64_t>(epoch));
  std::vector<int64_t> order;
  for (int64_t row = 0; row < examples_->size(); ++row) {
    const bool is_kept = keep_ >= 1 || examples_->label[row] >= 0.5F || random.uniform() < keep_;
    if (is_kept) order.push_back(row);
  }
  shuffle(order, random);
  return order;
}

double FieldRanker::learn_epoch(int64_t epoch, FitContext& ctx) {
  const std::vector<int64_t> order = order_of(epoch);
  // Another stream than that of the order; the same number gives the same epoch.
  Dropout dropout(
      network_->dropout(),
      at::detail::createCPUGenerator(SplitMix(seed_ + 1, static_cast<uint64_t>(epoch)).bits()));
  const int64_t all = (std::ssize(order) + params_.batch_size - 1) / params_.batch_size;
  const int64_t count = ctx.trial() ? std::min(kTrialBatches, all) : all;
  double sum = 0, learnt = 0;
  for (int64_t n = 0; n < count && !ctx.stop_requested(); ++n) {
    const int64_t first = n * params_.batch_size;
    const int64_t size = std::min(params_.batch_size, std::ssize(order) - first);
    const auto which = std::span(order).subspan(static_cast<size_t>(first), size);
    sum += static_cast<double>(size) * learn(which, dropout);
    learnt += static_cast<double>(size);
    ctx.progress((epoch - 1) * count + n + 1, params_.epochs * count);
  }
  return sum / std::max(learnt, 1.0);
}

double FieldRanker::learn(std::span<const int64_t> which, Dropout& dropout) {
  const FieldBatch batch = space_.batch(*examples_, which);
  Embedded rows = embed(batch, 0, batch.rows.rows, table_.table());
  rows.vectors.requires_grad_();
  if (rows.history.defined()) rows.history.requires_grad_();
  const Parameters leaves = layer_adam_.leaves();
  const at::Tensor found = logits(rows, leaves, dropout);
  const at::Tensor loss =
      field_loss(found, *examples_, which, {params_.distill_weight, params_.distill_temperature});
  loss.backward();
  std::vector<FieldGradient> gradients = {{&batch.rows, rows.vectors.grad()}};
  if (rows.history.defined()) gradients.push_back({&batch.history, rows.history.grad()});
  table_.step(gradients);
  layer_adam_.step(gradients_of(leaves));
  return loss.item<double>();
}

FieldRanker::Embedded FieldRanker::embed(const FieldBatch& batch, int64_t first, int64_t count,
                                         const at::Tensor& table) const {
  Embedded out{.vectors = embedded(batch.rows, first, count, table), .singles = batch.rows.singles};
  const int64_t length = network_->history_length();
  if (length == 0) return out;
  out.history = embedded(batch.history, first * length, count * length, table);
  const auto from = batch.seen.begin() + first * length;
  out.seen = floats({from, from + count * length}).view({count, length});
  return out;
}

FieldInputs FieldRanker::inputs_of(const Embedded& rows) const {
  const int64_t factors = params_.factors;
  FieldInputs inputs{.vectors = rows.vectors.slice(2, 0, factors)};
  if (network_->is_linear()) inputs.linear = rows.vectors.select(2, factors);
  if (rows.history.defined()) {
    const at::Tensor singles = inputs.vectors.slice(1, 0, space_.item_singles());
    const at::Tensor bags =
        inputs.vectors.slice(1, rows.singles, rows.singles + space_.item_bags());
    inputs.candidate = at::cat({singles, bags}, 1).flatten(1);
    inputs.history =
        rows.history.slice(2, 0, factors).reshape({rows.seen.size(0), rows.seen.size(1), -1});
    inputs.seen = rows.seen;
  }
  return inputs;
}

at::Tensor FieldRanker::logits(const Embedded& rows, const Parameters& layers,
                               Dropout& dropout) const {
  return network_->logits(inputs_of(rows), of_network(layers), dropout) + layers.front().second;
}

// In blocks of one size, the last one filled up: a row has the same bits beside any other rows.
template <typename Body>
void FieldRanker::for_each_block(const FieldBatch& batch, const Body& body) const {
  const at::NoGradGuard no_gradients;
  for (int64_t first = 0; first < batch.rows.rows || first == 0; first += kServedRows) {
    const int64_t count = std::min(kServedRows, batch.rows.rows - first);
    Embedded rows = embed(batch, first, count, served_);
    rows.vectors = filled_up(rows.vectors, kServedRows);
    if (rows.history.defined()) {
      rows.history = filled_up(rows.history, kServedRows * network_->history_length());
      rows.seen = filled_up(rows.seen, kServedRows);
    }
    body(rows, count);
  }
}

at::Tensor FieldRanker::probabilities(const FieldBatch& batch) const {
  Dropout none;
  std::vector<at::Tensor> out;
  for_each_block(batch, [&](const Embedded& rows, int64_t count) {
    const at::Tensor each = logits(rows, served_layers_, none).sigmoid();
    out.push_back(network_->mixed(each).slice(0, 0, count));
  });
  return at::cat(out);
}

double FieldRanker::constant_score() const {
  std::vector<double> each;
  for (const double prior : prior_) each.push_back(1 / (1 + std::exp(-prior)));
  return network_->mixed(at::tensor(each, at::kDouble).unsqueeze(0)).item<double>();
}

CandidateBatch FieldRanker::rank(const RequestBatch& requests, const CandidateBatch& candidates,
                                 const ServeContext& ctx) const {
  if (learns_) {
    const at::Tensor score = probabilities(space_.batch(requests, candidates, ctx.features()));
    return by_score(candidates, score.view_as(candidates.score));
  }
  CandidateBatch as_given = candidates;
  as_given.propensity.reset();
  as_given.score = at::full_like(candidates.score, constant_score())
                       .masked_fill(candidates.item < 0, -std::numeric_limits<double>::infinity());
  return as_given;
}

std::optional<Explanation> FieldRanker::explain(const RequestBatch& requests,
                                                const CandidateBatch& candidates,
                                                const ServeContext& ctx) const {
  if (!learns_) return std::nullopt;
  std::vector<at::Tensor> blocks;
  std::vector<std::string> names = space_.names_side_by_side();
  bool is_sum = true, has_dense = false;
  for_each_block(
      space_.batch(requests, candidates, ctx.features()), [&](const Embedded& rows, int64_t count) {
        const auto terms = network_->terms(inputs_of(rows), of_network(served_layers_));
        is_sum = is_sum && terms;
        if (!terms) return;
        has_dense = terms->dense.defined();
        const at::Tensor all =
            has_dense ? at::cat({terms->fields, terms->dense.unsqueeze(1)}, 1) : terms->fields;
        blocks.push_back(all.slice(0, 0, count));
      });
  if (!is_sum) return std::nullopt;
  if (has_dense) names.emplace_back("dense layers, all fields together");
  const at::Tensor terms =
      at::cat(blocks).view({candidates.size(), candidates.width(), std::ssize(names)});
  return explain_by_features(candidates, terms, served_layers_.front().second, std::move(names));
}

void FieldRanker::serve() {
  const std::vector<float> learnt(learnt_.begin(), learnt_.end());
  served_ = table_.table() * floats(learnt).unsqueeze(1);
  served_layers_ = layers_;
  for (auto& [name, value] : served_layers_) value = value.clone();
  served_layers_.front().second += std::log(keep_);
}

void FieldRanker::save(Archive& archive) const {
  space_.save(archive);
  archive.put_text("learns", learns_ ? "yes" : "no");
  archive.put("prior", at::tensor(prior_, at::kDouble));
  if (!learns_) return;
  archive.put("table", served_);
  std::string names;
  for (const auto& [name, value] : served_layers_) {
    archive.put("layers." + name, value);
    names += name + '\n';
  }
  archive.put_text("layers", names);
}

void FieldRanker::load(const Archive& archive, const LoadContext& ctx) {
  space_.load(archive, *ctx.features);
  learns_ = archive.text("learns") == "yes";
  const at::Tensor prior = archive.tensor("prior").contiguous();
  prior_.assign(prior.const_data_ptr<double>(), prior.const_data_ptr<double>() + prior.numel());
  if (!learns_) return;
  served_ = archive.tensor("table").contiguous();
  served_layers_.clear();
  std::istringstream names(archive.text("layers"));
  for (std::string name; std::getline(names, name);)
    served_layers_.emplace_back(name, archive.tensor("layers." + name));
}

NamedTensors FieldRanker::weights() const { return together({{"table", table_.table()}}, layers_); }
void FieldRanker::keep_optimisers(Archive& archive) const {
  table_.keep(archive);
  layer_adam_.keep(archive, "adam.layers.");
}
void FieldRanker::restore_optimisers(const Archive& archive) {
  table_.restore(archive);
  layer_adam_.restore(archive, "adam.layers.");
}

}  // namespace assay::extra
