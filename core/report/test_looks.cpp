#include "report/test_looks.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <utility>

#include "hash/hash.h"
#include "report/numbers.h"
#include "text/counted.h"
#include "text/listed.h"

namespace assay::report {

namespace {

/// Of several folds the last one: a run looks at all of them together. An attribution asks about what
/// an earlier run has concluded already, so that it counts for later runs alone.
constexpr char kLooks[] = R"sql(
WITH last AS (
  SELECT run_id, dataset, source_hash, prepared_hash FROM data_source AS d
  WHERE CAST(fold AS INTEGER) = (SELECT max(CAST(fold AS INTEGER)) FROM data_source
                                 WHERE run_id = d.run_id AND dataset = d.dataset))
SELECT DISTINCT t.run_id, t.time, t.first_s, t.last_s, t.run_id = ?1 AND l.dataset = ?2
FROM test_look AS t JOIN last AS l USING (run_id, prepared_hash)
WHERE l.source_hash = (SELECT source_hash FROM last WHERE run_id = ?1 AND dataset = ?2)
  AND (t.run_id <= ?1 OR t.run_id NOT IN (SELECT run_id FROM attribution))
ORDER BY t.look_id)sql";

struct Look {
  int64_t run_id = 0;
  std::string time;
  std::optional<int64_t> first_s, last_s;
  bool own = false;
};

std::optional<int64_t> maybe(const results::Cell& cell) {
  const auto* number = std::get_if<int64_t>(&cell);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

std::vector<Look> looks_at(const results::Reader& reader, int64_t run_id,
                           const std::string& dataset) {
  const std::array<results::Cell, 2> parameters{run_id, dataset};
  std::vector<Look> looks;
  for (const auto& row : reader.query(kLooks, parameters).rows) {
    looks.push_back({std::get<int64_t>(row[0]), std::get<std::string>(row[1]), maybe(row[2]),
                     maybe(row[3]), std::get<int64_t>(row[4]) != 0});
  }
  return looks;
}

bool may_overlap(const Look& a, const Look& b) {
  if (!a.first_s || !a.last_s || !b.first_s || !b.last_s) return true;
  return *a.first_s <= *b.last_s && *b.first_s <= *a.last_s;
}

constexpr size_t kDigits = 12;  // as the log has them

void add_chains(const results::Reader& reader, int64_t run_id, std::set<std::string>& chains) {
  const std::array<results::Cell, 1> parameters{run_id};
  // Variants without stages (in tests, or of other tools) are told apart by their names.
  for (const auto& row :
       reader.query("SELECT chain, name FROM variant WHERE run_id = ?", parameters).rows) {
    const auto& chain = std::get<std::string>(row[0]);
    chains.insert(
        hash::sha256_hex(chain == "{}" ? std::get<std::string>(row[1]) : chain).substr(0, kDigits));
  }
}

}  // namespace

TestLooks test_looks(const results::Reader& reader, int64_t run_id, const std::string& dataset) {
  TestLooks found;
  std::set<std::string> chains;
  const std::vector<Look> looks = looks_at(reader, run_id, dataset);
  const auto own = std::ranges::find_if(looks, &Look::own);
  if (own == looks.end()) return found;
  // A run with two splits of the same files has looked once.
  std::set<std::pair<int64_t, std::string>> counted;
  for (const Look& look : looks) {
    if (!may_overlap(look, *own) || !counted.insert({look.run_id, look.time}).second) continue;
    found.here.push_back(look.time);
    add_chains(reader, look.run_id, chains);
  }
  const std::array<results::Cell, 2> parameters{run_id, dataset};
  for (const auto& row : reader
                             .query("SELECT DISTINCT time, database, chains FROM known_look WHERE "
                                    "run_id = ? AND dataset = ? ORDER BY time",
                                    parameters)
                             .rows) {
    found.elsewhere.push_back(std::get<std::string>(row[0]));
    const auto known = nlohmann::json::parse(std::get<std::string>(row[2]), nullptr, false);
    if (!known.is_array()) continue;
    for (const auto& chain : known) chains.insert(chain.get<std::string>());
  }
  found.variants = std::ssize(chains);
  return found;
}

std::string TestLooks::text() const {
  if (here.empty()) return "";
  std::vector<std::string> times = here, days;
  times.insert(times.end(), elsewhere.begin(), elsewhere.end());
  std::ranges::sort(times);
  for (const std::string& time : times) {
    const std::string day = day_text(time);
    if (days.empty() || days.back() != day) days.push_back(day);
  }
  const std::string when =
      days.size() <= 2 ? text::listed(days) : fmt::format("{} to {}", days.front(), days.back());
  const std::string others =
      elsewhere.empty() ? "" : fmt::format(" and {} in others", times_word(std::ssize(elsewhere)));
  return fmt::format("test split evaluated {} in this file{} ({}), with {}",
                     times_word(std::ssize(here)), others, when,
                     text::counted(variants, "variant"));
}

}  // namespace assay::report
