#include "cli/listing.h"

#include <gtest/gtest.h>

#include "error/error.h"

namespace assay::cli {
namespace {

Listing sample() {
  Listing table{{"name", "events", "note"}, {}};
  table.add({"gowalla", 1027370, "a, \"b\""});
  table.add({"ärger", nullptr, "x|y"});
  table.add({"tiny", 0.25, true});
  return table;
}

TEST(Listing, TextAlignsColumnsAndPutsNumbersRight) {
  EXPECT_EQ(render(sample(), OutputFormat::text),
            "name        events  note\n"
            "gowalla  1,027,370  a, \"b\"\n"
            "ärger            -  x|y\n"
            "tiny          0.25  yes\n");
}

TEST(Listing, MarkdownEscapesPipes) {
  EXPECT_EQ(render(sample(), OutputFormat::markdown),
            "| name | events | note |\n"
            "|---|---:|---|\n"
            "| gowalla | 1,027,370 | a, \"b\" |\n"
            "| ärger | - | x\\|y |\n"
            "| tiny | 0.25 | yes |\n");
}

TEST(Listing, CsvQuotesAsRfc4180AndLeavesMissingEmpty) {
  EXPECT_EQ(render(sample(), OutputFormat::csv),
            "name,events,note\n"
            "gowalla,1027370,\"a, \"\"b\"\"\"\n"
            "ärger,,x|y\n"
            "tiny,0.25,true\n");
}

TEST(Listing, JsonKeepsTypesAndTheOrderOfColumns) {
  const std::string text = render(sample(), OutputFormat::json);
  EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(),
            "[{\"name\":\"gowalla\",\"events\":1027370,\"note\":\"a, \\\"b\\\"\"},"
            "{\"name\":\"ärger\",\"events\":null,\"note\":\"x|y\"},"
            "{\"name\":\"tiny\",\"events\":0.25,\"note\":true}]");
}

TEST(Listing, WithoutRowsKeepsItsHeader) {
  EXPECT_EQ(render({{"a", "b"}, {}}, OutputFormat::text), "a  b\n");
  EXPECT_EQ(render({{"a", "b"}, {}}, OutputFormat::json), "[]\n");
}

TEST(Listing, RefusesARowOfAnotherLength) {
  Listing table{{"a", "b"}, {}};
  EXPECT_THROW(table.add({1}), error::InternalError);
}

TEST(Listing, TheFormatIsAnOption) {
  CLI::App app;
  OutputFormat format = OutputFormat::text;
  add_format_option(app, format);
  app.parse("--format json");
  EXPECT_EQ(format, OutputFormat::json);
  EXPECT_THROW(app.parse("--format yaml"), CLI::ValidationError);
}

}  // namespace
}  // namespace assay::cli
