#pragma once

/// What items are called, for people.

#include <map>
#include <string>
#include <string_view>

#include "ingest/data_places.h"
#include "task/experiment.h"

namespace assay::ingest {

/// Whether a column or feature of this name says what an item is called: `title`, `movie_title`,
/// `name`, `item_name`, `product_name`, whatever the case of their letters.
bool is_title(std::string_view name);

/// Titles by outside id, as the item file of RecBole's format has them. There a title is a
/// token_seq: of its words a feature keeps which there are, and not their order. Empty for other
/// formats, and where no column is a title. Titles that are not UTF-8 are left out.
/// Throws UserError as import_dataset of ingest/load.h.
std::map<std::string, std::string> written_titles(const task::DatasetSpec& dataset,
                                                  const DataPlaces& places);

}  // namespace assay::ingest
