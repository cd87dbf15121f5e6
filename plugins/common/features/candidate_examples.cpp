#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/isnan.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/error.h>
#include <assay/extra/features/candidate_examples.h>
#include <assay/extra/features/feature_columns.h>

#include <algorithm>
#include <numeric>
#include <optional>

namespace assay::extra {
namespace {

// No candidate of no request: what a walk without a batch is learnt from.
LabelledBatch nothing(const at::Device& device) {
  const at::Tensor ids = at::zeros({0}, at::TensorOptions(device).dtype(at::kLong));
  const at::Tensor numbers = at::zeros({0, 0}, at::TensorOptions(device).dtype(at::kFloat));
  const Ragged no_rows{ids, at::zeros({1}, ids.options())};
  LabelledBatch batch;
  batch.requests = {
      .request = ids, .user = ids, .history = no_rows, .excluded = no_rows, .time_us = ids};
  batch.candidates = {.item = ids.view({0, 0}), .score = numbers};
  batch.label = numbers.unsqueeze(2);
  batch.weight = numbers;
  return batch;
}

// float64 [B, K, inputs]
at::Tensor stacked_values(const std::vector<CandidateInput>& inputs, const at::Tensor& item) {
  if (inputs.empty())
    return at::zeros({item.size(0), item.size(1), 0}, item.options().dtype(at::kDouble));
  std::vector<at::Tensor> values;
  for (const CandidateInput& input : inputs) values.push_back(input.value);
  return at::stack(values, 2);
}

FeatureTable rows_of(const FeatureTable& table, const at::Tensor& rows) {
  FeatureTable out{.rows = rows.size(0), .columns = table.columns};
  for (Feature& feature : out.columns) {
    if (feature.type == FeatureType::set) {
      feature.sets = feature.sets.select(rows);
    } else if (feature.type != FeatureType::text) {
      feature.values = feature.values.index_select(0, rows);
    }
    feature.texts.clear();
  }
  return out;
}

// float32 [B, K, T]
at::Tensor outcomes_of(const LabelledBatch& batch, const std::vector<int64_t>& targets) {
  if (batch.requests.size() == 0)
    return at::zeros({0, batch.candidates.width(), std::ssize(targets)}, batch.weight.options());
  return batch.label.index_select(
      2, at::tensor(targets, at::TensorOptions(batch.label.device()).dtype(at::kLong)));
}

// Batches as they come in.
struct Parts {
  std::vector<at::Tensor> inputs, request, user, item, label, weight, teacher;
  std::vector<FeatureTable> requests, features;
  int64_t request_count = 0;

  void add(const LabelledBatch& batch, const at::Tensor& known, const ExampleOutcomes& wanted) {
    const at::Tensor outcome = outcomes_of(batch, wanted.targets);
    const at::Tensor counts =
        (batch.candidates.item >= 0) & (batch.weight > 0) & at::isnan(outcome).logical_not().any(2);
    const at::Tensor place = counts.nonzero();
    const auto at_place = [&](const at::Tensor& values) {
      return values.index({place.select(1, 0), place.select(1, 1)});
    };
    inputs.push_back(at_place(known));
    features.push_back(rows_of(batch.candidates.features,
                               place.select(1, 0) * batch.candidates.width() + place.select(1, 1)));
    request.push_back(place.select(1, 0) + request_count);
    request_count += batch.requests.size();
    user.push_back(batch.requests.user.index_select(0, place.select(1, 0)));
    item.push_back(at_place(batch.candidates.item));
    label.push_back(at_place(outcome).to(at::kDouble));
    weight.push_back(at_place(batch.weight).to(at::kDouble));
    if (!wanted.teacher) return;
    const bool is_empty = batch.requests.size() == 0;
    teacher.push_back(
        at_place(is_empty ? batch.weight : wanted.teacher(batch.requests, batch.candidates))
            .to(at::kDouble));
  }
};

}  // namespace

CandidateExamples candidate_examples(LabelledCandidates& candidates,
                                     const ExampleOutcomes& outcomes, const at::Device& device,
                                     const ExampleColumns& columns) {
  Parts parts;
  std::vector<std::string> names;
  const auto add = [&](const LabelledBatch& batch) {
    const std::vector<CandidateInput> known = columns.inputs(batch.requests, batch.candidates);
    parts.add(batch, stacked_values(known, batch.candidates.item), outcomes);
    parts.requests.push_back(columns.request(batch.requests));
    names.clear();
    for (const CandidateInput& input : known) names.push_back(input.name);
  };
  candidates.rewind();
  while (const std::optional<LabelledBatch> batch = candidates.next()) add(*batch);
  if (parts.inputs.empty()) add(nothing(device));
  return {.names = names,
          .inputs = at::cat(parts.inputs),
          .request = at::cat(parts.request),
          .user = at::cat(parts.user),
          .item = at::cat(parts.item),
          .label = at::cat(parts.label),
          .weight = at::cat(parts.weight),
          .teacher = outcomes.teacher ? at::cat(parts.teacher) : at::Tensor(),
          .requests = stacked(parts.requests),
          .features = stacked(parts.features)};
}

int64_t target_named(const LabelledCandidates& candidates, const std::string& name,
                     const std::string& who) {
  if (name.empty()) return 0;
  const std::vector<std::string>& names = candidates.targets();
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return found - names.begin();
  const std::string wanted = who + ": the data have no target \"" + name + "\"; ";
  if (names.empty()) {
    throw InvalidInput(wanted +
                       "none is declared, so that every event is positive. Leave `target` out, or "
                       "declare it in `targets` of the data set.");
  }
  std::string known;
  for (const std::string& one : names) known += (known.empty() ? "" : ", ") + one;
  throw InvalidInput(wanted + "their targets are: " + known + ".");
}

std::vector<int64_t> targets_named(const LabelledCandidates& candidates,
                                   const std::vector<std::string>& names, const std::string& who) {
  std::vector<int64_t> places;
  for (const std::string& name : names) {
    const int64_t place = target_named(candidates, name, who);
    if (std::ranges::count(places, place) > 0) {
      throw InvalidInput(who + ": targets has \"" + name + "\" twice; name each target once.");
    }
    places.push_back(place);
  }
  if (!places.empty()) return places;
  places.resize(std::max<size_t>(1, candidates.targets().size()));
  std::iota(places.begin(), places.end(), 0);
  return places;
}

}  // namespace assay::extra
