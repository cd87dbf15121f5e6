#include "dataset/world_numbers.h"

#include <charconv>

#include "error/error.h"

namespace assay::dataset {

std::vector<int32_t> world_numbers(const TextView& ids) {
  std::vector<int32_t> out(static_cast<size_t>(ids.size()));
  for (int64_t i = 0; i < ids.size(); ++i) {
    const std::string_view text = ids[i];
    const auto [end, failed] =
        std::from_chars(text.data(), text.data() + text.size(), out[static_cast<size_t>(i)]);
    error::require(failed == std::errc() && end == text.data() + text.size(),
                   "users and items of a simulated world are called by numbers");
  }
  return out;
}

}  // namespace assay::dataset
