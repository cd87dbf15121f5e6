#pragma once

#include <assay/strategy.h>

#include "bad_table.h"

namespace bad {

/// Well formed; its factory is never called.
inline assay::PluginEntry good_entry() {
  assay::PluginEntry entry;
  entry.name = "good";
  entry.doc = "Does nothing.";
  entry.make_strategy = [](const assay::ParamMap&) { return std::unique_ptr<assay::Strategy>(); };
  return entry;
}

}  // namespace bad
