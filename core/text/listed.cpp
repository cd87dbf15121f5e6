#include "text/listed.h"

#include <algorithm>
#include <string_view>

namespace assay::text {

namespace {

/// The names with commas between them, the last two with `last`.
std::string joined(std::span<const std::string> names, std::string_view last) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? last : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace

std::string listed(const std::vector<std::string>& names) { return joined(names, " and "); }

std::string alternatives(const std::vector<std::string>& names) { return joined(names, " or "); }

std::string first_of(std::span<const std::string> names, size_t most) {
  const std::span<const std::string> first = names.first(std::min(most, names.size()));
  return joined(first, ", ") + (first.size() < names.size() ? ", ..." : "");
}

}  // namespace assay::text
