#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

const Features& features() {
  static const Features made = [] {
    Features all;
    all.item = {6,
                {{.name = "year", .values = at::ones({6})},
                 {.name = "genre",
                  .type = FeatureType::category,
                  .values = at::tensor(std::vector<int>{0, 0, 0, 1, 1, -1}, at::kInt),
                  .cardinality = 2},
                 {.name = "tags",
                  .type = FeatureType::set,
                  .sets = ragged({{0, 1}, {1}, {0}, {2}, {}, {}}),
                  .cardinality = 3}}};
    return all;
  }();
  return made;
}

Lists served(ParamMap params, const Lists& items, int64_t n) {
  params.try_emplace("feature", std::string("genre"));
  const auto quota = make_rerank("category_quota", params);
  TinyLabelled none;
  TinyFit fit(&features());
  quota->fit(training_of(Lists{{0}}, 6, &features()), none, fit);
  Numbers scores;
  for (const auto& row : items) scores.emplace_back(row.size(), 1.0);
  return lists(quota
                   ->rerank(requests_of(Lists(items.size())), candidates_of(items, scores), n,
                            tiny_serve(1, &features()))
                   .item);
}

TEST(CategoryQuota, PassesOverWhatIsTooManyOfACategoryAndFillsUpWithIt) {
  const ParamMap one = {{"at_most", int64_t{1}}};
  EXPECT_THAT(served(one, {{0, 1, 2, 3, 4, 5}}, 3), ElementsAre(ElementsAre(0, 3, 5)));
  EXPECT_THAT(served(one, {{0, 1, 2, 3, 4, 5}}, 5), ElementsAre(ElementsAre(0, 3, 5, 1, 2)));
  EXPECT_THAT(served({{"at_most", int64_t{2}}}, {{0, 1, 2, 3}}, 3),
              ElementsAre(ElementsAre(0, 1, 3)));
}

TEST(CategoryQuota, StrictLeavesPlacesEmpty) {
  EXPECT_THAT(served({{"at_most", int64_t{1}}, {"strict", true}}, {{0, 1, 2, 3, 4, 5}}, 5),
              ElementsAre(ElementsAre(0, 3, 5, -1, -1)));
}

TEST(CategoryQuota, CountsAllCategoriesOfAnItem) {
  EXPECT_THAT(served({{"at_most", int64_t{1}}, {"feature", std::string("tags")}},
                     {{0, 1, 2, 3, 4, 5}, {1, 2, 0, 3, 4, 5}}, 4),
              ElementsAre(ElementsAre(0, 3, 4, 5), ElementsAre(1, 2, 3, 4)));
}

TEST(CategoryQuota, ServesShortListsAndNoRequests) {
  EXPECT_THAT(served({}, {{5, -1}, {-1, -1}}, 3),
              ElementsAre(ElementsAre(5, -1, -1), ElementsAre(-1, -1, -1)));
  EXPECT_TRUE(served({}, {}, 3).empty());
}

std::string refusal(const std::string& feature, const Features& known) {
  TinyLabelled none;
  TinyFit fit(&known);
  try {
    make_rerank("category_quota", {{"feature", feature}})
        ->fit(training_of(Lists{{0}}, 6, &known), none, fit);
  } catch (const InvalidInput& problem) {
    return problem.what();
  }
  return "";
}

TEST(CategoryQuota, NeedsANameWhereSeveralFeaturesHaveCategories) {
  EXPECT_EQ(refusal("", features()),
            "category_quota: items have 2 features that fit (genre, tags); set `feature` to one of "
            "them.");
}

TEST(CategoryQuota, RefusesFeaturesWithoutCategories) {
  EXPECT_EQ(refusal("year", features()),
            "category_quota: the item feature \"year\" is a number; name a category or set.");
  EXPECT_EQ(refusal("", Features{}),
            "category_quota: items have no category or set feature; add a feature file for items.");
}

}  // namespace
}  // namespace assay::test
