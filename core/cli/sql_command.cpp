#include "cli/sql_command.h"

#include <fmt/core.h>

#include <cmath>
#include <memory>
#include <string>

#include "cli/listing.h"
#include "results/reader.h"

namespace assay::cli {
namespace {

struct SqlArguments {
  std::string path, query;
  OutputFormat format = OutputFormat::text;
};

nlohmann::json json_of(const results::Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  if (const auto* real = std::get_if<double>(&cell)) {
    // JSON has neither infinities nor NaN.
    return std::isfinite(*real) ? nlohmann::json(*real) : nlohmann::json(fmt::format("{}", *real));
  }
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  if (const auto* blob = std::get_if<results::Blob>(&cell))
    return fmt::format("{} bytes", blob->bytes.size());
  return nullptr;
}

void query(const SqlArguments& arguments) {
  const results::Database database = results::Database::open_readonly(arguments.path);
  const results::QueryAnswer answer = results::Reader(database).query(arguments.query);
  Listing table{answer.columns, {}};
  for (const auto& row : answer.rows) {
    std::vector<nlohmann::json> cells;
    for (const results::Cell& cell : row) cells.push_back(json_of(cell));
    table.add(std::move(cells));
  }
  fmt::print("{}", render(table, arguments.format));
}

}  // namespace

void add_sql_command(CLI::App& app, int&) {
  auto arguments = std::make_shared<SqlArguments>();
  CLI::App* command = app.add_subcommand("sql", "Query a results database with one SQL statement");
  command->add_option("db", arguments->path, "A results database")->required()->option_text("DB");
  command->add_option("query", arguments->query, "The statement, in quotes")
      ->required()
      ->option_text("QUERY");
  add_format_option(*command, arguments->format);
  command->callback([arguments] { query(*arguments); });
}

}  // namespace assay::cli
