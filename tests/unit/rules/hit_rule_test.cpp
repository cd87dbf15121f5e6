#include "rules/hit_rule.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace assay::rules {
namespace {

double value(const char* definition, std::vector<char> hits, int64_t relevant) {
  const HitRule* rule = find_hit_rule(definition);
  EXPECT_NE(rule, nullptr) << definition;
  return value_of(*rule, hits, relevant, static_cast<int64_t>(hits.size()));
}

TEST(HitRule, HasOneRowADefinition) {
  std::set<std::string_view> seen;
  for (const HitRule& rule : kHitRules)
    EXPECT_TRUE(seen.insert(rule.definition).second) << rule.definition;
}

TEST(HitRule, IsNotFoundForADefinitionThatNeedsMoreThanHits) {
  EXPECT_EQ(find_hit_rule("ndcg{gain=linear,discount=log2(r+1),ideal=min(R,k)}"), nullptr);
  EXPECT_EQ(find_hit_rule("bpref"), nullptr);
  EXPECT_EQ(find_hit_rule("recall"), nullptr);  // a name, not a definition
}

// Hits at ranks 2 and 3 of a list of four, three relevant items; worked out by hand.
TEST(HitRule, GivesTheValuesOfTheFormulas) {
  const std::vector<char> hits = {0, 1, 1, 0};
  const double second = 1 / std::log2(3.0), third = 0.5, fourth = 1 / std::log2(5.0);
  EXPECT_DOUBLE_EQ(value("recall{den=R}", hits, 3), 2.0 / 3);
  EXPECT_DOUBLE_EQ(value("recall{den=min(R,k)}", hits, 6), 0.5);
  EXPECT_DOUBLE_EQ(value("precision{den=k}", hits, 3), 0.5);
  EXPECT_DOUBLE_EQ(value("f1", hits, 3), 2 * 2.0 / 7);
  EXPECT_DOUBLE_EQ(value("hit_rate", hits, 3), 1);
  EXPECT_DOUBLE_EQ(value("success", hits, 3), 1);
  EXPECT_DOUBLE_EQ(value("mrr", hits, 3), 0.5);
  EXPECT_DOUBLE_EQ(value("map{norm=R}", hits, 3), (1.0 / 2 + 2.0 / 3) / 3);
  EXPECT_DOUBLE_EQ(value("map{norm=hits}", hits, 3), (1.0 / 2 + 2.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(value("map{norm=k}", hits, 3), (1.0 / 2 + 2.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(value("ndcg{gain=binary,discount=log2(r+1),ideal=R}", hits, 3),
                   (second + third) / (1 + second + third));
  EXPECT_DOUBLE_EQ(value("ndcg{gain=binary,discount=log2(r+1),ideal=k}", hits, 3),
                   (second + third) / (1 + second + third + fourth));
  EXPECT_DOUBLE_EQ(value("ndcg{gain=binary,discount=max(1,log2(r)),ideal=R}", hits, 3),
                   (1 + 1 / std::log2(3.0)) / (1 + 1 + 1 / std::log2(3.0)));
}

TEST(HitRule, TakesThePersistenceOfItsDefinition) {
  for (const HitRule& rule : kHitRules) {
    if (rule.weight != HitWeight::patience) continue;
    const double p = std::stod(std::string(rule.definition.substr(sizeof("rbp{p=") - 1)));
    EXPECT_EQ(rule.persistence, p) << rule.definition;
    EXPECT_DOUBLE_EQ(value_of(rule, std::vector<char>{1, 0, 1}, 2, 3), (1 - p) * (1 + p * p));
  }
}

TEST(HitRule, IsOneOfTheBestListForEveryDiscount) {
  for (const HitRule& rule : kHitRules) {
    if (!is_discount(rule.weight)) continue;
    EXPECT_DOUBLE_EQ(value_of(rule, std::vector<char>{1, 1, 1}, 3, 3), 1) << rule.definition;
  }
}

TEST(HitRule, IsZeroWithoutAHit) {
  for (const HitRule& rule : kHitRules)
    EXPECT_EQ(value_of(rule, std::vector<char>{0, 0}, 1, 2), 0) << rule.definition;
}

}  // namespace
}  // namespace assay::rules
