#pragma once

/// Imported ranked lists, cut to the requests of a prepared data set: one mapped safetensors file
/// for each list. It is named by the prepared data and what is in the lists, and is no part of
/// the prepared data: who adds a list, or changes one, prepares nothing again, and runs that differ
/// in their lists answer the same requests.
///
/// Tensors of the file (R requests of a window, which is rank, validation or test):
///
///  - <window>.values, .offsets: int64 [..], [R + 1], dense items, best first
///  - <window>.scores: float32 [..], beside .values

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "dataset/imported.h"
#include "dataset/notice.h"
#include "dataset/prepared.h"
#include "dataset/safetensors.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Of the tensors above: raised when they change.
inline constexpr int kCutListsLayout = 1;

/// A file of cut lists. Cheap to copy; views stay valid as long as a copy lives.
class CutLists {
 public:
  /// Throws UserError where it is missing or damaged.
  static CutLists open(const std::string& path);
  RaggedView lists(task::Window window) const;
  std::span<const float> scores(task::Window window) const;
  /// {"queries", "unknown_queries", "unknown_entries", "first_unknown", "windows":
  /// {rank|validation|test: RankedLists::counts()}}
  const nlohmann::json& info() const { return info_; }

 private:
  SafetensorsFile file_;
  nlohmann::json info_;
};

/// Cut lists in the cache.
struct CutListsRef {
  std::string path;      ///< for CutLists::open
  std::string key;       ///< SHA-256 of what is in the lists (dataset/contents.h)
  std::string file_key;  ///< of the outside file's bytes, the reader and its settings
  nlohmann::json info;   ///< as CutLists::info(), with "hash" (file_key) and "notes" of the import
};

/// What is asked of find_cut_lists().
struct ListsToCut {
  std::string name;  ///< in the file, for messages
  ImportedRef lists;
  std::string prepared_path, prepared_key;
  std::string log_path;  ///< imported data that was prepared, for what check_lists() says
  std::string where;     ///< place of the data set in the file
};

/// Finds cut lists under `cache_dir`, or makes them. Throws UserError as check_lists().
CutListsRef find_cut_lists(const ListsToCut& asked, const std::string& cache_dir,
                           const Notice& notice = {});

/// Rows for PreparedRef::info["removed"]: what of the lists is not served.
nlohmann::json removed_of_lists(const std::string& name, const nlohmann::json& info);

}  // namespace assay::dataset
