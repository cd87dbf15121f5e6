#pragma once

/// What the last `assay check` found of a plugin, kept by the hash of its library: `assay check`,
/// `assay run --check` and the build of our own plugins write it, a run reads it. A library with
/// other bytes has another hash, so what is kept is never about an earlier build.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace assay::task {

struct ContractCheck {
  std::string plugin;
  std::string kind;  ///< "recall", "rank", "rerank", "metric"
  int64_t held = 0;
  int64_t checks = 0;         ///< that apply to it: held or failed
  std::string first_failure;  ///< "name of the check: what it found"; empty where all hold
  std::string data;           ///< what it was tried on: "built-in data", "data of FILE"
  std::string checked;        ///< UTC, `2026-11-22T21:50:03Z`
  std::string assay_version;  ///< by which it was checked

  bool holds() const { return held == checks; }
  /// "43 of 43 checks hold", "41 of 43 checks hold; first: NAME: DETAIL".
  std::string text() const;

  friend bool operator==(const ContractCheck&, const ContractCheck&) = default;
};

/// How a plugin that nobody checked is shown, with what to do.
inline constexpr char kNeverChecked[] = "never checked (assay check FILE, or run --check)";

void to_json(nlohmann::json& json, const ContractCheck& check);
void from_json(const nlohmann::json& json, ContractCheck& check);

/// `<folder>/<hash of the library>.json`.
std::string contract_file(const std::string& folder, const std::string& library_sha256);

/// `<library without .so>.checks.json`: what the build of a plugin leaves beside it.
std::string contract_file_beside(const std::string& library);

/// What a file says of the library with this hash; nothing where it is missing, damaged, or about
/// other bytes.
std::vector<ContractCheck> read_contract_checks(const std::string& path,
                                                std::string_view library_sha256);

/// Puts results into a file, in place of earlier ones of the same plugins; those of other bytes go.
/// Throws UserError where the file cannot be written.
void write_contract_checks(const std::string& path, const std::string& library_sha256,
                           const std::vector<ContractCheck>& checks);

}  // namespace assay::task
