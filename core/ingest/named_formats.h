#pragma once

/// The formats in which known data sets are published, by name, so that their files are read as
/// they are downloaded. Their files and columns are in known_films.cpp, known_music.cpp and
/// known_shops.cpp; docs/data.md has a table of them.
///
/// Each file may be packed. Feature files are read where they stand beside the events.

#include <string>
#include <vector>

#include "ingest/named_features.h"
#include "ingest/table_events.h"
#include "task/experiment.h"

namespace assay::ingest {

struct NamedData {
  std::vector<std::string> events;  ///< paths, one unless the data set comes in pieces
  TableFormat format;
  std::vector<EventRoles> layouts;  ///< the first whose columns are there is read
  std::vector<NamedFeatures> features;
};

const std::vector<std::string>& named_formats();
bool is_named_format(const std::string& format);

/// A named format that a file or folder is taken for.
struct NamedGuess {
  std::string format;   ///< "" where there is none
  std::string why;      ///< "it contains u.data", "its columns are userId, movieId, ..."
  std::string columns;  ///< of the events
};

/// The named format of a folder that holds its events, or of a file: by its name and what it begins
/// with, or by a header or keys that no other data set has.
NamedGuess named_format_of(const std::string& path);

/// What a data set of a named format is read from. `dataset.path` is the folder, or the file of the
/// events; `dataset.columns` replaces the columns that roles have by default.
/// Throws UserError where the folder holds none of the files (it says what it holds), and where the
/// file is not one of the format (it says what it looks like).
NamedData named_data(const task::DatasetSpec& dataset);

}  // namespace assay::ingest
