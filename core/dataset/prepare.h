#pragma once

/// From imported data to a prepared data set: targets, filter, split, request sets, audit.
///
/// What comes out is one safetensors file (dataset/prepared.h) whose name is what it was made from:
/// what is used of the data, targets, clean, filter, split, evaluate_on, traffic, logged rows where
/// they are used, and the seed where the split draws (dataset/prepared_identity.h). A second call with
/// the same settings finds it and does nothing else.
/// Logged rows lie in a file of their own beside it (dataset/impressions.h); ranked lists are cut to
/// its requests, each into a file of its own (dataset/cut_lists.h).

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/cut_lists.h"
#include "dataset/imported.h"
#include "dataset/notice.h"
#include "dataset/prepared_identity.h"
#include "task/experiment.h"

namespace assay::dataset {

/// A prepared data set in the cache.
struct PreparedRef {
  std::string path;       ///< the file, for PreparedData::open
  std::string key;        ///< SHA-256 of everything it was made from; part of every trial key
  std::string data_hash;  ///< of the outside files: ImportedRef::key
  std::vector<EarlierName> earlier;          ///< what earlier versions called it, the latest first
  std::map<std::string, CutListsRef> lists;  ///< by their name in the file
  /// PreparedData::info() with the leaks that the file allows marked; load_dataset (core/ingest)
  /// adds "source", and for a data set of the catalogue "licence" and "citation". Of the lists it
  /// holds "lists" (CutListsRef::info by name), rows of "removed" and a finding of "audit".
  nlohmann::json info;

  /// From now on it goes by a name of `earlier`, and its lists by the hash of their files, or by
  /// their names alone where that name covers what is in them.
  void go_by(const EarlierName& name);
};

/// Finds a prepared data set in `cache_dir`, or makes it.
///
/// @param data      what was imported for `dataset`
/// @param lists     imported ranked lists by their name in the file (`dataset.lists`)
/// @param impressions  what was imported of `dataset.impressions`, where logged rows are used
/// @param fit_on    recall's windows must hold events; the others are checked by check_fit_window
/// @param seed      the file's one `seed`; used (and part of the key) only where shares are drawn
/// @param notice    gets a line where a damaged file is made anew
/// Throws UserError, with `dataset.where` as place, for: a target's column that is not there or is
/// no number; a split that needs times without them; shares that leave no training event; nothing
/// left after filtering; a test window without a request; windows without an event or without a
/// positive to learn from; a leak that `allow_leak` does not allow.
PreparedRef prepare(const ImportedRef& data, const std::map<std::string, ImportedRef>& lists,
                    const task::DatasetSpec& dataset, const task::TrafficSpec& traffic,
                    const task::FitOn& fit_on, uint64_t seed, const std::string& cache_dir,
                    const Notice& notice = {}, const ImportedRef* impressions = nullptr);

/// Whether a data set is nothing but logged rows, which are the log as well then.
bool is_logged_alone(const task::DatasetSpec& dataset);
/// Whether a data set needs its logged rows with this traffic.
bool uses_logged_rows(const task::DatasetSpec& dataset, const task::TrafficSpec& traffic);

}  // namespace assay::dataset
