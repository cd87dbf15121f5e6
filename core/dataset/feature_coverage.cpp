#include "dataset/feature_coverage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "text/thousands.h"

namespace assay::dataset {

std::string first_ids(const std::vector<std::string>& first, int64_t count) {
  std::string out;
  for (const std::string& id : first) out += fmt::format("{}\"{}\"", out.empty() ? "" : ", ", id);
  return out + (std::ssize(first) < count ? ", ..." : "");
}

std::string FeatureCoverage::text() const {
  std::string out =
      without == 0
          ? fmt::format("{}: all {} {}s of the log have a row", file, text::thousands(ids), of)
          : fmt::format("{}: {} of {} {}s of the log {} no row ({})", file,
                        text::thousands(without), text::thousands(ids), of,
                        without == 1 ? "has" : "have", first_ids(first_without, without));
  if (unknown > 0) {
    out += fmt::format("; {} of its {} rows {} of {}s that are not in the log ({})",
                       text::thousands(unknown), text::thousands(rows), unknown == 1 ? "is" : "are",
                       of, first_ids(first_unknown, unknown));
  }
  return out;
}

nlohmann::json to_json(const std::vector<FeatureCoverage>& files) {
  nlohmann::json out = nlohmann::json::array();
  for (const FeatureCoverage& file : files) {
    out.push_back({{"of", file.of},
                   {"file", file.file},
                   {"ids", file.ids},
                   {"rows", file.rows},
                   {"without", file.without},
                   {"unknown", file.unknown},
                   {"first_without", file.first_without},
                   {"first_unknown", file.first_unknown}});
  }
  return out;
}

std::vector<FeatureCoverage> feature_coverage_of(const nlohmann::json& files) {
  std::vector<FeatureCoverage> out;
  for (const nlohmann::json& file : files) {
    out.push_back({.of = file.at("of").get<std::string>(),
                   .file = file.at("file").get<std::string>(),
                   .ids = file.at("ids").get<int64_t>(),
                   .rows = file.at("rows").get<int64_t>(),
                   .without = file.at("without").get<int64_t>(),
                   .unknown = file.at("unknown").get<int64_t>(),
                   .first_without = file.at("first_without").get<std::vector<std::string>>(),
                   .first_unknown = file.at("first_unknown").get<std::vector<std::string>>()});
  }
  return out;
}

AuditFinding feature_rows(const std::vector<FeatureCoverage>& files) {
  std::vector<std::string> texts;
  for (const FeatureCoverage& file : files) texts.push_back(file.text());
  const bool found = std::ranges::any_of(files, [](const auto& file) { return file.without > 0; });
  return {"feature_rows", AuditFinding::Kind::property, found ? "found" : "none",
          fmt::format("{}", fmt::join(texts, "; "))};
}

}  // namespace assay::dataset
