#pragma once

#include <assay/abi.h>

#include <cstddef>
#include <span>
#include <string>

namespace assay::host {

/// The stamp inside the bytes of `.note.assay`. Throws PluginRefused (damaged_note) where they hold
/// none. A shorter stamp of an older SDK leaves the fields that it lacks zero.
Stamp parse_note(const std::string& path, std::span<const std::byte> note);

/// Step 3 of the handshake: throws PluginRefused (other_sdk, other_build) unless a library with
/// stamp `theirs` fits a host with stamp `ours`. Every field that differs is named.
void check_stamp(const std::string& path, const Stamp& theirs, const Stamp& ours);

/// "Release", "Debug", ...
std::string build_type(const Stamp& stamp);

/// "this SDK 1.0, torch 2.13.0, g++ 12": what a stamp stands for, for people.
std::string stamp_text(const Stamp& stamp);

}  // namespace assay::host
