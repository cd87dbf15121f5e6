#include "cli/describe_guess.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

#include "config/scalar.h"

namespace assay::cli {
namespace {

using Tree = nlohmann::ordered_json;

std::string flow(const Tree& value) {
  if (!value.is_structured()) return config::scalar_text(value.get<std::string>());
  std::vector<std::string> parts;
  for (const auto& [key, item] : value.items())
    parts.push_back(value.is_object() ? fmt::format("{}: {}", key, flow(item)) : flow(item));
  const std::string joined = fmt::format("{}", fmt::join(parts, ", "));
  return value.is_object() ? "{" + joined + "}" : "[" + joined + "]";
}

Tree time_tree(const std::string& column, const task::TimeFormat& time) {
  if (time == task::TimeFormat{}) return column;
  Tree out = {{"name", column}};
  if (!time.unit.empty()) out["unit"] = time.unit;
  if (!time.format.empty()) out["format"] = time.format;
  if (!time.zone.empty()) out["zone"] = time.zone;
  return out;
}

Tree source_tree(const task::DatasetSpec& dataset) {
  Tree out = {{"path", dataset.path}, {"format", dataset.format}};
  if (dataset.format == "csv" && dataset.delimiter != ",") out["delimiter"] = dataset.delimiter;
  if (!dataset.header.empty()) out["header"] = dataset.header;
  for (const char* role : {"user", "item", "time", "value", "event"}) {
    const auto found = dataset.columns.find(role);
    if (found == dataset.columns.end()) continue;
    Tree& column = out["columns"][role];
    if (std::string_view(role) == "time")
      column = time_tree(found->second, dataset.time);
    else
      column = found->second;
  }
  return out;
}

}  // namespace

std::string source_block(const task::DatasetSpec& dataset) {
  std::string out = "source:\n";
  const Tree tree = source_tree(dataset);
  for (const auto& [key, value] : tree.items()) out += fmt::format("  {}: {}\n", key, flow(value));
  return out;
}

std::string shown_guess(const ingest::SourceGuess& guess, OutputFormat format) {
  if (format != OutputFormat::text && format != OutputFormat::markdown) return "";
  Listing table{{"part", "guess", "because"}, {}};
  for (const ingest::GuessedPart& part : guess.parts) table.add({part.what, part.found, part.why});
  std::string out = render(table, format) + "\n";
  for (const std::string& doubt : guess.doubts) out += fmt::format("not sure of {}\n", doubt);
  for (const std::string& note : guess.notes) out += fmt::format("note: {}\n", note);
  if (!guess.doubts.empty() || !guess.notes.empty()) out += "\n";
  const char* fence = format == OutputFormat::markdown ? "```\n" : "";
  return fmt::format("{}{}{}{}\n", out, fence, source_block(guess.dataset), fence);
}

nlohmann::json json_of(const ingest::SourceGuess& guess) {
  nlohmann::json parts = nlohmann::json::array();
  for (const ingest::GuessedPart& part : guess.parts)
    parts.push_back({{"part", part.what}, {"found", part.found}, {"why", part.why}});
  return {{"source", source_tree(guess.dataset)},
          {"guess", parts},
          {"doubts", guess.doubts},
          {"notes", guess.notes}};
}

}  // namespace assay::cli
