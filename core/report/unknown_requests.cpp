#include "report/unknown_requests.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <tuple>

#include "report/comparison.h"
#include "report/first_sentences.h"
#include "text/counted.h"
#include "text/listed.h"
#include "text/thousands.h"

namespace assay::report {

namespace {

/// So many variants are named; of more only their number is told.
constexpr size_t kMostNamed = 4;

// A trial that counted nothing at a place knows all its requests. Folds have requests of their own,
// seeds have the same ones.
constexpr char kCounts[] = R"sql(
WITH counted AS (
    SELECT trial_key, place, sum(count) AS unknown FROM unknown_request GROUP BY trial_key, place),
  places AS (
    SELECT DISTINCT l.variant_id, l.dataset, c.place
    FROM run_trial AS l JOIN counted AS c USING (trial_key) WHERE l.run_id = ?),
  by_seed AS (
    SELECT p.variant_id, p.dataset, p.place, sum(ifnull(c.unknown, 0)) AS unknown,
           sum(t.requests) AS requests
    FROM places AS p
    JOIN run_trial AS l ON l.variant_id = p.variant_id AND l.dataset = p.dataset
    JOIN trial AS t ON t.trial_key = l.trial_key
    LEFT JOIN counted AS c ON c.trial_key = l.trial_key AND c.place = p.place
    WHERE t.status = 'done' GROUP BY p.variant_id, p.dataset, p.place, l.seed)
SELECT v.name, b.dataset, b.place, ifnull(s.plugin, ''), ifnull(a.plugin, ''), min(b.unknown),
  max(b.unknown), max(b.requests),
  (SELECT count(*) FROM stage AS o WHERE o.variant_id = v.variant_id AND o.kind = 'recall' AND
   o.place NOT LIKE '%.unknown')
FROM by_seed AS b JOIN variant AS v USING (variant_id)
LEFT JOIN stage AS s ON s.variant_id = b.variant_id AND s.place = b.place
LEFT JOIN stage AS a ON a.variant_id = b.variant_id AND a.place = b.place || '.unknown'
GROUP BY v.variant_id, b.dataset, b.place HAVING max(b.unknown) > 0
ORDER BY v.position, b.dataset, b.place
)sql";

const std::string kUnknown = ".unknown";

auto what_of(const UnknownSource& source) {
  return std::tie(source.dataset, source.place, source.plugin, source.least, source.most, source.of,
                  source.answered, source.left, source.alone);
}

std::vector<UnknownSource> counted(const results::Reader& reader, int64_t run_id) {
  const std::array<results::Cell, 1> parameters{run_id};
  std::vector<UnknownSource> all;
  for (const auto& row : reader.query(kCounts, parameters).rows) {
    const auto text = [&](size_t at) { return std::get<std::string>(row[at]); };
    const auto count = [&](size_t at) { return std::get<int64_t>(row[at]); };
    all.push_back({.variants = {text(0)},
                   .dataset = text(1),
                   .place = text(2),
                   .plugin = text(3),
                   .least = count(5),
                   .most = count(6),
                   .of = count(7),
                   .answered = text(4),
                   .left = 0,
                   .alone = count(8) <= 1});
  }
  return all;
}

/// What stands at `unknown` and does not know them either is told of its source.
void fold_into_sources(std::vector<UnknownSource>& all) {
  for (const UnknownSource& answering : all) {
    if (!answering.place.ends_with(kUnknown)) continue;
    for (UnknownSource& source : all)
      if (source.variants == answering.variants && source.dataset == answering.dataset &&
          source.place + kUnknown == answering.place)
        source.left = answering.most;
  }
  std::erase_if(all, [](const UnknownSource& one) { return one.place.ends_with(kUnknown); });
}

std::string range_of(const UnknownSource& source) {
  if (source.least == source.most) return text::thousands(source.most);
  return fmt::format("{} to {}", text::thousands(source.least), text::thousands(source.most));
}

std::string answer_of(const UnknownSource& source) {
  const bool one = source.most == 1;
  if (source.answered.empty()) {
    if (!source.alone)
      return one ? "it adds nothing to its list" : "it adds nothing to their lists";
    return one ? "its list is empty" : "their lists are empty";
  }
  if (source.left == 0) return fmt::format("{} answered {}", source.answered, one ? "it" : "them");
  if (source.left >= source.most) return fmt::format("nor does {}", source.answered);
  return fmt::format("{} answered them but for {}", source.answered, text::thousands(source.left));
}

std::string sentence(const UnknownSource& source, bool name_dataset) {
  const bool few = source.variants.size() <= kMostNamed;
  const std::string who =
      few ? text::listed(source.variants) : text::counted(std::ssize(source.variants), "variant");
  return fmt::format("{} does not know {} of {}{} ({} of {}); {}.", source.plugin, range_of(source),
                     text::counted(source.of, "request"),
                     name_dataset ? " of " + source.dataset : "", source.place, who,
                     answer_of(source));
}

}  // namespace

std::vector<UnknownSource> unknown_sources(const results::Reader& reader, int64_t run_id) {
  std::vector<UnknownSource> single = counted(reader, run_id);
  fold_into_sources(single);
  std::vector<UnknownSource> all;
  for (UnknownSource& source : single) {
    const auto same = std::ranges::find_if(
        all, [&](const UnknownSource& other) { return what_of(other) == what_of(source); });
    if (same == all.end())
      all.push_back(std::move(source));
    else
      same->variants.push_back(std::move(source.variants.front()));
  }
  return all;
}

std::vector<std::string> unknown_sentences(const Comparison& comparison) {
  return first_sentences(
      comparison.unknown.size(),
      [&](size_t i) { return sentence(comparison.unknown[i], comparison.datasets.size() > 1); },
      [](int64_t more) {
        return fmt::format(
            "{} more do not know all requests: see the view unknown_requests of the results.",
            text::counted(more, "source"));
      });
}

nlohmann::ordered_json unknown_json(const Comparison& comparison) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const UnknownSource& source : comparison.unknown) {
    json.push_back({{"variants", source.variants},
                    {"dataset", source.dataset},
                    {"place", source.place},
                    {"plugin", source.plugin},
                    {"least", source.least},
                    {"most", source.most},
                    {"of", source.of},
                    {"answered", nullptr},
                    {"left", source.left}});
    if (!source.answered.empty()) json.back()["answered"] = source.answered;
  }
  return json;
}

}  // namespace assay::report
