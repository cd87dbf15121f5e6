#pragma once

#include <cstdint>
#include <string>

#include "text/thousands.h"

namespace assay::text {

/// "trial" for 1, "trials" for any other number: a noun whose plural takes an s.
inline std::string plural(int64_t number, const std::string& noun) {
  return number == 1 ? noun : noun + "s";
}

/// "1 trial", "1,234 trials".
inline std::string counted(int64_t number, const std::string& noun) {
  return thousands(number) + " " + plural(number, noun);
}

}  // namespace assay::text
