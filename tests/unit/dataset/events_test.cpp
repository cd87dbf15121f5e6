#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

using testing::ElementsAre;

class TargetsOfEvents : public PreparedRatings {};

TEST_F(TargetsOfEvents, TargetsAreHeldNotHeldOrMissing) {
  dataset_.targets = {{.name = "liked", .column = "rating", .at_least = 3},
                      {.name = "click", .column = "clicks", .equals = 2}};
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_THAT(data.targets(), ElementsAre("liked", "click"));
  EXPECT_THAT(data.array<uint8_t>("event.target.liked").subspan(0, 4), ElementsAre(1, 1, 1, 0));
  EXPECT_THAT(data.array<uint8_t>("event.target.click").subspan(0, 4), ElementsAre(0, 255, 1, 255));
  EXPECT_THAT(data.requests(task::Window::test).user, ElementsAre(0, 1, 2)) << "u3 likes nothing";
  EXPECT_EQ(data.ragged("requests.test.target.click").rows(), 3);
}

/// The ratings, of which every third event is a purchase, the others are views.
Dataset typed() {
  Dataset data = ratings();
  for (const char* type : {"view", "purchase"}) data.events.types.add(type);
  for (int i = 0; i < 20; ++i) data.events.type.push_back(i % 3 == 0 ? 1 : 0);
  return data;
}

TEST_F(TargetsOfEvents, ATextIsAnEventType) {
  import(typed());
  dataset_.columns = {{"event", "kind"}};
  dataset_.targets = {{.name = "bought", .column = "kind", .equals_text = "purchase"},
                      {.name = "seen", .column = "kind", .equals_text = "view"}};
  const PreparedData data = PreparedData::open(run().path);
  EXPECT_THAT(data.array<uint8_t>("event.target.bought").subspan(0, 4), ElementsAre(1, 0, 0, 1));
  EXPECT_THAT(data.array<uint8_t>("event.target.seen").subspan(0, 4), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(data.array<float>("event.value").subspan(0, 4), ElementsAre(4, 4, 4, 1))
      << "the value column of the data";
}

TEST_F(TargetsOfEvents, AnEventTypeThatDoesNotOccurIsNamed) {
  import(typed());
  dataset_.columns = {{"event", "kind"}};
  dataset_.targets = {{.name = "bought", .column = "kind", .equals_text = "purchse"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.bought.equals is \"purchse\", and no event has that type; their "
            "types are purchase (7), view (13); did you mean \"purchase\"?");
}

TEST_F(TargetsOfEvents, ATextOfAColumnThatTheEventsLackIsRefusedWithNearNames) {
  dataset_.targets = {{.name = "local", .column = "shopp", .equals_text = "north"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.local.column is shopp, but the events have no such column; did "
            "you mean \"shop\"?");
}

TEST_F(TargetsOfEvents, ATargetWithoutABoundIsEveryValueThatIsThere) {
  EXPECT_EQ(target_holds({.name = "t", .column = "c"}, -3), true);
  EXPECT_EQ(target_holds({.name = "t", .column = "c"}, std::nan("")), std::nullopt);
  EXPECT_EQ(target_holds({.name = "t", .column = "c", .at_least = 2, .at_most = 4}, 4), true);
  EXPECT_EQ(target_holds({.name = "t", .column = "c", .at_least = 2, .at_most = 4}, 4.5), false);
}

TEST_F(TargetsOfEvents, NamesATargetColumnThatIsNotThere) {
  dataset_.targets = {{.name = "liked", .column = "ratng"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.liked.column is ratng, but the events have no such numeric "
            "column; did you mean \"rating\"?");
  dataset_.targets = {{.name = "local", .column = "shop"}};
  EXPECT_EQ(error(),
            "exp.yaml:4:3: targets.local.column is shop, which is not a numeric column: log.csv:3 "
            "holds \"north\"; name a text in quotes: targets.local.equals: \"...\"");
}

}  // namespace
}  // namespace assay::dataset
