#pragma once

#include <ATen/core/Tensor.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/features.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "condition.h"
#include "expression.h"

namespace assay::rules {

/// One side of a comparison, bound to what it names: a number, or any number of texts.
class Side {
 public:
  enum class Type { number, numbers, text, texts };

  Side(const Operand& operand, std::string_view rule, const Tables& tables);

  Type type() const { return type_; }
  const Mark& mark() const { return mark_; }
  /// For messages: `genre, a set`.
  std::string shown() const;

  /// Takes a category for a number, where most of its names are numbers (years, say); the others are
  /// then missing.
  void read_as_number();

  /// Whether there is a value.
  bool is_known(const Candidate& candidate) const;
  /// NaN where it is missing.
  double number(const Candidate& candidate) const;
  /// Whether one of the texts (or numbers) of the other side is one of these.
  bool shares_with(const Side& other, const Candidate& candidate) const;

 private:
  void bind(const Feature& feature);
  int64_t row(const Candidate& candidate) const;
  size_t count(const Candidate& candidate) const;
  std::string_view text(const Candidate& candidate, size_t at) const;
  bool has(std::string_view text, const Candidate& candidate) const;

  Operand::Kind kind_;
  Type type_ = Type::number;
  Mark mark_;
  std::string name_;
  const Feature* feature_ = nullptr;  // null: what was written in the rule
  std::vector<std::string> texts_;
  std::vector<double> numbers_;
  at::Tensor categories_;  // int64, on the CPU, where the feature is a category
  at::Tensor values_;      // float32, on the CPU, where it is a number or read as one
  extra::RaggedSpans sets_{Ragged()};
};

}  // namespace assay::rules
