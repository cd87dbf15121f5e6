#pragma once

/// Tensors from plain lists, and the oracle files.

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <assay/ragged.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace assay::testing {

using Json = nlohmann::json;
using Lists = std::vector<std::vector<int64_t>>;

inline Json oracle(const std::string& name) {
  return Json::parse(
      std::ifstream(std::string(ASSAY_SOURCE_DIR) + "/tests/golden/oracles/" + name + ".json"));
}

inline Json case_named(const Json& file, const std::string& name) {
  for (const Json& one : file.at("cases")) {
    if (one.contains("name") && one["name"] == name) return one;
  }
  throw std::runtime_error("no case " + name);
}

inline Ragged ragged(const Lists& rows) {
  std::vector<int64_t> values, offsets = {0};
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(static_cast<int64_t>(values.size()));
  }
  return {at::tensor(values, at::kLong), at::tensor(offsets, at::kLong)};
}

/// [rows, width], -1 behind the end of a row.
inline at::Tensor padded(const Lists& rows, int64_t width = 0) {
  for (const auto& row : rows) width = std::max(width, static_cast<int64_t>(row.size()));
  at::Tensor out = at::full({static_cast<int64_t>(rows.size()), width}, -1,
                            at::TensorOptions().dtype(at::kLong));
  auto* to = out.mutable_data_ptr<int64_t>();
  for (size_t r = 0; r < rows.size(); ++r)
    std::copy(rows[r].begin(), rows[r].end(), to + static_cast<int64_t>(r) * width);
  return out;
}

/// A JSON object whose keys are 0..n-1, as a list of lists.
inline Lists lists_of(const Json& by_id) {
  Lists lists(by_id.size());
  for (const auto& [id, list] : by_id.items())
    lists[std::stoul(id)] = list.get<std::vector<int64_t>>();
  return lists;
}

inline std::vector<double> numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kDouble).contiguous();
  return {flat.const_data_ptr<double>(), flat.const_data_ptr<double>() + flat.numel()};
}

}  // namespace assay::testing
