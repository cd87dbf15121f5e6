#include "ingest/known_files.h"

namespace assay::ingest {
namespace {

using Names = std::vector<std::string>;

const Names& genres_100k() {
  static const Names names = {"unknown",   "Action",   "Adventure",   "Animation", "Children's",
                              "Comedy",    "Crime",    "Documentary", "Drama",     "Fantasy",
                              "Film-Noir", "Horror",   "Musical",     "Mystery",   "Romance",
                              "Sci-Fi",    "Thriller", "War",         "Western"};
  return names;
}

Names item_columns_100k() {
  Names names = {"movie_id", "title", "release_date", "video_release_date", "imdb_url"};
  names.insert(names.end(), genres_100k().begin(), genres_100k().end());
  return names;
}

// What MovieLens 10M and later say of a film without a genre (README of ml-25m, "Movies Data File
// Structure").
constexpr const char* kNoGenres = "(no genres listed)";

TableFormat with_none(TableFormat format, const std::string& none) {
  format.none = none;
  return format;
}

TableFormat with_rest(TableFormat format) {
  format.rest = true;
  return format;
}

}  // namespace

// GroupLens: the READMEs of ml-100k, ml-1m, ml-10m, ml-20m, ml-25m, ml-32m and ml-latest; times are
// seconds since 1970, UTC. From 20M on the files have the same header.
std::vector<KnownFile> movielens_files() {
  const Names rating = {"user_id", "movie_id", "rating", "timestamp"};
  const EventRoles of_ratings = roles("user_id", "movie_id", "timestamp", "rating");
  return {
      {"u.data", delimited("\t", rating), {of_ratings}, {}, {"u.item", "u.user"}},
      {"ratings.dat", delimited("::", rating), {of_ratings}, {}, {"movies.dat", "users.dat"}},
      {.name = "ratings.csv",
       .format = {.name = "csv"},
       .layouts = {roles("userId", "movieId", "timestamp", "rating")},
       .beside = {"movies.csv"},
       .distinct = true},
      {"u.item",
       delimited("|", item_columns_100k(), genres_100k()),
       {},
       features("item", "movie_id", {{"title", "text"}, {"genres", "set"}})},
      {"u.user",
       delimited("|", {"user_id", "age", "gender", "occupation", "zip_code"}),
       {},
       features("user", "user_id",
                {{"age", "number"}, {"gender", "category"}, {"occupation", "category"}})},
      {"movies.dat",
       with_none(delimited("::", {"movie_id", "title", "genres"}), kNoGenres),
       {},
       features("item", "movie_id", {{"title", "text"}, {"genres", "set"}})},
      {"users.dat",
       delimited("::", {"user_id", "gender", "age", "occupation", "zip_code"}),
       {},
       features("user", "user_id",
                {{"age", "number"}, {"gender", "category"}, {"occupation", "category"}})},
      {"movies.csv",
       with_none({.name = "csv"}, kNoGenres),
       {},
       features("item", "movieId", {{"title", "text"}, {"genres", "set"}})},
  };
}

// README of the Netflix Prize (2006): a line "MovieID:", then lines "CustomerID,Rating,Date"; titles
// may hold commas, and a missing year is NULL. The files of Kaggle (netflix-inc/netflix-prize-data)
// hold the same lines, four files for all films.
std::vector<KnownFile> netflix_files() {
  const TableFormat of_ratings = {.name = "netflix"};
  const std::vector<EventRoles> columns = {roles("customer_id", "movie_id", "date", "rating")};
  const Names titles = {"movie_titles.csv", "movie_titles.txt"};
  std::vector<KnownFile> out;
  for (const char* name : {"combined_data_*.txt", "training_set/mv_*.txt", "mv_*.txt"})
    out.push_back({name, of_ratings, columns, {}, titles, true, true});
  for (const std::string& name : titles) {
    out.push_back({name,
                   with_none(with_rest(delimited(",", {"movie_id", "year", "title"})), "NULL"),
                   {},
                   features("item", "movie_id", {{"title", "text"}, {"year", "number"}})});
  }
  return out;
}

// KuaiRec 2.0, "Data Descriptions" of its page (kuairec.com): timestamp is seconds since 1970 with a
// fraction; time and date are Beijing's and are not read. Rows of small_matrix.csv may lack a time.
std::vector<KnownFile> kuairec_files() {
  const std::vector<EventRoles> columns = {
      roles("user_id", "video_id", "timestamp", "watch_ratio")};
  std::vector<KnownFile> out;
  for (const char* name : {"big_matrix.csv", "small_matrix.csv"})
    out.push_back({name, {.name = "csv"}, columns, {}, {"user_features.csv"}, false, true});
  out.push_back({"user_features.csv",
                 {.name = "csv"},
                 {},
                 features("user", "user_id",
                          {{"user_active_degree", "category"},
                           {"follow_user_num", "number"},
                           {"fans_user_num", "number"},
                           {"friend_user_num", "number"},
                           {"register_days", "number"}})});
  return out;
}

}  // namespace assay::ingest
