#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace assay::text {

/// 1234567 as "1,234,567", for people.
inline std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto place = static_cast<int64_t>(text.size()) - 3; place > first; place -= 3) {
    text.insert(static_cast<size_t>(place), ",");
  }
  return text;
}

}  // namespace assay::text
