#pragma once

/// What a plugin decides by its parameters (`validates`, `needs_time`, `memory` of assay/abi.h):
/// the coordinator, which loads no plugin, asks a worker about it.

#include <assay/params.h>

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace assay::task {

/// DataSizes of assay/abi.h, for programs that know no LibTorch.
struct LearningSizes {
  int64_t users = 0;
  int64_t items = 0;
  int64_t events = 0;
  int64_t positives = 0;       ///< positive pairs of user and item, each once
  double squared_lengths = 0;  ///< sum over users of the square of their positive items

  friend bool operator==(const LearningSizes&, const LearningSizes&) = default;
};

/// MemoryUse of assay/abi.h: bytes beside the data.
struct MemoryNeed {
  int64_t fit = 0;
  int64_t serve = 0;

  friend bool operator==(const MemoryNeed&, const MemoryNeed&) = default;
};

/// One plugin with one set of parameters.
struct FunctionQuestion {
  std::string library;  ///< path of the shared library
  std::string library_sha256;
  std::string plugin;
  PluginKind kind = PluginKind::recall;
  nlohmann::json params = nlohmann::json::object();  ///< effective, files by their path
  std::map<std::string, std::string> file_sha256;    ///< parameter name -> hash of its file
  std::optional<LearningSizes> sizes;  ///< `memory` is asked, and nothing else; else the others
};

/// What its functions say. What a plugin has no function for stays empty.
struct FunctionAnswer {
  std::optional<bool> validates;
  std::optional<bool> needs_time;
  std::optional<MemoryNeed> memory;
  std::string problem;  ///< "its function memory crashes (SIGSEGV)"; empty where all is well
};

void to_json(nlohmann::json& out, const LearningSizes& value);
void from_json(const nlohmann::json& in, LearningSizes& value);
void to_json(nlohmann::json& out, const MemoryNeed& value);
void from_json(const nlohmann::json& in, MemoryNeed& value);
void to_json(nlohmann::json& out, const FunctionQuestion& value);
void from_json(const nlohmann::json& in, FunctionQuestion& value);
void to_json(nlohmann::json& out, const FunctionAnswer& value);
void from_json(const nlohmann::json& in, FunctionAnswer& value);

}  // namespace assay::task
