#include "cli/item_titles.h"

#include <map>
#include <string>

#include "dataset/features.h"
#include "dataset/prepared.h"
#include "ingest/titles.h"
#include "text/clipped.h"
#include "text/utf8.h"

namespace assay::cli {
namespace {

constexpr char kCut[] = "title";
/// A longer title is no help in a list.
constexpr size_t kMostBytes = 120;

using Titles = std::vector<std::string>;  // by item; empty where it has none

/// Name of the feature that says what items are called; the first one, texts before categories.
std::string title_feature(const dataset::PreparedData& data) {
  const nlohmann::json& features = data.info().at("features").at("item");
  for (const char* type : {"text", "category"}) {
    for (const nlohmann::json& feature : features) {
      const auto name = feature.at("name").get<std::string>();
      if (feature.at("type") == type && ingest::is_title(name)) return name;
    }
  }
  return "";
}

Titles titles_of_feature(const dataset::PreparedData& data, const std::string& name) {
  const std::string prefix = "item.feature." + name;
  Titles titles(static_cast<size_t>(data.items()));
  const auto text_in = [&](const std::string& tensor) {
    return dataset::TextView{data.array<char>(tensor), data.array<int64_t>(tensor + ".offsets")};
  };
  if (data.has(prefix + ".text")) {
    const dataset::TextView text = text_in(prefix + ".text");
    for (size_t item = 0; item < titles.size(); ++item)
      titles[item] = text[static_cast<int64_t>(item)];
    return titles;
  }
  const auto codes = data.array<int32_t>(prefix + ".values");
  const dataset::TextView labels = text_in(prefix + ".labels");
  for (size_t item = 0; item < titles.size(); ++item)
    if (codes[item] >= 0) titles[item] = labels[codes[item]];
  return titles;
}

Titles titles_of_file(const dataset::PreparedData& data, const task::DatasetSpec& spec,
                      const ingest::DataPlaces& places) {
  const std::map<std::string, std::string> written = ingest::written_titles(spec, places);
  if (written.empty()) return {};
  Titles titles;
  for (int64_t item = 0; item < data.items(); ++item) {
    const auto found = written.find(std::string(data.item_id(item)));
    titles.push_back(found == written.end() ? "" : found->second);
  }
  return titles;
}

results::LabelRow title_row(const Titles& titles, const std::string& prepared_hash) {
  results::LabelRow row;
  row.of = results::LabelRow::Of::items;
  row.prepared_hash = prepared_hash;
  row.cut = kCut;
  row.offsets = {0};
  std::map<std::string, int32_t> places;
  for (const std::string& title : titles) {
    if (!title.empty() && text::is_utf8(title)) {
      const std::string shown = text::clipped(title, kMostBytes);
      const auto [at, added] = places.try_emplace(shown, static_cast<int32_t>(row.labels.size()));
      if (added) row.labels.push_back(shown);
      row.codes.push_back(at->second);
    }
    row.offsets.push_back(std::ssize(row.codes));
  }
  return row;
}

}  // namespace

void record_titles(const execution::Plan& plan, const ingest::DataPlaces& places,
                   results::Database& database) {
  for (const execution::PlannedData& planned : plan.data) {
    const dataset::PreparedData data = dataset::PreparedData::open(planned.prepared.path);
    if (data.items() > kMostTitles) continue;
    const std::string feature = title_feature(data);
    const Titles titles = feature.empty() ? titles_of_file(data, planned.spec, places)
                                          : titles_of_feature(data, feature);
    const results::LabelRow row = title_row(titles, planned.prepared.key);
    if (!row.codes.empty()) database.write(row);
  }
}

}  // namespace assay::cli
