#include "execution/item_users.h"

#include <algorithm>
#include <cstdint>

namespace assay::execution {

exposure::ItemUsers read_item_users(const dataset::PreparedData& data,
                                    const std::vector<task::Window>& windows) {
  const auto window = data.array<uint8_t>("event.window");
  const auto user = data.array<int32_t>("event.user"), item = data.array<int32_t>("event.item");
  std::span<const uint8_t> holds;
  if (!data.targets().empty()) holds = data.array<uint8_t>("event.target." + data.targets()[0]);
  std::vector<uint64_t> pairs;
  for (size_t e = 0; e < window.size(); ++e) {
    if (!holds.empty() && holds[e] != 1) continue;
    if (std::ranges::count(windows, static_cast<task::Window>(window[e])) == 0) continue;
    pairs.push_back(static_cast<uint64_t>(item[e]) << 32U | static_cast<uint32_t>(user[e]));
  }
  std::ranges::sort(pairs);
  pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
  exposure::ItemUsers known;
  known.counts.resize(static_cast<size_t>(data.items()));
  known.pairs = std::ssize(pairs);
  for (const uint64_t pair : pairs) ++known.counts[pair >> 32U];
  return known;
}

}  // namespace assay::execution
