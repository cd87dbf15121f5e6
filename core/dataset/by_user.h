#pragma once

#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include "dataset/events.h"

namespace assay::dataset {

/// Events of each user end to end, as places in the event columns, in their order there.
struct ByUser {
  LargeVector<int32_t> event;
  std::vector<int64_t> offsets;  ///< [users + 1]

  explicit ByUser(const Events& events) : ByUser(events.user, events.users) {}
  ByUser(std::span<const int32_t> user_of, int64_t users) : offsets(users + 1, 0) {
    event.extend(user_of.size());
    for (int32_t user : user_of) ++offsets[user + 1];
    std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
    std::vector<int64_t> next(offsets.begin(), offsets.end() - 1);
    for (size_t e = 0; e < user_of.size(); ++e) event[next[user_of[e]]++] = static_cast<int32_t>(e);
  }
  std::span<const int32_t> of(int64_t user) const {
    return std::span(event).subspan(offsets[user], offsets[user + 1] - offsets[user]);
  }
  std::span<int32_t> of(int64_t user) {
    return std::span(event).subspan(offsets[user], offsets[user + 1] - offsets[user]);
  }
};

}  // namespace assay::dataset
