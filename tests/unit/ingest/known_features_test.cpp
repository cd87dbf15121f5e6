#include "ingest/known_features.h"

#include <gmock/gmock.h>

#include "../temp_folder.h"

namespace assay::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> lines(const std::vector<KnownFeature>& features) {
  std::vector<std::string> lines;
  for (const KnownFeature& feature : features)
    lines.push_back(feature.of + " " + feature.name + " " + feature.type);
  return lines;
}

TEST(KnownFeatures, OfRecBoleFilesStandInTheirHeaders) {
  const test::TempFolder folder;
  folder.write("x.inter", "user_id:token\titem_id:token\ttimestamp:float\n");
  folder.write("x.item", "item_id:token\tgenre:token_seq\tyear:float\ttimestamp:float\n");
  folder.write("x.user", "user_id:token\tgender:token\n");
  task::DatasetSpec dataset;
  dataset.path = folder.path();
  dataset.format = "recbole";
  EXPECT_THAT(
      lines(known_features(dataset)),
      testing::UnorderedElementsAre("item genre set", "item year number", "user gender category"));
}

TEST(KnownFeatures, OfTablesAreThoseThatTheExperimentNames) {
  task::DatasetSpec dataset;
  dataset.path = "/nowhere/log.csv";
  dataset.format = "csv";
  EXPECT_THAT(known_features(dataset), IsEmpty());
  dataset.features.push_back({.of = "item",
                              .path = "/nowhere/items.csv",
                              .format = "csv",
                              .id = "id",
                              .columns = {{"colour", "category"}}});
  EXPECT_THAT(lines(known_features(dataset)), ElementsAre("item colour category"));
}

}  // namespace
}  // namespace assay::ingest
