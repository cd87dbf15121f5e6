#include "ingest/known_files.h"

namespace assay::ingest {

// Columns: the pages of McAuley's group. 2014 (jmcauley.ucsd.edu/data/amazon/index_2014.html) and
// 2018 (nijianmo.github.io/amazon) have the keys reviewerID, asin, overall, unixReviewTime, whole or
// as 5-core; ratings only without a header are "user,item,rating,timestamp" in 2014 and
// "item,user,rating,timestamp" in 2018. 2023 (amazon-reviews-2023.github.io) counts milliseconds;
// its 0-core and 5-core files are CSV with a header.
std::vector<KnownFile> amazon_files() {
  const std::string none;
  return {{.name = none,
           .format = {.name = "jsonl"},
           .layouts = {roles("reviewerID", "asin", "unixReviewTime", "overall"),
                       roles("user_id", "parent_asin", "timestamp", "rating", "ms")},
           .distinct = true},
          {.name = none,
           .format = {.name = "csv"},
           .layouts = {roles("user_id", "parent_asin", "timestamp", "rating", "ms")},
           .distinct = true},
          {.name = none,
           .format = csv_of({"user_id", "asin", "rating", "timestamp"}),
           .layouts = {roles("user_id", "asin", "timestamp", "rating")},
           .distinct = true,
           .ids_of_amazon = true},
          {.name = none,
           .format = csv_of({"asin", "user_id", "rating", "timestamp"}),
           .layouts = {roles("user_id", "asin", "timestamp", "rating")},
           .distinct = true,
           .ids_of_amazon = true}};
}

// Yelp Open Dataset, its documentation (yelp.com/dataset/documentation).
std::vector<KnownFile> yelp_files() {
  return {
      {.name = "yelp_academic_dataset_review.json",
       .format = {.name = "jsonl"},
       .layouts = {roles("user_id", "business_id", "date", "stars")},
       .beside = {"yelp_academic_dataset_business.json"},
       .distinct = true},
      {"yelp_academic_dataset_business.json",
       {.name = "jsonl"},
       {},
       features(
           "item", "business_id",
           {{"name", "text"}, {"city", "category"}, {"state", "category"}, {"categories", "set"}},
           ",")}};
}

// McAuley's group, "Steam Video Game and Bundle Data", version 2: a Python dict a line, the date of
// a review as a day. RecBole's conversion (RecSysDatasets, STEAMDataset) takes the same user, item
// and time; user_id is missing in many rows, username in none.
std::vector<KnownFile> steam_files() {
  const std::vector<EventRoles> columns = {roles("username", "product_id", "date", "hours")};
  std::vector<KnownFile> out;
  for (const char* name : {"steam_reviews.json", "steam_new.json"})
    out.push_back(
        {.name = name, .format = {.name = "python_lines"}, .layouts = columns, .distinct = true});
  // Kaggle tamber/steam-video-games: value is 1 of a purchase and hours of a play; no times.
  out.push_back({"steam-200k.csv",
                 csv_of({"user_id", "game", "behavior", "value", "zero"}),
                 {typed(roles("user_id", "game", "", "value"), "behavior")}});
  return out;
}

// Kaggle retailrocket/ecommerce-dataset, "events.csv": milliseconds since 1970, UTC; transactionid
// only where event is transaction.
std::vector<KnownFile> retailrocket_files() {
  return {{.name = "events.csv",
           .format = {.name = "csv"},
           .layouts = {typed(roles("visitorid", "itemid", "timestamp", "", "ms"), "event")},
           .distinct = true}};
}

// otto-de/recsys-dataset, README ("Dataset Schema"): a session a line, with its events in order of
// time; ts is milliseconds since 1970.
std::vector<KnownFile> otto_files() {
  std::vector<KnownFile> out;
  for (const char* name :
       {"otto-recsys-train.jsonl", "otto-recsys-test.jsonl", "train.jsonl", "test.jsonl"}) {
    out.push_back(
        {.name = name,
         .format = {.name = "jsonl"},
         .layouts = {typed(roles("session", "events.aid", "events.ts", "", "ms"), "events.type")},
         .distinct = true});
  }
  return out;
}

// Tianchi dataset 649, "User Behavior Data from Taobao": no header, seconds since 1970. Columns and
// types (pv, buy, cart, fav) also in torch_geometric.datasets.Taobao (2.8.1).
std::vector<KnownFile> taobao_files() {
  return {{"UserBehavior.csv",
           csv_of({"user_id", "item_id", "category_id", "behavior", "timestamp"}),
           {typed(roles("user_id", "item_id", "timestamp", ""), "behavior")}}};
}

// UCSD Book Graph ("Goodreads Datasets", page of McAuley's group, section Shelves): ids of the CSV
// are numbers of its own (user_id_map.csv, book_id_map.csv), those of the JSON are Goodreads's.
std::vector<KnownFile> goodreads_files() {
  const EventRoles shelf = roles("user_id", "book_id", "", "rating");
  EventRoles added = roles("user_id", "book_id", "date_added", "rating");
  added.time.format = "%a %b %d %H:%M:%S %z %Y";
  const EventRoles spoilers = roles("user_id", "book_id", "timestamp", "rating");  // days
  return {{"goodreads_interactions.csv", {.name = "csv"}, {shelf}},
          {"goodreads_interactions*.json", {.name = "jsonl"}, {added}},
          {"goodreads_reviews*.json", {.name = "jsonl"}, {added, spoilers}}};
}

}  // namespace assay::ingest
