#include "ingest/text.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "error/error.h"
#include "text/clipped.h"
#include "text/trimmed.h"

namespace assay::ingest {
namespace {

constexpr size_t kQuotedLength = 40;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// 0 for a number that is nearer to it than a double can be; none for one that is too large.
std::optional<double> too_small(std::string_view text) {
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

void split_fields(std::string_view line, char separator, std::vector<std::string_view>& fields) {
  fields.clear();
  for (;;) {
    const size_t end = line.find(separator);
    fields.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

void split_words(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  size_t begin = 0;
  while (begin < line.size()) {
    if (is_blank(line[begin])) {
      ++begin;
      continue;
    }
    size_t end = begin;
    while (end < line.size() && !is_blank(line[end])) ++end;
    words.push_back(line.substr(begin, end - begin));
    begin = end;
  }
}

std::optional<double> parse_number(std::string_view text) {
  text = text::trimmed(text);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range && end == text.data() + text.size())
    return too_small(text);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string in_quotes(std::string_view text) {
  return fmt::format("\"{}\"", text::clipped(text, kQuotedLength));
}

std::string place(const std::string& path, int64_t line) {
  return fmt::format("{}:{}", path, line);
}

void bad_number(const std::string& where, const std::string& column, std::string_view text) {
  throw error::UserError(where,
                         fmt::format("{} is {}; expected a number", column, in_quotes(text)));
}

bool is_list_text(std::string_view text) {
  if (text.size() < 2 || text.front() != '[' || text.back() != ']') return false;
  text = text::trimmed(text.substr(1, text.size() - 2));
  if (text.empty()) return true;
  const char quote = text.front();
  if (quote == '\'' || quote == '"') return text.size() > 1 && text.back() == quote;
  int numbers = 0;
  for (size_t end; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find_first_of(", \t"), text.size());
    if (end == 0) continue;
    if (!parse_number(text.substr(0, end))) return false;
    ++numbers;
  }
  return numbers > 1;
}

void written_list(const std::string& where, const std::string& column, std::string_view text) {
  throw error::UserError(
      where, fmt::format("{} is {}, a list that is written as a text; expected one value: write a "
                         "row for each member of the list",
                         column, in_quotes(text)));
}

}  // namespace assay::ingest
