#include "ingest/notices.h"

#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "dataset/feature_coverage.h"
#include "dataset/ranked_lists.h"
#include "dataset/time.h"
#include "ingest/time_reader.h"
#include "ingest/times.h"
#include "text/counted.h"
#include "text/thousands.h"

namespace assay::ingest {
namespace {

constexpr int64_t kYear = int64_t{365} * 86'400 * dataset::kMicroseconds;
constexpr int64_t kEndOf1970 = kYear;
constexpr int64_t kGap = 10 * kYear;  // that no log has which begins in 1970

/// Says that some times are in 1970, and no other for years after. @param times  ascending
void tell_times_apart(const std::string& name, std::span<const int64_t> times,
                      const dataset::Notice& notice) {
  const auto later = std::ranges::lower_bound(times, kEndOf1970);
  const int64_t count = later - times.begin();
  if (count == 0 || later == times.end() || *later - times[count - 1] < kGap) return;
  notice(
      fmt::format("{}: {} of {} {} in 1970 (the first at {}), the next one is at {} UTC: missing "
                  "times may be written as 0, or these counted in another unit",
                  name, text::thousands(count), text::counted(std::ssize(times), "time"),
                  count == 1 ? "is" : "are", shown_time(times.front()), shown_time(*later)));
}

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
  } else {
    tell_times_apart(dataset.name, times, notice);
  }
}

nlohmann::json empty_rows_info(const EventBuilder& events) {
  if (events.rows_without_event() == 0) return nullptr;
  return {{"count", events.rows_without_event()}, {"first", events.first_without_event()}};
}

void tell_empty_rows(const std::string& name, const nlohmann::json& imported,
                     const dataset::Notice& notice) {
  if (!notice || !imported.contains("rows_without_event")) return;
  const nlohmann::json& rows = imported.at("rows_without_event");
  const auto count = rows.at("count").get<int64_t>();
  notice(fmt::format("{}: {} {} no event, since {} empty or missing (the first: {})", name,
                     text::thousands(count), count == 1 ? "row gives" : "rows give",
                     count == 1 ? "its list is" : "their lists are",
                     rows.at("first").get<std::string>()));
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
