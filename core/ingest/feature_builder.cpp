#include "ingest/feature_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "dataset/features.h"
#include "error/error.h"
#include "ingest/text.h"
#include "text/utf8.h"

namespace assay::ingest {
namespace {

constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

}  // namespace

FeatureBuilder::FeatureBuilder(const std::string& name, const std::string& type,
                               std::string separator)
    : separator_(std::move(separator)) {
  feature_.name = name;
  feature_.type = type;
  if (feature_.type == "set") feature_.set_offsets = {0};
}

void FeatureBuilder::add(std::string_view text, const Origin& origin) {
  if (text.empty()) return add_missing();
  check_no_list_text(text, origin);
  if (feature_.type == "category") {
    feature_.category.push_back(labels_.add(text));
  } else if (feature_.type == "number") {
    const std::optional<double> value = parse_number(text);
    if (!value) bad_number(origin.text(), feature_.name, text);
    feature_.number.push_back(static_cast<float>(*value));
  } else if (feature_.type == "text") {
    feature_.text.add(text);
  } else {
    split(text);
    if (feature_.type == "set") return add_set();
    add_vector(origin);
  }
}

void FeatureBuilder::add(const Cell& cell, const Origin& origin) {
  if (cell.missing()) return add_missing();
  const bool takes_list = feature_.type == "set" || feature_.type == "vector";
  if (cell.kind == Cell::Kind::list && takes_list) return add_list(cell, origin);
  if (cell.kind == Cell::Kind::text) {
    if (feature_.type != "number" && feature_.type != "vector" && !text::is_utf8(cell.text)) {
      throw error::UserError(origin.text(),
                             fmt::format("{} is not UTF-8; save the file as UTF-8", feature_.name));
    }
    return add(cell.text, origin);
  }
  const bool whole = cell.kind == Cell::Kind::integer || cell.kind == Cell::Kind::boolean;
  if (whole && feature_.type != "vector") return add(fmt::format("{}", cell.integer), origin);
  if (cell.kind == Cell::Kind::large && feature_.type != "vector")
    return add(fmt::format("{}", cell.large()), origin);
  if (cell.kind == Cell::Kind::number && feature_.type == "number") {
    feature_.number.push_back(static_cast<float>(cell.number));  // NaN is missing
    return;
  }
  throw error::UserError(origin.text(), fmt::format("{} is {}; expected a {}", feature_.name,
                                                    shown(cell), feature_.type));
}

void FeatureBuilder::add_list(const Cell& cell, const Origin& origin) {
  if (feature_.type == "vector") check_width(cell.elements.size(), origin);
  std::string buffer;
  for (const Cell& element : cell.elements) {
    if (feature_.type == "set") {
      const std::string_view label = id_text(element, feature_.name, origin, buffer);
      if (!label.empty()) feature_.set_values.push_back(labels_.add(label));
      continue;
    }
    const std::optional<double> value = number_of(element);
    if (!value || !std::isfinite(*value)) {
      throw error::UserError(origin.text(),
                             fmt::format("{} contains {}; every component of a vector is a number",
                                         feature_.name, shown(element)));
    }
    if (!add_component(*value)) too_large(shown(element), origin);
  }
  if (feature_.type == "vector")
    has_vector_.push_back(1);
  else
    feature_.set_offsets.push_back(std::ssize(feature_.set_values));
}

// Cut at separators it would give members such as "['a'".
void FeatureBuilder::check_no_list_text(std::string_view text, const Origin& origin) const {
  if (text.front() != '[' || text.back() != ']' || feature_.type == "text") return;
  const std::string_view inside = text.substr(1, text.size() - 2);
  const bool in_brackets = inside.find(',') != std::string_view::npos &&
                           inside.find_first_of("[]") == std::string_view::npos;
  if (!is_list_text(text) && !(feature_.type == "set" && in_brackets)) return;
  const bool takes_list = feature_.type == "set" || feature_.type == "vector";
  throw error::UserError(
      origin.text(),
      fmt::format("{} is {}, a list that is written as a text; expected {}", feature_.name,
                  in_quotes(text),
                  takes_list ? fmt::format("its members with \"{}\" (separator) between them, or a "
                                           "list in Parquet or JSON lines",
                                           separator_)
                             : fmt::format("one {}; a {} takes lists", feature_.type,
                                           feature_.type == "number" ? "vector" : "set")));
}

void FeatureBuilder::split(std::string_view text) {
  if (separator_ == " ") return split_words(text, words_);
  words_.clear();
  for (bool more = true; more;) {
    const size_t end = text.find(separator_);
    std::string_view word = text.substr(0, end);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words_.push_back(word);
    more = end != std::string_view::npos;
    if (more) text.remove_prefix(end + separator_.size());
  }
}

void FeatureBuilder::add_missing() {
  if (feature_.type == "category") feature_.category.push_back(-1);
  if (feature_.type == "number") feature_.number.push_back(kMissing);
  if (feature_.type == "vector") has_vector_.push_back(0);
  if (feature_.type == "text") feature_.text.add("");
  if (feature_.type == "set") feature_.set_offsets.push_back(std::ssize(feature_.set_values));
}

void FeatureBuilder::add_set() {
  for (std::string_view word : words_) feature_.set_values.push_back(labels_.add(word));
  feature_.set_offsets.push_back(std::ssize(feature_.set_values));
}

void FeatureBuilder::check_width(size_t width, const Origin& origin) {
  const auto values = static_cast<int64_t>(width);
  if (feature_.width == 0) feature_.width = values;
  if (values == feature_.width && values > 0) return;
  throw error::UserError(origin.text(), fmt::format("{} has {} values; the rows before have {}",
                                                    feature_.name, values, feature_.width));
}

void FeatureBuilder::add_vector(const Origin& origin) {
  check_width(words_.size(), origin);
  for (std::string_view word : words_) {
    const std::optional<double> value = parse_number(word);
    if (!value) bad_number(origin.text(), feature_.name, word);
    if (!add_component(*value)) too_large(word, origin);
  }
  has_vector_.push_back(1);
}

bool FeatureBuilder::add_component(double value) {
  feature_.number.push_back(static_cast<float>(value));
  return !std::isinf(feature_.number.back());
}

void FeatureBuilder::too_large(std::string_view shown, const Origin& origin) const {
  throw error::UserError(origin.text(),
                         fmt::format("{} contains {}; vectors are kept in 32 bits, which hold "
                                     "numbers up to 3.4e38",
                                     feature_.name, shown));
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
  const std::vector<int32_t> rank = dataset::inverse(order);
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

dataset::FeatureColumn FeatureBuilder::finish(const std::vector<int32_t>& line_of) && {
  add_missing();  // the line of those that the file does not have
  if (feature_.type == "vector") lay_out_vectors();
  order_labels();
  const dataset::FeatureView view = view_of(feature_);
  int64_t last = std::ssize(has_vector_) - 1;
  if (feature_.type == "category") last = std::ssize(feature_.category) - 1;
  if (feature_.type == "number") last = std::ssize(feature_.number) - 1;
  if (feature_.type == "set") last = std::ssize(feature_.set_offsets) - 2;
  if (feature_.type == "text") last = feature_.text.size() - 1;
  std::vector<int32_t> lines = line_of;
  for (int32_t& line : lines) line = line < 0 ? static_cast<int32_t>(last) : line;
  return select(view, lines);
}

}  // namespace assay::ingest
