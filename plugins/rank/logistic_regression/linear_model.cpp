#include "linear_model.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/features/feature_terms.h>
#include <assay/extra/interactions/pair_weights.h>

#include <sstream>

namespace assay::logistic_regression {
namespace {

FeatureTable with_number(FeatureTable table, const std::string& name, const at::Tensor& values) {
  table.rows = values.size(0);
  table.columns.insert(table.columns.begin(),
                       Feature{.name = name, .values = values.to(at::kFloat)});
  return table;
}

std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  return text;
}

std::vector<std::string> split_lines(const std::string& text) {
  std::vector<std::string> names;
  std::istringstream stream(text);
  for (std::string name; std::getline(stream, name);) names.push_back(name);
  return names;
}

// float64 [rows, inputs]: what each feature adds to the value of each row.
at::Tensor by_input(const extra::SparseColumns& matrix, const at::Tensor& weights,
                    const extra::FeatureColumns& columns) {
  const auto inputs = static_cast<int64_t>(columns.inputs().size());
  std::vector<int64_t> widths;
  for (const extra::FeatureInput& input : columns.inputs()) widths.push_back(input.width);
  const at::Tensor width = at::tensor(widths, at::kLong).to(weights.device());
  const at::Tensor input = at::arange(inputs, width.options()).repeat_interleave(width);
  at::Tensor sums = at::zeros({matrix.rows * inputs}, weights.options());
  sums.index_add_(0, matrix.row * inputs + input.index_select(0, matrix.column),
                  matrix.value * weights.index_select(0, matrix.column));
  return sums.view({matrix.rows, inputs});
}

at::Tensor stacked_values(const std::vector<extra::CandidateInput>& inputs) {
  std::vector<at::Tensor> values;
  for (const extra::CandidateInput& input : inputs) values.push_back(input.value);
  return at::stack(values, 2);
}

}  // namespace

LinearExamples LinearCandidateModel::encode(const TrainingView& data,
                                            LabelledCandidates& candidates, int64_t target,
                                            const Features& features) {
  users_ = data.users;
  sources_ = candidates.sources();
  popularity_ = extra::item_totals(data, settings_.repeats)
                    .to(data.by_item.offsets.device())
                    .log1p()
                    .to(at::kFloat);
  const at::Device device = popularity_.device();
  const extra::ExampleColumns columns{
      .inputs = [&](const RequestBatch& requests,
                    const CandidateBatch& batch) { return inputs_of(requests, batch, features); },
      .request = [&](const RequestBatch& requests) { return request_table(requests); }};
  const extra::CandidateExamples examples =
      extra::candidate_examples(candidates, {.targets = {target}}, device, columns);
  candidate_names_ = examples.names;
  scale_ = extra::StandardScale::of(examples.inputs);
  request_columns_ = extra::FeatureColumns(examples.requests, settings_.hash_above, device);
  user_columns_ = extra::FeatureColumns(user_table(features), settings_.hash_above, device);
  item_columns_ = extra::FeatureColumns(item_table(features), settings_.hash_above, device);
  given_columns_ = extra::FeatureColumns(examples.features, settings_.hash_above, device);
  layout_ = {.candidate = 2 * examples.inputs.size(1),
             .request = request_columns_.columns(),
             .user = user_columns_.columns(),
             .item = item_columns_.columns(),
             .given = given_columns_.columns()};
  return {
      .layout = layout_,
      .inputs = at::cat({scale_(examples.inputs), at::isnan(examples.inputs).to(at::kDouble)}, 1),
      .request = examples.request,
      .user = user_row(examples.user),
      .item = examples.item,
      .requests = request_columns_.encode(examples.requests),
      .users = user_matrix(features),
      .items = item_columns_.encode(item_table(features)),
      .given = given_columns_.encode(examples.features),
      .label = examples.first_label(),
      .weight = examples.weight};
}

void LinearCandidateModel::set_weights(const at::Tensor& weights, const Features& features) {
  weights_ = weights;
  const LinearWeights parts(weights_, layout_);
  user_value_ = user_matrix(features).times(parts.user);
  item_value_ = item_columns_.encode(item_table(features)).times(parts.item);
}

at::Tensor LinearCandidateModel::values(const RequestBatch& requests,
                                        const CandidateBatch& candidates,
                                        const Features& features) const {
  const LinearWeights parts(weights_, layout_);
  const at::Tensor of_request =
      request_columns_.encode(request_table(requests)).times(parts.request) +
      user_value_.index_select(0, user_row(requests.user)) + parts.intercept;
  at::Tensor values =
      item_value_.index_select(0, candidates.item.clamp_min(0).flatten()).view_as(candidates.item) +
      of_request.unsqueeze(1);
  // One input after the other: the last bits of a matrix product depend on the size of the batch.
  const std::vector<extra::CandidateInput> known = inputs_of(requests, candidates, features);
  for (size_t i = 0; i < known.size(); ++i) {
    const auto column = static_cast<int64_t>(i);
    const at::Tensor missing = at::isnan(known[i].value);
    const at::Tensor standard = (known[i].value - scale_.mean[column]) / scale_.deviation[column];
    values += at::where(missing, parts.candidate[column + layout_.candidate / 2],
                        standard * parts.candidate[column]);
  }
  if (layout_.given > 0)
    values += given_columns_.encode(candidates.features).times(parts.given).view_as(values);
  return values;
}

