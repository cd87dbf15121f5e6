// Files in the layout of published data sets (tests/unit/ingest/files/named; ids and values are
// invented or those of the examples on their pages) against what other libraries read in them
// (tests/golden/oracles/make_named_formats.py, which names their versions).

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tuple>

#include "data_files.h"
#include "dataset/features.h"
#include "ingest/named_formats.h"

namespace assay::ingest {
namespace {

using nlohmann::json;
using test::dataset_at;
using test::error_of;
using test::imported;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;

const std::string kFiles = ASSAY_SOURCE_DIR "/tests/unit/ingest/files/named/";

/// user, item, time in seconds, value, type; what is not there is -1 or "".
using Event = std::tuple<std::string, std::string, double, double, std::string>;

std::vector<Event> sorted(std::vector<Event> events) {
  std::ranges::sort(events);
  return events;
}

std::vector<Event> events_of(const dataset::ImportedData& log) {
  const std::vector<std::string> users = texts(log.user_ids()), items = texts(log.item_ids());
  const auto user = values<int32_t>(log.file(), "event.user");
  const auto item = values<int32_t>(log.file(), "event.item");
  std::vector<Event> out;
  for (size_t i = 0; i < user.size(); ++i)
    out.emplace_back(users[static_cast<size_t>(user[i])], items[static_cast<size_t>(item[i])], -1,
                     -1, "");
  if (log.has_times()) {
    const auto times = test::seconds(log.file(), "event.time_us");
    for (size_t i = 0; i < out.size(); ++i) std::get<2>(out[i]) = times[i];
  }
  if (const std::string value = log.info().at("value"); !value.empty()) {
    const auto numbers = values<double>(log.file(), "event.number." + value);
    for (size_t i = 0; i < out.size(); ++i)
      if (!std::isnan(numbers[i])) std::get<3>(out[i]) = numbers[i];
  }
  if (log.file().has("event.type")) {
    const auto types = values<int32_t>(log.file(), "event.type");
    for (size_t i = 0; i < out.size(); ++i)
      std::get<4>(out[i]) = log.info().at("event_types").at(static_cast<size_t>(types[i]));
  }
  return out;
}

json cases() {
  std::ifstream file(ASSAY_SOURCE_DIR "/tests/golden/oracles/named_formats.json");
  return json::parse(file);
}

std::vector<Event> expected(const json& events) {
  std::vector<Event> out;
  for (const json& e : events)
    out.emplace_back(e[0], e[1], e[2].is_null() ? -1 : e[2].get<double>(),
                     e[3].is_null() ? -1 : e[3].get<double>(), e[4].is_null() ? "" : e[4]);
  return out;
}

/// Without what another reader does not give.
std::vector<Event> without_values(std::vector<Event> events) {
  for (Event& event : events) std::get<3>(event) = -1;
  return events;
}

TEST(NamedFiles, HoldTheEventsThatOtherLibrariesRead) {
  const TestFolder folder;
  int compared = 0;
  for (const json& c : cases()) {
    const std::string file = c.at("file"), format = c.at("format"), reader = c.at("reader");
    SCOPED_TRACE(file + " by " + reader);
    std::vector<Event> ours = events_of(imported(folder, dataset_at(kFiles + file, format)));
    const std::vector<Event> theirs = expected(c.at("events"));
    if (reader.starts_with("recommenders")) ours = without_values(ours);  // it leaves ratings out
    EXPECT_EQ(sorted(ours), sorted(theirs));
    ++compared;
  }
  EXPECT_GE(compared, 20);
}

TEST(NamedFiles, AreRecognisedByNameAndBeginning) {
  for (const json& c : cases()) {
    const std::string file = c.at("file"), format = c.at("format");
    EXPECT_EQ(named_format_of(kFiles + file).format, format) << file;
  }
  for (const auto& [name, format] : {std::pair("ml-10m", "movielens"),
                                     {"kuairec", "kuairec"},
                                     {"lfm-1b", "lfm_1b"},
                                     {"lfm-2b", "lfm_2b"},
                                     {"yambda", "yambda"},
                                     {"taobao", "taobao"}})
    EXPECT_EQ(named_format_of(kFiles + name).format, format) << name;
}

/// The label or number of a feature of a row as text; "" where it is missing.
std::string feature(const dataset::ImportedData& log, const std::string& of,
                    const std::string& name, int64_t row) {
  for (const dataset::FeatureView& view :
       features_in(log.file(), of, log.info().at("features").at(of))) {
    if (view.name == name && view.text.size() > 0) return std::string(view.text[row]);
  }
  return "";
}

TEST(NamedFiles, NetflixTitlesMayHoldCommasAndLatinLetters) {
  const TestFolder folder;
  const dataset::ImportedData prize = imported(folder, dataset_at(kFiles + "netflix", "netflix"));
  EXPECT_THAT(texts(prize.item_ids()), ElementsAre("1", "10"));
  EXPECT_EQ(feature(prize, "item", "title", 1),
            "At Home Among Strangers, A Stranger Among His Own");
  const auto years = values<float>(prize.file(), "item.feature.year.values");
  EXPECT_EQ(years[0], 2003);
  EXPECT_TRUE(std::isnan(years[1])) << "NULL is no year";
  const dataset::ImportedData kaggle =
      imported(folder, dataset_at(kFiles + "netflix-kaggle", "netflix"));
  EXPECT_EQ(feature(kaggle, "item", "title", 2), "Pr\xc3\xa9t-\xc3\xa0-porter, Encore");
  EXPECT_EQ(imported(folder, dataset_at(kFiles + "netflix/training_set", "netflix")).events(), 4);
  EXPECT_EQ(imported(folder, dataset_at(kFiles + "netflix-kaggle/combined_data_2.txt", "netflix"))
                .events(),
            2);
}

TEST(NamedFiles, AnAgeOfMinusOneIsNotKnown) {
  const TestFolder folder;
  for (const auto& [name, format] : {std::pair("lfm-1b", "lfm_1b"), {"lfm-2b", "lfm_2b"}}) {
    const dataset::ImportedData log = imported(folder, dataset_at(kFiles + name, format));
    const auto ages = values<float>(log.file(), "user.feature.age.values");
    EXPECT_EQ(std::ranges::count_if(ages, [](float age) { return std::isnan(age); }), 1) << name;
  }
}

TEST(NamedFiles, AReviewOfSteamIsAPythonDict) {
  const TestFolder folder;
  folder.write("steam_new.json", "{u'username': u'a', u'product_id': u'1', u'date': u'2017-12-17'");
  EXPECT_EQ(
      error_of(folder,
               [&] { imported(folder, dataset_at(folder.path("steam_new.json"), "steam")); }),
      "steam_new.json:1: is \"{u'username': u'a', u'product_id': u'1',...\"; expected a Python "
      "dict such as {u'username': u'x'}");
  const dataset::ImportedData log =
      imported(folder, dataset_at(kFiles + "steam/steam_reviews.json", "steam"));
  EXPECT_THAT(texts(log.user_ids()), ElementsAre("Chaos Syren", "Devil's Advocate", "♥ Hélène ♥"));
}

}  // namespace
}  // namespace assay::ingest
