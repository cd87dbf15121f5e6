#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "error/error.h"
#include "ingest/ranked_entries.h"
#include "ingest/table.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

constexpr double kLargestRank = 1 << 24;  // -rank is served as a float

double finite_number(const Cell& cell, const std::string& column, const Origin& origin) {
  const std::optional<double> value =
      cell.kind == Cell::Kind::text ? parse_number(cell.text) : number_of(cell);
  if (value && std::isfinite(*value)) return *value;
  throw error::UserError(origin.text(),
                         fmt::format("{} is {}; expected a number", column, shown(cell)));
}

int64_t rank_at(Table& table, int column) {
  const std::string& name = table.names()[column];
  const Cell cell = table.cell(column);
  const double rank = finite_number(cell, name, table.origin());
  if (rank >= 0 && rank == std::floor(rank) && rank < kLargestRank)
    return static_cast<int64_t>(rank);
  throw error::UserError(
      table.origin().text(),
      fmt::format("{} is {}; ranks are integers from 0 or 1", name, shown(cell)));
}

// Without scores nothing else says what comes first.
void check_ranks(const RankedEntries& lists, const std::string& path) {
  std::set<std::pair<int32_t, int64_t>> seen;
  for (size_t entry = 0; entry < lists.query.size(); ++entry) {
    if (seen.emplace(lists.query[entry], lists.rank[entry]).second) continue;
    throw error::UserError(
        path, fmt::format("the list of {} has the rank {} twice and no score; a rank "
                          "orders a list",
                          in_quotes(lists.queries.texts()[lists.query[entry]]), lists.rank[entry]));
  }
}

std::string_view id_at(Table& table, int column, std::string& digits) {
  const std::string& name = table.names()[column];
  const std::string_view id = id_text(table.cell(column), name, table.origin(), digits);
  if (id.empty()) throw error::UserError(table.origin().text(), name + " is empty");
  if (is_list_text(id)) written_list(table.origin().text(), name, id);
  return id;
}

double score_at(Table& table, int column) {
  const std::string& name = table.names()[column];
  const Cell cell = table.cell(column);
  const double score = finite_number(cell, name, table.origin());
  check_score(score, name, shown(cell), table.origin());
  return score;
}

/// Columns of a table of lists; -1 where it has none.
struct ListColumns {
  ListColumns(Table& table, const task::ListSpec& spec)
      : user(place_of(table, spec, "user", true)),
        item(place_of(table, spec, "item", true)),
        rank(place_of(table, spec, "rank", false)),
        score(place_of(table, spec, "score", false)) {
    std::vector<int> roles = {user, item};
    for (const int place : {score, rank})
      if (place >= 0) roles.push_back(place);
    table.unnest(roles);
    if (rank < 0 && score < 0) {
      throw error::UserError(table.header_place(),
                             "has no column score or rank; ranked lists need one of them");
    }
    if (rank < 0 && spec.ties == task::ListTies::rank) {
      throw error::UserError(table.header_place(),
                             "has no column rank, by which ties: rank orders equal scores; ties: "
                             "file and docno_descending need none");
    }
  }
  int user, item, rank, score;

 private:
  // A role that `columns` names must be there; another one has its own name.
  static int place_of(Table& table, const task::ListSpec& spec, const std::string& role,
                      bool needed) {
    const auto named = spec.columns.find(role);
    if (named != spec.columns.end()) return table.column(named->second, "columns." + role);
    return needed ? table.column(role, "of ranked lists") : table.find(role);
  }
};

}  // namespace

RankedEntries read_list_table(const task::ListSpec& spec, const std::string& format) {
  const auto table = open_table(spec.path, {.name = format});
  const ListColumns at(*table, spec);
  RankedEntries out;
  out.unit = table->origin().unit;
  std::string user_digits, item_digits;
  while (table->next()) {
    if (at.rank >= 0) out.rank.push_back(rank_at(*table, at.rank));
    const double score =
        at.score >= 0 ? score_at(*table, at.score) : -static_cast<double>(out.rank.back());
    out.add(id_at(*table, at.user, user_digits), id_at(*table, at.item, item_digits), score,
            table->origin().line);
  }
  if (at.score < 0) check_ranks(out, spec.path);
  if (out.size() == 0) throw error::UserError(spec.path, "has no entry");
  return out;
}

}  // namespace assay::ingest
