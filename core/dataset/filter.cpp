#include "dataset/filter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay::dataset {
namespace {

struct Alive {
  std::vector<uint8_t> user, item;
  bool holds(const Events& events, size_t event) const {
    return user[events.user[event]] && item[events.item[event]];
  }
};

struct Counts {
  std::vector<int64_t> user, item;
};

Counts count(const Events& events, const Alive& alive, bool only_train) {
  Counts counts{std::vector<int64_t>(events.users), std::vector<int64_t>(events.items)};
  for (size_t event = 0; event < events.size(); ++event) {
    if (only_train && events.window_of(event) != task::Window::train) continue;
    if (!alive.holds(events, event)) continue;
    ++counts.user[events.user[event]];
    ++counts.item[events.item[event]];
  }
  return counts;
}

// Returns whether anyone went.
bool drop_below(std::vector<uint8_t>& alive, const std::vector<int64_t>& counts, int64_t minimum) {
  bool changed = false;
  for (size_t id = 0; id < alive.size(); ++id) {
    if (alive[id] && counts[id] < minimum) {
      alive[id] = 0;
      changed = true;
    }
  }
  return changed;
}

// Those whose events all went with others are not known any more, unless the feature file lists
// them.
void drop_unknown(const Events& events, Alive& alive, std::span<const uint8_t> listed_users,
                  std::span<const uint8_t> listed_items) {
  const Counts counts = count(events, alive, false);
  const auto drop = [](std::vector<uint8_t>& who, const std::vector<int64_t>& left,
                       std::span<const uint8_t> listed) {
    for (size_t id = 0; id < who.size(); ++id) {
      if (left[id] == 0 && (listed.empty() || !listed[id])) who[id] = 0;
    }
  };
  drop(alive.user, counts.user, listed_users);
  drop(alive.item, counts.item, listed_items);
}

std::vector<int32_t> new_ids(const std::vector<uint8_t>& alive, int64_t& removed) {
  std::vector<int32_t> ids(alive.size(), -1);
  int32_t next = 0;
  for (size_t id = 0; id < alive.size(); ++id) {
    if (alive[id]) ids[id] = next++;
  }
  removed = static_cast<int64_t>(alive.size()) - next;
  return ids;
}

std::vector<uint8_t> still_known(std::span<const int32_t> id, const std::vector<uint8_t>& marked,
                                 int64_t ids, std::span<const uint8_t> listed) {
  std::vector<uint8_t> stays(ids, 1);
  for (int32_t one : id) stays[one] = !listed.empty() && listed[one];
  for (size_t event = 0; event < id.size(); ++event) stays[id[event]] |= marked[event];
  return stays;
}

}  // namespace

Survivors with_events(const Events& events, const std::vector<uint8_t>& marked,
                      std::span<const uint8_t> listed_users,
                      std::span<const uint8_t> listed_items) {
  Survivors out;
  out.user =
      new_ids(still_known(events.user, marked, events.users, listed_users), out.users_removed);
  out.item =
      new_ids(still_known(events.item, marked, events.items, listed_items), out.items_removed);
  return out;
}

Survivors filter_events(const Events& events, const task::FilterSpec& filter,
                        std::span<const uint8_t> listed_users,
                        std::span<const uint8_t> listed_items) {
  Alive alive{std::vector<uint8_t>(events.users, 1), std::vector<uint8_t>(events.items, 1)};
  if (!filter_text(filter).empty()) {
    const bool only_train = filter.scope == task::FilterScope::train;
    const Counts counts = count(events, alive, only_train);
    drop_below(alive.user, counts.user, filter.min_user_events);
    drop_below(alive.item, counts.item, filter.min_item_events);
    for (bool changed = filter.k_core > 0; changed;) {
      const Counts core = count(events, alive, only_train);
      const bool users = drop_below(alive.user, core.user, filter.k_core);
      const bool items = drop_below(alive.item, core.item, filter.k_core);
      changed = users || items;
    }
    drop_unknown(events, alive, listed_users, listed_items);
  }
  Survivors out;
  out.user = new_ids(alive.user, out.users_removed);
  out.item = new_ids(alive.item, out.items_removed);
  return out;
}

std::string filter_text(const task::FilterSpec& filter) {
  std::vector<std::string> parts;
  if (filter.min_user_events > 0)
    parts.push_back(fmt::format("min_user_events {}", filter.min_user_events));
  if (filter.min_item_events > 0)
    parts.push_back(fmt::format("min_item_events {}", filter.min_item_events));
  if (filter.k_core > 0) parts.push_back(fmt::format("k_core {}", filter.k_core));
  if (parts.empty()) return "";
  return fmt::format(
      "{} (counted in {})", fmt::join(parts, ", "),
      filter.scope == task::FilterScope::train ? "the training window" : "all windows");
}

}  // namespace assay::dataset