Explanation LinearCandidateModel::explain(const RequestBatch& requests,
                                          const CandidateBatch& candidates,
                                          const Features& features) const {
  const LinearWeights parts(weights_, layout_);
  const int64_t width = candidates.width();
  const at::Tensor raw = stacked_values(inputs_of(requests, candidates, features));
  const at::Tensor own = scale_(raw) * parts.candidate.slice(0, 0, raw.size(2)) +
                         at::isnan(raw).to(at::kDouble) * parts.candidate.slice(0, raw.size(2));
  const at::Tensor request =
      by_input(request_columns_.encode(request_table(requests)), parts.request, request_columns_);
  const at::Tensor user = by_input(user_matrix(features), parts.user, user_columns_)
                              .index_select(0, user_row(requests.user));
  const at::Tensor item =
      by_input(item_columns_.encode(item_table(features)), parts.item, item_columns_)
          .index_select(0, candidates.item.clamp_min(0).flatten())
          .view({candidates.size(), width, -1});
  const auto for_each_candidate = [width](const at::Tensor& row) {
    return row.unsqueeze(1).expand({-1, width, -1});
  };
  std::vector<at::Tensor> terms = {own, for_each_candidate(request), for_each_candidate(user),
                                   item};
  if (layout_.given > 0) {
    terms.push_back(
        by_input(given_columns_.encode(candidates.features), parts.given, given_columns_)
            .view({candidates.size(), width, -1}));
  }
  return extra::explain_by_features(candidates, at::cat(terms, 2), parts.intercept, inputs());
}

std::vector<std::string> LinearCandidateModel::inputs() const {
  std::vector<std::string> names = candidate_names_;
  const auto add = [&](const char* owner, const extra::FeatureColumns& columns) {
    for (const extra::FeatureInput& input : columns.inputs())
      names.push_back(std::string(owner) + input.name);
  };
  add("request:", request_columns_);
  add("user:", user_columns_);
  add("item:", item_columns_);
  add("given:", given_columns_);
  return names;
}

void LinearCandidateModel::save(Archive& archive) const {
  archive.put("weights", weights_);
  archive.put("popularity", popularity_);
  archive.put("candidate.mean", scale_.mean);
  archive.put("candidate.deviation", scale_.deviation);
  archive.put_text("users", std::to_string(users_));
  archive.put_text("sources", lines(sources_));
  archive.put_text("candidate.inputs", lines(candidate_names_));
  archive.put_text("inputs", lines(inputs()));
  request_columns_.save(archive, "request.");
  user_columns_.save(archive, "user.");
  item_columns_.save(archive, "item.");
  given_columns_.save(archive, "given.");
}

void LinearCandidateModel::load(const Archive& archive, const Features& features,
                                const at::Device& device) {
  popularity_ = archive.tensor("popularity").to(device);
  scale_ = {archive.tensor("candidate.mean").to(device),
            archive.tensor("candidate.deviation").to(device)};
  users_ = std::stoll(archive.text("users"));
  sources_ = split_lines(archive.text("sources"));
  candidate_names_ = split_lines(archive.text("candidate.inputs"));
  request_columns_ = extra::FeatureColumns::load(archive, "request.", device);
  user_columns_ = extra::FeatureColumns::load(archive, "user.", device);
  item_columns_ = extra::FeatureColumns::load(archive, "item.", device);
  // Models of earlier versions know none.
  if (archive.has("given.mean"))
    given_columns_ = extra::FeatureColumns::load(archive, "given.", device);
  layout_ = {.candidate = 2 * scale_.mean.size(0),
             .request = request_columns_.columns(),
             .user = user_columns_.columns(),
             .item = item_columns_.columns(),
             .given = given_columns_.columns()};
  set_weights(archive.tensor("weights").to(device), features);
}

std::vector<extra::CandidateInput> LinearCandidateModel::inputs_of(const RequestBatch& requests,
                                                                   const CandidateBatch& candidates,
                                                                   const Features& features) const {
  std::vector<const Feature*> affinities;
  for (const Feature& feature : features.item.columns) {
    const bool named = feature.type == FeatureType::category || feature.type == FeatureType::set;
    if (named && feature.cardinality > 0 && feature.cardinality <= settings_.affinity_categories) {
      affinities.push_back(&feature);
    }
  }
  return extra::candidate_inputs(extra::counted_requests(requests, settings_.repeats), candidates,
                                 sources_, affinities);
}

FeatureTable LinearCandidateModel::request_table(const RequestBatch& requests) const {
  const History history = extra::counted_history(requests.history, settings_.repeats);
  return with_number(requests.context, "history_length", extra::history_totals(history).log1p());
}

FeatureTable LinearCandidateModel::user_table(const Features& features) const {
  FeatureTable table = settings_.user_features ? features.user : FeatureTable();
  table.rows = users_;
  return table;
}

FeatureTable LinearCandidateModel::item_table(const Features& features) const {
  return with_number(settings_.item_features ? features.item : FeatureTable(), "popularity",
                     popularity_);
}

extra::SparseColumns LinearCandidateModel::user_matrix(const Features& features) const {
  extra::SparseColumns matrix = user_columns_.encode(user_table(features));
  ++matrix.rows;  // of anonymous users, of whom no feature is known
  return matrix;
}

at::Tensor LinearCandidateModel::user_row(const at::Tensor& user) const {
  return user.masked_fill(user < 0, users_);
}

}  // namespace assay::logistic_regression
