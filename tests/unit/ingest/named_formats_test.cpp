#include "ingest/named_formats.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"
#include "dataset/features.h"

namespace assay::ingest {
namespace {

using test::dataset_at;
using test::error_of;
using test::imported;
using test::seconds;
using test::TestFolder;
using test::texts;
using test::values;
using testing::ElementsAre;

/// The labels of a set feature of a row.
std::vector<std::string> set_of(const dataset::ImportedData& log, const std::string& kind,
                                const std::string& name, int64_t row) {
  std::vector<std::string> out;
  for (const dataset::FeatureView& view :
       features_in(log.file(), kind, log.info().at("features").at(kind))) {
    if (view.name != name) continue;
    for (int64_t i = view.set_offsets[row]; i < view.set_offsets[row + 1]; ++i)
      out.emplace_back(view.labels[view.set_values[i]]);
  }
  return out;
}

TEST(NamedFormats, MovieLens100kIsReadAsItIsPublished) {
  const TestFolder folder;
  folder.write("ml-100k/u.data", "196\t242\t3\t881250949\n186\t302\t3\t891717742\n");
  folder.write("ml-100k/u.item",
               "242|Kolya (1996)|24-Jan-1997||http://us.imdb.com/M/title-exact?Kolya%20(1996)|0|0|0"
               "|0|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
               "302|Mis\xe9rables, Les (1997)|01-Jan-1997||http://x|0|0|0|0|0|0|1|0|0|0|1|0|0|1|0|0"
               "|1|0|0\n");
  folder.write("ml-100k/u.user", "196|49|M|writer|55105\n186|39|F|executive|00000\n");
  const dataset::ImportedData log =
      imported(folder, dataset_at(folder.path("ml-100k"), "movielens"));
  EXPECT_THAT(texts(log.item_ids()), ElementsAre("242", "302"));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(881250949, 891717742));
  EXPECT_EQ(log.info().at("value"), "rating");
  EXPECT_THAT(set_of(log, "item", "genres", 0), ElementsAre("Comedy"));
  EXPECT_THAT(set_of(log, "item", "genres", 1),
              ElementsAre("Crime", "Film-Noir", "Mystery", "Thriller"));
  const auto items = features_in(log.file(), "item", log.info().at("features").at("item"));
  EXPECT_EQ(items[1].text[1], "Mis\xc3\xa9rables, Les (1997)") << "Latin-1 becomes UTF-8";
  EXPECT_THAT(values<float>(log.file(), "user.feature.age.values"), ElementsAre(39, 49));
}

TEST(NamedFormats, MovieLens1mHasDoubleColons) {
  const TestFolder folder;
  folder.write("ml-1m/ratings.dat", "1::1193::5::978300760\n1::661::3::978302109\n");
  folder.write("ml-1m/movies.dat",
               "661::James and the Giant Peach (1996)::Animation|Children's|Musical\n");
  folder.write("ml-1m/users.dat", "1::F::1::10::48067\n");
  const dataset::ImportedData log = imported(folder, dataset_at(folder.path("ml-1m"), "movielens"));
  EXPECT_EQ(log.events(), 2);
  EXPECT_THAT(set_of(log, "item", "genres", 0), ElementsAre("Animation", "Children's", "Musical"));
  EXPECT_EQ(log.info().at("features").at("user").size(), 3u);
}

TEST(NamedFormats, MovieLens20mIsCsvWithQuotedTitles) {
  const TestFolder folder;
  folder.write("ml-20m/ratings.csv",
               "userId,movieId,rating,timestamp\n1,2,3.5,1112486027\n1,29,3.5,1112484676\n");
  folder.write("ml-20m/movies.csv",
               "movieId,title,genres\n2,Jumanji (1995),Adventure|Children|Fantasy\n"
               "29,\"City of Lost Children, The (1995)\",Adventure|Drama\n");
  const dataset::ImportedData log =
      imported(folder, dataset_at(folder.path("ml-20m"), "movielens"));
  EXPECT_THAT(values<int32_t>(log.file(), "event.item"), ElementsAre(1, 0)) << "by time";
  EXPECT_THAT(set_of(log, "item", "genres", 1), ElementsAre("Adventure", "Drama"));
}

TEST(NamedFormats, AFilmWithoutGenresHasAnEmptySet) {
  const TestFolder folder;
  folder.write("ml-20m/ratings.csv",
               "userId,movieId,rating,timestamp\n1,1,3.5,1112486027\n1,2,3.5,1112484676\n");
  folder.write("ml-20m/movies.csv",
               "movieId,title,genres\n1,Drama Club (2001),Drama\n"
               "2,Untitled (2002),(no genres listed)\n");
  folder.write("ml-10m/ratings.dat", "1::1::5::838985046\n1::2::5::838983525\n");
  folder.write("ml-10m/movies.dat", "1::A (1999)::Drama\n2::B (1999)::(no genres listed)\n");
  for (const char* name : {"ml-20m", "ml-10m"}) {
    const dataset::ImportedData log = imported(folder, dataset_at(folder.path(name), "movielens"));
    EXPECT_THAT(set_of(log, "item", "genres", 0), ElementsAre("Drama")) << name;
    EXPECT_THAT(set_of(log, "item", "genres", 1), testing::IsEmpty()) << name;
    EXPECT_EQ(log.info().at("features").at("item").at(0).at("cardinality"), 1) << name;
  }
}

TEST(NamedFormats, AmazonReviewsOfBothLayouts) {
  const TestFolder folder;
  folder.write("reviews_Beauty_5.json.gz",
               test::packed("{\"reviewerID\": \"A1YJ\", \"asin\": \"7806\", \"reviewerName\": "
                            "\"Andrea\", \"helpful\": [3, 4], \"reviewText\": \"Very oily\", "
                            "\"overall\": 1.0, \"summary\": \"no\", \"unixReviewTime\": "
                            "1391040000, \"reviewTime\": \"01 30, 2014\"}\n",
                            arrow::Compression::GZIP));
  const dataset::ImportedData old =
      imported(folder, dataset_at(folder.path("reviews_Beauty_5.json.gz"), "amazon_reviews"));
  EXPECT_THAT(texts(old.user_ids()), ElementsAre("A1YJ"));
  EXPECT_THAT(seconds(old.file(), "event.time_us"), ElementsAre(1391040000));
  EXPECT_THAT(values<double>(old.file(), "event.number.overall"), ElementsAre(1.0));
  folder.write("All_Beauty.jsonl",
               "{\"rating\": 5.0, \"title\": \"Such\", \"text\": \"spray\", \"images\": [], "
               "\"asin\": \"B00Y\", \"parent_asin\": \"B00Z\", \"user_id\": \"AGKH\", "
               "\"timestamp\": 1588687728923, \"helpful_vote\": 0, \"verified_purchase\": true}\n");
  const dataset::ImportedData newer =
      imported(folder, dataset_at(folder.path("All_Beauty.jsonl"), "amazon_reviews"));
  EXPECT_THAT(texts(newer.item_ids()), ElementsAre("B00Z"));
  EXPECT_THAT(seconds(newer.file(), "event.time_us"), ElementsAre(1588687728.923));
  EXPECT_EQ(newer.info().at("value"), "rating");
}

TEST(NamedFormats, YelpReviewsAndBusinesses) {
  const TestFolder folder;
  folder.write("yelp/yelp_academic_dataset_review.json",
               "{\"review_id\":\"KU_O\",\"user_id\":\"mh_-\",\"business_id\":\"XQfw\",\"stars\":3.0"
               ",\"useful\":0,\"funny\":0,\"cool\":0,\"text\":\"If you decide\",\"date\":"
               "\"2018-07-07 22:09:11\"}\n");
  folder.write("yelp/yelp_academic_dataset_business.json",
               "{\"business_id\":\"XQfw\",\"name\":\"Turning Point\",\"city\":\"North Wales\","
               "\"state\":\"PA\",\"stars\":3.0,\"attributes\":{\"NoiseLevel\":\"u'average'\"},"
               "\"categories\":\"Restaurants, Breakfast & Brunch, Food\",\"hours\":null}\n");
  const dataset::ImportedData log = imported(folder, dataset_at(folder.path("yelp"), "yelp"));
  EXPECT_THAT(seconds(log.file(), "event.time_us"), ElementsAre(1531001351));
  EXPECT_THAT(set_of(log, "item", "categories", 0),
              ElementsAre("Breakfast & Brunch", "Food", "Restaurants"));
}

TEST(NamedFormats, LastFmOfBothSizes) {
  const TestFolder folder;
  folder.write("360k/usersha1-artmbid-artname-plays.tsv",
               "00000c28\t3bd73256\tbetty blowtorch\t2137\n00000c28\t\tdie \"Ärzte\t1099\n");
  folder.write("360k/usersha1-profile.tsv", "00000c28\tf\t\tGermany\tFeb 1, 2007\n");
  const dataset::ImportedData large =
      imported(folder, dataset_at(folder.path("360k"), "lastfm_360k"));
  EXPECT_THAT(texts(large.item_ids()), ElementsAre("betty blowtorch", "die \"Ärzte"));
  EXPECT_THAT(values<double>(large.file(), "event.number.plays"), ElementsAre(2137, 1099));
  EXPECT_FALSE(large.has_times());
  folder.write("1k/userid-timestamp-artid-artname-traid-traname.tsv",
               "user_000001\t2009-05-04T23:08:57Z\tf1b1cf71\tDeep Dish\t\tFlashdance\n"
               "user_000001\t2009-05-04T13:54:10Z\ta7f7df4a\tAir\tt2\tAlpha\n");
  folder.write("1k/userid-profile.tsv",
               "#id\tgender\tage\tcountry\tregistered\nuser_000001\tm\t\tJapan\tAug 13, 2006\n");
  task::DatasetSpec dataset = dataset_at(folder.path("1k"), "lastfm_1k");
  const dataset::ImportedData small = imported(folder, dataset);
  EXPECT_THAT(texts(small.item_ids()), ElementsAre("Air", "Deep Dish"));
  EXPECT_THAT(values<int32_t>(small.file(), "event.item"), ElementsAre(0, 1));
  dataset.columns = {{"item", "track_mbid"}};
  EXPECT_EQ(error_of(folder, [&] { import_dataset(dataset, folder.places()); }),
            "1k/userid-timestamp-artid-artname-traid-traname.tsv:1: track_mbid is empty; every "
            "event has an item");
}

TEST(NamedFormats, SayWhatWasLookedFor) {
  const TestFolder folder;
  folder.write("ml/README", "");
  const auto error = [&](const std::string& name, const std::string& format) {
    return error_of(
        folder, [&] { import_dataset(dataset_at(folder.path(name), format), folder.places()); });
  };
  EXPECT_EQ(
      error("ml", "movielens"),
      "ml: contains no file of movielens (u.data, ratings.dat, ratings.csv); it contains: README");
  EXPECT_EQ(error("ml", "amazon_reviews"),
            "ml: is a folder; amazon_reviews needs a file; it contains: README");
  const std::string movielens =
      "is not a file of movielens: expected u.data, ratings.dat or ratings.csv, with user_id, "
      "movie_id, rating, timestamp without a header; or userId, movieId, timestamp, rating; ";
  EXPECT_EQ(error("ml/README", "movielens"), "ml/README: " + movielens + "it is empty");
  folder.write("ml2/ratings.csv", "user_id,book_id,rating\n1,2,5\n");
  EXPECT_EQ(error("ml2", "movielens"),
            "ml2/ratings.csv: " + movielens + "it begins \"user_id,book_id,rating\"");
  folder.write("shop/events.csv", "timestamp,visitorid,event,itemid,transactionid\n");
  EXPECT_EQ(error("shop/events.csv", "movielens"),
            "shop/events.csv: " + movielens + "it looks like retailrocket: its name is events.csv");
  folder.write("other.csv", "userId,movieId,rating,timestamp\n1,2,3.5,1112486027\n");
  EXPECT_EQ(error("other.csv", "netflix"),
            "other.csv: is not a file of netflix: expected combined_data_*.txt, "
            "training_set/mv_*.txt or mv_*.txt, with lines \"movie:\" and "
            "\"customer,rating,date\"; it looks like movielens: it has userId, movieId, timestamp, "
            "rating");
  folder.write("four.csv", "1,2,3,881250949\n2,3,4,881250949\n");
  EXPECT_EQ(
      error("four.csv", "amazon_reviews"),
      "four.csv: is not a file of amazon_reviews: expected reviewerID, asin, "
      "unixReviewTime, overall; or user_id, parent_asin, timestamp, rating; or user_id, asin, "
      "rating, timestamp without a header; or asin, user_id, rating, timestamp without a "
      "header; it begins \"1,2,3,881250949\"")
      << "its ids are none of Amazon";
  EXPECT_EQ(error("nowhere", "yelp"), "nowhere: was not found");
}

}  // namespace
}  // namespace assay::ingest
