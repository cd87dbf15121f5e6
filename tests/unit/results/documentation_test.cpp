#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "sample_run.h"

namespace assay::results {
namespace {

using sample::lines;

std::string page() {
  std::ifstream file(ASSAY_SOURCE_DIR "/docs/results-database.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The page from a heading on, up to the next one.
std::string section(const std::string& text, const std::string& name) {
  const size_t begin = text.find("### `" + name + "`");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find("\n##", begin + 1) - begin);
}

TEST(ResultsDatabasePage, DescribesEveryColumnOfEveryTableAndView) {
  const sample::Folder folder;
  const auto database = Database::open_or_create(folder / "x.sqlite");
  const std::string text = page();
  for (const std::string& name : lines(
           database, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') ORDER BY 1")) {
    const std::string about = section(text, name);
    EXPECT_NE(about, "") << "no section ### `" << name << "`";
    for (const std::string& column :
         lines(database, "SELECT name FROM pragma_table_info('" + name + "')")) {
      EXPECT_NE(about.find("`" + column + "`"), std::string::npos)
          << "section " << name << " does not name column " << column;
    }
  }
}

TEST(ResultsDatabasePage, HasOnlyQueriesThatRun) {
  const sample::Folder folder;
  auto database = Database::open_or_create(folder / "x.sqlite");
  const int64_t run = sample::begin_sample(database);
  database.merge(sample::part_of(folder, "p", "c", {0}, 1), run, sample::coverage);
  const std::string text = page();
  const std::string open = "```sql\n";
  int queries = 0;
  for (size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1)) {
    const size_t begin = at + open.size();
    const std::string sql = text.substr(begin, text.find("```", begin) - begin);
    EXPECT_NO_THROW(Reader(database).query(sql)) << sql;
    ++queries;
  }
  EXPECT_GE(queries, 6);
}

}  // namespace
}  // namespace assay::results
