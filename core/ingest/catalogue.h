#pragma once

/// The data catalogue: data sets that an experiment may name (`source: movielens-100k`).

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dataset/notice.h"
#include "ingest/load.h"

namespace assay::ingest {

/// One file of an entry.
struct CatalogueFile {
  std::string name;    ///< relative to the entry's folder
  std::string sha256;  ///< of the version that results are known for; "" where any will do
};

/// A Python wheel that ships the files; unpacked, never installed.
struct CatalogueWheel {
  std::string requirement;  ///< "recbole==1.2.1"
  std::string sha256;       ///< of the wheel
  std::string folder;       ///< inside the wheel, with the files
};

struct CatalogueEntry {
  std::string name;                             ///< "movielens-100k"
  std::string title;                            ///< "MovieLens 100K"
  std::string summary;                          ///< one line: what it is
  std::string format;                           ///< as DatasetSpec::format
  std::map<std::string, std::string> columns;   ///< role -> column, as DatasetSpec::columns
  std::vector<CatalogueFile> files;             ///< events first
  std::vector<task::FeatureFileSpec> features;  ///< paths relative to the entry's folder
  std::string train_file, test_file;            ///< of files that are split, for split.method given
  std::string events_are;                       ///< "ratings", "check-ins"
  std::string licence;                          ///< short: "research use"
  std::string citation;
  /// How `assay data get` gets it; none: by hand, and `obtain` says how.
  std::optional<CatalogueWheel> wheel;
  std::string obtain;
};

/// All entries, by name.
const std::vector<CatalogueEntry>& data_catalogue();

/// Their names, for LoadOptions::dataset_names.
std::vector<std::string> catalogue_names();

/// Throws UserError with near names where there is none.
const CatalogueEntry& catalogue_entry(const std::string& name, const std::string& where = "");

/// The first folder of `places` that holds all files of the entry; none where there is none.
std::optional<std::string> find_data(const CatalogueEntry& entry, const DataPlaces& places);

/// `dataset` with path, format and columns of the entry that its `source` names; unchanged without
/// a source. Throws UserError that says where was looked and how to get it.
task::DatasetSpec locate(const task::DatasetSpec& dataset, const DataPlaces& places);

/// Gets the files of an entry into `<folder>/<name>/` and returns that path; does nothing where
/// they are there.
/// @param wheel  path of a wheel at hand, or "" to download it with pip
/// Throws UserError: the entry has no wheel, pip fails (with its last words), the hash differs.
std::string get_data(const CatalogueEntry& entry, const std::string& folder,
                     const std::string& wheel, const dataset::Notice& notice = {});

}  // namespace assay::ingest
