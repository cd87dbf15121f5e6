#include "ingest/python_literal.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "error/error.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

// "Lexical analysis", 2.4.1 of the Python 3 reference: escapes of one character.
constexpr std::array<std::pair<char, char>, 10> kEscapes = {{{'\\', '\\'},
                                                             {'\'', '\''},
                                                             {'"', '"'},
                                                             {'a', '\a'},
                                                             {'b', '\b'},
                                                             {'f', '\f'},
                                                             {'n', '\n'},
                                                             {'r', '\r'},
                                                             {'t', '\t'},
                                                             {'v', '\v'}}};

/// Digits of the escapes \x, \u and \U.
size_t digits_of(char letter) {
  if (letter == 'x') return 2;
  if (letter == 'u') return 4;
  return letter == 'U' ? 8 : 0;
}

void append_utf8(uint32_t code, std::string& out) {
  const auto add = [&](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xC0 | (code >> 6));
  } else if (code < 0x10000) {
    add(0xE0 | (code >> 12));
    add(0x80 | ((code >> 6) & 0x3F));
  } else {
    add(0xF0 | (code >> 18));
    add(0x80 | ((code >> 12) & 0x3F));
    add(0x80 | ((code >> 6) & 0x3F));
  }
  add(0x80 | (code & 0x3F));
}

class Reader {
 public:
  Reader(std::string_view literal, const std::string& where) : rest_(literal), where_(where) {}

  std::string json() {
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\'' || c == '"')
        text();
      else if (is_letter(c))
        word();
      else if (is_digit(c))
        number();
      else
        mark(c);
    }
    return std::move(out_);
  }

 private:
  static bool is_digit(char c) { return c >= '0' && c <= '9'; }
  static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

  // What is no text, word or number: tuples become lists, and a comma before an end goes.
  void mark(char c) {
    rest_.remove_prefix(1);
    const bool ends = c == ')' || c == ']' || c == '}';
    if (ends && out_.ends_with(',')) out_.pop_back();
    if (c == ' ' || c == '\t') return;
    out_.push_back(c == '(' ? '[' : c == ')' ? ']' : c);
  }

  // As it stands; Python 2 puts an L behind a long one.
  void number() {
    const size_t end = std::min(rest_.find_first_not_of("0123456789.eE+-"), rest_.size());
    out_ += rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (rest_.starts_with('L')) rest_.remove_prefix(1);
  }

  // A constant, or the letter before a text: u'...' and b'...'.
  void word() {
    size_t end = 1;
    while (end < rest_.size() && is_letter(rest_[end])) ++end;
    const std::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    if (name == "True")
      out_ += "true";
    else if (name == "False")
      out_ += "false";
    else if (name == "None" || name == "nan")
      out_ += "null";
    else if (name != "u" && name != "b" && name != "U" && name != "B") {
      throw error::UserError(
          where_, fmt::format("holds {}, which is no text, number, True, False or None of Python",
                              in_quotes(name)));
    }
  }

  void text() {
    const char quote = rest_.front();
    const std::string_view whole = rest_;
    std::string value;
    for (rest_.remove_prefix(1); !rest_.empty() && rest_.front() != quote;) {
      if (rest_.front() == '\\') {
        escape(value);
      } else {
        value.push_back(rest_.front());
        rest_.remove_prefix(1);
      }
    }
    if (rest_.empty()) {
      throw error::UserError(where_,
                             fmt::format("holds a text that is not closed: {}", in_quotes(whole)));
    }
    rest_.remove_prefix(1);
    out_ += nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  void escape(std::string& value) {
    rest_.remove_prefix(1);
    if (rest_.empty()) return;
    const char letter = rest_.front();
    for (const auto& [name, meant] : kEscapes) {
      if (letter != name) continue;
      value.push_back(meant);
      return rest_.remove_prefix(1);
    }
    if (const std::optional<uint32_t> code = code_behind(digits_of(letter))) {
      rest_.remove_prefix(1 + digits_of(letter));
      return append_utf8(joined(*code), value);
    }
    value.push_back('\\');  // an escape that Python does not know stands for itself
  }

  // The number in `digits` hexadecimal digits behind the next letter.
  std::optional<uint32_t> code_behind(size_t digits) const {
    if (digits == 0 || rest_.size() <= digits) return std::nullopt;
    uint32_t code = 0;
    const char* begin = rest_.data() + 1;
    const auto [end, error] = std::from_chars(begin, begin + digits, code, 16);
    if (error != std::errc() || end != begin + digits || code > 0x10FFFF) return std::nullopt;
    return code;
  }

  // Python 2 may write a letter beyond 0xFFFF as two surrogates.
  uint32_t joined(uint32_t high) {
    constexpr uint32_t kHigh = 0xD800, kLow = 0xDC00, kEnd = 0xE000;
    if (high < kHigh || high >= kEnd) return high;
    if (high < kLow && rest_.starts_with("\\u")) {
      const std::string_view before = rest_;
      rest_.remove_prefix(1);
      const std::optional<uint32_t> low = code_behind(4);
      if (low && *low >= kLow && *low < kEnd) {
        rest_.remove_prefix(5);
        return 0x10000 + ((high - kHigh) << 10) + (*low - kLow);
      }
      rest_ = before;
    }
    return 0xFFFD;  // half a letter
  }

  std::string_view rest_;
  const std::string& where_;
  std::string out_;
};

}  // namespace

std::string json_of_python(std::string_view literal, const std::string& where) {
  return Reader(literal, where).json();
}

}  // namespace assay::ingest
