#pragma once

#include <assay/abi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "task/plugin_info.h"

namespace assay::host {

/// Bytes of a PluginEntry of SDK 2.0, as every library of 2.x has them at least. Frozen: a later
/// version appends members, and the entries of an older library end before them. So such a member
/// is read only where PluginTable::entry_size reaches its end; what is here may be read always.
inline constexpr uint32_t kEntrySize2_0 = 448;

/// What a library declares, as plain data. `library` and its hash are the caller's to fill in.
task::PluginInfo describe_entry(const PluginEntry& entry);

/// Step 6 of the handshake: the table holds at least one entry, each is well formed, none is there
/// twice. Throws PluginRefused (bad_table, empty_table, bad_entry, name_twice); all that is wrong
/// with an entry is in one text.
std::vector<task::PluginInfo> check_table(const std::string& path, const PluginTable* table);

/// The entries of a library, in its order.
std::vector<const PluginEntry*> entries_of(const PluginTable& table);

/// What is wrong with one declaration, in words; empty where all is well. (Name, texts, factory,
/// parameters: defaults that their own ranges and rules refuse, ranges and choices on types that
/// have none, names given twice.)
std::vector<std::string> entry_problems(const PluginEntry& entry);

}  // namespace assay::host
