#include "text/table_cells.h"

#include <gtest/gtest.h>

namespace assay::text {
namespace {

TEST(MarkdownCell, EscapesBars) {
  EXPECT_EQ(markdown_cell("x|y|"), "x\\|y\\|");
  EXPECT_EQ(markdown_cell("x"), "x");
}

TEST(CsvLine, QuotesCommasQuotesAndLineEnds) {
  EXPECT_EQ(csv_line({"plain", "a,b", "a \"b\"", "a\nb", "a\rb"}),
            "plain,\"a,b\",\"a \"\"b\"\"\",\"a\nb\",\"a\rb\"\n");
}

TEST(CsvLine, AnEmptyCellKeepsItsPlace) {
  EXPECT_EQ(csv_line({"", "", "a", ""}), ",,a,\n");
  EXPECT_EQ(csv_line({""}), "\n");
}

}  // namespace
}  // namespace assay::text
