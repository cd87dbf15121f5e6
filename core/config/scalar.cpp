#include "config/scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "text/lower_case.h"

// YAML 1.1 and 1.2 read some plain scalars differently, and other tools that read the same file
// follow one or the other. A scalar that both read alike gets its type; any other is Ambiguous and
// carries the text of the error.

namespace assay::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The text in its parts: sign, digits, "." and digits, exponent. `valid` is false for anything
// else.
struct Decimal {
  std::string_view sign;
  std::string_view whole;
  std::string_view fraction;  // with its point
  std::string_view exponent;  // with its e
  bool valid = false;

  bool is_integer() const { return valid && fraction.empty() && exponent.empty(); }
  bool leading_zero() const { return valid && whole.size() > 1 && whole.front() == '0'; }
};

std::string_view take_digits(std::string_view& rest) {
  const auto end = std::ranges::find_if_not(rest, is_digit);
  const std::string_view digits = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

std::string_view take_sign(std::string_view& rest) {
  const size_t length = !rest.empty() && (rest[0] == '-' || rest[0] == '+') ? 1 : 0;
  const std::string_view sign = rest.substr(0, length);
  rest.remove_prefix(length);
  return sign;
}

Decimal split_decimal(std::string_view rest) {
  Decimal parts;
  parts.sign = take_sign(rest);
  parts.whole = take_digits(rest);
  size_t digits = parts.whole.size();
  if (rest.starts_with('.')) {
    const std::string_view from_point = rest;
    rest.remove_prefix(1);
    const std::string_view after = take_digits(rest);
    parts.fraction = from_point.substr(0, after.size() + 1);
    digits += after.size();
  }
  if (digits > 0 && !rest.empty() && (rest[0] == 'e' || rest[0] == 'E')) {
    parts.exponent = rest;
    rest.remove_prefix(1);
    take_sign(rest);
    if (take_digits(rest).empty()) return {};
  }
  parts.valid = digits > 0 && rest.empty();
  return parts;
}

Ambiguous leading_zero(const std::string& text, const Decimal& parts) {
  std::string plain(
      parts.whole.substr(std::min(parts.whole.find_first_not_of('0'), parts.whole.size() - 1)));
  plain = fmt::format("{}{}{}{}", parts.sign, plain, parts.fraction, parts.exponent);
  int64_t octal = 0;
  const char* end = parts.whole.data() + parts.whole.size();
  const auto [stopped, error] = std::from_chars(parts.whole.data(), end, octal, 8);
  const bool differs = octal > 7;
  if (parts.is_integer() && error == std::errc() && stopped == end && differs) {
    return {
        fmt::format("is ambiguous: YAML 1.1 reads {} as octal {}{}, YAML 1.2 as {}; write {}, or "
                    "\"{}\" for text",
                    text, parts.sign, octal, plain, plain, text)};
  }
  return {fmt::format("has a leading zero; write {}, or \"{}\" for text", plain, text)};
}

// Numbers that some readers of YAML know and that are not decimal.
bool is_foreign_number(std::string_view text) {
  take_sign(text);
  const std::string folded = text::lower_case(std::string(text));
  if (folded == ".inf" || folded == ".nan") return true;
  if (text.empty() || !is_digit(text[0])) return false;
  const auto all = [&](std::string_view from, std::string_view allowed) {
    return from.find_first_not_of(allowed) == std::string_view::npos;
  };
  if (folded.size() > 2 && folded[0] == '0') {
    if (folded[1] == 'x') return all(folded.substr(2), "0123456789abcdef_");
    if (folded[1] == 'o' || folded[1] == 'b') return all(folded.substr(2), "01234567_");
  }
  const bool grouped = text.find('_') != text.npos && all(text, "0123456789_.");
  const bool sexagesimal = text.find(':') != text.npos && all(text, "0123456789:.");
  return grouped || (sexagesimal && is_digit(text.back()));
}

bool is_old_boolean(const std::string& text) {
  static constexpr std::array kWords{"yes", "no", "on", "off", "true", "false"};
  if (text.size() < 2) return false;
  const std::string folded = text::lower_case(text);
  const bool one_case = text == folded || text.substr(1) == folded.substr(1) ||
                        std::ranges::none_of(text, [](char c) { return c >= 'a' && c <= 'z'; });
  return one_case && std::ranges::count(kWords, folded) > 0;
}

Scalar number(const std::string& text, const Decimal& parts) {
  const std::string_view digits = std::string_view(text).substr(parts.sign == "+" ? 1 : 0);
  const char* end = digits.data() + digits.size();
  if (parts.is_integer()) {
    int64_t value = 0;
    if (std::from_chars(digits.data(), end, value).ec == std::errc()) return value;
    return Ambiguous{
        fmt::format("is too large for an integer; write \"{}\" for text", clipped(text))};
  }
  double value = 0;
  const auto [stopped, error] = std::from_chars(digits.data(), end, value);
  if (error != std::errc() || !std::isfinite(value)) {
    return Ambiguous{
        fmt::format("is out of range for a number; write \"{}\" for text", clipped(text))};
  }
  return value;
}

}  // namespace

