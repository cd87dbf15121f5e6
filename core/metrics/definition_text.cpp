#include "metrics/definition_text.h"

namespace assay::metrics {

DefinitionText::DefinitionText(std::string_view id) : name(id.substr(0, id.find('{'))) {
  const size_t open = id.find('{');
  if (open == std::string_view::npos) return;
  std::string part;
  int depth = 0;  // a comma within parentheses belongs to the value: min(R,k)
  for (const char c : id.substr(open + 1)) {
    depth += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (c != '}' && (c != ',' || depth > 0)) {
      part += c;
      continue;
    }
    const size_t equals = part.find('=');
    options.emplace_back(part.substr(0, equals), part.substr(equals + 1));
    part.clear();
  }
}

std::string DefinitionText::option(std::string_view key) const {
  for (const auto& [name_of, value] : options) {
    if (name_of == key) return value;
  }
  return "";
}

}  // namespace assay::metrics
