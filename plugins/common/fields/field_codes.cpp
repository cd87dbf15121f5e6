#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <assay/extra/features/standard_scale.h>
#include <assay/extra/fields/field_codes.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/sampling/split_mix.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace assay::extra {
namespace {

constexpr float kMostDeviations = 10;

std::vector<float> floats(const at::Tensor& values) {
  const at::Tensor held = values.to(at::kFloat).contiguous();
  return {held.const_data_ptr<float>(), held.const_data_ptr<float>() + held.numel()};
}

// Between neighbours that differ; fewer than asked for where numbers repeat.
std::vector<float> quantiles(std::vector<float> values, int64_t buckets) {
  std::erase_if(values, [](float value) { return !std::isfinite(value); });
  std::ranges::sort(values);
  std::vector<float> bounds;
  const auto size = std::ssize(values);
  for (int64_t n = 1; n < buckets && size > 0; ++n) {
    const float bound = values[static_cast<size_t>(n * size / buckets)];
    if (bound > values.front() && (bounds.empty() || bound > bounds.back()))
      bounds.push_back(bound);
  }
  return bounds;
}

float standardised(float value, const float* mean_and_deviation) {
  const float z = (value - mean_and_deviation[0]) / mean_and_deviation[1];
  return std::clamp(z, -kMostDeviations, kMostDeviations);
}

// Of each dimension in turns.
std::vector<float> means_and_deviations(const at::Tensor& values) {
  const at::Tensor rows = values.dim() == 1 ? values.unsqueeze(1) : values;
  const StandardScale scale = StandardScale::of(rows);
  const std::vector<float> mean = floats(scale.mean), deviation = floats(scale.deviation);
  std::vector<float> out;
  for (size_t d = 0; d < mean.size(); ++d) {
    out.push_back(mean[d]);
    out.push_back(deviation[d]);
  }
  return out;
}

void append(const FieldBags& from, std::span<const int64_t> rows, FieldBags& to) {
  for (const int64_t row : rows) {
    const auto first = static_cast<size_t>(from.offsets[row]);
    const auto count = static_cast<size_t>(from.offsets[row + 1]) - first;
    const auto codes = std::span(from.codes).subspan(first, count);
    const auto weights = std::span(from.weights).subspan(first, count);
    to.codes.insert(to.codes.end(), codes.begin(), codes.end());
    to.weights.insert(to.weights.end(), weights.begin(), weights.end());
    to.close();
  }
}

}  // namespace

FieldCodes joined(std::span<const FieldPart> parts) {
  FieldCodes out;
  for (const FieldPart& part : parts) {
    out.rows = std::ssize(part.rows);
    out.singles += part.codes->singles;
  }
  out.codes.resize(static_cast<size_t>(out.rows * out.singles));
  out.weights.resize(out.codes.size());
  int64_t at = 0;
  for (const FieldPart& part : parts) {
    const int64_t width = part.codes->singles;
    for (int64_t row = 0; row < out.rows; ++row) {
      const int64_t from = part.rows[row] * width, to = row * out.singles + at;
      std::copy_n(part.codes->codes.data() + from, width, out.codes.data() + to);
      std::copy_n(part.codes->weights.data() + from, width, out.weights.data() + to);
    }
    at += width;
    for (const FieldBags& bags : part.codes->bags) append(bags, part.rows, out.bags.emplace_back());
  }
  return out;
}

bool FieldCoder::Field::is_bag() const {
  return type == FeatureType::set || type == FeatureType::vector ||
         (type == FeatureType::category && hashes() > 1);
}

// Of categories and sets.
int64_t FieldCoder::Field::hashes() const {
  return values.empty() ? 1 : static_cast<int64_t>(values.front());
}

