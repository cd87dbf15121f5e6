#include "metrics/source_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "error/error.h"
#include "unit/metrics/lists.h"

namespace assay::metrics {
namespace {

using ::testing::ElementsAre;
using testing::padded;
using testing::ragged;

// Two requests with three sources. The first: items 1 2 3 · 3 4 · none; the second: nothing at all.
SourceValues three_sources() {
  SourceValues values(3);
  values.add({padded({{1, 2, 3}, {}}, 4), padded({{4, 3}, {}}, 2), padded({{}, {}}, 2)},
             padded({{3, 1, 4, 2}, {}}, 4), padded({{3, 4}, {}}, 2), ragged({{1, 3, 9}, {5}}));
  return values;
}

TEST(SourceValues, WhatSeveralBroughtIsSharedAmongThem) {
  const SourceValues values = three_sources();
  EXPECT_EQ(values.values("source_share{list=served}", 0)[0], 0.25f);
  EXPECT_EQ(values.values("source_share{list=served}", 1)[0], 0.75f);
  EXPECT_EQ(values.values("source_share{list=served}", 2)[0], 0.f);
  EXPECT_EQ(values.values("source_share{list=candidates}", 0)[0], 2.5f / 4);
  EXPECT_EQ(values.values("source_share{list=hits}", 0)[0], 0.5f) << "item 3, which two brought";
}

TEST(SourceValues, OnlyIsWhatWouldBeMissingWithoutTheSource) {
  const SourceValues values = three_sources();
  EXPECT_EQ(values.values("source_only", 0)[0], 1.f / 3);
  EXPECT_EQ(values.values("source_only", 1)[0], 0.f);
  EXPECT_EQ(values.values("source_only", 0)[1], 0.f) << "a miss of every source is no lack of data";
}

// Pairs: {1 2 3} and {3 4} share 1 of 4; an empty source shares nothing with either.
TEST(SourceValues, OverlapIsTheMeanOverPairs) {
  const SourceValues values = three_sources();
  EXPECT_FLOAT_EQ(values.values("source_overlap{per=either}", 0)[0], 0.25f / 3);
  EXPECT_FLOAT_EQ(values.values("source_overlap{per=smaller}", 0)[0], 0.5f)
      << "of pairs whose smaller list has an item";
}

TEST(SourceValues, EmptyListsAreNoData) {
  const SourceValues values = three_sources();
  for (const char* definition : {"source_share{list=served}", "source_share{list=candidates}",
                                 "source_share{list=hits}", "source_overlap{per=either}"}) {
    EXPECT_TRUE(std::isnan(values.values(definition, 0)[1])) << definition;
  }
  EXPECT_THROW(values.values("source_share", 0), error::InternalError);
}

}  // namespace
}  // namespace assay::metrics
