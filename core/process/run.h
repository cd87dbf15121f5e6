#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "process/command.h"
#include "process/end.h"

namespace assay::process {

/// A program that exceeds one of them is asked to end, and killed a second later.
struct Limits {
  /// Of the whole call; nothing: as long as it takes.
  std::optional<std::chrono::milliseconds> time = std::nullopt;
  /// Of standard output.
  size_t bytes = SIZE_MAX;
};

/// What came of a program.
struct Ran {
  End end;
  /// What it wrote on standard output, where that is Output::pipe(); at most Limits::bytes.
  std::string output;
  bool late = false;  ///< it was ended for Limits::time
  bool cut = false;   ///< it was ended for Limits::bytes
};

/// Starts a program, reads what it writes until it closes standard output, and waits for its end.
/// Its input is no pipe. Throws what the constructor of Child throws.
Ran run(const Command& command, const Limits& limits = {});

}  // namespace assay::process
