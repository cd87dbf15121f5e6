#include "dataset/ranked_lists.h"

#include <algorithm>

namespace assay {
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

}  // namespace

IdMap::IdMap(const TextView& ids) {
  for (int64_t id = 0; id < ids.size(); ++id) interner.add(ids[id]);
}

nlohmann::json RankedLists::counts() const {
  return {{"requests", item.size()},      {"entries", item.values.size()},
          {"without_list", without_list}, {"unknown", unknown},
          {"repeated", repeated},         {"excluded", excluded}};
}

RankedLists cut_lists(const ImportedData& lists, const RequestSet& set, const TextView& user_ids,
                      const IdMap& items) {
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

int64_t unknown_queries(const ImportedData& lists, const IdMap& users) {
  const TextView queries = text_of(lists, "query");
  int64_t unknown = 0;
  for (int64_t query = 0; query < queries.size(); ++query)
    unknown += users.interner.find(queries[query]) < 0;
  return unknown;
}

}  // namespace assay
