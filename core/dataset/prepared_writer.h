#pragma once

/// What a prepared file is made of, step by step, and its writing.

#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "dataset/audit.h"
#include "dataset/events.h"
#include "dataset/filter.h"
#include "dataset/imported.h"
#include "dataset/logged_rows.h"
#include "dataset/requests.h"
#include "dataset/safetensors.h"
#include "task/experiment.h"

namespace assay::dataset {

/// Grows while data is prepared.
struct PreparedParts {
  explicit PreparedParts(ImportedData imported);

  ImportedData data;
  Events events;
  /// dense id -> id in `data`; of one that only logged rows name: -1 - its place among the new ones
  std::vector<int32_t> user_rows, item_rows;
  TextColumn new_users, new_items;   ///< ids that only logged rows name
  std::optional<LoggedRows> logged;  ///< where requests are logged, or rows are the log
  Warm warm;
  std::array<RequestSet, kWindows> requests;  ///< by Window; that of train stays empty
  nlohmann::json removed = nlohmann::json::array();
  nlohmann::json audit = nlohmann::json::array();

  /// Gives users and items of the logged rows that the events lack ids behind theirs.
  void join_logged();
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
  const TextColumn& new_ids(const std::string& kind) const {
    return kind == "user" ? new_users : new_items;
  }
};

/// Of the tensors of dataset/prepared.h: raised when they change. It is part of the file's name and
/// not of the data's identity, so that files of other layouts are left alone.
inline constexpr int kPreparedLayout = 2;

/// Adds the tensors requests.<window>.* of a set, which must live until the writer wrote.
/// @param events  that its histories are of
/// @param labels  what requests are labelled with, the truth first
void add_requests(SafetensorsWriter& out, task::Window window, const RequestSet& set,
                  const Events& events, const std::vector<std::string>& labels);

/// Writes the file of dataset/prepared.h. `info` is what it begins with; the rest is added.
void write_prepared(const PreparedParts& parts, const task::DatasetSpec& dataset,
                    nlohmann::json info, const std::string& path);

}  // namespace assay::dataset
