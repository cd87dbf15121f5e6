#pragma once

/// What was done to a data set before anything was measured: the leaks that its file accepts, and
/// what `clean` and `filter` took away.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "results/reader.h"

namespace assay::report {

struct AcceptedLeak {
  std::string check;
  std::string reason;  ///< as the file gives it
  std::string detail;
};

struct TakenAway {
  std::string step;  ///< clean, filter
  std::string reason;
  int64_t users = 0, items = 0, events = 0;
};

/// Of several folds the last one, as elsewhere.
struct DataNotes {
  std::vector<AcceptedLeak> accepted;
  std::vector<TakenAway> taken;
  std::optional<int64_t> events;  ///< of the log; none in databases that do not say
  /// "9 of 12 (75 %) relevant items were seen before and are never served"; empty where none is.
  std::string never_served;

  int64_t events_taken() const;
};

DataNotes data_notes(const results::Reader& reader, int64_t run_id, const std::string& dataset);

/// "taken away: 331 of 3,306 events (duplicates: 12, max_user_events 30: 300, filter by
/// k_core 5: 19)", "accepted leaks: future_feature (reason)" and what can never be served, the parts
/// of a line of notes; empty where nothing is to be said.
std::vector<std::string> data_notes_line(const DataNotes& notes, const std::string& dataset);

/// "data ml: 943 users, 1,682 items, 100,000 events, 1997-09-20 to 1998-04-22", a line for each data
/// set that a run describes: the log before anything was filtered or split.
std::vector<std::string> described_lines(const results::Reader& reader, int64_t run_id);

/// {"accepted_leaks": [...], "never_served": text or null, "taken_away": {"events", "of",
/// "by": [...]}}.
nlohmann::ordered_json data_notes_json(const DataNotes& notes);

}  // namespace assay::report
