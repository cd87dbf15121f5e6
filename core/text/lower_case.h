#pragma once

#include <string>

namespace assay::text {

/// In lower case, of the letters A to Z alone and in every locale.
inline std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace assay::text
