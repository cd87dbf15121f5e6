#pragma once

/// How the coordinator, which loads no plugin, knows what plugins there are: it asks `assay-worker
/// --probe`, and keeps the answers.

#include <chrono>
#include <string>
#include <vector>

#include "task/plugin_info.h"
#include "task/probe_result.h"

namespace assay::execution {

/// Where plugins are looked for.
struct PluginSearch {
  /// Folders, searched in this order: every *.so in them and in their folders recall, rank, rerank
  /// and metric. A folder that is not there holds nothing.
  std::vector<std::string> folders;
  /// Libraries that the user named one by one; one that is refused is marked in the catalogue.
  std::vector<std::string> libraries;
  /// Path of assay-worker.
  std::string worker;
  /// Where results are kept, one small JSON file a library. Empty: nowhere. May be deleted at any
  /// time.
  std::string cache_folder;
  /// How long one library may take to load.
  std::chrono::milliseconds limit{10'000};
};

/// The plugins that came with this program (`../plugins` in a build tree, `../lib/assay/plugins`
/// where installed), those in the folders of the environment's ASSAY_PLUGINS (':' between them),
/// assay-worker beside this program, and the cache in $XDG_CACHE_HOME/assay/plugins (by default
/// ~/.cache).
PluginSearch default_plugin_search();

/// The folder of the program that is running.
std::string program_folder();

/// Everything that the search finds. A result is taken from the cache where path, inode, size and
/// time of the library, and those of assay-worker, are what they were; all others are asked for in
/// one call of assay-worker.
///
/// Files that are refused are left out, and named in the catalogue's `refused()`. Throws UserError
/// where assay-worker cannot be run.
task::PluginCatalog load_catalog(const PluginSearch& search);

/// One result a library of the search, libraries first: what `assay list --plugins` and `assay
/// doctor` show.
std::vector<task::ProbeResult> find_probe_results(const PluginSearch& search);

}  // namespace assay::execution
