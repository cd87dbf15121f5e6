#include "import/feature_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "dataset/features.h"
#include "error/error.h"
#include "import/text.h"

namespace assay {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

std::string feature_type(const std::string& type) {
  static const std::map<std::string, std::string> types = {
      {"token", "category"}, {"float", "number"}, {"token_seq", "set"}, {"float_seq", "vector"}};
  return types.at(type);
}

}  // namespace

FeatureBuilder::FeatureBuilder(const std::string& name, const std::string& type) {
  feature_.name = name;
  feature_.type = feature_type(type);
  if (feature_.type == "set") feature_.set_offsets = {0};
}

void FeatureBuilder::add(std::string_view text, const Origin& origin) {
  if (text.empty()) return add_missing();
  if (feature_.type == "category") {
    feature_.category.push_back(labels_.add(text));
  } else if (feature_.type == "number") {
    const std::optional<double> value = parse_number(text);
    if (!value) bad_number(origin.text(), feature_.name, text);
    feature_.number.push_back(static_cast<float>(*value));
  } else if (feature_.type == "set") {
    add_set(text);
  } else {
    add_vector(text, origin);
  }
}

void FeatureBuilder::add_missing() {
  if (feature_.type == "category") feature_.category.push_back(-1);
  if (feature_.type == "number") feature_.number.push_back(kMissing);
  if (feature_.type == "vector") has_vector_.push_back(0);
  if (feature_.type == "set") feature_.set_offsets.push_back(std::ssize(feature_.set_values));
}

void FeatureBuilder::add_set(std::string_view text) {
  split_words(text, words_);
  for (std::string_view word : words_) feature_.set_values.push_back(labels_.add(word));
  feature_.set_offsets.push_back(std::ssize(feature_.set_values));
}

void FeatureBuilder::add_vector(std::string_view text, const Origin& origin) {
  split_words(text, words_);
  if (feature_.width == 0) feature_.width = std::ssize(words_);
  if (std::ssize(words_) != feature_.width) {
    throw UserError(origin.text(), fmt::format("{} has {} values; the rows before have {}",
                                               feature_.name, words_.size(), feature_.width));
  }
  for (std::string_view word : words_) {
    const std::optional<double> value = parse_number(word);
    if (!value) bad_number(origin.text(), feature_.name, word);
    feature_.number.push_back(static_cast<float>(*value));
  }
  has_vector_.push_back(1);
}

// Rows without a vector get one of NaN.
void FeatureBuilder::lay_out_vectors() {
  std::vector<float> all;
  auto next = feature_.number.begin();
  for (uint8_t has : has_vector_) {
    if (has)
      all.insert(all.end(), next, next + feature_.width);
    else
      all.insert(all.end(), feature_.width, kMissing);
    if (has) next += feature_.width;
  }
  feature_.number = std::move(all);
}

// Labels get the order of ids; a set holds each once, ascending.
void FeatureBuilder::order_labels() {
  const std::vector<int32_t> order = order_of_ids(labels_.texts().view());
  const std::vector<int32_t> rank = inverse(order);
  for (int32_t& id : feature_.category) id = id < 0 ? id : rank[id];
  for (int64_t& id : feature_.set_values) id = rank[id];
  feature_.labels = select(labels_.texts().view(), order);
  std::vector<int64_t> values, offsets = {0};
  for (size_t row = 0; row + 1 < feature_.set_offsets.size(); ++row) {
    std::vector<int64_t> set(feature_.set_values.begin() + feature_.set_offsets[row],
                             feature_.set_values.begin() + feature_.set_offsets[row + 1]);
    std::ranges::sort(set);
    values.insert(values.end(), set.begin(), std::ranges::unique(set).begin());
    offsets.push_back(std::ssize(values));
  }
  if (feature_.type == "set") {
    feature_.set_values = std::move(values);
    feature_.set_offsets = std::move(offsets);
  }
}

FeatureColumn FeatureBuilder::finish(const std::vector<int32_t>& line_of) && {
  add_missing();  // the line of those that the file does not have
  if (feature_.type == "vector") lay_out_vectors();
  order_labels();
  const FeatureView view = view_of(feature_);
  int64_t last = std::ssize(has_vector_) - 1;
  if (feature_.type == "category") last = std::ssize(feature_.category) - 1;
  if (feature_.type == "number") last = std::ssize(feature_.number) - 1;
  if (feature_.type == "set") last = std::ssize(feature_.set_offsets) - 2;
  std::vector<int32_t> lines = line_of;
  for (int32_t& line : lines) line = line < 0 ? static_cast<int32_t>(last) : line;
  return select(view, lines);
}

}  // namespace assay
