#pragma once

/// For fixtures whose note or table is wrong: a good note to start from, without the headers of
/// LibTorch.

#include <assay/abi.h>

#include <utility>
#include <vector>

namespace bad {

consteval assay::StampNote good_note() {
  return {6, sizeof(assay::Stamp), 1, "ASSAY", assay::this_stamp()};
}

/// A table of these entries, well formed itself.
inline const assay::PluginTable* table_of(std::vector<assay::PluginEntry> entries) {
  static const std::vector<assay::PluginEntry> kept = std::move(entries);
  static const assay::PluginTable table{sizeof(assay::PluginTable), sizeof(assay::PluginEntry),
                                        kept.data(), kept.size()};
  return &table;
}

}  // namespace bad

#define BAD_NOTE(...)                                                                     \
  extern "C" {                                                                            \
  __attribute__((used, retain, section(".note.assay"), aligned(4),                        \
                 visibility("default"))) extern const assay::StampNote assay_stamp_note = \
      __VA_ARGS__;                                                                        \
  }

#define BAD_ENTRY_FUNCTION extern "C" ASSAY_API const assay::PluginTable* assay_plugins_v2()
