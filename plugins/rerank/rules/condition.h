#pragma once

#include <assay/features.h>

#include <cstdint>
#include <memory>
#include <string_view>

#include "expression.h"

namespace assay::rules {

/// Whose features rules speak of. Tables must outlive what is bound to them.
struct Tables {
  const FeatureTable* item = nullptr;
  const FeatureTable* user = nullptr;
  const FeatureTable* context = nullptr;
};

/// A candidate of a request. A user of -1 has no features: they are missing.
struct Candidate {
  int64_t item = 0;
  int64_t user = -1;
  int64_t request = 0;  ///< row of the context table
};

/// An expression bound to the features that it names. What is said of a missing value does not hold,
/// `!=` neither; `not` turns that round.
class Condition {
 public:
  /// Throws InvalidInput with a caret where there is no such feature (with near names), and where a
  /// relation does not fit the types of what it compares.
  /// @param rule  the text of the expression, for messages
  Condition(const Expression& expression, std::string_view rule, const Tables& tables);
  ~Condition();
  Condition(Condition&& other) noexcept;
  Condition& operator=(Condition&& other) noexcept;

  bool holds(const Candidate& candidate) const;

  struct Bound;  ///< a part of it, private to the source

 private:
  std::unique_ptr<const Bound> bound_;
};

/// Whether the expression names a feature of that kind of thing.
bool names_any(const Expression& expression, Operand::Kind kind);

}  // namespace assay::rules
