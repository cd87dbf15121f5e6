#include "ingest/known_files.h"

namespace assay::ingest {
namespace {

// What LFM-1b and LFM-2b say of an age that is not known.
TableFormat without_age(TableFormat format) {
  format.none = "-1";
  return format;
}

task::FeatureFileSpec of_listeners() {
  return features("user", "user_id",
                  {{"country", "category"}, {"age", "number"}, {"gender", "category"}});
}

}  // namespace

// README of lastfm-dataset-360K (Celma 2010).
std::vector<KnownFile> lastfm_360k_files() {
  return {{"usersha1-artmbid-artname-plays.tsv",
           delimited("\t", {"user_id", "artist_mbid", "artist_name", "plays"}),
           {roles("user_id", "artist_name", "", "plays")},
           {},
           {"usersha1-profile.tsv"}},
          {"usersha1-profile.tsv",
           delimited("\t", {"user_id", "gender", "age", "country", "signup"}),
           {},
           features("user", "user_id",
                    {{"gender", "category"}, {"age", "number"}, {"country", "category"}})}};
}

// README of lastfm-dataset-1K (Celma 2010).
std::vector<KnownFile> lastfm_1k_files() {
  return {{"userid-timestamp-artid-artname-traid-traname.tsv",
           delimited("\t", {"user_id", "timestamp", "artist_mbid", "artist_name", "track_mbid",
                            "track_name"}),
           {roles("user_id", "artist_name", "timestamp", "")},
           {},
           {"userid-profile.tsv"}},
          {"userid-profile.tsv",
           {.name = "tsv"},
           {},
           features("user", "#id",
                    {{"gender", "category"}, {"age", "number"}, {"country", "category"}})}};
}

// Schedl, "The LFM-1b Dataset for Music Retrieval and Recommendation" (ICMR 2016), table 1: user,
// artist, album, track and time, seconds since 1970, without a header; the users' file has one.
std::vector<KnownFile> lfm_1b_files() {
  return {{"LFM-1b_LEs.txt",
           delimited("\t", {"user_id", "artist_id", "album_id", "track_id", "timestamp"}),
           {roles("user_id", "track_id", "timestamp", "")},
           {},
           {"LFM-1b_users.txt"}},
          {"LFM-1b_users.txt", without_age({.name = "tsv"}), {}, of_listeners()}};
}

// Schedl et al., "LFM-2b" (CHIIR 2022), page of the data set (cp.jku.at/datasets/LFM-2b): times such
// as 2020-02-22 18:10:21, UTC. Counts have no times.
std::vector<KnownFile> lfm_2b_files() {
  const EventRoles listening = roles("user_id", "track_id", "timestamp", "");
  const EventRoles counts = roles("user_id", "track_id", "", "count");
  return {{"listening_events.tsv", {.name = "tsv"}, {listening}, {}, {"users.tsv"}},
          {"listening-events.tsv", {.name = "tsv"}, {listening}, {}, {"users.tsv"}},
          {"listening_counts.tsv", {.name = "tsv"}, {counts}, {}, {"users.tsv"}},
          {"listening-counts.tsv", {.name = "tsv"}, {counts}, {}, {"users.tsv"}},
          {"users.tsv", without_age({.name = "tsv"}), {}, of_listeners()}};
}

// Card of yandex/yambda (Hugging Face), "Data Format", files of flat/: timestamp is seconds from an
// unnamed beginning, in steps of 5. multi_event.parquet names the type of each event; the other
// files hold one type each.
std::vector<KnownFile> yambda_files() {
  const EventRoles one_type = roles("uid", "item_id", "timestamp", "");
  std::vector<KnownFile> out = {
      {"multi_event.parquet", {.name = "parquet"}, {typed(one_type, "event_type")}}};
  for (const char* name : {"listens.parquet", "likes.parquet", "dislikes.parquet",
                           "unlikes.parquet", "undislikes.parquet"})
    out.push_back({name, {.name = "parquet"}, {one_type}});
  return out;
}

}  // namespace assay::ingest
