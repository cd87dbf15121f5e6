#include "report/strategy_warnings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "report/comparison.h"
#include "report/first_sentences.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::report {

namespace {

/// So many variants are named; of more only their number is told.
constexpr size_t kMostNamed = 4;

constexpr char kNotes[] = R"sql(
SELECT v.name, t.dataset, a.place, f.plugin, n.value, count(*),
  (SELECT count(*) FROM run_trial AS o WHERE o.variant_id = v.variant_id AND o.dataset = t.dataset)
FROM run_trial AS t JOIN variant AS v USING (variant_id)
JOIN trial_artifact AS a USING (trial_key) JOIN note AS n USING (artifact_key)
JOIN artifact AS f USING (artifact_key)
WHERE t.run_id = ? AND n.key = 'warning'
GROUP BY v.variant_id, t.dataset, a.place, n.value ORDER BY v.position, t.dataset, a.place, n.value
)sql";

auto what_of(const StrategyWarning& warning) {
  return std::tie(warning.dataset, warning.place, warning.plugin, warning.text);
}

std::string sentence(const StrategyWarning& warning, bool name_dataset) {
  const bool few = warning.variants.size() <= kMostNamed;
  const std::string who =
      few ? text::listed(warning.variants) : text::counted(std::ssize(warning.variants), "variant");
  const std::string where = name_dataset ? " on " + warning.dataset : "";
  const std::string part = warning.trials == warning.of
                               ? ""
                               : fmt::format(", {} of {} trials", warning.trials, warning.of);
  std::string text = fmt::format("Warning: {}{} ({}, {}{}): {}", who, where, warning.plugin,
                                 warning.place, part, warning.text);
  return text.ends_with('.') ? text : text + ".";
}

}  // namespace

std::vector<StrategyWarning> strategy_warnings(const results::Reader& reader, int64_t run_id) {
  const std::array<results::Cell, 1> parameters{run_id};
  std::vector<StrategyWarning> all;
  for (const auto& row : reader.query(kNotes, parameters).rows) {
    StrategyWarning warning{{std::get<std::string>(row[0])}, std::get<std::string>(row[1]),
                            std::get<std::string>(row[2]),   std::get<std::string>(row[3]),
                            std::get<std::string>(row[4]),   std::get<int64_t>(row[5]),
                            std::get<int64_t>(row[6])};
    const auto same = std::ranges::find_if(
        all, [&](const StrategyWarning& other) { return what_of(other) == what_of(warning); });
    if (same == all.end()) {
      all.push_back(std::move(warning));
      continue;
    }
    same->variants.push_back(std::move(warning.variants.front()));
    same->trials += warning.trials;
    same->of += warning.of;
  }
  return all;
}

std::vector<std::string> warning_sentences(const Comparison& comparison) {
  return first_sentences(
      comparison.warnings.size(),
      [&](size_t i) { return sentence(comparison.warnings[i], comparison.datasets.size() > 1); },
      [](int64_t more) {
        return fmt::format("{} more are in the table note of the results.",
                           text::counted(more, "warning"));
      });
}

nlohmann::ordered_json warnings_json(const Comparison& comparison) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const StrategyWarning& warning : comparison.warnings) {
    json.push_back({{"variants", warning.variants},
                    {"dataset", warning.dataset},
                    {"place", warning.place},
                    {"plugin", warning.plugin},
                    {"text", warning.text},
                    {"trials", warning.trials},
                    {"of", warning.of}});
  }
  return json;
}

}  // namespace assay::report
