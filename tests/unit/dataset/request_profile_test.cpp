#include "dataset/request_profile.h"

#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RequestProfileTest : public PreparedRatings {
 protected:
  void SetUp() override {
    PreparedRatings::SetUp();
    Dataset data = ratings();
    FeatureColumn genre, tags, age;
    genre.name = "genre";
    genre.type = "category";
    genre.labels.add("Drama");
    genre.labels.add("War");
    for (int item = 0; item < 8; ++item) genre.category.push_back(item == 3 ? 1 : 0);
    tags.name = "title";
    tags.type = "category";
    for (int item = 0; item < 8; ++item) {
      tags.category.push_back(item);
      tags.labels.add("title " + std::to_string(item));
    }
    age.name = "age";
    age.type = "number";
    age.number = {20, 30.5F, std::numeric_limits<float>::quiet_NaN(), 50};
    data.items.features = {genre, tags};
    data.users.features = {age};
    data.users.listed.assign(4, 1);
    import(data);
  }
  RequestProfile profile(int64_t request, int64_t items = 60) {
    return request_profile(PreparedData::open(run().path), Window::test, request, {.items = items});
  }
};

TEST_F(RequestProfileTest, HasTheHistoryWithItsTimesOldestFirst) {
  const RequestProfile of_first = profile(0);
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_EQ(of_first.history, row(data.requests(Window::test).history, 0));
  EXPECT_EQ(of_first.length, std::ssize(of_first.history));
  ASSERT_EQ(of_first.times.size(), of_first.history.size());
  EXPECT_EQ(of_first.times.front(), 1000) << "seconds";
  EXPECT_TRUE(std::ranges::is_sorted(of_first.times));
}

TEST_F(RequestProfileTest, KeepsTheLatestItemsAndTheirTimesOfALongHistory) {
  const RequestProfile all = profile(0), latest = profile(0, 2);
  EXPECT_EQ(latest.length, all.length);
  EXPECT_THAT(latest.history, ElementsAre(*(all.history.end() - 2), all.history.back()));
  EXPECT_THAT(latest.times, ElementsAre(*(all.times.end() - 2), all.times.back()));
}

TEST_F(RequestProfileTest, CountsCategoriesButNotThoseThatNameItems) {
  const RequestProfile of_first = profile(0);
  ASSERT_EQ(of_first.counted.size(), 1U) << "titles stand once each";
  EXPECT_EQ(of_first.counted[0].name, "genre");
  int64_t counted = 0;
  for (const auto& [label, count] : of_first.counted[0].categories) counted += count;
  EXPECT_EQ(counted, of_first.length);
  EXPECT_EQ(of_first.counted[0].categories.front().first, "Drama");
}

TEST_F(RequestProfileTest, DoesNotCountWhatIsSaidToNameItems) {
  const RequestProfile found =
      request_profile(PreparedData::open(run().path), Window::test, 0,
                      {.names_items = [](std::string_view name) { return name == "genre"; }});
  EXPECT_THAT(found.counted, IsEmpty());
}

TEST_F(RequestProfileTest, HasWhatIsKnownOfTheUser) {
  EXPECT_THAT(profile(1).user, ElementsAre(Pair("age", "30.5")));
  EXPECT_THAT(profile(2).user, IsEmpty()) << "missing";
}

}  // namespace
}  // namespace assay::dataset
