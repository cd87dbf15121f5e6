#include "features/forms.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>

#include "error/error.h"

namespace assay::features {
namespace {

// The finaliser of SplitMix64 (Steele, Lea & Flood 2014).
uint64_t mixed(uint64_t seed, uint64_t number) {
  uint64_t z = seed + 0x9e3779b97f4a7c15U * (number + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

const char* type_name(FeatureType type) {
  constexpr const char* names[] = {"category", "number", "set", "vector", "text"};
  return names[static_cast<size_t>(type)];
}

[[noreturn]] void refuse(const Feature& source, const task::CandidateFeature& feature,
                         const char* takes) {
  throw error::UserError(
      {{feature.where,
        fmt::format("features.candidate: {} is a {}, and {} takes {}", source.name,
                    type_name(source.type), task::name_of(feature.form), takes),
        ""}});
}

std::vector<int64_t> codes_at(const Feature& feature, int64_t row) {
  if (feature.type == FeatureType::category) {
    const int32_t code = feature.values.const_data_ptr<int32_t>()[row];
    return code < 0 ? std::vector<int64_t>() : std::vector<int64_t>{code};
  }
  const int64_t* const offsets = feature.sets.offsets.const_data_ptr<int64_t>();
  const int64_t* const values = feature.sets.values.const_data_ptr<int64_t>();
  return {values + offsets[row], values + offsets[row + 1]};
}

int64_t rows_of(const Feature& feature) {
  if (feature.type == FeatureType::set) return feature.sets.rows();
  if (feature.type == FeatureType::text) return std::ssize(feature.texts);
  return feature.values.size(0);
}

at::Tensor int64_tensor(const std::vector<int64_t>& values) {
  at::Tensor out = at::empty({std::ssize(values)}, at::kLong);
  std::ranges::copy(values, out.mutable_data_ptr<int64_t>());
  return out;
}

/// Sets, row by row.
struct Sets {
  std::vector<int64_t> values, offsets = {0};

  void add(std::vector<int64_t> row) {
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
    values.insert(values.end(), row.begin(), row.end());
    offsets.push_back(std::ssize(values));
  }
  Feature feature(const std::string& name, int64_t cardinality) const {
    return {.name = name,
            .type = FeatureType::set,
            .sets = Ragged{int64_tensor(values), int64_tensor(offsets)},
            .cardinality = cardinality};
  }
};

// A category from at most one code a row, else a set.
template <typename Codes>
Feature coded(const std::string& name, int64_t rows, int64_t size, bool is_set,
              const Codes& codes) {
  if (is_set) {
    Sets sets;
    for (int64_t row = 0; row < rows; ++row) sets.add(codes(row));
    return sets.feature(name, size);
  }
  Feature out = categories(name, rows, size);
  auto* const to = out.values.mutable_data_ptr<int32_t>();
  for (int64_t row = 0; row < rows; ++row) {
    const std::vector<int64_t> found = codes(row);
    if (!found.empty()) to[row] = static_cast<int32_t>(found.front());
  }
  return out;
}

bool is_letter(char c) {
  return static_cast<unsigned char>(c) >= 0x80 || std::isalnum(static_cast<unsigned char>(c)) != 0;
}

// Runs of letters and digits, ASCII in lower case, by FNV-1a.
std::vector<int64_t> word_codes(const std::string& text, int64_t size) {
  std::vector<int64_t> out;
  for (size_t at = 0; at < text.size();) {
    uint64_t hash = 0xcbf29ce484222325U;
    const size_t first = at;
    for (; at < text.size() && is_letter(text[at]); ++at) {
      const bool upper = text[at] >= 'A' && text[at] <= 'Z';
      const auto byte = static_cast<unsigned char>(upper ? text[at] + ('a' - 'A') : text[at]);
      hash = (hash ^ byte) * 0x100000001b3U;
    }
    if (at > first) out.push_back(static_cast<int64_t>(hash % static_cast<uint64_t>(size)));
    if (at == first) ++at;
  }
  return out;
}

template <typename Of>
Feature from_numbers(Feature out, const Feature& source, const Of& of) {
  const float* const from = source.values.const_data_ptr<float>();
  for (int64_t row = 0; row < source.values.size(0); ++row)
    if (std::isfinite(from[row])) of(out, row, from[row]);
  return out;
}

Feature log_of(const Feature& source, const std::string& name) {
  return from_numbers(
      numbers(name, source.values.size(0)), source, [](Feature& out, int64_t row, float x) {
        out.values.mutable_data_ptr<float>()[row] = std::copysign(std::log1p(std::abs(x)), x);
      });
}

Feature bucket_of(const Feature& source, const task::CandidateFeature& feature) {
  const auto size = static_cast<int64_t>(feature.bounds.size()) + 1;
  return from_numbers(categories(feature.name(), source.values.size(0), size), source,
                      [&](Feature& out, int64_t row, float x) {
                        out.values.mutable_data_ptr<int32_t>()[row] = static_cast<int32_t>(
                            std::ranges::upper_bound(feature.bounds, x) - feature.bounds.begin());
                      });
}

Feature hash_of(const Feature& source, const task::CandidateFeature& feature) {
  const auto size = static_cast<uint64_t>(feature.size);
  return coded(feature.name(), rows_of(source), feature.size, source.type == FeatureType::set,
               [&](int64_t row) {
                 std::vector<int64_t> codes = codes_at(source, row);
                 for (int64_t& code : codes)
                   code = static_cast<int64_t>(mixed(0, static_cast<uint64_t>(code)) % size);
                 return codes;
               });
}

}  // namespace

Feature numbers(const std::string& name, int64_t rows) {
  return {.name = name,
          .type = FeatureType::number,
          .values = at::full({rows}, std::numeric_limits<float>::quiet_NaN(), at::kFloat)};
}

Feature categories(const std::string& name, int64_t rows, int64_t cardinality) {
  return {.name = name,
          .type = FeatureType::category,
          .values = at::full({rows}, -1, at::kInt),
          .cardinality = cardinality};
}

Feature formed(const Feature& source, const task::CandidateFeature& feature) {
  const bool is_number = source.type == FeatureType::number;
  const bool has_codes = source.type == FeatureType::category || source.type == FeatureType::set;
  switch (feature.form) {
    case task::FeatureForm::log:
      if (!is_number) refuse(source, feature, "numbers");
      return log_of(source, feature.name());
    case task::FeatureForm::buckets:
      if (!is_number) refuse(source, feature, "numbers");
      return bucket_of(source, feature);
    case task::FeatureForm::hash:
      if (!has_codes) refuse(source, feature, "categories and sets");
      return hash_of(source, feature);
    case task::FeatureForm::words:
      if (source.type != FeatureType::text) refuse(source, feature, "texts");
      return coded(feature.name(), rows_of(source), feature.size, true,
                   [&](int64_t row) { return word_codes(source.texts[row], feature.size); });
    default:
      break;
  }
  Feature out = source;
  out.name = feature.name();
  return out;
}

Feature crossed(std::span<const Feature> sources, const task::CandidateFeature& feature) {
  bool is_set = false;
  for (const Feature& source : sources) {
    if (source.type != FeatureType::category && source.type != FeatureType::set)
      refuse(source, feature, "categories and sets");
    is_set = is_set || source.type == FeatureType::set;
  }
  const auto size = static_cast<uint64_t>(feature.size);
  const auto codes = [&](int64_t row) {
    std::vector<int64_t> all = {1};
    for (const Feature& source : sources) {
      std::vector<int64_t> longer;
      for (const int64_t code : codes_at(source, row))
        for (const int64_t before : all)
          longer.push_back(static_cast<int64_t>(
              mixed(static_cast<uint64_t>(before), static_cast<uint64_t>(code))));
      all = std::move(longer);
    }
    for (int64_t& code : all) code = static_cast<int64_t>(static_cast<uint64_t>(code) % size);
    return all;
  };
  return coded(feature.name(), rows_of(sources.front()), feature.size, is_set, codes);
}

namespace {

at::Tensor codes_at_rows(const at::Tensor& codes, std::span<const int64_t> rows) {
  at::Tensor out = at::full({std::ssize(rows)}, -1, at::kInt);
  const int32_t* const from = codes.const_data_ptr<int32_t>();
  auto* const to = out.mutable_data_ptr<int32_t>();
  for (size_t n = 0; n < rows.size(); ++n)
    if (rows[n] >= 0) to[n] = from[rows[n]];
  return out;
}

// Of numbers, and of vectors.
at::Tensor numbers_at_rows(const at::Tensor& values, std::span<const int64_t> rows) {
  const int64_t width = values.dim() == 1 ? 1 : values.size(1);
  at::Tensor out =
      at::full({std::ssize(rows), width}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  const float* const from = values.const_data_ptr<float>();
  auto* const to = out.mutable_data_ptr<float>();
  for (size_t n = 0; n < rows.size(); ++n)
    if (rows[n] >= 0)
      std::copy_n(from + rows[n] * width, width, to + static_cast<int64_t>(n) * width);
  return values.dim() == 1 ? out.view({std::ssize(rows)}) : out;
}

}  // namespace

Feature at_rows(const Feature& feature, std::span<const int64_t> rows) {
  Feature out{.name = feature.name,
              .type = feature.type,
              .cardinality = feature.cardinality,
              .labels = feature.labels};
  if (feature.type == FeatureType::text) {
    for (const int64_t row : rows) out.texts.push_back(row < 0 ? "" : feature.texts[row]);
  } else if (feature.type == FeatureType::set) {
    Sets sets;
    for (const int64_t row : rows)
      sets.add(row < 0 ? std::vector<int64_t>() : codes_at(feature, row));
    out.sets = Ragged{int64_tensor(sets.values), int64_tensor(sets.offsets)};
  } else if (feature.type == FeatureType::category) {
    out.values = codes_at_rows(feature.values, rows);
  } else {
    out.values = numbers_at_rows(feature.values, rows);
  }
  return out;
}

}  // namespace assay::features
