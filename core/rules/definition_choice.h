#pragma once

#include <cstddef>
#include <string_view>

namespace assay::rules {

/// What a definition id says of a choice: "min(R,k)" of `norm` in `map{norm=min(R,k)}`; "" where the
/// id does not name the choice. A comma within parentheses belongs to the value.
constexpr std::string_view choice_of(std::string_view definition, std::string_view choice) {
  const size_t open = definition.find('{');
  if (open == std::string_view::npos) return {};
  size_t begin = open + 1;
  int depth = 0;
  for (size_t place = begin; place < definition.size(); ++place) {
    const char c = definition[place];
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c != '}' && (c != ',' || depth > 0)) continue;
    const std::string_view part = definition.substr(begin, place - begin);
    const size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == choice)
      return part.substr(equals + 1);
    begin = place + 1;
  }
  return {};
}

}  // namespace assay::rules
