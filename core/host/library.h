#pragma once

#include <assay/abi.h>
#include <assay/strategy.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "task/plugin_info.h"

namespace assay::host {

/// A plugin library in this process. Never unloaded: what it handed out stays valid until the
/// process ends.
class Library {
 public:
  /// Steps 1 to 6 of the handshake, dlopen (now, local) included: only a process that may crash
  /// should call it. Use probe_libraries (host/probe.h) to find out whether a library loads at all.
  /// @param sha256  what the file's hash must be; empty for any
  /// Throws PluginRefused, or UserError where the file is not the one that was planned with.
  static Library open(const std::string& path, const std::string& sha256 = "");

  const std::string& path() const { return path_; }
  /// What the library declares, with path and hash filled in.
  const std::vector<task::PluginInfo>& plugins() const { return plugins_; }
  /// The stamp the library was built with.
  const Stamp& stamp() const { return stamp_; }
  /// The entry; throws UserError with near names where there is none.
  const PluginEntry& entry(std::string_view name, PluginKind kind) const;

 private:
  std::string path_;
  Stamp stamp_{};
  std::vector<task::PluginInfo> plugins_;
  const PluginTable* table_ = nullptr;
};

/// Steps 1 to 3 of the handshake: nothing of the library runs. Throws PluginRefused.
Stamp check_file(const std::string& path);

/// A fresh instance from complete, checked settings (ParamCheck::effective). What the strategy's
/// constructor throws passes through; a factory that returns nothing, or a strategy of another kind
/// than it declares, is std::logic_error.
std::unique_ptr<Strategy> make_strategy(const PluginEntry& entry, const ParamMap& params);
std::unique_ptr<Metric> make_metric(const PluginEntry& entry, const ParamMap& params);

}  // namespace assay::host
