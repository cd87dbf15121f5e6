#include "task/probe_result.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "error/error.h"

namespace assay::task {

namespace {

/// In the order of ProbeCode.
constexpr std::array<std::string_view, 22> kCodes{"ok",
                                                  "missing",
                                                  "not_a_file",
                                                  "unreadable",
                                                  "not_elf",
                                                  "truncated",
                                                  "other_architecture",
                                                  "not_shared",
                                                  "no_note",
                                                  "damaged_note",
                                                  "other_sdk",
                                                  "other_build",
                                                  "cannot_load",
                                                  "crashed",
                                                  "exited",
                                                  "timed_out",
                                                  "no_entry",
                                                  "entry_threw",
                                                  "bad_table",
                                                  "empty_table",
                                                  "bad_entry",
                                                  "name_twice"};
static_assert(kCodes.size() == static_cast<size_t>(ProbeCode::name_twice) + 1);

ProbeCode code_named(std::string_view name) {
  const auto found = std::ranges::find(kCodes, name);
  error::require(found != kCodes.end(), fmt::format("a result of code {}", name));
  return static_cast<ProbeCode>(found - kCodes.begin());
}

int64_t nanoseconds(const timespec& time) {
  return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
}

}  // namespace

std::string_view code_name(ProbeCode code) { return kCodes.at(static_cast<size_t>(code)); }

FileIdentity identify(const std::string& path) {
  FileIdentity file{.path = path};
  struct stat found {};
  if (::stat(path.c_str(), &found) != 0) return file;
  file.inode = found.st_ino;
  file.size = static_cast<uint64_t>(found.st_size);
  file.mtime_ns = nanoseconds(found.st_mtim);
  file.ctime_ns = nanoseconds(found.st_ctim);
  return file;
}

void to_json(nlohmann::json& json, const ProbeResult& result) {
  json = {{"path", result.file.path},         {"inode", result.file.inode},
          {"size", result.file.size},         {"mtime_ns", result.file.mtime_ns},
          {"ctime_ns", result.file.ctime_ns}, {"code", code_name(result.code)},
          {"message", result.message},        {"sha256", result.sha256},
          {"entries", result.entries}};
}

void from_json(const nlohmann::json& json, ProbeResult& result) {
  json.at("path").get_to(result.file.path);
  json.at("inode").get_to(result.file.inode);
  json.at("size").get_to(result.file.size);
  json.at("mtime_ns").get_to(result.file.mtime_ns);
  json.at("ctime_ns").get_to(result.file.ctime_ns);
  result.code = code_named(json.at("code").get<std::string>());
  json.at("message").get_to(result.message);
  json.at("sha256").get_to(result.sha256);
  json.at("entries").get_to(result.entries);
}

}  // namespace assay::task
