#include "text/utc_text.h"

#include <fmt/chrono.h>

#include <ctime>

namespace assay::text {

std::string utc_text(int64_t time_us) {
  constexpr int64_t kMicroseconds = 1'000'000;
  const int64_t fraction = time_us % kMicroseconds;
  return fmt::format("{:%Y-%m-%d %H:%M:%S}{} UTC",
                     fmt::gmtime(std::time_t{time_us / kMicroseconds}),
                     fraction == 0 ? "" : fmt::format(".{:06}", fraction));
}

}  // namespace assay::text