Scalar read_scalar(const Node& node) {
  const std::string& text = node.text;
  if (node.quoted) return text;
  if (text == "true") return true;
  if (text == "false") return false;
  if (is_old_boolean(text)) {
    return Ambiguous{
        fmt::format("is ambiguous: YAML 1.1 reads {} as a boolean; write true or false, or "
                    "\"{}\" for text",
                    text, text)};
  }
  const Decimal parts = split_decimal(text);
  if (parts.leading_zero()) return leading_zero(text, parts);
  if (parts.valid) return number(text, parts);
  if (is_foreign_number(text)) {
    return Ambiguous{
        fmt::format("is ambiguous: some parsers read {} as a number; write a finite decimal "
                    "number, or \"{}\" for text",
                    clipped(text), clipped(text))};
  }
  return text;
}

namespace {

bool scalar_json(const Node& node, const std::string& path, Problems& problems,
                 nlohmann::json& out) {
  const Scalar scalar = read_scalar(node);
  if (const auto* ambiguous = std::get_if<Ambiguous>(&scalar)) {
    problems.add(node.place, path, ambiguous->what);
    return false;
  }
  if (const auto* flag = std::get_if<bool>(&scalar)) out = *flag;
  if (const auto* integer = std::get_if<int64_t>(&scalar)) out = *integer;
  if (const auto* real = std::get_if<double>(&scalar)) out = *real;
  if (const auto* text = std::get_if<std::string>(&scalar)) out = *text;
  return true;
}

}  // namespace

bool to_json(const Node& node, const std::string& path, Problems& problems, nlohmann::json& out) {
  if (node.kind == Node::Kind::scalar) return scalar_json(node, path, problems, out);
  if (node.kind == Node::Kind::null) {
    problems.add(node.place, path, "has no value");
    return false;
  }
  bool complete = true;
  out = node.is_map() ? nlohmann::json::object() : nlohmann::json::array();
  for (size_t i = 0; i < node.items.size(); ++i) {
    const std::string inner =
        node.is_map() ? join_keys(path, node.keys[i].text) : fmt::format("{}[{}]", path, i);
    nlohmann::json& slot = node.is_map() ? out[node.keys[i].text] : out.emplace_back();
    complete &= to_json(node.items[i], inner, problems, slot);
  }
  return complete;
}

std::string scalar_text(const std::string& text) {
  const auto plain = [](char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           c == '.' || c == '/' || c == '-';
  };
  const bool begins_well = !text.empty() && (text[0] == '/' || text[0] == '_' ||
                                             (text[0] >= 'A' && text::lower_case(text)[0] >= 'a'));
  const bool safe = begins_well && std::ranges::all_of(text, plain) &&
                    text::lower_case(text) != "null" &&
                    std::holds_alternative<std::string>(
                        read_scalar(Node{.kind = Node::Kind::scalar, .text = text}));
  return safe ? text : nlohmann::json(text).dump();
}

}  // namespace assay::config
