#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace assay::host {

/// The bytes of section `.note.assay` of a shared library, read from the file without loading it.
///
/// Steps 1 and 2 of the handshake: the file exists, is regular, readable, ELF of this machine's
/// class and architecture, a shared library, whole (everything its headers promise lies inside the
/// file), and has the section. Throws PluginRefused with the code of the first step that fails.
std::vector<std::byte> read_assay_note(const std::string& path);

/// The folders in which the linker looks for the libraries of this one before the system's own
/// (RUNPATH of the file; `$ORIGIN` is its folder, and is put in); often none. Throws PluginRefused
/// where the file is no shared library of this machine.
std::vector<std::string> read_search_path(const std::string& path);

/// The libraries that this one needs, as it names them (DT_NEEDED): "libm.so.6". Throws as above.
std::vector<std::string> read_needed(const std::string& path);

}  // namespace assay::host
