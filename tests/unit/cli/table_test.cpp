#include "cli/table.h"

#include <gtest/gtest.h>

#include "error/error.h"

namespace assay::cli {
namespace {

Table sample() {
  Table table{{"name", "events", "note"}, {}};
  table.add({"gowalla", 1027370, "a, \"b\""});
  table.add({"ärger", nullptr, "x|y"});
  table.add({"tiny", 0.25, true});
  return table;
}

TEST(Table, TextAlignsColumnsAndPutsNumbersRight) {
  EXPECT_EQ(render(sample(), TableFormat::kText),
            "name        events  note\n"
            "gowalla  1,027,370  a, \"b\"\n"
            "ärger            -  x|y\n"
            "tiny          0.25  yes\n");
}

TEST(Table, MarkdownEscapesPipes) {
  EXPECT_EQ(render(sample(), TableFormat::kMarkdown),
            "| name | events | note |\n"
            "|---|---:|---|\n"
            "| gowalla | 1,027,370 | a, \"b\" |\n"
            "| ärger | - | x\\|y |\n"
            "| tiny | 0.25 | yes |\n");
}

TEST(Table, CsvQuotesAsRfc4180AndLeavesMissingEmpty) {
  EXPECT_EQ(render(sample(), TableFormat::kCsv),
            "name,events,note\n"
            "gowalla,1027370,\"a, \"\"b\"\"\"\n"
            "ärger,,x|y\n"
            "tiny,0.25,true\n");
}

TEST(Table, JsonKeepsTypesAndTheOrderOfColumns) {
  const std::string text = render(sample(), TableFormat::kJson);
  EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(),
            "[{\"name\":\"gowalla\",\"events\":1027370,\"note\":\"a, \\\"b\\\"\"},"
            "{\"name\":\"ärger\",\"events\":null,\"note\":\"x|y\"},"
            "{\"name\":\"tiny\",\"events\":0.25,\"note\":true}]");
}

TEST(Table, WithoutRowsKeepsItsHeader) {
  EXPECT_EQ(render({{"a", "b"}, {}}, TableFormat::kText), "a  b\n");
  EXPECT_EQ(render({{"a", "b"}, {}}, TableFormat::kJson), "[]\n");
}

TEST(Table, RefusesARowOfAnotherLength) {
  Table table{{"a", "b"}, {}};
  EXPECT_THROW(table.add({1}), error::InternalError);
}

TEST(Table, TheFormatIsAnOption) {
  CLI::App app;
  TableFormat format = TableFormat::kText;
  add_format_option(app, format);
  app.parse("--format json");
  EXPECT_EQ(format, TableFormat::kJson);
  EXPECT_THROW(app.parse("--format yaml"), CLI::ValidationError);
}

}  // namespace
}  // namespace assay::cli
