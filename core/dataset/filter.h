#pragma once

/// Which users and items are kept in a data set.
///
/// `min_user_events` and `min_item_events` are one pass: both are counted before anyone goes.
/// `k_core` follows, and repeats until every user and item has that many events. Events of the
/// training window are counted, so that the test window has no influence; with `scope: all` every
/// event is, which the audit shows.
///
/// An item (or user) that nothing was asked of stays as long as the data knows it: it has an event
/// left, or a row in the feature file.

#include <cstdint>
#include <vector>

#include "dataset/events.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Who stays: the new dense id of each old one, or -1. New ids keep the order of the old ones.
struct Survivors {
  std::vector<int32_t> user;
  std::vector<int32_t> item;
  int64_t users_removed = 0;
  int64_t items_removed = 0;
  bool all() const { return users_removed + items_removed == 0; }
};

/// Applies the rules to events that are split (or to be split, with `scope: all`).
/// @param listed_users, listed_items  1 where a feature file has a row; empty where there is none
Survivors filter_events(const Events& events, const task::FilterSpec& filter,
                        std::span<const uint8_t> listed_users,
                        std::span<const uint8_t> listed_items);

/// Users and items that have an event among the marked ones, had none before, or are listed.
Survivors with_events(const Events& events, const std::vector<uint8_t>& marked,
                      std::span<const uint8_t> listed_users, std::span<const uint8_t> listed_items);

/// "min_user_events 5, k_core 3 (counted in the training window)"; "" where the filter asks for
/// nothing.
std::string filter_text(const task::FilterSpec& filter);

}  // namespace assay::dataset
