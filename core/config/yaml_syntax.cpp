#include "config/yaml_syntax.h"

#include <algorithm>
#include <array>
#include <sstream>
#include <string_view>
#include <utility>

namespace assay::config {
namespace {

constexpr std::array kWords{
    std::pair{
        std::string_view("end of map not found"),
        std::string_view("this line does not belong to the map above it; check its indentation")},
    std::pair{
        std::string_view("end of sequence not found"),
        std::string_view("this line does not belong to the list above it; check its indentation")},
    std::pair{std::string_view("end of map flow not found"),
              std::string_view("a \"}\" or \",\" is missing before this")},
    std::pair{std::string_view("end of sequence flow not found"),
              std::string_view("a \"]\" or \",\" is missing before this")},
    std::pair{std::string_view("illegal map value"),
              std::string_view("a second \": \" in one value; put the value in quotes")},
    std::pair{std::string_view("illegal EOF in scalar"),
              std::string_view("a quote is never closed")},
};

// Position after the quote that closes the text beginning at `from`, or npos. A backslash escapes
// in double quotes, a second quote does in single ones.
size_t after_quote(std::string_view text, size_t from) {
  const char quote = text[from];
  for (size_t at = from + 1; at < text.size(); ++at) {
    if (text[at] == '\\' && quote == '"') {
      ++at;
    } else if (text[at] == quote && quote == '\'' && text.substr(at + 1, 1) == "'") {
      ++at;
    } else if (text[at] == quote) {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

bool is_quote(std::string_view line, size_t at) {
  return at < line.size() && (line[at] == '"' || line[at] == '\'');
}

// Within { } and [ ], text such as recall[0] ends at its bracket.
bool breaks_at_bracket(const Place& place) {
  const std::string_view line = place.source->line(place.line);
  const size_t at = static_cast<size_t>(place.column - 1);
  const size_t bracket = at < line.size() && line[at] == '['                  ? at
                         : at > 0 && at <= line.size() && line[at - 1] == '[' ? at - 1
                                                                              : line.size();
  if (bracket == 0 || bracket >= line.size()) return false;
  const char before = line[bracket - 1];
  return (before >= 'a' && before <= 'z') || (before >= '0' && before <= '9') || before == '_';
}

}  // namespace

std::string explain_syntax(const std::string& message, const Place& place) {
  std::string text = "this is not valid YAML: ";
  const auto known = std::ranges::find(kWords, std::string_view(message),
                                       [](const auto& entry) { return entry.first; });
  text += known == kWords.end() ? message : std::string(known->second);
  if (breaks_at_bracket(place))
    text += "; within { } and [ ], a text with brackets wants quotes: \"recall[0]\"";
  return text;
}

bool is_closed(const Place& place) {
  const std::string_view line = place.source->line(place.line);
  const size_t at = static_cast<size_t>(place.column - 1);
  if (!is_quote(line, at)) return true;
  const std::string_view rest(
      line.data() + at, static_cast<size_t>(place.source->text.data() + place.source->text.size() -
                                            (line.data() + at)));
  return after_quote(rest, 0) != std::string_view::npos;
}

int scalar_length(const Place& place, const std::string& text) {
  const std::string_view line = place.source->line(place.line);
  const size_t from = static_cast<size_t>(place.column - 1);
  if (from >= line.size()) return 1;
  if (is_quote(line, from))
    return static_cast<int>(std::min(after_quote(line, from), line.size()) - from);
  return static_cast<int>(std::clamp<size_t>(text.size(), 1, line.size() - from));
}

Place find_tab(const Source& source) {
  std::istringstream lines(source.text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const size_t content = line.find_first_not_of(" \t");
    const size_t tab = line.substr(0, content).find('\t');
    if (content != std::string::npos && tab != std::string::npos) {
      return {&source, number, static_cast<int>(tab) + 1, 1};
    }
  }
  return {};
}

}  // namespace assay::config
