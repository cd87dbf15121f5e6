#include "ingest/column_roles.h"

#include <algorithm>
#include <array>
#include <vector>

#include "text/lower_case.h"

namespace assay::ingest {
namespace {

struct RoleNames {
  std::string_view role;
  std::vector<std::string_view> names;  ///< without what is no letter or digit
  std::vector<std::string_view> words;
};

const std::array<RoleNames, 5>& role_names() {
  static const std::array<RoleNames, 5> all = {
      {{"user",
        {"user",     "userid",     "uid",      "username",   "usr",       "usrid",
         "customer", "customerid", "client",   "clientid",   "visitor",   "visitorid",
         "member",   "memberid",   "reviewer", "reviewerid", "account",   "accountid",
         "buyer",    "listener",   "person",   "session",    "sessionid", "msno"},
        {"user", "customer", "visitor", "reviewer", "member", "session", "client"}},
       {"item",
        {"item",    "itemid",    "iid",     "product",  "productid",  "sku",      "article",
         "movie",   "articleid", "movieid", "film",     "filmid",     "video",    "videoid",
         "track",   "trackid",   "song",    "songid",   "artist",     "artistid", "book",
         "bookid",  "asin",      "aid",     "business", "businessid", "news",     "newsid",
         "game",    "gameid",    "poi",     "venue",    "venueid",    "document", "docid",
         "content", "contentid", "ad",      "adid",     "listing",    "recipe",   "recipeid"},
        {"item", "product", "article", "movie", "video", "track", "song", "book", "asin", "artist",
         "business", "venue"}},
       {"time",
        {"time", "timestamp", "ts", "datetime", "date", "at", "created", "createdat", "eventtime",
         "unixtime", "unixreviewtime", "when", "day", "eventdate", "timems"},
        {"time", "date", "stamp"}},
       {"value",
        {"rating", "ratings", "stars", "score", "overall", "value", "weight", "count", "plays",
         "playcount", "listens", "watchratio", "hours", "quantity"},
        {"rating", "score", "count", "ratio"}},
       {"event",
        {"event", "eventtype", "type", "action", "actiontype", "behavior", "behaviour",
         "behaviortype", "kind", "interaction", "interactiontype", "op"},
        {"eventtype", "action", "behavio", "interaction"}}}};
  return all;
}

std::string letters_of(std::string_view name) {
  std::string out = text::lower_case(std::string(name));
  std::erase_if(out, [](char c) {
    return !((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             static_cast<unsigned char>(c) > 127);
  });
  return out;
}

}  // namespace

int name_fit(std::string_view role, std::string_view column) {
  // Of a path such as events.aid the last part names the column.
  const size_t dot = column.rfind('.');
  const std::string name = letters_of(dot == column.npos ? column : column.substr(dot + 1));
  for (const RoleNames& known : role_names()) {
    if (known.role != role) continue;
    if (std::ranges::count(known.names, name) > 0) return 3;
    const auto in_name = [&](std::string_view word) { return name.find(word) != name.npos; };
    return std::ranges::any_of(known.words, in_name) ? 1 : 0;
  }
  return 0;
}

bool is_role_name(std::string_view column) {
  return std::ranges::any_of(
      role_names(), [&](const RoleNames& known) { return name_fit(known.role, column) == 3; });
}

}  // namespace assay::ingest
