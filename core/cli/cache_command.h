#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

namespace assay::cli {

/// `assay cache`, `assay cache prune`.
void add_cache_command(CLI::App& app, int& exit_code);

/// "20GiB", "500MB", "1.5 TiB", "1000" (bytes). Throws UserError at `place`.
int64_t parse_bytes(const std::string& text, const std::string& place);
/// "30d", "12h", "90m", "45s": seconds. Throws UserError at `place`.
int64_t parse_age(const std::string& text, const std::string& place);

/// How large the cache may be in bytes: `asked` (of --cache-limit), else `file_gib` (of limits.cache,
/// in GiB; 0: not set), else ASSAY_CACHE_LIMIT, else no limit. Throws UserError where it cannot be
/// read.
std::optional<int64_t> cache_limit(const std::string& asked, double file_gib = 0);

/// Prunes the cache to a limit, and says on standard error what went, and where what is in use is
/// more than the limit.
void keep_cache_limit(const std::string& cache_dir, int64_t limit);

}  // namespace assay::cli
