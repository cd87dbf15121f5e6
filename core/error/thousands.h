#pragma once

#include <cstdint>
#include <string>

namespace assay::error {

/// 1234567 as "1,234,567", for people.
inline std::string thousands(int64_t number) {
  std::string text = std::to_string(number);
  const int64_t first = number < 0 ? 1 : 0;
  for (auto place = static_cast<int64_t>(text.size()) - 3; place > first; place -= 3) {
    text.insert(static_cast<size_t>(place), ",");
  }
  return text;
}

/// "1 trial", "1,234 trials": a noun whose plural takes an s.
inline std::string counted(int64_t number, const std::string& noun) {
  return thousands(number) + " " + noun + (number == 1 ? "" : "s");
}

}  // namespace assay::error
