#include "sides.h"

#include <ATen/ops/tensor.h>
#include <assay/error.h>
#include <assay/extra/features/near_label.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace assay::rules {
namespace {

const char* thing_of(Operand::Kind kind) {
  if (kind == Operand::Kind::user) return "user";
  return kind == Operand::Kind::context ? "request" : "item";
}

const FeatureTable* table_of(Operand::Kind kind, const Tables& tables) {
  if (kind == Operand::Kind::user) return tables.user;
  return kind == Operand::Kind::context ? tables.context : tables.item;
}

const Feature& named(const Operand& operand, std::string_view rule, const FeatureTable* table) {
  if (table != nullptr)
    if (const Feature* const found = table->find(operand.name)) return *found;
  std::vector<std::string> names;
  std::string listed;
  for (const Feature& one : table == nullptr ? std::vector<Feature>() : table->columns) {
    names.push_back(one.name);
    listed += (listed.empty() ? "; known: " : ", ") + one.name;
  }
  const std::string what = thing_of(operand.kind);
  throw InvalidInput(with_caret("the " + what + "s have no feature \"" + operand.name + "\"" +
                                    (listed.empty() ? "; they have none at all" : listed) +
                                    extra::did_you_mean(operand.name, names),
                                rule, operand.mark));
}

std::optional<float> number_of(const std::string& text) {
  float number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Side::Side(const Operand& operand, std::string_view rule, const Tables& tables)
    : kind_(operand.kind),
      mark_(operand.mark),
      name_(operand.name),
      texts_(operand.texts),
      numbers_(operand.numbers) {
  switch (operand.kind) {
    case Operand::Kind::number:
      numbers_ = {operand.number};
      type_ = Type::number;
      return;
    case Operand::Kind::text:
      type_ = Type::text;
      return;
    case Operand::Kind::list:
      type_ = numbers_.empty() ? Type::texts : Type::numbers;
      return;
    default:
      break;
  }
  const Feature& feature = named(operand, rule, table_of(operand.kind, tables));
  if (feature.type == FeatureType::vector) {
    throw InvalidInput(with_caret("the feature \"" + feature.name +
                                      "\" is a vector, of which rules can say nothing; name a "
                                      "category, number, set or text",
                                  rule, operand.mark));
  }
  bind(feature);
}

void Side::bind(const Feature& feature) {
  feature_ = &feature;
  switch (feature.type) {
    case FeatureType::number:
      values_ = feature.values.cpu().contiguous();
      type_ = Type::number;
      return;
    case FeatureType::category:
      categories_ = feature.values.cpu().to(at::kLong).contiguous();
      type_ = Type::text;
      return;
    case FeatureType::set:
      sets_ = extra::RaggedSpans(feature.sets);
      type_ = Type::texts;
      return;
    default:
      type_ = Type::text;
  }
}

void Side::read_as_number() {
  if (feature_ == nullptr || feature_->type != FeatureType::category || feature_->labels.empty())
    return;
  constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> of_label, of_row;
  for (const std::string& label : feature_->labels)
    of_label.push_back(number_of(label).value_or(kMissing));
  const auto numbers = std::ranges::count_if(of_label, [](float one) { return !std::isnan(one); });
  if (2 * numbers <= std::ssize(of_label)) return;
  const int64_t* const category = categories_.const_data_ptr<int64_t>();
  for (int64_t row = 0; row < categories_.numel(); ++row)
    of_row.push_back(category[row] < 0 ? kMissing : of_label[category[row]]);
  values_ = at::tensor(of_row, at::kFloat);
  type_ = Type::number;
}

std::string Side::shown() const {
  if (feature_ == nullptr) {
    if (type_ == Type::number) return "a number";
    return type_ == Type::text ? "a text" : "a list";
  }
  switch (feature_->type) {
    case FeatureType::number:
      return name_ + ", a number";
    case FeatureType::set:
      return name_ + ", a set";
    case FeatureType::category:
      return name_ + ", a category";
    default:
      return name_ + ", a text";
  }
}

int64_t Side::row(const Candidate& candidate) const {
  if (kind_ == Operand::Kind::user) return candidate.user;
  return kind_ == Operand::Kind::context ? candidate.request : candidate.item;
}

size_t Side::count(const Candidate& candidate) const {
  if (feature_ == nullptr) return texts_.size();
  const int64_t at = row(candidate);
  if (at < 0) return 0;
  if (feature_->type == FeatureType::set) return sets_[at].size();
  if (feature_->type == FeatureType::category)
    return categories_.const_data_ptr<int64_t>()[at] >= 0 ? 1 : 0;
  return feature_->texts[at].empty() ? 0 : 1;
}

std::string_view Side::text(const Candidate& candidate, size_t at) const {
  if (feature_ == nullptr) return texts_[at];
  const int64_t own = row(candidate);
  if (feature_->type == FeatureType::text) return feature_->texts[own];
  const int64_t category = feature_->type == FeatureType::set
                               ? sets_[own][at]
                               : categories_.const_data_ptr<int64_t>()[own];
  return feature_->labels[category];
}

double Side::number(const Candidate& candidate) const {
  if (feature_ == nullptr) return numbers_.front();
  const int64_t at = row(candidate);
  return at < 0 ? std::numeric_limits<double>::quiet_NaN()
                : static_cast<double>(values_.const_data_ptr<float>()[at]);
}

bool Side::is_known(const Candidate& candidate) const {
  if (type_ == Type::number) return !std::isnan(number(candidate));
  return type_ == Type::numbers || count(candidate) > 0;
}

bool Side::has(std::string_view wanted, const Candidate& candidate) const {
  for (size_t i = 0; i < count(candidate); ++i)
    if (text(candidate, i) == wanted) return true;
  return false;
}

bool Side::shares_with(const Side& other, const Candidate& candidate) const {
  if (type_ == Type::number) {
    const double own = number(candidate);
    return std::ranges::find(other.numbers_, own) != other.numbers_.end();
  }
  for (size_t i = 0; i < count(candidate); ++i)
    if (other.has(text(candidate, i), candidate)) return true;
  return false;
}

}  // namespace assay::rules
