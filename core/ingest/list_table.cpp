#include <fmt/format.h>

#include <cmath>
#include <optional>
#include <set>
#include <utility>

#include "error/error.h"
#include "ingest/ranked_entries.h"
#include "ingest/table.h"
#include "ingest/text.h"

namespace assay::ingest {
namespace {

constexpr double kLargestRank = 1 << 24;  // -rank is served as a float

double finite_number(const Cell& cell, const char* column, const Origin& origin) {
  const std::optional<double> value =
      cell.kind == Cell::Kind::text ? parse_number(cell.text) : number_of(cell);
  if (value && std::isfinite(*value)) return *value;
  throw error::UserError(origin.text(),
                         fmt::format("{} is {}; expected a number", column, shown(cell)));
}

int64_t rank_of(const Cell& cell, const Origin& origin) {
  const double rank = finite_number(cell, "rank", origin);
  if (rank >= 0 && rank == std::floor(rank) && rank < kLargestRank)
    return static_cast<int64_t>(rank);
  throw error::UserError(origin.text(),
                         fmt::format("rank is {}; ranks are integers from 0 or 1", shown(cell)));
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

double score_of(const Cell& cell, const Origin& origin) {
  const double score = finite_number(cell, "score", origin);
  check_score(score, shown(cell), origin);
  return score;
}

/// Columns of a table of lists; -1 where it has none.
struct ListColumns {
  explicit ListColumns(Table& table, std::optional<task::ListTies> ties)
      : user(table.column("user", "of ranked lists")),
        item(table.column("item", "of ranked lists")),
        rank(table.find("rank")),
        score(table.find("score")) {
    if (rank < 0 && score < 0) {
      throw error::UserError(table.header_place(),
                             "has no column score or rank; ranked lists need one of them");
    }
    if (rank < 0 && ties == task::ListTies::rank) {
      throw error::UserError(table.header_place(),
                             "has no column rank, by which ties: rank orders equal scores; ties: "
                             "file and docno_descending need none");
    }
  }
  int user, item, rank, score;
};

}  // namespace

RankedEntries read_list_table(const std::string& path, const std::string& format,
                              std::optional<task::ListTies> ties) {
  const auto table = open_table(path, {.name = format});
  const ListColumns at(*table, ties);
  RankedEntries out;
  out.unit = table->origin().unit;
  std::string user_digits, item_digits;
  while (table->next()) {
    const Origin origin = table->origin();
    if (at.rank >= 0) out.rank.push_back(rank_of(table->cell(at.rank), origin));
    const double score = at.score >= 0 ? score_of(table->cell(at.score), origin)
                                       : -static_cast<double>(out.rank.back());
    out.add(id_at(*table, at.user, user_digits), id_at(*table, at.item, item_digits), score,
            origin.line);
  }
  if (at.score < 0) check_ranks(out, path);
  if (out.size() == 0) throw error::UserError(path, "has no entry");
  return out;
}

}  // namespace assay::ingest
