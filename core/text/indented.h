#pragma once

#include <cstddef>
#include <string>

namespace assay::text {

/// The text with `blanks` before every line but the first: further lines of a detail stand below it.
inline std::string indented(std::string text, size_t blanks) {
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
    text.insert(at + 1, blanks, ' ');
  return text;
}

}  // namespace assay::text
