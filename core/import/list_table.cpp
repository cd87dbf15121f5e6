#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "error/error.h"
#include "import/ranked_entries.h"
#include "import/table.h"
#include "import/text.h"

namespace assay {
namespace {

double number_of(const Cell& cell, const char* column, const Origin& origin) {
  if (cell.kind == Cell::Kind::integer) return static_cast<double>(cell.integer);
  if (cell.kind == Cell::Kind::number && std::isfinite(cell.number)) return cell.number;
  std::optional<double> value;
  if (cell.kind == Cell::Kind::text) value = parse_number(cell.text);
  if (value) return *value;
  throw UserError(origin.text(), fmt::format("{} is {}; expected a number", column, shown(cell)));
}

std::string_view id_at(Table& table, int column, std::string& digits) {
  const std::string& name = table.names()[column];
  const std::string_view id = id_text(table.cell(column), name, table.origin(), digits);
  if (id.empty()) throw UserError(table.origin().text(), name + " is empty");
  return id;
}

}  // namespace

RankedEntries read_list_table(const std::string& path, const std::string& format) {
  const auto table = open_table(path, {.name = format});
  const int user = table->column("user", "of ranked lists");
  const int item = table->column("item", "of ranked lists");
  const int rank = table->find("rank");
  const int score = table->find("score");
  if (rank < 0 && score < 0) {
    throw UserError(table->header_place(),
                    "has neither a column score nor rank; ranked lists need one of them");
  }
  RankedEntries out;
  std::string digits;
  while (table->next()) {
    const Origin origin = table->origin();
    out.query.push_back(out.queries.add(id_at(*table, user, digits)));
    out.item.push_back(out.items.add(id_at(*table, item, digits)));
    const double place = rank < 0 ? 0 : number_of(table->cell(rank), "rank", origin);
    out.rank.push_back(static_cast<int64_t>(place));
    out.score.push_back(
        static_cast<float>(score < 0 ? -place : number_of(table->cell(score), "score", origin)));
  }
  if (out.query.empty()) throw UserError(path, "holds no entry");
  return out;
}

}  // namespace assay
