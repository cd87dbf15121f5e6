#pragma once

#include "ingest/batch_table.h"
#include "ingest/event_builder.h"

namespace assay::ingest {

/// Where each role stands in a table of events.
struct EventPlaces {
  int user = -1, item = -1, time = -1, type = -1;
  std::vector<std::pair<int, size_t>> numbers;  ///< place in the table, place in the builder
  std::vector<std::pair<int, size_t>> texts;    ///< as above; they may be among the numbers too

  bool is_text(int place) const;
};

/// Adds a value of a column of numbers to the event just begun.
void add_number(const Cell& cell, size_t column, const Origin& origin, EventBuilder& events);

/// The code of a text of a column whose texts are kept. Throws UserError where it is a list.
int32_t text_code(const Cell& cell, size_t column, const std::string& name, const Origin& origin,
                  EventBuilder& events);

/// Reads all events of a table that is read by column; what comes out, and the first thing that is
/// wrong, are as if it were read row by row.
/// @param part  as of EventBuilder::event
void read_event_batches(BatchTable& table, const EventPlaces& places, int part,
                        EventBuilder& events);

}  // namespace assay::ingest
