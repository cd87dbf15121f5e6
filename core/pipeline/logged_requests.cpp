#include "pipeline/logged_requests.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <limits>

namespace assay::pipeline {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// A context column at the given places of its table, -1 for none.
Feature feature_at(const dataset::ContextView& column, std::span<const int64_t> places) {
  Feature out;
  out.name = column.name;
  const auto count = static_cast<int64_t>(places.size());
  if (!column.is_category) {
    out.type = FeatureType::number;
    out.values = at::full({count}, kNaN, at::kFloat);
    float* const to = out.values.mutable_data_ptr<float>();
    for (int64_t i = 0; i < count; ++i)
      if (places[i] >= 0) to[i] = column.number[places[i]];
    return out;
  }
  out.type = FeatureType::category;
  out.cardinality = column.labels.size();
  for (int64_t label = 0; label < column.labels.size(); ++label)
    out.labels.emplace_back(column.labels[label]);
  out.values = at::full({count}, -1, at::kInt);
  int32_t* const to = out.values.mutable_data_ptr<int32_t>();
  for (int64_t i = 0; i < count; ++i)
    if (places[i] >= 0) to[i] = column.code[places[i]];
  return out;
}

Ragged ragged_of(const std::vector<int64_t>& values, const std::vector<int64_t>& offsets) {
  Ragged out{at::empty({static_cast<int64_t>(values.size())}, at::kLong),
             at::empty({static_cast<int64_t>(offsets.size())}, at::kLong)};
  std::ranges::copy(values, out.values.mutable_data_ptr<int64_t>());
  std::ranges::copy(offsets, out.offsets.mutable_data_ptr<int64_t>());
  return out;
}

}  // namespace

FeatureTable LoggedRequests::context(std::span<const int64_t> requests) const {
  FeatureTable out;
  out.rows = static_cast<int64_t>(requests.size());
  for (const dataset::ContextView& column : table_.context())
    if (column.of_request) out.columns.push_back(feature_at(column, requests));
  return out;
}

std::optional<Ragged> LoggedRequests::allowed(std::span<const int64_t> requests,
                                              int64_t items) const {
  const auto set = table_.allowed_set();
  if (candidates_ != task::CandidateSource::allowed || set.empty()) return std::nullopt;
  if (std::ranges::all_of(requests, [&](int64_t r) { return r < 0 || set[r] < 0; }))
    return std::nullopt;
  std::vector<int64_t> values, offsets = {0};
  for (const int64_t request : requests) {
    if (request >= 0 && set[request] >= 0) {
      const auto named = table_.allowed(set[request]);
      values.insert(values.end(), named.begin(), named.end());
    } else if (request >= 0) {
      for (int64_t item = 0; item < items; ++item) values.push_back(item);
    }
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return ragged_of(values, offsets);
}

std::vector<LoggedRequests::Shown> LoggedRequests::shown(int64_t request) const {
  std::vector<Shown> out;
  if (request < 0) return out;
  const auto offsets = table_.offsets();
  const auto item = table_.item();
  for (int64_t row = offsets[request]; row < offsets[request + 1]; ++row)
    if (item[row] >= 0) out.push_back({item[row], row});
  std::ranges::stable_sort(out, {}, &Shown::item);
  return out;
}

std::vector<LoggedRequests::Shown> LoggedRequests::distinct(int64_t request) const {
  std::vector<Shown> out = shown(request);
  const auto rest = std::ranges::unique(out, {}, &Shown::item);
  out.erase(rest.begin(), rest.end());
  const auto position = table_.position();
  if (position.empty()) return out;
  // What has none stands last.
  std::ranges::stable_sort(
      out, {}, [&](const Shown& row) { return static_cast<uint32_t>(position[row.row]); });
  return out;
}

CandidateBatch LoggedRequests::candidates(std::span<const int64_t> requests) const {
  std::vector<std::vector<Shown>> rows;
  size_t width = 0;
  for (const int64_t request : requests) {
    rows.push_back(distinct(request));
    width = std::max(width, rows.back().size());
  }
  const auto size = static_cast<int64_t>(requests.size()), k = static_cast<int64_t>(width);
  CandidateBatch out{at::full({size, k}, -1, at::kLong),
                     at::full({size, k}, -std::numeric_limits<float>::infinity(), at::kFloat)};
  int64_t* const item = out.item.mutable_data_ptr<int64_t>();
  float* const score = out.score.mutable_data_ptr<float>();
  const bool ordered = !table_.position().empty();
  for (int64_t b = 0; b < size; ++b) {
    for (size_t j = 0; j < rows[b].size(); ++j) {
      item[b * k + static_cast<int64_t>(j)] = rows[b][j].item;
      score[b * k + static_cast<int64_t>(j)] = ordered ? 1.f / static_cast<float>(1 + j) : 0.f;
    }
  }
  out.features = features(rows, k);
  return out;
}

FeatureTable LoggedRequests::features(const std::vector<std::vector<Shown>>& rows,
                                      int64_t width) const {
  FeatureTable out;
  out.rows = static_cast<int64_t>(rows.size()) * width;
  std::vector<int64_t> places;
  for (const dataset::ContextView& column : table_.context()) {
    if (column.of_request) continue;
    if (places.empty()) {
      places.assign(static_cast<size_t>(out.rows), -1);
      for (size_t b = 0; b < rows.size(); ++b)
        for (size_t j = 0; j < rows[b].size(); ++j)
          places[b * static_cast<size_t>(width) + j] = rows[b][j].row;
    }
    out.columns.push_back(feature_at(column, places));
  }
  return out;
}

at::Tensor LoggedRequests::labels(std::span<const int64_t> requests, const at::Tensor& item) const {
  const int64_t width = item.size(1), targets = static_cast<int64_t>(table_.labels().size());
  at::Tensor out = at::full({item.size(0), width, targets}, kNaN, at::kFloat);
  const int64_t* const id = item.const_data_ptr<int64_t>();
  float* to = out.mutable_data_ptr<float>();
  for (size_t b = 0; b < requests.size(); ++b) {
    const std::vector<Shown> rows = shown(requests[b]);
    for (int64_t j = 0; j < width; ++j) {
      const int64_t wanted = id[static_cast<int64_t>(b) * width + j];
      for (const dataset::LabelView& label : table_.labels()) {
        float& value = *to++;
        for (const Shown& row : std::ranges::equal_range(rows, wanted, {}, &Shown::item)) {
          if (label.missing(row.row)) continue;
          if (label.positive(row.row)) value = 1;
          if (value != 1) value = 0;
        }
      }
    }
  }
  return out;
}

std::optional<at::Tensor> LoggedRequests::propensity(std::span<const int64_t> requests,
                                                     const at::Tensor& item) const {
  if (table_.propensity().empty()) return std::nullopt;
  at::Tensor out = at::full(item.sizes(), 1, at::kFloat);
  const int64_t* const id = item.const_data_ptr<int64_t>();
  float* const to = out.mutable_data_ptr<float>();
  const int64_t width = item.size(1);
  for (size_t b = 0; b < requests.size(); ++b) {
    const std::vector<Shown> rows = shown(requests[b]);
    for (int64_t j = 0; j < width; ++j) {
      const int64_t at = static_cast<int64_t>(b) * width + j;
      const auto found = std::ranges::lower_bound(rows, id[at], {}, &Shown::item);
      if (found != rows.end() && found->item == id[at]) to[at] = table_.propensity()[found->row];
    }
  }
  return out;
}

}  // namespace assay::pipeline
