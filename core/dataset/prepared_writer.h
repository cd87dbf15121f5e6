#pragma once

/// What a prepared file is made of, step by step, and its writing.

#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "dataset/audit.h"
#include "dataset/events.h"
#include "dataset/filter.h"
#include "dataset/imported.h"
#include "dataset/requests.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Grows while data is prepared.
struct PreparedParts {
  explicit PreparedParts(ImportedData imported);

  ImportedData data;
  Events events;
  std::vector<int32_t> user_rows, item_rows;  ///< dense id -> id in `data`
  Warm warm;
  std::array<RequestSet, kWindows> requests;  ///< by Window; that of train stays empty
  nlohmann::json removed = nlohmann::json::array();
  nlohmann::json audit = nlohmann::json::array();

  /// Drops those that did not survive from the ids (events are compacted apart).
  void keep(const Survivors& who);

  /// Columns of a kind (user, item) for the ids that are left; empty where `data` has none.
  std::vector<uint8_t> listed(const std::string& kind) const;
  std::vector<int64_t> known_since(const std::string& kind) const;
  /// Numbers, categories, and the places of short vectors ("taste[0]").
  std::vector<FeatureValues> feature_values() const;
  TextColumn ids(const std::string& kind) const;
  /// Outside ids one by one, as long as this lives.
  IdNames names(const std::string& kind) const;
  const std::vector<int32_t>& rows(const std::string& kind) const {
    return kind == "user" ? user_rows : item_rows;
  }
};

/// Of the tensors of dataset/prepared.h: raised when they change. It is part of the file's name and
/// not of the data's identity, so that files of other layouts are left alone.
inline constexpr int kPreparedLayout = 2;

/// Writes the file of dataset/prepared.h. `info` is what it begins with; the rest is added.
void write_prepared(const PreparedParts& parts, const task::DatasetSpec& dataset,
                    nlohmann::json info, const std::string& path);

}  // namespace assay::dataset
