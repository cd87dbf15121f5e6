#include "dataset/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

namespace assay {
namespace {

// Events of each id that has any, ascending.
std::vector<int64_t> counts_of(std::span<const int32_t> ids, int64_t size, int64_t& without) {
  std::vector<int64_t> counts(size, 0);
  for (int32_t id : ids) ++counts[id];
  std::ranges::sort(counts);
  without = std::ranges::count(counts, 0);
  counts.erase(counts.begin(), counts.begin() + without);
  return counts;
}

// The value below which that share lies (the nearest one there is, no interpolation).
std::vector<int64_t> percentiles(const std::vector<int64_t>& ascending) {
  std::vector<int64_t> out;
  for (double share : kPercentiles) {
    if (ascending.empty()) break;
    const auto place =
        static_cast<size_t>(std::ceil(share * static_cast<double>(ascending.size())));
    out.push_back(ascending[std::max<size_t>(place, 1) - 1]);
  }
  return out;
}

std::vector<double> top_shares(const std::vector<int64_t>& ascending) {
  const auto total =
      static_cast<double>(std::accumulate(ascending.begin(), ascending.end(), int64_t{0}));
  std::vector<double> out;
  for (double share : kTopShares) {
    if (ascending.empty()) break;
    const auto top = static_cast<int64_t>(std::ceil(share * static_cast<double>(ascending.size())));
    out.push_back(
        static_cast<double>(std::accumulate(ascending.end() - top, ascending.end(), int64_t{0})) /
        total);
  }
  return out;
}

void count_repeats(const ImportedData& data, DataStatistics& out) {
  const auto user = data.file().array<int32_t>("event.user");
  const auto item = data.file().array<int32_t>("event.item");
  const auto time =
      data.has_times() ? data.file().array<int64_t>("event.time_s") : std::span<const int64_t>();
  std::vector<std::tuple<int32_t, int32_t, int64_t>> events;
  events.reserve(user.size());
  for (size_t e = 0; e < user.size(); ++e)
    events.emplace_back(user[e], item[e], time.empty() ? -1 : time[e]);
  std::ranges::sort(events);
  for (size_t e = 1; e < events.size(); ++e) {
    const auto& [u, i, t] = events[e];
    const auto& [last_user, last_item, last_time] = events[e - 1];
    if (u != last_user || i != last_item) continue;
    ++out.repeats;
    out.duplicates += !time.empty() && t == last_time;
  }
  out.pairs = out.events - out.repeats;
}

}  // namespace

DataStatistics statistics(const ImportedData& data) {
  DataStatistics out;
  out.users = data.users();
  out.items = data.items();
  out.events = data.events();
  const auto histories =
      counts_of(data.file().array<int32_t>("event.user"), out.users, out.users_without_events);
  const auto items =
      counts_of(data.file().array<int32_t>("event.item"), out.items, out.items_without_events);
  out.history_lengths = percentiles(histories);
  out.item_counts = percentiles(items);
  out.top_shares = top_shares(items);
  count_repeats(data, out);
  out.density = static_cast<double>(out.pairs) /
                (static_cast<double>(out.users) * static_cast<double>(out.items));
  if (data.has_times() && out.events > 0) {
    const auto time = data.file().array<int64_t>("event.time_s");
    out.first_time_s = time.front();
    out.last_time_s = time.back();
  }
  return out;
}

}  // namespace assay
