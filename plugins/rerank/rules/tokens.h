#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "expression.h"

namespace assay::rules {

/// A word of a rule.
struct Token {
  enum class Kind { name, number, text, sign, end };
  Kind kind = Kind::end;
  std::string text;     ///< of a name, a text without quotes, a sign
  bool quoted = false;  ///< a name in backquotes, which is no keyword
  double number = 0;
  Mark mark;

  bool is(std::string_view word) const {
    return (kind == Kind::name || kind == Kind::sign) && !quoted && text == word;
  }
  /// For messages: `"and"`, or what else it is.
  std::string shown() const;
};

/// The words of a rule and Kind::end. Throws InvalidInput with a caret where there is no word.
std::vector<Token> tokens(std::string_view text);

}  // namespace assay::rules
