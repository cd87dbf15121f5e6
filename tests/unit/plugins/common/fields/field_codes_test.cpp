#include <assay/extra/fields/field_codes.h>
#include <gmock/gmock.h>

#include <array>
#include <set>

#include "tiny_data.h"

namespace assay::test {
namespace {

using namespace extra;
using testing::ElementsAre;
using testing::FloatEq;
using testing::FloatNear;

Feature number(const std::vector<float>& values) {
  return {.name = "age", .type = FeatureType::number, .values = at::tensor(values, at::kFloat)};
}
Feature category(const std::vector<int>& values, int64_t cardinality) {
  return {.name = "kind",
          .type = FeatureType::category,
          .values = at::tensor(values, at::kInt),
          .cardinality = cardinality};
}
Feature set(const Lists& values, int64_t cardinality) {
  return {
      .name = "tags", .type = FeatureType::set, .sets = ragged(values), .cardinality = cardinality};
}
FeatureTable table(std::vector<Feature> columns, int64_t rows) {
  return {.rows = rows, .columns = std::move(columns)};
}

TEST(FieldCodes, ANumberIsTheVectorOfItsFieldTimesTheStandardisedNumber) {
  const FeatureTable ages = table({number({10, 20, 30, NAN})}, 4);
  const FieldCoder coder(ages, {}, 5);
  const FieldCodes codes = coder.encode(ages);
  EXPECT_THAT(codes.codes, ElementsAre(6, 6, 6, 5));
  EXPECT_THAT(codes.weights, ElementsAre(FloatNear(-1.2247449F, 1e-6F), FloatEq(0),
                                         FloatNear(1.2247449F, 1e-6F), FloatEq(1)));
  EXPECT_EQ(coder.end(), 7);
}

TEST(FieldCodes, BucketsHoldAboutEquallyManyNumbers) {
  const FeatureTable ages = table({number({4, 1, 2, 3, 3, 2, NAN, 100})}, 8);
  const FieldCoder coder(ages, {.numbers = FieldNumbers::buckets, .buckets = 3}, 0);
  EXPECT_THAT(coder.encode(ages).codes, ElementsAre(3, 1, 2, 3, 3, 2, 0, 3));
  EXPECT_EQ(coder.end(), 4);
}

TEST(FieldCodes, EqualNumbersShareABucketWhichIsThenTheOnlyOne) {
  const FeatureTable ages = table({number({7, 7, 7})}, 3);
  const FieldCoder coder(ages, {.numbers = FieldNumbers::buckets, .buckets = 10}, 0);
  EXPECT_THAT(coder.encode(ages).codes, ElementsAre(1, 1, 1));
}

TEST(FieldCodes, ASetIsTheMeanOfItsCategories) {
  const FeatureTable tags = table({set({{0, 2}, {}, {1}}, 3)}, 3);
  const FieldCodes codes = FieldCoder(tags, {}, 0).encode(tags);
  ASSERT_EQ(codes.bags.size(), 1U);
  EXPECT_EQ(codes.singles, 0);
  EXPECT_THAT(codes.bags[0].offsets, ElementsAre(0, 2, 3, 4));
  EXPECT_THAT(codes.bags[0].codes, ElementsAre(1, 3, 0, 2));
  EXPECT_THAT(codes.bags[0].weights, ElementsAre(0.5F, 0.5F, 1, 1));
}

TEST(FieldCodes, WhatIsMissingOrUnknownIsTheFirstRowOfItsField) {
  const FeatureTable known = table({category({0, 1}, 2), number({1, 2}), set({{0}, {1}}, 2)}, 2);
  const FieldCoder coder(known, {}, 0);
  FieldCodes codes = coder.encode(table({category({-1}, 2)}, 1));
  EXPECT_THAT(codes.codes, ElementsAre(0, 3));
  EXPECT_THAT(codes.bags[0].codes, ElementsAre(5));
  coder.add_unknown(codes);
  EXPECT_EQ(codes.rows, 2);
  EXPECT_THAT(codes.codes, ElementsAre(0, 3, 0, 3));
  EXPECT_THAT(codes.bags[0].codes, ElementsAre(5, 5));
}

TEST(FieldCodes, MoreCategoriesThanHashAboveShareSoManyRows) {
  std::vector<int> all(1000);
  for (int n = 0; n < 1000; ++n) all[n] = n;
  const FeatureTable kinds = table({category(all, 1000)}, 1000);
  const FieldCoder coder(kinds, {.hash_above = 100}, 0);
  EXPECT_EQ(coder.end(), 101);
  const FieldCodes codes = coder.encode(kinds);
  std::vector<int> found(101);
  for (const int32_t code : codes.codes) ++found[code];
  EXPECT_EQ(found[0], 0);
  EXPECT_LT(*std::ranges::max_element(found), 30);
}

TEST(FieldCodes, TwoHashesTellApartWhatOneHashTakesForTheSame) {
  std::vector<int> all(1000);
  for (int n = 0; n < 1000; ++n) all[n] = n;
  all.push_back(-1);
  const FeatureTable kinds = table({category(all, 1000)}, 1001);
  const FieldCoder coder(kinds, {.hash_above = 100, .hashes = 2}, 0);
  EXPECT_EQ(coder.end(), 101);
  EXPECT_EQ(coder.singles(), 0);
  const FieldCodes codes = coder.encode(kinds);
  ASSERT_EQ(codes.bags.size(), 1U);
  const FieldBags& bags = codes.bags[0];
  std::set<std::pair<int32_t, int32_t>> pairs;
  for (size_t at = 0; at + 1 < 2000; at += 2)
    pairs.insert({std::min(bags.codes[at], bags.codes[at + 1]),
                  std::max(bags.codes[at], bags.codes[at + 1])});
  EXPECT_GT(pairs.size(), 850U);  // of 5050 that there are; one hash has 100
  EXPECT_THAT(std::span(bags.codes).last(1), ElementsAre(0)) << "what is missing is one row";
  EXPECT_EQ(bags.offsets.back() - bags.offsets[1000], 1);
}

TEST(FieldCodes, AreTheSameAfterSaveAndLoad) {
  Feature vector{
      .name = "image", .type = FeatureType::vector, .values = matrix({{1, 2}, {3, 5}, {kNaN, 1}})};
  const FeatureTable all =
      table({number({1, 2, NAN}), vector, category({0, 1, 2}, 3), set({{0}, {1}, {}}, 2)}, 3);
  for (const FieldNumbers numbers : {FieldNumbers::scaled, FieldNumbers::buckets}) {
    const FieldCoder coder(all, {.hash_above = 2, .hashes = 2, .numbers = numbers, .buckets = 3},
                           4);
    Archive archive;
    coder.save(archive, "item.");
    const FieldCoder loaded = FieldCoder::load(archive, "item.");
    const FieldCodes before = coder.encode(all), after = loaded.encode(all);
    EXPECT_EQ(before.codes, after.codes);
    EXPECT_EQ(before.weights, after.weights);
    EXPECT_EQ(loaded.end(), coder.end());
    EXPECT_EQ(loaded.names(), coder.names());
    for (size_t bag = 0; bag < before.bags.size(); ++bag) {
      EXPECT_EQ(before.bags[bag].codes, after.bags[bag].codes);
      EXPECT_EQ(before.bags[bag].weights, after.bags[bag].weights);
    }
  }
}

TEST(FieldCodes, JoinedRowsHaveTheSinglesOfAllOwnersAndThenTheirBags) {
  const FeatureTable items = table({category({0, 1}, 2), set({{0}, {0, 1}}, 2)}, 2);
  const FeatureTable users = table({category({0, 1, -1}, 2)}, 3);
  const FieldCodes item = FieldCoder(items, {}, 0).encode(items);
  const FieldCodes user = FieldCoder(users, {}, 6).encode(users);
  const std::vector<int64_t> of_items = {1, 0}, of_users = {2, 1};
  const std::array parts = {FieldPart{&item, of_items}, FieldPart{&user, of_users}};
  const FieldCodes rows = joined(parts);
  EXPECT_EQ(rows.fields(), 3);
  EXPECT_THAT(rows.codes, ElementsAre(2, 6, 1, 8));
  EXPECT_THAT(rows.bags[0].offsets, ElementsAre(0, 2, 3));
  EXPECT_THAT(rows.bags[0].codes, ElementsAre(4, 5, 4));
}

}  // namespace
}  // namespace assay::test
