#include "expression.h"

#include <assay/error.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "tokens.h"

namespace assay::rules {
namespace {

constexpr std::array kRelations = {
    std::pair<std::string_view, Relation>{"==", Relation::equal},
    std::pair<std::string_view, Relation>{"!=", Relation::unequal},
    std::pair<std::string_view, Relation>{"<=", Relation::at_most},
    std::pair<std::string_view, Relation>{"<", Relation::less},
    std::pair<std::string_view, Relation>{">=", Relation::at_least},
    std::pair<std::string_view, Relation>{">", Relation::more},
    std::pair<std::string_view, Relation>{"in", Relation::in},
    std::pair<std::string_view, Relation>{"has", Relation::has},
    std::pair<std::string_view, Relation>{"overlaps", Relation::overlaps}};

constexpr std::array<std::string_view, 9> kKeywords = {"and", "or",       "not", "in",     "has",
                                                       "is",  "overlaps", "of",  "missing"};

// Of UTF-8.
size_t letters(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// Recursive descent: any = all (or all)*, all = one (and one)*, one = not one | (any) | relation.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokens(text)) {}

  Expression whole() {
    Expression read = any();
    if (now().kind != Token::Kind::end) fail("expected and, or, or the end");
    return read;
  }

  Quota quota() {
    if (now().kind != Token::Kind::number || now().number < 1 ||
        now().number != std::floor(now().number) || now().number > 1e6)
      fail(
          "a quota begins with a whole number of items, as in: 2 of genre == \"Drama\"; expected "
          "one");
    const auto count = static_cast<int64_t>(take().number);
    if (!now().is("of")) fail("expected of");
    take();
    return {count, whole()};
  }

 private:
  const Token& now() const { return tokens_[at_]; }
  const Token& take() { return tokens_[at_++]; }

  [[noreturn]] void fail(const std::string& expected) const {
    throw InvalidInput(with_caret(expected + ", found " + now().shown(), text_, now().mark));
  }

  Expression any() {
    return joined("or", Expression::Kind::any, [this] { return all(); });
  }
  Expression all() {
    return joined("and", Expression::Kind::all, [this] { return one(); });
  }

  template <typename Part>
  Expression joined(std::string_view word, Expression::Kind kind, const Part& part) {
    Expression first = part();
    if (!now().is(word)) return first;
    Expression result{.kind = kind, .mark = first.mark};
    result.parts.push_back(std::move(first));
    while (now().is(word)) {
      take();
      result.parts.push_back(part());
    }
    return result;
  }

  Expression one() {
    if (now().is("not")) {
      const Mark mark = take().mark;
      return negated(one(), mark);
    }
    if (!now().is("(")) return relation();
    take();
    Expression inner = any();
    if (!now().is(")")) fail("expected )");
    take();
    return inner;
  }

  static Expression negated(Expression inner, Mark mark) {
    Expression result{.kind = Expression::Kind::none, .mark = mark};
    result.parts.push_back(std::move(inner));
    return result;
  }

  Expression relation() {
    Expression read;
    read.left = operand();
    read.mark = now().mark;
    if (now().is("is")) return is_missing(std::move(read));
    const bool negative = now().is("not");
    if (negative) take();
    if (negative && !now().is("in")) fail("expected in");
    const auto found = std::ranges::find_if(
        kRelations, [this](const auto& known) { return now().is(known.first); });
    if (found == kRelations.end())
      fail("expected a comparison (==, !=, <, <=, >, >=, in, has, overlaps, is missing)");
    read.relation = found->second;
    take();
    read.right = operand();
    return negative ? negated(read, read.mark) : read;
  }

  Expression is_missing(Expression read) {
    take();
    const bool negative = now().is("not");
    if (negative) take();
    if (!now().is("missing")) fail("expected missing");
    take();
    read.relation = Relation::missing;
    return negative ? negated(read, read.mark) : read;
  }

  Operand operand() {
    if (now().is("[")) return list();
    const Token& token = now();
    const bool keyword =
        !token.quoted && std::ranges::find(kKeywords, token.text) != kKeywords.end();
    if (token.kind == Token::Kind::name && !keyword) return feature();
    if (token.kind == Token::Kind::number)
      return {.kind = Operand::Kind::number, .number = take().number, .mark = token.mark};
    if (token.kind == Token::Kind::text)
      return {.kind = Operand::Kind::text, .texts = {take().text}, .mark = token.mark};
    fail("expected a feature, a number, a text in quotes, or a list in [ ]");
  }

  Operand feature() {
    const Token& first = take();
    Operand read{.kind = Operand::Kind::item, .name = first.text, .mark = first.mark};
    if (!now().is(".")) return read;
    if (first.text != "user" && first.text != "context" && first.text != "item")
      throw InvalidInput(
          with_caret("before a point stands user, context or item, found " + first.shown(), text_,
                     first.mark));
    take();
    if (now().kind != Token::Kind::name) fail("expected the name of a feature");
    const Token& second = take();
    if (first.text == "user") read.kind = Operand::Kind::user;
    if (first.text == "context") read.kind = Operand::Kind::context;
    read.name = second.text;
    read.mark.length = second.mark.at + second.mark.length - read.mark.at;
    return read;
  }

  Operand list() {
    Operand read{.kind = Operand::Kind::list, .mark = take().mark};
    while (!now().is("]")) {
      if (now().kind == Token::Kind::text && read.numbers.empty())
        read.texts.push_back(take().text);
      else if (now().kind == Token::Kind::number && read.texts.empty())
        read.numbers.push_back(take().number);
      else
        fail("expected texts in quotes, or numbers, and ] behind them");
      if (now().is(",")) take();
    }
    read.mark.length = now().mark.at + 1 - read.mark.at;
    take();
    return read;
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
};

}  // namespace

Expression read_expression(std::string_view text) { return Parser(text).whole(); }
Quota read_quota(std::string_view text) { return Parser(text).quota(); }

std::string with_caret(const std::string& problem, std::string_view text, Mark mark) {
  const std::string_view before = text.substr(0, mark.at);
  const std::string_view marked = text.substr(std::min(mark.at, text.size()), mark.length);
  return problem + "\n  " + std::string(text) + "\n  " + std::string(letters(before), ' ') +
         std::string(std::max<size_t>(1, letters(marked)), '^');
}

}  // namespace assay::rules
