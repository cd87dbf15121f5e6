#include "dataset/prepared_identity.h"

#include "dataset/contents.h"
#include "dataset/events.h"
#include "dataset/split.h"
#include "hash/hash.h"

namespace assay::dataset {
namespace {

using nlohmann::json;

// Of what is in the file, as its key says it: raised when the same settings give other events,
// windows or requests. How the file is laid out is in its name alone (kPreparedLayout).
constexpr int kVersion = 6;
// Of earlier versions, which went by the bytes of the files.
constexpr int kVersionOfBytes = 4, kFoldsVersionOfBytes = 5;

// Only what the method reads, so that a setting of another method changes nothing.
json split_identity(const task::SplitSpec& split) {
  using enum task::SplitMethod;
  json out = {{"method", split.method},
              {"over", split.over},
              {"rank", split.rank},
              {"validation", split.validation}};
  if (split.method == global_time || split.method == per_user_time || split.method == walk_forward)
    out["boundary"] = split.boundary;
  if (split.method == walk_forward) out["fold"] = {split.fold, split.folds};
  if (split.method != given && split.method != row_hash) out["test"] = split.test;
  if (split.method == row_hash) {
    out["multiplier"] = split.multiplier;
    out["modulus"] = split.modulus;
    out["test"] = split.test_residue;
  }
  return out;
}

// What earlier versions did not know is left out where it is not used: their files are found.
json targets_identity(const std::vector<task::TargetSpec>& targets) {
  json out = targets;
  for (json& target : out)
    if (target["equals_text"].is_null()) target.erase("equals_text");
  return out;
}

/// All but what the data are.
json settings_identity(const PreparedFrom& from) {
  const task::DatasetSpec& dataset = from.dataset;
  json key = {{"targets", targets_identity(dataset.targets)},
              {"clean", clean_identity(dataset.clean)},
              {"filter", dataset.filter},
              {"split", split_identity(dataset.split)},
              {"evaluate_on", dataset.evaluate_on},
              {"traffic", from.traffic}};
  if (draws(dataset.split)) key["seed"] = from.seed;
  // Earlier versions kept histories of positives alone.
  if (!dataset.targets.empty() && is_of_types(dataset.targets.front(), dataset) &&
      !from.data.info.value("event_types", json::array()).empty())
    key["histories"] = "of all types";
  return key;
}

json identity_by_bytes(const PreparedFrom& from) {
  const bool folds = from.dataset.split.method == task::SplitMethod::walk_forward;
  json key = settings_identity(from);
  key["prepare"] = folds ? kFoldsVersionOfBytes : kVersionOfBytes;
  key["data"] = from.data.key;
  // Versions before dropped them, which gave another order of events.
  if (from.data.info.value("fractions", false)) key["times"] = "microseconds";
  // Versions before took them for seconds of 1970.
  if (from.data.info.value("dates_are_numbers", false)) key["times"] = "days";
  if (from.impressions) key["impressions"] = from.impressions->key;
  return key;
}

}  // namespace

json clean_identity(const task::CleanSpec& clean) {
  json out = clean;
  out.erase("missing_times");
  return out;
}

std::string prepared_key(const PreparedFrom& from, const std::string& cache_dir) {
  json key = settings_identity(from);
  key["prepare"] = kVersion;
  key["contents"] = contents_of_log(from.data, from.dataset, cache_dir);
  if (from.impressions) key["impressions"] = contents_of_file(from.impressions->path, cache_dir);
  return hash::json_key(key);
}

std::vector<EarlierName> earlier_names(const PreparedFrom& from) {
  json key = identity_by_bytes(from);
  std::vector<EarlierName> out = {{hash::json_key(key), false}};
  if (from.lists.empty()) return out;
  for (const auto& [name, list] : from.lists) {
    key["lists"][name] = list.key;
    // Earlier versions compared scores in 32 bits, which gave another order of close ones.
    if (list.info.contains("close_scores")) key["close_scores"].push_back(name);
  }
  out.push_back({hash::json_key(key), true});
  return out;
}

std::string logged_rows_key(const std::string& prepared_key, const ImportedRef& impressions) {
  constexpr int kLoggedVersion = 1;
  return hash::json_key({{"logged_rows", kLoggedVersion},
                         {"prepared", prepared_key},
                         {"impressions", impressions.key}});
}

}  // namespace assay::dataset
