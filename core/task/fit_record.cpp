#include "task/fit_record.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "error/error.h"
#include "task/json_members.h"

namespace assay::task {
namespace {

constexpr std::string_view kChosen = "chosen.";

}  // namespace

ASSAY_JSON(FitNote, key, value)
ASSAY_JSON(FitCurve, name, steps, values)
ASSAY_JSON(FitValue, definition, cutoff, requests, value)
ASSAY_JSON(FitRecord, artifact_key, plugin, stage, seconds, bytes, fit_bytes, peak_bytes, notes,
           curves, measured)

std::string text_of(const FitRecord& record) {
  // What a strategy notes need not be UTF-8.
  return nlohmann::json(record).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::optional<FitRecord> parse_fit_record(const std::string& text) {
  try {
    return nlohmann::json::parse(text).get<FitRecord>();
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

std::string fit_record_path(const std::string& artifact_path) {
  return std::filesystem::path(artifact_path).replace_extension(".fit.json").string();
}

void write_fit_record(const FitRecord& record, const std::string& artifact_path) {
  const std::string path = fit_record_path(artifact_path);
  // Two runs may make the same fit at once: each writes a file of its own and renames it.
  const std::string temporary = path + "." + std::to_string(::getpid()) + ".tmp";
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream out(temporary, std::ios::trunc);
  out << text_of(record) << '\n';
  out.close();
  std::error_code failed;
  if (out) std::filesystem::rename(temporary, path, failed);
  if (out && !failed) return;
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  throw error::UserError(path, "cannot be written (is the disk full?)");
}

std::optional<FitRecord> read_fit_record(const std::string& artifact_path) {
  std::ifstream in(fit_record_path(artifact_path));
  std::stringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  return parse_fit_record(text.str());
}

std::map<std::string, std::string> chosen_values(const FitRecord& record) {
  std::map<std::string, std::string> chosen;
  for (const FitNote& note : record.notes) {
    if (note.key.starts_with(kChosen)) chosen[note.key.substr(kChosen.size())] = note.value;
  }
  return chosen;
}

}  // namespace assay::task
