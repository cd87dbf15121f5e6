#include "task/contract_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"

namespace assay::task {

namespace {

namespace fs = std::filesystem;

/// Raised when the members change: an older file counts as missing, and the plugin as never
/// checked.
constexpr int kFormat = 1;

}  // namespace

std::string ContractCheck::text() const {
  const std::string count =
      fmt::format("{} of {} {} hold", held, checks, checks == 1 ? "check" : "checks");
  return holds() ? count : fmt::format("{}; first: {}", count, first_failure);
}

void to_json(nlohmann::json& json, const ContractCheck& check) {
  json = {{"plugin", check.plugin},
          {"kind", check.kind},
          {"held", check.held},
          {"checks", check.checks},
          {"first_failure", check.first_failure},
          {"data", check.data},
          {"checked", check.checked},
          {"assay_version", check.assay_version}};
}

void from_json(const nlohmann::json& json, ContractCheck& check) {
  json.at("plugin").get_to(check.plugin);
  json.at("kind").get_to(check.kind);
  json.at("held").get_to(check.held);
  json.at("checks").get_to(check.checks);
  json.at("first_failure").get_to(check.first_failure);
  json.at("data").get_to(check.data);
  json.at("checked").get_to(check.checked);
  json.at("assay_version").get_to(check.assay_version);
}

std::string contract_file(const std::string& folder, const std::string& library_sha256) {
  return fmt::format("{}/{}.json", folder, library_sha256);
}

std::string contract_file_beside(const std::string& library) {
  return fs::path(library).replace_extension(".checks.json");
}

std::vector<ContractCheck> read_contract_checks(const std::string& path,
                                                std::string_view library_sha256) {
  std::ifstream in(path);
  const nlohmann::json kept = nlohmann::json::parse(in, nullptr, /*allow_exceptions=*/false);
  if (!kept.is_object()) return {};
  try {
    if (kept.at("format") != kFormat || kept.at("library_sha256") != library_sha256) return {};
    return kept.at("plugins").get<std::vector<ContractCheck>>();
  } catch (const std::exception&) {
    return {};  // written by hand, or cut: as good as not there
  }
}

void write_contract_checks(const std::string& path, const std::string& library_sha256,
                           const std::vector<ContractCheck>& checks) {
  std::vector<ContractCheck> all = read_contract_checks(path, library_sha256);
  for (const ContractCheck& check : checks) {
    std::erase_if(all, [&](const ContractCheck& old) {
      return old.plugin == check.plugin && old.kind == check.kind;
    });
    all.push_back(check);
  }
  std::error_code failed;
  if (const fs::path folder = fs::path(path).parent_path(); !folder.empty())
    fs::create_directories(folder, failed);
  // Written to a file of its own and renamed: a run may read it at the same time.
  const std::string fresh = fmt::format("{}.{}", path, ::getpid());
  std::ofstream out(fresh);
  // What a plugin says may hold bytes that are no UTF-8.
  out << nlohmann::json{{"format", kFormat}, {"library_sha256", library_sha256}, {"plugins", all}}
             .dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
      << '\n';
  out.close();
  if (out) fs::rename(fresh, path, failed);
  if (!out || failed)
    throw error::UserError(path,
                           "the result of the check cannot be written; see that its folder "
                           "is writable, or name another cache with ASSAY_CACHE");
}

}  // namespace assay::task
