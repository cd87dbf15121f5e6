#pragma once

/// For fixtures whose note or table is wrong: a good note to start from, without the headers of
/// LibTorch.

#include <assay/abi.h>

namespace bad {

consteval assay::StampNote good_note() {
  return {6, sizeof(assay::Stamp), 1, "ASSAY", assay::this_stamp()};
}

}  // namespace bad

#define BAD_NOTE(...)                                                                     \
  extern "C" {                                                                            \
  __attribute__((used, retain, section(".note.assay"), aligned(4),                        \
                 visibility("default"))) extern const assay::StampNote assay_stamp_note = \
      __VA_ARGS__;                                                                        \
  }

#define BAD_ENTRY_FUNCTION extern "C" ASSAY_API const assay::PluginTable* assay_plugins_v2()
