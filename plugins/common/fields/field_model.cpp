#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fields/field_model.h>

#include <algorithm>

namespace assay::extra {
namespace {

constexpr int64_t kServedRows = 256;  // of every operation, whose bits depend on how many there are

at::Tensor filled_up(const at::Tensor& rows, int64_t count) {
  if (rows.size(0) >= count) return rows;
  std::vector<int64_t> shape = rows.sizes().vec();
  shape[0] = count - rows.size(0);
  return at::cat({rows, at::zeros(shape, rows.options())});
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
                     .hashes = params.hashes,
                     .numbers = params.numbers,
                     .buckets = params.buckets},
          .history_length = history_length};
}

FieldModel::FieldModel(const FieldParams& params, std::unique_ptr<const FieldNetwork> network)
    : factors_(params.factors),
      network_(std::move(network)),
      space_(field_choice(params, network_->history_length())),
      form_{.precision = params.precision, .low_rank = params.low_rank},
      table_precision_(params.table_precision()),
      reduction_(params.reduction()) {}

Parameters FieldModel::draw(int64_t targets, at::Generator generator) const {
  const FieldShape shape{.fields = space_.fields(),
                         .item_fields = space_.item_singles() + space_.item_bags(),
                         .factors = factors_,
                         .targets = targets};
  return network_->draw(shape, std::move(generator));
}

EmbeddedRows FieldModel::embed(const FieldBatch& batch, int64_t first, int64_t count,
                               const ServedTable& table) const {
  EmbeddedRows out{.vectors = table.embedded(batch.rows, first, count),
                   .singles = batch.rows.singles};
  const int64_t length = network_->history_length();
  if (length == 0) return out;
  out.history = table.embedded(batch.history, first * length, count * length);
  const auto from = batch.seen.begin() + first * length;
  const std::vector<float> seen(from, from + count * length);
  out.seen = at::tensor(seen, at::kFloat).view({count, length});
  return out;
}

FieldInputs FieldModel::inputs_of(const EmbeddedRows& rows) const {
  FieldInputs inputs{.vectors = rows.vectors.slice(2, 0, factors_)};
  if (network_->is_linear()) inputs.linear = rows.vectors.select(2, factors_);
  if (rows.history.defined()) {
    const at::Tensor singles = inputs.vectors.slice(1, 0, space_.item_singles());
    const at::Tensor bags =
        inputs.vectors.slice(1, rows.singles, rows.singles + space_.item_bags());
    inputs.candidate = at::cat({singles, bags}, 1).flatten(1);
    inputs.history =
        rows.history.slice(2, 0, factors_).reshape({rows.seen.size(0), rows.seen.size(1), -1});
    inputs.seen = rows.seen;
  }
  return inputs;
}

at::Tensor FieldModel::logits(const EmbeddedRows& rows, const NetworkWeights& weights,
                              Dropout& dropout) const {
  return network_->logits(inputs_of(rows), weights, dropout);
}

void FieldModel::serve(const at::Tensor& table, const at::Tensor& constant,
                       const Parameters& weights) {
  table_ = ServedTable(table, factors_, table_precision_);
  constant_ = constant;
  // An epoch before the pruning began may be validated, and chosen.
  weights_ = NetworkWeights::served(pruned(weights, reduction_), form_);
}

int64_t FieldModel::numbers() const {
  return table_.numbers() + constant_.numel() + weights_.numbers();
}

int64_t FieldModel::bytes() const {
  return table_.bytes() + static_cast<int64_t>(constant_.nbytes()) + weights_.bytes();
}

// In blocks of one size, the last one filled up: a row has the same bits beside any other rows.
template <typename Body>
void FieldModel::for_each_block(const FieldBatch& batch, const Body& body) const {
  const at::NoGradGuard no_gradients;
  for (int64_t first = 0; first < batch.rows.rows || first == 0; first += kServedRows) {
    const int64_t count = std::min(kServedRows, batch.rows.rows - first);
    EmbeddedRows rows = embed(batch, first, count, table_);
    rows.vectors = filled_up(rows.vectors, kServedRows);
    if (rows.history.defined()) {
      rows.history = filled_up(rows.history, kServedRows * network_->history_length());
      rows.seen = filled_up(rows.seen, kServedRows);
    }
    body(rows, count);
  }
}

at::Tensor FieldModel::probabilities(const FieldBatch& batch) const {
  Dropout none;
  std::vector<at::Tensor> out;
  for_each_block(batch, [&](const EmbeddedRows& rows, int64_t count) {
    const at::Tensor each = (logits(rows, weights_, none) + constant_).sigmoid();
    out.push_back(network_->mixed(each).slice(0, 0, count));
  });
  return at::cat(out);
}

std::optional<FieldLogitTerms> FieldModel::terms(const FieldBatch& batch) const {
  std::vector<at::Tensor> blocks;
  bool is_sum = true, has_dense = false;
  for_each_block(batch, [&](const EmbeddedRows& rows, int64_t count) {
    const auto terms = network_->terms(inputs_of(rows), weights_);
    is_sum = is_sum && terms;
    if (!terms) return;
    has_dense = terms->dense.defined();
    const at::Tensor all =
        has_dense ? at::cat({terms->fields, terms->dense.unsqueeze(1)}, 1) : terms->fields;
    blocks.push_back(all.slice(0, 0, count));
  });
  if (!is_sum) return std::nullopt;
  std::vector<std::string> names = space_.names_side_by_side();
  if (has_dense) names.emplace_back("dense layers, all fields together");
  return FieldLogitTerms{
      .terms = at::cat(blocks), .names = std::move(names), .constant = constant_};
}

void FieldModel::save(Archive& archive, bool weights) const {
  space_.save(archive);
  if (!weights) return;
  table_.save(archive);
  archive.put("layers.constant", constant_);
  weights_.save(archive);
}

void FieldModel::load(const Archive& archive, const Features& features, bool weights) {
  space_.load(archive, features);
  if (!weights) return;
  table_ = ServedTable::load(archive);
  constant_ = archive.tensor("layers.constant");
  weights_ = NetworkWeights::load(archive);
}

}  // namespace assay::extra
