#include "page/packed_rows.h"

#include <gmock/gmock.h>

#include "page/interner.h"

namespace assay::page {
namespace {

using nlohmann::json;

TEST(PackedRows, NameColumnsAndEqualTextsOnce) {
  const json rows = {{{"variant", "ease"}, {"mean", 0.5}}, {{"variant", "ease"}, {"mean", 0.25}}};
  const json packed = packed_rows(rows);
  EXPECT_EQ(packed["columns"], json::parse(R"([["mean", 0], ["variant", 1]])"));
  EXPECT_EQ(packed["texts"], json::array({"ease"}));
  EXPECT_EQ(packed["rows"], (json{{0.5, 0}, {0.25, 0}}));
}

TEST(PackedRows, HoldNothingOfARowThatLacksAColumn) {
  const json rows = {{{"mean", 1}, {"reason", "none"}}, {{"mean", nullptr}}, {{"reason", "some"}}};
  const json packed = packed_rows(rows);
  EXPECT_EQ(packed["rows"], (json{{1, 0}, {nullptr, nullptr}, {nullptr, 1}}));
}

TEST(PackedRows, OfNoneAreNone) { EXPECT_EQ(packed_rows(json::array())["rows"], json::array()); }

TEST(ItemTable, HoldsTheTitleOfEachItemThatHasOne) {
  ItemTable table({"a", "b", "c"}, {"Alien", "", "Casablanca"});
  for (const int32_t item : {2, 1, 2, 7}) table.place(item);
  EXPECT_EQ(table.names(), (json{"c", "b", "#7"}));
  EXPECT_EQ(table.titles(), (json{"Casablanca", nullptr, nullptr}));
}

TEST(ItemTable, HoldsNoTitlesWhereItemsHaveNone) {
  ItemTable table({"a", "b"});
  table.place(1);
  EXPECT_EQ(table.titles(), json::array());
}

}  // namespace
}  // namespace assay::page
