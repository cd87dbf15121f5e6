#pragma once

/// A table of logged rows as a data set prepares it: its requests in windows, its users and items
/// as dense ids.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dataset/events.h"
#include "dataset/impressions.h"
#include "task/experiment.h"

namespace assay::dataset {

/// The time at which each window of a log begins, and its end (of walk_forward), where it has one.
using WindowStarts = std::array<std::optional<int64_t>, kWindows + 1>;

/// Of events in time order whose windows follow each other in time.
WindowStarts window_starts(const Events& events);

struct LoggedRows {
  explicit LoggedRows(Impressions imported) : table(std::move(imported)) {}

  Impressions table;
  std::vector<int32_t> user_of, item_of;  ///< id of the table -> dense id
  int64_t new_users = 0, new_items = 0;   ///< that the prepared log lacks
  ImpressionColumn<uint8_t> window;       ///< of each request, kNoWindow where it is in none
  /// Of a table that is the log itself: the request of each event, by the row of the event.
  ImpressionColumn<int32_t> request_of_row;

  int64_t user(int64_t request) const {
    const int32_t id = table.user()[request];
    return id < 0 ? -1 : user_of[id];
  }
  /// -1 where the row shows none.
  int64_t item(int64_t row) const {
    const int32_t id = table.item()[row];
    return id < 0 ? -1 : item_of[id];
  }
  int64_t time_us(int64_t request) const {
    return table.has_times() ? table.time_us()[request] : -1;
  }
};

/// Puts each request into the window that its time lies in.
/// Throws UserError (place `where`) where log or table have no times, or where the split has no
/// boundaries in time that all users share.
void assign_windows(const Events& events, const WindowStarts& starts, const task::SplitSpec& split,
                    const std::string& where, LoggedRows& rows);

/// Of a table that is the log itself: splits its requests (by time; without times in the order of
/// the table) as `split` says of events, and remembers which request each event is of.
/// Throws UserError (place `where`) where the split goes by users or items.
void split_requests(const task::SplitSpec& split, uint64_t seed, const std::string& where,
                    LoggedRows& rows);

/// The windows of the events of such a table.
std::vector<uint8_t> windows_of_events(const Events& events, const LoggedRows& rows);

/// Throws UserError (place `where`): no logged request is a request of the test window.
/// @param without_truth  how many lie in it and have no positive row
[[noreturn]] void no_logged_test_request(const LoggedRows& rows, int64_t without_truth,
                                         const std::string& where);

/// Writes the table beside the prepared file: dense ids, windows, and what was imported.
void write_logged_rows(const LoggedRows& rows, const std::string& key, const std::string& path);

}  // namespace assay::dataset
