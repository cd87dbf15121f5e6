#include "report/run_name.h"

#include <fmt/core.h>

#include <charconv>
#include <filesystem>

#include "error/error.h"

namespace assay::report {

std::string RunName::text() const { return run ? fmt::format("{}#{}", path, *run) : path; }

RunName parse_run_name(const std::string& text) {
  const size_t hash = text.rfind('#');
  if (hash == std::string::npos || std::filesystem::exists(text)) return {text, std::nullopt};
  int64_t run = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + hash + 1, end, run);
  if (read.ec != std::errc() || read.ptr != end || run <= 0) {
    throw error::UserError(text,
                           fmt::format("\"{}\" is no run; write FILE#RUN with the run's number, as "
                                       "in results/x.sqlite#2",
                                       text.substr(hash + 1)));
  }
  return {text.substr(0, hash), run};
}

OpenRun::OpenRun(const RunName& name)
    : name_(name),
      database_(std::make_unique<results::Database>(results::Database::open_readonly(name.path))),
      chosen_(choose_run(results::Reader(*database_), name.path, name.run)) {}

}  // namespace assay::report
