#pragma once

/// What the coordinator asks of `assay-worker --export`: something that fitted stages know, of all
/// users, as a file of tensors.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "task/names.h"
#include "task/task.h"

namespace assay::task {

enum class ExportedThing {
  vectors,      ///< of users and items, of each step whose strategy has vectors
  lists,        ///< what the last step serves to each user
  has_vectors,  ///< which steps have them
};

struct ExportRequest {
  ExportedThing what = ExportedThing::vectors;
  Task task;                         ///< its data, numerics and limits, and the steps of `evaluate`
  std::vector<Window> history;       ///< windows whose events are known of a user
  std::vector<Window> exclude_seen;  ///< windows whose items are not served again
  int64_t history_length = -1;       ///< latest events of a history; -1: all
  int64_t k = 0;                     ///< lists: items of each
  std::string path;                  ///< safetensors file that is written
};

/// Names of the tensors: users int64 [U], dense ids of users with an event in `history`;
/// `<place>/items` float32 [N, D] and `<place>/users` float32 [U, D] for each step with vectors;
/// lists: items int32 [U, k], padded with -1, and scores float32 [U, k], padded with -inf. The note
/// `places` is the JSON list of the places of steps with vectors, in the order of the steps.
inline constexpr char kExportedUsers[] = "users";
inline constexpr char kExportedItems[] = "items";
inline constexpr char kExportedScores[] = "scores";
inline constexpr char kExportedPlaces[] = "places";

void to_json(nlohmann::json& out, const ExportRequest& value);
void from_json(const nlohmann::json& in, ExportRequest& value);

/// Writes and reads the file of a request. Reading throws UserError naming the path where it is no
/// request of this version.
void write_export_request(const ExportRequest& request, const std::string& path);
ExportRequest read_export_request(const std::string& path);

}  // namespace assay::task

template <>
struct assay::task::Names<assay::task::ExportedThing> {
  static constexpr std::string_view what = "thing to export";
  static constexpr std::array table{Name{ExportedThing::vectors, "vectors"},
                                    Name{ExportedThing::lists, "lists"},
                                    Name{ExportedThing::has_vectors, "has_vectors"}};
};
