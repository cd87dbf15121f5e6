#pragma once

/// The files of published data sets: their names, how they are read, and what their columns are.
/// Each format cites the page or the loader that fixes its columns.

#include <string>
#include <string_view>
#include <vector>

#include "ingest/table_events.h"
#include "task/experiment.h"

namespace assay::ingest {

/// A file that a data set is published with.
struct KnownFile {
  std::string name;  ///< may be packed; `*` is any text; "": whatever its name is
  TableFormat format;
  std::vector<EventRoles> layouts = {};  ///< of events
  task::FeatureFileSpec features = {};   ///< of features
  std::vector<std::string> beside = {};  ///< of events: the feature files that belong to them
  bool all = false;                      ///< of events: every file of that name, in their order
  /// Its header or its keys are those of no other data set, so that it is known without its name.
  bool distinct = false;
  /// Whether ids must be those of Amazon. Of its files without a header some begin with the user and
  /// some with the item; only the ids tell which.
  bool ids_of_amazon = false;
};

/// known_films.cpp
std::vector<KnownFile> movielens_files();
std::vector<KnownFile> netflix_files();
std::vector<KnownFile> kuairec_files();

/// known_shops.cpp
std::vector<KnownFile> amazon_files();
std::vector<KnownFile> yelp_files();
std::vector<KnownFile> steam_files();
std::vector<KnownFile> retailrocket_files();
std::vector<KnownFile> otto_files();
std::vector<KnownFile> taobao_files();
std::vector<KnownFile> goodreads_files();

/// known_music.cpp
std::vector<KnownFile> lastfm_360k_files();
std::vector<KnownFile> lastfm_1k_files();
std::vector<KnownFile> lfm_1b_files();
std::vector<KnownFile> lfm_2b_files();
std::vector<KnownFile> yambda_files();

/// CSV without a header.
TableFormat csv_of(std::vector<std::string> names);

/// Fields between separators, no quotes, no header.
TableFormat delimited(const std::string& separator, std::vector<std::string> names,
                      std::vector<std::string> flags = {});

/// Columns of events; "" for a role that there is none of.
/// @param unit  of times that are counted, as columns.time has it
EventRoles roles(const std::string& user, const std::string& item, const std::string& time,
                 const std::string& value, const std::string& unit = "");

/// The same with a column of types.
EventRoles typed(EventRoles roles, const std::string& event);

task::FeatureFileSpec features(const std::string& of, const std::string& id,
                               std::map<std::string, std::string> columns,
                               const std::string& separator = "|");

/// The columns of each layout of events, as a message shows them: "userId, movieId, timestamp,
/// rating".
std::vector<std::string> columns_of(const KnownFile& file);

/// Whether a name, without .gz and the like, is that of the file.
bool has_name_of(const KnownFile& file, const std::string& name);

/// Whether the beginning of a file is that of events of `file`: its header, its keys, the number of
/// its fields. Throws UserError where it cannot be read.
bool begins_as(const KnownFile& file, const std::string& path);

}  // namespace assay::ingest
