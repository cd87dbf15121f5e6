#pragma once

/// What prepared data are called: by what they are made of, which is what the files hold of what is
/// used, and the settings. Earlier versions went by the bytes of the files; a database that knows
/// data by such a name keeps it (execution/earlier_names.h).

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/imported.h"
#include "task/experiment.h"

namespace assay::dataset {

/// A name that an earlier version gave to prepared data.
struct EarlierName {
  std::string key;
  bool covers_lists = false;  ///< it counted ranked lists among the data
};

/// What the names are made from.
struct PreparedFrom {
  const ImportedRef& data;
  const std::map<std::string, ImportedRef>& lists;
  const task::DatasetSpec& dataset;
  const task::TrafficSpec& traffic;
  uint64_t seed;
  const ImportedRef* impressions;  ///< null where no logged rows are used
};

std::string prepared_key(const PreparedFrom& from, const std::string& cache_dir);
/// The latest one first.
std::vector<EarlierName> earlier_names(const PreparedFrom& from);
/// Of the table of logged rows beside a prepared file.
std::string logged_rows_key(const std::string& prepared_key, const ImportedRef& impressions);

/// What of `clean` takes events out here: rows without times are dropped by the import.
nlohmann::json clean_identity(const task::CleanSpec& clean);

}  // namespace assay::dataset