// Categories beyond the limit are scattered by a multiplicative hash (Knuth), whose high bits are
// the good ones; further hashes are drawn.
int64_t FieldCoder::Field::row_of(int64_t id, int64_t hash) const {
  const int64_t width = size - 1;
  if (id < 0 || width == 0) return first;
  if (id < width && values.empty()) return first + 1 + id;
  if (hash > 0) {
    SplitMix random(static_cast<uint64_t>(id), static_cast<uint64_t>(hash));
    return first + 1 + static_cast<int64_t>(random.bits() % static_cast<uint64_t>(width));
  }
  const auto hashed = static_cast<int64_t>((static_cast<uint64_t>(id) * 2654435761U) & 0xFFFFFFFF);
  return first + 1 + (hashed >> 12) % width;
}

void FieldCoder::Field::add_category(int64_t id, float weight, FieldBags& to) const {
  const int64_t count = id < 0 ? 1 : hashes();
  for (int64_t hash = 0; hash < count; ++hash) to.add(row_of(id, hash), weight);
}

FieldCoder::Field FieldCoder::learnt(const Feature& feature, const FieldCoding& coding) {
  Field field{.name = feature.name, .type = feature.type, .numbers = coding.numbers};
  if (feature.type == FeatureType::category || feature.type == FeatureType::set) {
    field.size = 1 + std::min(feature.cardinality, coding.hash_above);
    if (feature.cardinality > coding.hash_above) field.values = {static_cast<float>(coding.hashes)};
  } else if (feature.type == FeatureType::vector) {
    field.values = means_and_deviations(feature.values);
    field.size = 1 + feature.values.size(1);
  } else if (coding.numbers == FieldNumbers::scaled) {
    field.values = means_and_deviations(feature.values);
    field.size = 2;
  } else {
    field.values = quantiles(floats(feature.values), coding.buckets);
    field.size = 2 + std::ssize(field.values);
  }
  return field;
}

FieldCoder::FieldCoder(const FeatureTable& table, const FieldCoding& coding, int64_t first)
    : first_(first) {
  for (const Feature& feature : table.columns)
    if (feature.type != FeatureType::text) fields_.push_back(learnt(feature, coding));
  std::ranges::stable_partition(fields_, [](const Field& field) { return !field.is_bag(); });
  for (Field& field : fields_) {
    field.first = first;
    first += field.size;
  }
}

int64_t FieldCoder::end() const {
  return fields_.empty() ? first_ : fields_.back().first + fields_.back().size;
}

std::vector<std::string> FieldCoder::names() const {
  std::vector<std::string> out;
  for (const Field& field : fields_) out.push_back(field.name);
  return out;
}

void FieldCoder::Field::add_numbers(const Feature& feature, FieldCodes& to, int64_t single) const {
  const std::vector<float> numbers_of = floats(feature.values);
  for (int64_t row = 0; row < to.rows; ++row) {
    const float value = numbers_of[row];
    const auto place = static_cast<size_t>(row * to.singles + single);
    if (!std::isfinite(value)) continue;
    if (numbers == FieldNumbers::scaled) {
      to.codes[place] = static_cast<int32_t>(first + 1);
      to.weights[place] = standardised(value, values.data());
    } else {
      to.codes[place] = static_cast<int32_t>(
          first + 1 + (std::ranges::upper_bound(values, value) - values.begin()));
    }
  }
}

void FieldCoder::Field::add_categories(const Feature& feature, FieldCodes& to,
                                       int64_t single) const {
  const at::Tensor ids = feature.values.to(at::kLong).contiguous();
  const int64_t* const id = ids.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < to.rows; ++row)
    to.codes[row * to.singles + single] = static_cast<int32_t>(row_of(id[row], 0));
}

FieldBags FieldCoder::Field::categories(const Feature& feature, int64_t rows) const {
  FieldBags out;
  const at::Tensor ids = feature.values.to(at::kLong).contiguous();
  const int64_t* const id = ids.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < rows; ++row) {
    add_category(id[row], 1, out);
    out.close();
  }
  return out;
}

FieldBags FieldCoder::Field::sets(const Feature& feature, int64_t rows) const {
  FieldBags out;
  const RaggedSpans members(feature.sets);
  for (int64_t row = 0; row < rows; ++row) {
    const auto set = members[row];
    for (const int64_t id : set)
      add_category(id, static_cast<float>(1.0 / static_cast<double>(set.size())), out);
    if (set.empty()) out.add(first, 1);
    out.close();
  }
  return out;
}

