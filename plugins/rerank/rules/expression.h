#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace assay::rules {

/// Where something stands in the text of a rule, for messages.
struct Mark {
  size_t at = 0;
  size_t length = 1;
};

/// One side of a comparison.
struct Operand {
  enum class Kind { item, user, context, number, text, list };
  Kind kind = Kind::item;
  std::string name;                ///< of the feature of an item, a user or a request
  double number = 0;               ///< a number
  std::vector<std::string> texts;  ///< a text, or the texts of a list
  std::vector<double> numbers;     ///< the numbers of a list
  Mark mark;
};

enum class Relation { equal, unequal, less, at_most, more, at_least, in, has, overlaps, missing };

/// What a rule asks of a candidate, as it was written.
struct Expression {
  enum class Kind { all, any, none, relation };  ///< none: of its one part (`not`)
  Kind kind = Kind::relation;
  std::vector<Expression> parts;
  Relation relation = Relation::equal;
  Operand left, right;  ///< `missing` has no right
  Mark mark;            ///< of the relation
};

/// Reads a rule.
///
///     genre == "Drama" and year >= 1990
///     genres has "Horror" or genres overlaps user.ruled_out
///     not (price is missing) and context.device in ["phone", "tablet"]
///
/// `or` binds weaker than `and`, that weaker than `not`. A name is a feature of the item, or of the
/// user or request with `user.` or `context.` before it; names with other characters than letters,
/// digits and _ stand in backquotes. Throws InvalidInput with the text and a caret under the place
/// where it cannot be read.
Expression read_expression(std::string_view text);

/// A rule with a number before it: `2 of genre == "Drama"`.
struct Quota {
  int64_t count = 0;
  Expression expression;
};
Quota read_quota(std::string_view text);

/// `problem`, then the text with a caret under the place, as messages of rules have it.
std::string with_caret(const std::string& problem, std::string_view text, Mark mark);

}  // namespace assay::rules
