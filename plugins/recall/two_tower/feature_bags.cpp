#include "feature_bags.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace assay::two_tower {
namespace {

struct Entry {
  int64_t column;
  float value;
};
using Rows = std::vector<std::vector<Entry>>;

bool is_numeric(const Feature& feature) {
  return feature.type == FeatureType::number || feature.type == FeatureType::vector;
}

// FNV-1a: of the bytes alone, so that a saved model finds its columns again.
uint64_t hash_of(std::string_view word) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char byte : word) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3;
  return hash ^ (hash >> 32);
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    const bool upper = byte >= 'A' && byte <= 'Z';
    const bool inside =
        upper || (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || code > 127;
    if (inside)
      words.back() += upper ? static_cast<char>(byte - 'A' + 'a') : byte;
    else if (!words.back().empty())
      words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

void add_texts(const std::vector<std::string>& texts, int64_t first, int64_t buckets, Rows& rows) {
  for (size_t row = 0; row < texts.size(); ++row) {
    const std::vector<std::string> words = words_of(texts[row]);
    const auto share = static_cast<float>(1 / std::sqrt(static_cast<double>(words.size())));
    for (const std::string& word : words)
      rows[row].push_back(
          {first + static_cast<int64_t>(hash_of(word) % static_cast<uint64_t>(buckets)), share});
  }
}

// The columns that say "missing": the last one of each number and vector.
std::vector<bool> missing_columns(const extra::FeatureColumns& columns, const FeatureTable& table) {
  std::vector<bool> missing(static_cast<size_t>(columns.columns()));
  for (size_t n = 0; n < table.columns.size(); ++n) {
    const extra::FeatureInput& input = columns.inputs()[n];
    if (is_numeric(table.columns[n])) missing[input.first + input.width - 1] = true;
  }
  return missing;
}

}  // namespace

FeatureBags::FeatureBags(const FeatureTable& table, int64_t hash_above, int64_t text_buckets,
                         const at::Device& device)
    : columns_(table, hash_above, device), text_buckets_(text_buckets) {
  texts_ = std::ranges::count(table.columns, FeatureType::text, &Feature::type);
}

KnownFeatures FeatureBags::encode(const FeatureTable& table) const {
  KnownFeatures out;
  out.known.resize(static_cast<size_t>(table.rows));
  Rows rows(static_cast<size_t>(table.rows));
  if (columns() > 0 && !table.columns.empty()) {
    FeatureTable ordered{.rows = table.rows, .columns = {}};
    for (const extra::FeatureInput& input : columns_.inputs())
      ordered.columns.push_back(table.at(input.name));
    const std::vector<bool> missing = missing_columns(columns_, ordered);
    const extra::SparseColumns entries = columns_.encode(ordered);
    const at::Tensor row = entries.row.cpu().contiguous(),
                     column = entries.column.cpu().contiguous(),
                     value = entries.value.cpu().to(at::kFloat).contiguous();
    for (int64_t n = 0; n < row.numel(); ++n) {
      const Entry entry{column.const_data_ptr<int64_t>()[n], value.const_data_ptr<float>()[n]};
      if (entry.value == 0) continue;
      const int64_t at = row.const_data_ptr<int64_t>()[n];
      rows[at].push_back(entry);
      if (!missing[entry.column]) out.known[at] = true;
    }
    int64_t first = columns_.columns();
    for (const Feature& feature : ordered.columns) {
      if (feature.type != FeatureType::text) continue;
      add_texts(feature.texts, first, text_buckets_, rows);
      first += text_buckets_;
    }
  }
  for (size_t row = 0; row < rows.size(); ++row) {
    for (const Entry& entry : rows[row]) {
      out.bags.add(entry.column, entry.value);
      if (entry.column >= columns_.columns()) out.known[row] = true;
    }
    out.bags.close();
  }
  return out;
}

void FeatureBags::save(Archive& archive, const std::string& prefix) const {
  columns_.save(archive, prefix);
  archive.put(prefix + "texts", at::tensor({texts_, text_buckets_}, at::kLong));
}

FeatureBags FeatureBags::load(const Archive& archive, const std::string& prefix,
                              const at::Device& device) {
  FeatureBags out;
  out.columns_ = extra::FeatureColumns::load(archive, prefix, device);
  const at::Tensor texts = archive.tensor(prefix + "texts").cpu();
  out.texts_ = texts[0].item<int64_t>();
  out.text_buckets_ = texts[1].item<int64_t>();
  return out;
}

}  // namespace assay::two_tower
