#include "ingest/impression_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "dataset/features.h"
#include "impression_files.h"
#include "ingest/load.h"

namespace assay::ingest {
namespace {

using dataset::Impressions;
using nlohmann::json;
using test::list;
using testing::ElementsAre;

const std::string kOpenBandit = ASSAY_SOURCE_DIR "/tests/unit/ingest/files/open_bandit";

/// Named formats: small files of the true form.
class ImpressionFormats : public test::ImpressionFiles {
 protected:
  task::ImpressionsSpec named(const std::string& path, const std::string& format) const {
    task::ImpressionsSpec spec;
    spec.path = path;
    spec.format = format;
    spec.where = "exp.yaml:3:5";
    return spec;
  }
};

json theirs() {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/open_bandit.json");
  return json::parse(file);
}

// Six rows of the published men log of bts, of which the clicked one stands first, as obp reads them
// (tests/golden/oracles/make_open_bandit.py). obp sorts rows by time and counts positions from 0.
TEST_F(ImpressionFormats, OpenBanditIsWhatObpReads) {
  const Impressions table = imported(named(kOpenBandit, "open_bandit"));
  std::map<int64_t, json> rows;
  for (int64_t row = 0; row < table.rows(); ++row)
    rows[table.time_us()[row]] = {std::stoi(std::string(table.ids("item")[table.item()[row]])),
                                  table.position()[row] - 1, table.labels().front().flag[row],
                                  table.propensity()[row]};
  json expected = theirs().at("rows");
  ASSERT_EQ(rows.size(), expected.size());
  for (size_t row = 0; const auto& [time_us, found] : rows) {
    json& one = expected.at(row++);
    one[3] = one[3].get<float>();  // we keep 32 bits
    EXPECT_EQ(found, one);
  }
  EXPECT_EQ(table.ids("item")[table.item()[0]], "13") << "the order of the file is kept";
  EXPECT_EQ(table.time_us()[1], 1'574'553'663'979'311);  // 2019-11-24 00:01:03.979311+00:00
  EXPECT_EQ(table.requests(), 6);
  EXPECT_EQ(table.info().at("anonymous"), 6);
  ASSERT_EQ(table.context().size(), 38U);  // 4 features of the user, 34 affinities
  EXPECT_EQ(table.context()[0].name, "user_feature_0");
  EXPECT_TRUE(table.context()[0].is_category);
  EXPECT_EQ(table.context()[37].name, "user-item_affinity_33");
  EXPECT_FALSE(table.context()[37].is_category);
}

// The file holds the first three items of the published men log; obp numbers the labels of a column.
TEST_F(ImpressionFormats, ItemsOfOpenBanditHaveTheFeaturesThatObpReads) {
  task::DatasetSpec dataset;
  dataset.name = "obd";
  dataset.format = "impressions";
  dataset.impressions = named(kOpenBandit, "open_bandit");
  const dataset::ImportedRef ref = import_dataset(dataset, folder_.places());
  const dataset::ImportedData data = dataset::ImportedData::open(ref.path);
  const auto ids = test::texts(data.item_ids());
  EXPECT_THAT(ids, ElementsAre("0", "1", "2", "9", "13", "14"));
  const json items = theirs().at("items");
  const auto features = features_in(data.file(), "item", ref.info.at("features").at("item"));
  ASSERT_EQ(features.size(), 4U);
  for (const dataset::FeatureView& feature : features) {
    const size_t place = static_cast<size_t>(feature.name.back() - '0');
    for (size_t item = 0; item < ids.size(); ++item) {
      const bool listed = items.contains(ids[item]);
      if (feature.type == "category") {
        EXPECT_EQ(feature.category[item], listed ? items[ids[item]][place].get<int>() : -1)
            << feature.name << " of " << ids[item];
      } else if (listed) {
        EXPECT_EQ(feature.number[item], items[ids[item]][place].get<float>());
      } else {
        EXPECT_TRUE(std::isnan(feature.number[item]));
      }
    }
  }
  EXPECT_EQ(ref.info.at("feature_files").at(0).at("file"), "item_context.csv");
}

TEST_F(ImpressionFormats, AFeatureFileMayStandBesideRowsThatAreTheLog) {
  folder_.write("shown.csv", "item,clicked\na,1\nb,0\n");
  folder_.write("items.csv", "sku,shelf\na,x\nb,y\nc,x\n");
  task::DatasetSpec dataset;
  dataset.name = "shown";
  dataset.format = "impressions";
  dataset.impressions = named(folder_.path("shown.csv"), "csv");
  dataset.impressions->columns = {{"item", "item"}};
  dataset.impressions->labels = {{.name = "click", .column = "clicked", .equals = 1}};
  const std::string without = import_dataset(dataset, folder_.places()).key;
  dataset.features = {{.of = "item",
                       .path = folder_.path("items.csv"),
                       .format = "csv",
                       .id = "sku",
                       .columns = {{"shelf", "category"}}}};
  const dataset::ImportedRef with = import_dataset(dataset, folder_.places());
  EXPECT_NE(with.key, without);
  const dataset::ImportedData data = dataset::ImportedData::open(with.path);
  EXPECT_THAT(test::texts(data.item_ids()), ElementsAre("a", "b", "c"));
  folder_.write("items.csv", "sku,shelf\na,y\nb,y\nc,x\n");
  EXPECT_NE(import_dataset(dataset, folder_.places()).key, with.key);
}

// msnews.github.io, assets/doc/introduction.md: "Impression ID", "User ID", "Time" as MM/DD/YYYY
// HH:MM:SS AM/PM, "History", "Impressions" with -1 for a click and -0 for none.
TEST_F(ImpressionFormats, TheHistoryOfMindIsNotItsLog) {
  folder_.write("mind/behaviors.tsv",
                "1\tU13740\t11/11/2019 9:05:58 AM\tN55189 N42782\tN55689-1 N35729-0\n"
                "2\tU91836\t11/12/2019 6:11:30 PM\t\tN20678-0 N39317-0 N58114-1\n");
  const Impressions table = imported(named(folder_.path("mind"), "mind"));
  EXPECT_THAT(list(table.offsets()), ElementsAre(0, 2, 5));
  EXPECT_THAT(test::texts(table.ids("item")),
              ElementsAre("N55689", "N35729", "N20678", "N39317", "N58114"));
  EXPECT_THAT(list(table.labels().front().flag), ElementsAre(1, 0, 0, 0, 1));
  EXPECT_THAT(list(table.time_us()), ElementsAre(1'573'463'158'000'000, 1'573'582'290'000'000));
  EXPECT_EQ(table.info().at("users"), 2);
}

TEST_F(ImpressionFormats, MindWithoutClicksIsSaid) {
  folder_.write("behaviors.tsv", "1\tU1\t11/11/2019 9:05:58 AM\tN1\tN2 N3\n");
  EXPECT_EQ(error_of(folder_, [&] { imported(named(folder_.path("behaviors.tsv"), "mind")); }),
            "behaviors.tsv:1: impressions holds \"N2\"; expected news with their clicks: N1-0 N2-1 "
            "(the test set of MIND has none)");
  folder_.write("behaviors.tsv", "1\tU1\t2019-11-11 09:05:58\tN1\tN2-0\n");
  EXPECT_EQ(
      error_of(folder_, [&] { imported(named(folder_.path("behaviors.tsv"), "mind")); }),
      "behaviors.tsv:1: time is \"2019-11-11 09:05:58\", which does not fit the format \"%m/%d/%Y "
      "%I:%M:%S %p\" of columns.time");
}

// The readme of the Display Advertising Challenge: "<label> <integer feature 1> ... <integer feature
// 13> <categorical feature 1> ... <categorical feature 26>", separated by tabs, an empty field
// where a value is missing, rows in the order of their time.
TEST_F(ImpressionFormats, AnItemOfCriteoIsWhatTheFileOfTheExperimentSays) {
  const auto line = [](const std::string& label, const std::string& c3) {
    std::string out = label;
    for (int i = 1; i <= 13; ++i) out += i == 2 ? "\t" : "\t" + std::to_string(i);
    for (int c = 1; c <= 26; ++c) out += c == 3 ? "\t" + c3 : "\t68fd1e64";
    return out + "\n";
  };
  folder_.write("train.txt", line("0", "80e26c9b") + line("1", "f0cf0024") + line("1", "80e26c9b"));
  task::ImpressionsSpec spec = named(folder_.path(), "criteo");
  spec.item_from = {"C3", "C1"};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.item()), ElementsAre(0, 1, 0));
  EXPECT_EQ(table.ids("item")[0], "80e26c9b|68fd1e64");
  EXPECT_THAT(list(table.labels().front().flag), ElementsAre(0, 1, 1));
  EXPECT_FALSE(table.has_times());
  ASSERT_EQ(table.context().size(), 39U);
  EXPECT_TRUE(std::isnan(table.context()[1].number[0]));  // I2 is missing
  EXPECT_TRUE(table.context()[15].is_category);           // C3
}

// "Data fields" of Kaggle's avazu-ctr-prediction: "hour: format is YYMMDDHH, so 14091123 means 23:00
// on Sept. 11, 2014 UTC".
TEST_F(ImpressionFormats, AvazuCountsHours) {
  folder_.write(
      "train",
      "id,click,hour,C1,banner_pos,site_id,site_domain,site_category,app_id,app_domain,"
      "app_category,device_id,device_ip,device_model,device_type,device_conn_type,C14,C15,"
      "C16,C17,C18,C19,C20,C21\n"
      "10000169349117863715,0,14091123,1005,0,1fbe01fe,f3845767,28905ebd,ecad2386,"
      "7801e8d9,07d7df22,a99f214a,96809ac8,711ee120,1,0,15704,320,50,1722,0,35,100084,79\n"
      "1000009418151094273,1,14102100,1005,1,1fbe01fe,f3845767,28905ebd,ecad2386,7801e8d9,"
      "07d7df22,a99f214a,ddd2926e,44956a24,1,2,15706,320,50,1722,0,35,-1,79\n");
  task::ImpressionsSpec spec = named(folder_.path("train"), "avazu");
  spec.item_from = {"C14"};
  const Impressions table = imported(spec);
  EXPECT_THAT(list(table.time_us()), ElementsAre(1'410'476'400'000'000, 1'413'849'600'000'000));
  EXPECT_THAT(list(table.position()), ElementsAre(0, 1));
  EXPECT_THAT(test::texts(table.ids("item")), ElementsAre("15704", "15706"));
  EXPECT_EQ(table.context().size(), 20U);
}

// kuairand.com, "log_standard_4_08_to_4_21_pure.csv" (KuaiRand-Pure, CIKM 2022).
TEST_F(ImpressionFormats, KuairandHasSevenLabelsAndMilliseconds) {
  const std::string header =
      "user_id,video_id,date,hourmin,time_ms,is_click,is_like,is_follow,is_comment,is_forward,"
      "is_hate,long_view,play_time_ms,duration_ms,profile_stay_time,comment_stay_time,"
      "is_profile_enter,is_rand,tab\n";
  folder_.write("k/log_standard_4_08_to_4_21_pure.csv",
                header + "0,3,20220409,900,1649467982289,1,0,0,0,0,0,1,5332,11450,0,0,0,0,1\n");
  folder_.write("k/log_random_4_22_to_5_08_pure.csv",
                header + "7,3,20220422,1000,1650592800000,0,0,0,0,0,0,0,0,70100,0,0,0,1,1\n");
  folder_.write("k/user_features_pure.csv", "user_id\n0\n");
  const Impressions table = imported(named(folder_.path("k"), "kuairand"));
  EXPECT_EQ(table.requests(), 2);
  EXPECT_EQ(table.labels().size(), 7U);
  EXPECT_THAT(list(table.labels()[0].flag), ElementsAre(0, 1));  // random before standard, by name
  EXPECT_THAT(list(table.labels()[6].flag), ElementsAre(0, 1));
  EXPECT_EQ(table.time_us()[1], 1'649'467'982'289'000);
}

TEST_F(ImpressionFormats, AFileOfAnotherFormatIsRefused) {
  folder_.write("men.csv", "user_id,item_id,click\n1,2,0\n");
  EXPECT_EQ(error_of(folder_, [&] { imported(named(folder_.path("men.csv"), "open_bandit")); }),
            "men.csv:1: is no file of open_bandit, which has a column position; its columns: "
            "user_id, item_id, click");
  folder_.write("empty/readme.txt", "nothing");
  EXPECT_EQ(error_of(folder_, [&] { imported(named(folder_.path("empty"), "mind")); }),
            "empty: contains no file of mind (behaviors.tsv); it contains: readme.txt");
}

}  // namespace
}  // namespace assay::ingest
