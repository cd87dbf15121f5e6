#include "task/data_scope.h"

#include <gtest/gtest.h>

namespace assay::task {
namespace {

TEST(DataScope, AllOfTheDataHasNoIdentity) {
  EXPECT_EQ(DataScope{}.identity(), nlohmann::json::object());
  EXPECT_EQ(DataScope{}.text(), "");
}

TEST(DataScope, OrderPlacesAndTypesThatAreLeftOutChangeNothing) {
  const DataScope one{.learn_from = {{"view", 0.2, "a:1:1"}, {"cart", 1, "a:1:9"}},
                      .features = {{"item", {{"year", "a:2:1"}, {"genres", "a:2:9"}}}}};
  const DataScope other{.learn_from = {{"cart", 1, ""}, {"scroll", 0, ""}, {"view", 0.2, ""}},
                        .features = {{"item", {{"genres", ""}, {"year", ""}}}}};
  EXPECT_EQ(one.identity(), other.identity());
  EXPECT_EQ(one.identity(), nlohmann::json::parse(R"({"learn_from": {"cart": 1.0, "view": 0.2},
                                                      "features": {"item": ["genres", "year"]}})"));
}

TEST(DataScope, SaysInWordsWhatIsSeen) {
  EXPECT_EQ((DataScope{.learn_from = {{"view", 0.2, ""}, {"cart", 1, ""}},
                       .features = {{"item", {{"year", ""}}}, {"user", {}}}}
                 .text()),
            "learns from cart, view (weight 0.2); sees the item features year; sees no user "
            "features");
}

TEST(DataScope, ItsJsonLosesNothing) {
  const DataScope scope{.learn_from = {{"view", 0.2, "a:1:1"}},
                        .features = {{"user", {{"age", "a:2:1"}}}}};
  const nlohmann::json json = scope;
  EXPECT_EQ(nlohmann::json(json.get<DataScope>()), json);
}

}  // namespace
}  // namespace assay::task
