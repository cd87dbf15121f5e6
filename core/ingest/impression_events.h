#pragma once

#include "dataset/impressions.h"
#include "ingest/event_builder.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Adds the log of a table of logged rows that stands alone: an event for each row with an item whose
/// first label is positive, in the order of the table. All users and items of the table are known.
/// A positive of an anonymous request is the event of a user of its own, "anonymous request 17".
/// Throws UserError where there is none.
void add_positives(const dataset::Impressions& table, const task::ImpressionsSpec& spec,
                   EventBuilder& events);

/// Throws UserError, with the place of `impressions:`, unless the table says which items its rows
/// show.
void require_items(const task::ImpressionsSpec& spec);

}  // namespace assay::ingest
