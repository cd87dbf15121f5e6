#include "ingest/json_cells.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "error/error.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

using nlohmann::json;

constexpr uint64_t kLargestInteger = std::numeric_limits<int64_t>::max();
constexpr double kFirstHuge = 0x1p63;  // from which on an integer may not be one of 64 bits

/// What the parser says, without its own prefix, and without its "line 1" of a text that is a line.
std::string reason(const nlohmann::json::exception& error, bool is_line) {
  constexpr std::string_view kLine = "line 1, ";
  std::string text = error.what();
  if (const size_t end = text.find("] "); end != std::string::npos) text.erase(0, end + 2);
  if (const size_t line = text.find(kLine); is_line && line != std::string::npos)
    text.erase(line, kLine.size());
  return text;
}

/// Whether the parser may have made a rounded number of an integer that 64 bits do not hold.
bool holds_huge(const json& value) {
  if (value.is_structured())
    return std::ranges::any_of(value, [](const json& element) { return holds_huge(element); });
  return value.is_number_float() && std::abs(value.get<double>()) >= kFirstHuge;
}

/// Whether 64 bits do not hold it, signed or not.
bool is_huge(std::string_view digits) {
  int64_t small = 0;
  uint64_t large = 0;
  const char *first = digits.data(), *last = first + digits.size();
  return std::from_chars(first, last, small).ec == std::errc::result_out_of_range &&
         std::from_chars(first, last, large).ec != std::errc();
}

}  // namespace

std::string huge_in_quotes(std::string_view text) {
  constexpr std::string_view kNumber = "+-.0123456789eE";
  std::string out;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      const size_t begin = at++;
      while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
      at = std::min(at + 1, text.size());
      out += text.substr(begin, at - begin);
    } else if (kNumber.find(text[at]) == kNumber.npos) {
      out += text[at++];
    } else {
      const size_t end = std::min(text.find_first_not_of(kNumber, at), text.size());
      const std::string_view number = text.substr(at, end - at);
      const bool is_integer = number.find_first_of(".eE") == number.npos;
      out += is_integer && is_huge(number) ? fmt::format("\"{}\"", number) : std::string(number);
      at = end;
    }
  }
  return out;
}

Cell as_cell(const json& value, CellStore& lists) {
  using Kind = Cell::Kind;
  if (value.is_string()) return {Kind::text, value.get_ref<const json::string_t&>()};
  if (value.is_number_unsigned() && value.get<uint64_t>() > kLargestInteger)
    return {Kind::large, {}, static_cast<int64_t>(value.get<uint64_t>())};
  if (value.is_number_integer()) return {Kind::integer, {}, value.get<int64_t>()};
  if (value.is_number()) return {Kind::number, {}, 0, value.get<double>()};
  if (value.is_boolean()) return {Kind::boolean, {}, value.get<bool>() ? 1 : 0};
  if (value.is_object()) return {Kind::other, "a map"};
  if (!value.is_array()) return {};
  std::vector<Cell> elements;
  for (const json& element : value) elements.push_back(as_cell(element, lists));
  lists.push_back(std::move(elements));
  return {Kind::list, {}, 0, 0, lists.back()};
}

json parsed_json(std::string_view text, const std::string& where, const char* expected,
                 const json::parser_callback_t& callback) {
  json value;
  try {
    value = json::parse(text, callback);
    if (callback == nullptr && holds_huge(value)) value = json::parse(huge_in_quotes(text));
  } catch (const json::exception& error) {
    throw error::UserError(
        where, fmt::format("is not JSON: {}", reason(error, text.find('\n') == text.npos)));
  }
  if (value.is_object()) return value;
  throw error::UserError(where, fmt::format("holds {}; expected {}", in_quotes(text), expected));
}

}  // namespace assay::ingest