FieldBags FieldCoder::Field::vectors(const Feature& feature, int64_t rows) const {
  FieldBags out;
  const std::vector<float> all = floats(feature.values);
  const int64_t width = size - 1;
  for (int64_t row = 0; row < rows; ++row) {
    const auto vector =
        std::span(all).subspan(static_cast<size_t>(row * width), static_cast<size_t>(width));
    const bool known = std::ranges::all_of(vector, [](float v) { return std::isfinite(v); });
    if (!known) out.add(first, 1);
    for (int64_t d = 0; known && d < width; ++d)
      out.add(first + 1 + d, standardised(vector[d], values.data() + 2 * d));
    out.close();
  }
  return out;
}

void FieldCoder::Field::add(const Feature* feature, int64_t rows, FieldCodes& to,
                            int64_t single) const {
  if (is_bag()) {
    FieldBags missing;
    if (feature != nullptr) {
      to.bags.push_back(type == FeatureType::set      ? sets(*feature, rows)
                        : type == FeatureType::vector ? vectors(*feature, rows)
                                                      : categories(*feature, rows));
      return;
    }
    for (int64_t row = 0; row < rows; ++row) {
      missing.add(first, 1);
      missing.close();
    }
    to.bags.push_back(std::move(missing));
    return;
  }
  for (int64_t row = 0; row < rows; ++row)
    to.codes[row * to.singles + single] = static_cast<int32_t>(first);
  if (feature == nullptr) return;
  if (type == FeatureType::category) return add_categories(*feature, to, single);
  add_numbers(*feature, to, single);
}

int64_t FieldCoder::singles() const {
  return std::ranges::count_if(fields_, [](const Field& field) { return !field.is_bag(); });
}

FieldCodes FieldCoder::encode(const FeatureTable& table) const {
  FieldCodes out;
  out.rows = table.rows;
  out.singles = singles();
  out.codes.resize(static_cast<size_t>(out.rows * out.singles));
  out.weights.assign(out.codes.size(), 1);
  for (size_t n = 0; n < fields_.size(); ++n)
    fields_[n].add(table.find(fields_[n].name), table.rows, out, static_cast<int64_t>(n));
  return out;
}

void FieldCoder::add_unknown(FieldCodes& codes) const {
  ++codes.rows;
  size_t bag = 0;
  for (const Field& field : fields_) {
    if (field.is_bag()) {
      codes.bags[bag].add(field.first, 1);
      codes.bags[bag++].close();
    } else {
      codes.codes.push_back(static_cast<int32_t>(field.first));
      codes.weights.push_back(1);
    }
  }
}

void FieldCoder::save(Archive& archive, const std::string& prefix) const {
  std::ostringstream lines;
  std::vector<float> values;
  lines << first_ << '\n';
  for (const Field& field : fields_) {
    lines << static_cast<int>(field.type) << ' ' << static_cast<int>(field.numbers) << ' '
          << field.size << ' ' << field.values.size() << ' ' << field.name << '\n';
    values.insert(values.end(), field.values.begin(), field.values.end());
  }
  archive.put_text(prefix + "fields", lines.str());
  archive.put(prefix + "values", at::tensor(values, at::kFloat));
}

FieldCoder FieldCoder::load(const Archive& archive, const std::string& prefix) {
  FieldCoder out;
  std::istringstream lines(archive.text(prefix + "fields"));
  const std::vector<float> values = floats(archive.tensor(prefix + "values"));
  auto next = values.begin();
  lines >> out.first_;
  int64_t first = out.first_;
  int type = 0, numbers = 0;
  Field field;
  for (int64_t count = 0; lines >> type >> numbers >> field.size >> count;) {
    std::getline(lines.ignore(), field.name);
    field.type = static_cast<FeatureType>(type);
    field.numbers = static_cast<FieldNumbers>(numbers);
    field.first = first;
    field.values.assign(next, next + count);
    first += field.size;
    next += count;
    out.fields_.push_back(field);
  }
  return out;
}

}  // namespace assay::extra
