#include "ingest/named_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "error/error.h"
#include "ingest/source_files.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

/// A file that a data set is published with.
struct KnownFile {
  std::string name;  ///< may be packed: with .gz or .zst behind
  TableFormat format;
  std::vector<EventRoles> layouts = {};  ///< of events
  task::FeatureFileSpec features = {};   ///< of features
  std::vector<std::string> beside = {};  ///< of events: the feature files that belong to them
};

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

TableFormat without_genres(TableFormat format) {
  format.none = kNoGenres;
  return format;
}

TableFormat delimited(const std::string& separator, Names names, Names flags = {}) {
  return {.name = "delimited",
          .separator = separator,
          .names = std::move(names),
          .flags = std::move(flags),
          .latin1 = true};
}

EventRoles roles(const std::string& user, const std::string& item, const std::string& time,
                 const std::string& value, const std::string& unit = "") {
  EventRoles out{.columns = {{"user", user}, {"item", item}}, .time = {.unit = unit}};
  if (!time.empty()) out.columns["time"] = time;
  if (!value.empty()) out.columns["value"] = value;
  return out;
}

task::FeatureFileSpec features(const std::string& of, const std::string& id,
                               std::map<std::string, std::string> columns,
                               const std::string& separator = "|") {
  return {.of = of,
          .path = {},
          .format = "delimited",
          .id = id,
          .columns = std::move(columns),
          .separator = separator,
          .where = {}};
}

std::vector<KnownFile> movielens() {
  const Names rating = {"user_id", "movie_id", "rating", "timestamp"};
  const EventRoles of_ratings = roles("user_id", "movie_id", "timestamp", "rating");
  return {
      {"u.data", delimited("\t", rating), {of_ratings}, {}, {"u.item", "u.user"}},
      {"ratings.dat", delimited("::", rating), {of_ratings}, {}, {"movies.dat", "users.dat"}},
      {"ratings.csv",
       {.name = "csv"},
       {roles("userId", "movieId", "timestamp", "rating")},
       {},
       {"movies.csv"}},
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
       without_genres(delimited("::", {"movie_id", "title", "genres"})),
       {},
       features("item", "movie_id", {{"title", "text"}, {"genres", "set"}})},
      {"users.dat",
       delimited("::", {"user_id", "gender", "age", "occupation", "zip_code"}),
       {},
       features("user", "user_id",
                {{"age", "number"}, {"gender", "category"}, {"occupation", "category"}})},
      {"movies.csv",
       without_genres({.name = "csv"}),
       {},
       features("item", "movieId", {{"title", "text"}, {"genres", "set"}})},
  };
}

std::vector<KnownFile> yelp() {
  return {
      {"yelp_academic_dataset_review.json",
       {.name = "jsonl"},
       {roles("user_id", "business_id", "date", "stars")},
       {},
       {"yelp_academic_dataset_business.json"}},
      {"yelp_academic_dataset_business.json",
       {.name = "jsonl"},
       {},
       features(
           "item", "business_id",
           {{"name", "text"}, {"city", "category"}, {"state", "category"}, {"categories", "set"}},
           ",")}};
}

std::vector<KnownFile> amazon_reviews() {
  return {{"",
           {.name = "jsonl"},
           {roles("reviewerID", "asin", "unixReviewTime", "overall"),
            roles("user_id", "parent_asin", "timestamp", "rating", "ms")}}};
}

std::vector<KnownFile> lastfm_360k() {
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

std::vector<KnownFile> lastfm_1k() {
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

std::vector<KnownFile> known_files(const std::string& format) {
  if (format == "movielens") return movielens();
  if (format == "yelp") return yelp();
  if (format == "amazon_reviews") return amazon_reviews();
  return format == "lastfm_1k" ? lastfm_1k() : lastfm_360k();
}

/// The path of a file in the folder, packed or not; "" where it is not there.
std::string found_in(const fs::path& folder, const std::string& name) {
  for (const char* packing : {"", ".gz", ".zst"}) {
    const fs::path path = folder / (name + packing);
    if (fs::is_regular_file(path)) return path.string();
  }
  return "";
}

[[noreturn]] void holds_none(const task::DatasetSpec& dataset,
                             const std::vector<KnownFile>& known) {
  Names expected;
  for (const KnownFile& file : known) {
    if (!file.layouts.empty()) expected.push_back(file.name);
  }
  if (expected.front().empty()) {
    throw error::UserError(
        dataset.path, fmt::format("is a folder; {} needs a file; it contains: {}", dataset.format,
                                  fmt::join(names_in(dataset.path), ", ")));
  }
  throw error::UserError(dataset.path, fmt::format("contains no file of {} ({}); it contains: {}",
                                                   dataset.format, fmt::join(expected, ", "),
                                                   fmt::join(names_in(dataset.path), ", ")));
}

// A folder is searched; a file is known by its name, and of one layout any name will do.
const KnownFile& events_file(const task::DatasetSpec& dataset, const std::vector<KnownFile>& known,
                             std::string& path) {
  const KnownFile* only = nullptr;
  int layouts = 0;
  for (const KnownFile& file : known) {
    if (file.layouts.empty()) continue;
    only = &file;
    ++layouts;
    if (fs::is_directory(dataset.path)) {
      path = file.name.empty() ? "" : found_in(dataset.path, file.name);
      if (!path.empty()) return file;
    } else if (fs::path(unpacked_name(dataset.path)).filename() == file.name) {
      path = dataset.path;
      return file;
    }
  }
  if (fs::is_directory(dataset.path)) holds_none(dataset, known);
  path = dataset.path;
  if (layouts == 1) return *only;
  throw error::UserError(
      dataset.path, fmt::format("is not a file of {}: expected u.data, ratings.dat or ratings.csv",
                                dataset.format));
}

}  // namespace

const std::vector<std::string>& named_formats() {
  static const Names names = {"movielens", "amazon_reviews", "yelp", "lastfm_360k", "lastfm_1k"};
  return names;
}

bool is_named_format(const std::string& format) {
  return std::ranges::count(named_formats(), format) > 0;
}

std::string named_format_of(const std::string& path) {
  for (const std::string& format : named_formats()) {
    for (const KnownFile& file : known_files(format)) {
      if (file.layouts.empty() || file.name.empty()) continue;
      std::string events;
      if (fs::is_directory(path))
        events = found_in(path, file.name);
      else if (fs::path(unpacked_name(path)).filename() == file.name)
        events = path;
      if (events.empty()) continue;
      if (file.name != "ratings.csv" || TextFile(events, 6).text() == "userId") return format;
    }
  }
  return "";
}

NamedData named_data(const task::DatasetSpec& dataset) {
  if (!fs::exists(dataset.path)) throw error::UserError(dataset.path, "was not found");
  const std::vector<KnownFile> known = known_files(dataset.format);
  NamedData out;
  const KnownFile& events = events_file(dataset, known, out.events);
  out.format = events.format;
  out.layouts = events.layouts;
  for (EventRoles& layout : out.layouts) {
    for (const auto& [role, column] : dataset.columns) layout.columns[role] = column;
    if (dataset.time != task::TimeFormat{}) layout.time = dataset.time;
  }
  for (const KnownFile& file : known) {
    if (std::ranges::count(events.beside, file.name) == 0) continue;
    const std::string path = found_in(fs::path(out.events).parent_path(), file.name);
    if (path.empty()) continue;
    out.features.push_back({file.features, file.format});
    out.features.back().spec.path = path;
  }
  return out;
}

}  // namespace assay::ingest
