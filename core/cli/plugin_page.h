#pragma once

#include <string>

#include "cli/listing.h"
#include "task/plugin_info.h"

namespace assay::cli {

/// Parameters and inputs as a listing: name, type, default, allowed values, meaning.
Listing parameter_table(const task::PluginInfo& plugin);

/// A plugin as a person reads it in a terminal.
std::string plugin_text(const task::PluginInfo& plugin);

/// docs/plugins.md: every plugin of the catalogue by kind, with paper, traits, parameters and
/// rules. Nothing in it depends on the machine.
std::string plugin_page(const task::PluginCatalog& catalog);

}  // namespace assay::cli
