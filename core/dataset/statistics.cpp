#include "dataset/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "dataset/by_user.h"
#include "dataset/time.h"

namespace assay::dataset {
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

// Points close enough for a picture on logarithmic axes: about 20 for each factor of ten.
std::vector<CurvePoint> popularity_curve(const std::vector<int64_t>& ascending) {
  std::vector<CurvePoint> out;
  const auto items = std::ssize(ascending);
  for (int64_t rank = 1; rank <= items;) {
    out.push_back({rank, ascending[items - rank]});
    const auto next = std::max(rank + 1, static_cast<int64_t>(static_cast<double>(rank) * 1.12));
    rank = rank < items ? std::min(next, items) : items + 1;
  }
  return out;
}

std::vector<HistoryBin> history_bins(const std::vector<int64_t>& ascending) {
  std::vector<HistoryBin> out;
  for (int64_t events : ascending) {
    while (out.empty() || events > out.back().to) {
      const int64_t from = out.empty() ? 1 : out.back().to + 1;
      out.push_back({from, 2 * from - 1, 0});
    }
    ++out.back().users;
  }
  return out;
}

// Share of the ids of the newest tenth of the events that no older event has.
double cold_share(std::span<const int32_t> ids, int64_t size) {
  const size_t newest = ids.size() - ids.size() / 10;
  std::vector<uint8_t> old(size, 0), fresh(size, 0);
  for (size_t e = 0; e < newest; ++e) old[ids[e]] = 1;
  int64_t all = 0, cold = 0;
  for (size_t e = newest; e < ids.size(); ++e) {
    if (fresh[ids[e]]) continue;
    fresh[ids[e]] = 1;
    ++all;
    cold += !old[ids[e]];
  }
  return all == 0 ? std::nan("") : static_cast<double>(cold) / static_cast<double>(all);
}

// User by user, so that a large log needs one number an event and no copy of it.
void count_repeats(const ImportedData& data, DataStatistics& out) {
  const auto user = data.file().array<int32_t>("event.user");
  const auto item = data.file().array<int32_t>("event.item");
  const auto time =
      data.has_times() ? data.file().array<int64_t>("event.time_us") : std::span<const int64_t>();
  const ByUser by_user(user, out.users);
  std::vector<std::pair<int32_t, int64_t>> mine;
  for (int64_t one = 0; one < out.users; ++one) {
    mine.clear();
    for (int32_t e : by_user.of(one)) mine.emplace_back(item[e], time.empty() ? -1 : time[e]);
    std::ranges::sort(mine);
    for (size_t i = 1; i < mine.size(); ++i) {
      if (mine[i].first != mine[i - 1].first) continue;
      ++out.repeats;
      out.duplicates += !time.empty() && mine[i].second == mine[i - 1].second;
    }
  }
  out.pairs = out.events - out.repeats;
}

}  // namespace

DataStatistics statistics(const ImportedData& data) {
  DataStatistics out;
  out.users = data.users();
  out.items = data.items();
  out.events = data.events();
  const auto user = data.file().array<int32_t>("event.user");
  const auto item = data.file().array<int32_t>("event.item");
  const auto histories = counts_of(user, out.users, out.users_without_events);
  const auto items = counts_of(item, out.items, out.items_without_events);
  out.history_lengths = percentiles(histories);
  out.item_counts = percentiles(items);
  out.top_shares = top_shares(items);
  out.popularity = popularity_curve(items);
  out.histories = history_bins(histories);
  out.cold_user_share = data.has_times() ? cold_share(user, out.users) : std::nan("");
  out.cold_item_share = data.has_times() ? cold_share(item, out.items) : std::nan("");
  count_repeats(data, out);
  out.density = static_cast<double>(out.pairs) /
                (static_cast<double>(out.users) * static_cast<double>(out.items));
  if (data.has_times() && out.events > 0) {
    const auto time = data.file().array<int64_t>("event.time_us");
    out.first_time_s = seconds_of(time.front());
    out.last_time_s = seconds_of(time.back());
  }
  return out;
}

nlohmann::json to_json(const DataStatistics& facts) {
  using nlohmann::json;
  const auto known = [](double share) { return std::isnan(share) ? json() : json(share); };
  const bool times = facts.first_time_s >= 0 || facts.last_time_s >= 0;
  json popularity = json::array(), histories = json::array();
  for (const CurvePoint& point : facts.popularity)
    popularity.push_back({{"rank", point.rank}, {"events", point.events}});
  for (const HistoryBin& bin : facts.histories)
    histories.push_back({{"from", bin.from}, {"to", bin.to}, {"users", bin.users}});
  return {{"users", facts.users},
          {"items", facts.items},
          {"events", facts.events},
          {"users_without_events", facts.users_without_events},
          {"items_without_events", facts.items_without_events},
          {"pairs", facts.pairs},
          {"repeats", facts.repeats},
          {"duplicates", times ? json(facts.duplicates) : json()},
          {"density", facts.density},
          {"first_time_s", times ? json(facts.first_time_s) : json()},
          {"last_time_s", times ? json(facts.last_time_s) : json()},
          {"history_lengths", {{"shares", kPercentiles}, {"values", facts.history_lengths}}},
          {"item_counts", {{"shares", kPercentiles}, {"values", facts.item_counts}}},
          {"top_shares", {{"shares", kTopShares}, {"values", facts.top_shares}}},
          {"popularity", popularity},
          {"histories", histories},
          {"cold_user_share", known(facts.cold_user_share)},
          {"cold_item_share", known(facts.cold_item_share)}};
}

}  // namespace assay::dataset
