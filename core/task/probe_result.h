#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "task/plugin_info.h"

namespace assay::task {

/// How far a shared library came on the way to being a plugin. In the order of the steps.
enum class ProbeCode {
  ok,
  missing,     ///< no such file
  not_a_file,  ///< a folder, a socket
  unreadable,
  not_elf,    ///< text, an archive, empty
  truncated,  ///< ELF, but the file ends before what its headers promise
  other_architecture,
  not_shared,  ///< a program or an object file
  no_note,     ///< a shared library, but no plugin
  damaged_note,
  other_sdk,    ///< SDK major differs, or a newer minor
  other_build,  ///< compiler, C++ standard, libstdc++ ABI, torch or CUDA differs
  cannot_load,  ///< the dynamic linker refuses it: an undefined symbol, a missing library
  crashed,      ///< a signal while it was loaded
  exited,       ///< a static constructor ended the process
  timed_out,    ///< a static constructor that does not return
  no_entry,     ///< the note is there, the function is not
  entry_threw,
  bad_table,  ///< none, or of another size
  empty_table,
  bad_entry,  ///< a name, text, factory or parameter that is not well formed
  name_twice,
};

/// "ok", "missing", ...: as in JSON.
std::string_view code_name(ProbeCode code);

/// A file as it was looked at; where one of these changes, a result is worth nothing.
struct FileIdentity {
  std::string path;
  uint64_t inode = 0;
  uint64_t size = 0;
  int64_t mtime_ns = 0;
  int64_t ctime_ns = 0;  ///< the kernel's, which copies and archives do not set

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// The file's identity now; inode, size and time are 0 where there is none.
FileIdentity identify(const std::string& path);

/// What a probe found out about one shared library.
struct ProbeResult {
  FileIdentity file;
  ProbeCode code = ProbeCode::ok;
  std::string message;  ///< found, expected, what to do; without the path; empty where `ok`
  std::string sha256;   ///< of the file; empty where it could not be read
  std::vector<PluginInfo> entries;  ///< empty unless `ok`

  bool ok() const { return code == ProbeCode::ok; }
  /// "path: message".
  std::string text() const { return file.path + ": " + message; }
};

void to_json(nlohmann::json& json, const ProbeResult& result);
void from_json(const nlohmann::json& json, ProbeResult& result);

}  // namespace assay::task
