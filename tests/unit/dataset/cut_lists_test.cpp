#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class CutListsOfRatings : public PreparedRatings {};

/// Ranked lists of queries u0 and u7.
ImportedRef write_lists(const std::string& path, float first_score = 9) {
  TextColumn queries, items;
  for (const char* query : {"u7", "u0"}) queries.add(query);
  for (const char* item : {"13", "99", "17", "10"}) items.add(item);
  const std::vector<int64_t> offsets = {0, 1, 6};
  const std::vector<int32_t> item = {0, 3, 1, 0, 3, 2};
  const std::vector<float> score = {1, first_score, 8, 7, 6, 5};
  SafetensorsWriter out;
  out.add_text("query.text", "query.text.offsets", queries.view());
  out.add_text("item.text", "item.text.offsets", items.view());
  out.add("list.offsets", offsets);
  out.add("list.item", item);
  out.add("list.score", score);
  out.note("info", "{}");
  out.write(path);
  return {path, "lists", {}};
}

TEST_F(CutListsOfRatings, ListsLoseUnknownRepeatedAndExcludedItemsAndSaySo) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef out = run();
  const CutLists cut = CutLists::open(out.lists.at("mine").path);
  const RaggedView lists = cut.lists(Window::test);
  EXPECT_THAT(row(lists, 0), ElementsAre(0, 3))
      << "99 is unknown, the second 10 is repeated, 17 is excluded";
  EXPECT_THAT(cut.scores(Window::test), ElementsAre(9, 7));
  EXPECT_THAT(row(lists, 1), IsEmpty());
  const json info = out.info.at("lists").at("mine");
  EXPECT_EQ(info.at("unknown_queries"), 1);
  EXPECT_EQ(info.at("windows").at("test"), json({{"requests", 4},
                                                 {"entries", 2},
                                                 {"without_list", 3},
                                                 {"unknown", 1},
                                                 {"repeated", 1},
                                                 {"excluded", 1}}));
  const PreparedData data = PreparedData::open(out.path);
  EXPECT_EQ(cut.lists(Window::rank).rows(), data.requests(Window::rank).size());
  EXPECT_EQ(out.info.at("removed").back().at("reason"),
            "1 entries of unknown items, 1 repeated, 1 excluded");
  EXPECT_EQ(out.info.at("audit").back().at("check"), "ranked_lists");
  EXPECT_EQ(out.info.at("audit").back().at("result"), "found");
}

TEST_F(CutListsOfRatings, ListsAreNoPartOfTheDataAndPrepareNothingAgain) {
  const PreparedRef without = run();
  const auto written = std::filesystem::last_write_time(without.path);
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef with = run();
  EXPECT_EQ(with.key, without.key);
  EXPECT_EQ(with.path, without.path);
  EXPECT_EQ(std::filesystem::last_write_time(with.path), written);
  ASSERT_EQ(without.earlier.size(), 1U);
  ASSERT_EQ(with.earlier.size(), 2U) << "versions before counted lists among the data";
  lists_["mine"] = write_lists(folder_.path("lists"), 10);
  const PreparedRef other = run();
  EXPECT_EQ(other.key, with.key);
  EXPECT_NE(other.lists.at("mine").key, with.lists.at("mine").key);
  EXPECT_NE(other.lists.at("mine").path, with.lists.at("mine").path);
}

TEST_F(CutListsOfRatings, ListsAreWhatIsInThemWhateverTheirBytes) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const PreparedRef first = run();
  lists_["mine"].key = "a column more";
  const PreparedRef second = run();
  EXPECT_EQ(second.lists.at("mine").key, first.lists.at("mine").key);
  EXPECT_EQ(second.lists.at("mine").path, first.lists.at("mine").path);
  EXPECT_EQ(second.lists.at("mine").file_key, "a column more");
  EXPECT_NE(second.earlier.back().key, first.earlier.back().key);
}

TEST_F(CutListsOfRatings, AnEarlierNameCoversTheListsWhichGoByTheirNamesThen) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  PreparedRef out = run();
  out.go_by(out.earlier.front());
  EXPECT_EQ(out.key, out.earlier.front().key);
  EXPECT_EQ(out.lists.at("mine").key, "lists") << "by the bytes of its file";
  out.go_by(out.earlier.back());
  EXPECT_EQ(out.key, out.earlier.back().key);
  EXPECT_EQ(out.lists.at("mine").key, "");
  EXPECT_TRUE(std::filesystem::exists(out.lists.at("mine").path));
}

TEST_F(CutListsOfRatings, DamagedListsAreCutAgain) {
  lists_["mine"] = write_lists(folder_.path("lists"));
  const std::string path = run().lists.at("mine").path;
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 1);
  EXPECT_EQ(CutLists::open(run().lists.at("mine").path).lists(Window::test).rows(), 4);
  ASSERT_EQ(notices_.size(), 1U);
  EXPECT_THAT(notices_[0], HasSubstr("the file of lists.mine in the cache is damaged"));
}

}  // namespace
}  // namespace assay::dataset
