#include "tokens.h"

#include <assay/error.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace assay::rules {
namespace {

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::vector<Token> all() {
    std::vector<Token> found;
    do {
      while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
      found.push_back(next());
    } while (found.back().kind != Token::Kind::end);
    return found;
  }

 private:
  Token next() {
    if (at_ == text_.size()) return {.mark = {at_, 1}};
    const char c = text_[at_];
    const bool negative = c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]);
    if (begins_name(c)) return name();
    if (c == '`') return in_quotes(Token::Kind::name, c);
    if (c == '"' || c == '\'') return in_quotes(Token::Kind::text, c);
    if (is_digit(c) || negative) return number();
    return sign();
  }

  Token name() {
    const size_t first = at_;
    while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
    return {Token::Kind::name,
            std::string(text_.substr(first, at_ - first)),
            false,
            0,
            {first, at_ - first}};
  }

  Token in_quotes(Token::Kind kind, char quote) {
    const size_t first = at_;
    const size_t last = text_.find(quote, first + 1);
    if (last == std::string_view::npos) {
      throw InvalidInput(with_caret(std::string("a quote ") + quote + " is not closed", text_,
                                    {first, text_.size() - first}));
    }
    at_ = last + 1;
    return {kind,
            std::string(text_.substr(first + 1, last - first - 1)),
            true,
            0,
            {first, at_ - first}};
  }

  Token number() {
    Token token{.kind = Token::Kind::number};
    const char* const begin = text_.data() + at_;
    const auto [end, problem] = std::from_chars(begin, text_.data() + text_.size(), token.number);
    token.mark = {at_, static_cast<size_t>(end - begin)};
    token.text = std::string(begin, end);
    at_ += token.mark.length;
    if (problem != std::errc() || (at_ < text_.size() && begins_name(text_[at_])))
      throw InvalidInput(with_caret("this is no number", text_, token.mark));
    return token;
  }

  Token sign() {
    static constexpr std::array<std::string_view, 12> kSigns = {"==", "!=", "<=", ">=", "<", ">",
                                                                "(",  ")",  "[",  "]",  ",", "."};
    const std::string_view rest = text_.substr(at_);
    const auto found = std::ranges::find_if(
        kSigns, [&](std::string_view sign) { return rest.substr(0, sign.size()) == sign; });
    if (found == kSigns.end()) {
      throw InvalidInput(with_caret(rest[0] == '=' ? "a single = compares nothing; write =="
                                                   : "this sign means nothing in a rule",
                                    text_, {at_, 1}));
    }
    Token token{Token::Kind::sign, std::string(*found), false, 0, {at_, found->size()}};
    at_ += found->size();
    return token;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string Token::shown() const {
  if (kind == Kind::end) return "the end";
  if (kind == Kind::text) return "the text \"" + text + "\"";
  return "\"" + text + "\"";
}

std::vector<Token> tokens(std::string_view text) { return Reader(text).all(); }

}  // namespace assay::rules
