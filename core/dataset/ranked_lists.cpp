#include "dataset/ranked_lists.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "dataset/feature_coverage.h"
#include "error/error.h"
#include "text/thousands.h"

namespace assay::dataset {
namespace {

TextView text_of(const ImportedData& lists, const std::string& kind) {
  return {lists.file().array<char>(kind + ".text"),
          lists.file().array<int64_t>(kind + ".text.offsets")};
}

/// The lists as they lie in the file, with dense item ids.
struct Source {
  std::span<const int64_t> offsets;
  std::span<const int32_t> item;
  std::span<const float> score;
  std::vector<int32_t> dense;  // of each item of the lists; -1 is not known

  Source(const ImportedData& lists, const IdMap& items)
      : offsets(lists.file().array<int64_t>("list.offsets")),
        item(lists.file().array<int32_t>("list.item")),
        score(lists.file().array<float>("list.score")) {
    const TextView names = text_of(lists, "item");
    for (int64_t i = 0; i < names.size(); ++i) dense.push_back(items.interner.find(names[i]));
  }
};

bool any_known(const TextView& ids, const TextView& known) {
  const IdMap map(known);
  for (int64_t i = 0; i < ids.size(); ++i)
    if (map.interner.find(ids[i]) >= 0) return true;
  return false;
}

std::string first_of(const TextView& ids) {
  std::vector<std::string> first;
  for (int64_t i = 0; i < ids.size() && first.size() < kFirstIds; ++i) first.emplace_back(ids[i]);
  return first_ids(first, ids.size());
}

void append_list(const Source& source, int32_t query, std::span<const int64_t> excluded,
                 std::vector<int64_t>& last_request, int64_t request, RankedLists& out) {
  for (int64_t entry = source.offsets[query]; entry < source.offsets[query + 1]; ++entry) {
    const int32_t item = source.dense[source.item[entry]];
    if (item < 0) {
      ++out.unknown;
    } else if (last_request[item] == request) {
      ++out.repeated;
    } else if (std::ranges::binary_search(excluded, item)) {
      ++out.excluded;
    } else {
      last_request[item] = request;
      out.item.values.push_back(item);
      out.score.push_back(source.score[entry]);
    }
  }
}

// A note of the import, whose file has been read under some path: its line is what stays.
std::string note_text(const std::string& name, const nlohmann::json& note) {
  const auto line = note.at("line").get<int64_t>();
  const auto unit = note.at("unit").get<std::string>();
  const std::string place =
      line == 0 ? "" : fmt::format(", {} {}", unit.empty() ? "line" : unit, line);
  return fmt::format("lists.{}{}: {}", name, place, note.at("text").get<std::string>());
}

}  // namespace

IdMap::IdMap(const TextView& ids) {
  for (int64_t id = 0; id < ids.size(); ++id) interner.add(ids[id]);
}

nlohmann::json RankedLists::counts() const {
  return {{"requests", item.size()},      {"entries", item.values.size()},
          {"without_list", without_list}, {"unknown", unknown},
          {"repeated", repeated},         {"excluded", excluded}};
}

RankedLists cut_lists(const ImportedData& lists, const RequestSetView& set,
                      const TextView& user_ids, const IdMap& items) {
  const Source source(lists, items);
  const IdMap queries(text_of(lists, "query"));
  std::vector<int64_t> last_request(items.interner.size(), -1);
  RankedLists out;
  for (int64_t request = 0; request < set.size(); ++request) {
    const int32_t query = queries.interner.find(user_ids[set.user[request]]);
    if (query < 0)
      ++out.without_list;
    else
      append_list(source, query, set.excluded.row(request), last_request, request, out);
    out.item.offsets.push_back(static_cast<int64_t>(out.item.values.size()));
  }
  return out;
}

UnknownQueries unknown_queries(const ImportedData& lists, const IdMap& users) {
  const TextView queries = text_of(lists, "query");
  const auto offsets = lists.file().array<int64_t>("list.offsets");
  UnknownQueries out{.queries = queries.size()};
  for (int64_t query = 0; query < queries.size(); ++query) {
    if (users.interner.find(queries[query]) >= 0) continue;
    ++out.unknown;
    out.entries += offsets[query + 1] - offsets[query];
    if (out.first.size() < kFirstIds) out.first.emplace_back(queries[query]);
  }
  return out;
}

void check_lists(const ImportedData& lists, const ImportedData& log, const std::string& name,
                 const std::string& where) {
  for (const char* kind : {"user", "item"}) {
    const bool users = std::string_view(kind) == "user";
    const TextView ids = text_of(lists, users ? "query" : "item");
    const TextView known = log.ids(kind);
    if (any_known(ids, known)) continue;
    throw error::UserError(
        where, fmt::format("lists.{}: none of its {} {}s is in the log; it has {}, the log {}; {} "
                           "must be ids of the log",
                           name, text::thousands(ids.size()), kind, first_of(ids), first_of(known),
                           users ? "queries (the first field of a TREC run, or the "
                                   "column user)"
                                 : "items"));
  }
}

std::string missing_lists_text(const std::string& name, const nlohmann::json& info) {
  const nlohmann::json& test = info.at("windows").at("test");
  const auto without = test.at("without_list").get<int64_t>();
  const auto unknown = info.at("unknown_queries").get<int64_t>();
  std::vector<std::string> parts;
  if (without > 0) {
    parts.push_back(fmt::format("{} of {} test requests {} an empty one", text::thousands(without),
                                text::thousands(test.at("requests").get<int64_t>()),
                                without == 1 ? "has no list and gets" : "have no list and get"));
  }
  if (unknown > 0) {
    parts.push_back(
        fmt::format("{} of its {} lists {} of users that are not in the data set ({})",
                    text::thousands(unknown), text::thousands(info.at("queries").get<int64_t>()),
                    unknown == 1 ? "is" : "are",
                    first_ids(info.at("first_unknown").get<std::vector<std::string>>(), unknown)));
  }
  if (parts.empty()) return "";
  return fmt::format("lists.{}: {}", name, fmt::join(parts, "; "));
}

AuditFinding ranked_lists(const nlohmann::json& lists_info) {
  std::vector<std::string> texts;
  for (const auto& [name, info] : lists_info.items()) {
    if (std::string text = missing_lists_text(name, info); !text.empty())
      texts.push_back(std::move(text));
    for (const nlohmann::json& note : info.value("notes", nlohmann::json::array()))
      texts.push_back(note_text(name, note));
  }
  if (texts.empty())
    return {"ranked_lists", AuditFinding::Kind::property, "none", "every test request has a list"};
  return {"ranked_lists", AuditFinding::Kind::property, "found",
          fmt::format("{}", fmt::join(texts, "; "))};
}

}  // namespace assay::dataset
