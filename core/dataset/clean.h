#pragma once

/// What is taken out of a log before it is filtered and split, in this order (rows without a time,
/// missing_times, are gone before: the import drops them):
///
///  - missing_values: events whose value is empty in the file
///  - value_at_least, value_at_most: events whose value lies outside
///  - duplicates: events that repeat user, item and time (without times user and item) of an
///  earlier
///    one in the order of events
///  - max_user_events: users with more events, all of them
///  - max_events_per_hour: users with more events within some 3600 s, such as crawlers
///  - min_gap_entropy: users with at least kEntropyEvents events whose gaps between one event and
///  the
///    next have a lower Shannon entropy, in bits over whole seconds: what asks by the clock has 0
///
/// Rules for users count what the rules before them left, over the whole log, so that the test
/// window is looked at too: the audit says so.

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "dataset/events.h"
#include "dataset/filter.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Fewer gaps than this say little about how a user's gaps are spread.
inline constexpr int64_t kEntropyEvents = 20;

struct Cleaned {
  Events events;  ///< in the new ids of `who`
  Survivors who;  ///< users and items that lost their last event are gone, unless listed
  nlohmann::json removed = nlohmann::json::array();  ///< one row a rule, as PreparedParts::removed
};

/// Events that are not split yet. `listed` as in filter_events. Throws UserError (place `where`)
/// for a rule of values where the events have none (`has_value` is false), a rule of times without
/// times, and where nothing is left.
Cleaned clean_events(const Events& events, const task::CleanSpec& clean, bool has_value,
                     std::span<const uint8_t> listed_users, std::span<const uint8_t> listed_items,
                     const std::string& where);

/// "max_user_events 1000, min_gap_entropy 0.5": the rules that take users; empty where none does.
std::string user_rules_text(const task::CleanSpec& clean);

}  // namespace assay::dataset
