#include "ingest/notices.h"

#include <fmt/format.h>

#include "dataset/feature_coverage.h"
#include "dataset/ranked_lists.h"
#include "dataset/time.h"
#include "ingest/time_reader.h"
#include "ingest/times.h"

namespace assay::ingest {
namespace {

constexpr int64_t kEndOf1970 = int64_t{365} * 86'400 * dataset::kMicroseconds;

}  // namespace

void tell_times(const task::DatasetSpec& dataset, const dataset::ImportedRef& ref,
                const dataset::Notice& notice) {
  if (!notice) return;
  const dataset::ImportedData data = dataset::ImportedData::open(ref.path);
  if (!data.has_times()) return;
  const auto times = data.file().array<int64_t>("event.time_us");
  const std::string range =
      fmt::format("{} to {} UTC", shown_time(times.front()), shown_time(times.back()));
  if (ref.info.value("dates_are_numbers", false)) {
    notice(fmt::format("{}: times are numbers such as 20240131 and were read as days: {}",
                       dataset.name, range));
  } else if (times.back() < kEndOf1970) {
    const TimeReader reader(dataset.time, dataset.where);
    notice(
        fmt::format("{}: all times are in 1970 ({}); they were read as {} since 1970, and may be "
                    "years, or counted in another unit or from another beginning",
                    dataset.name, range, reader.unit_words()));
  }
}

void tell_missing(const task::DatasetSpec& dataset, const nlohmann::json& imported,
                  const nlohmann::json& prepared, const dataset::Notice& notice) {
  if (!notice) return;
  for (const dataset::FeatureCoverage& file :
       dataset::feature_coverage_of(imported.at("feature_files")))
    if (file.without > 0) notice(fmt::format("{}: {}", dataset.name, file.text()));
  for (const auto& [name, info] : prepared.at("lists").items()) {
    const std::string text = dataset::missing_lists_text(name, info);
    if (!text.empty()) notice(fmt::format("{}: {}", dataset.name, text));
  }
}

}  // namespace assay::ingest
