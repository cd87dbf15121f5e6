#include "cli/export_trec.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "error/error.h"

namespace assay::cli {
namespace {

void check_ids(const std::vector<std::string>& ids, const char* what) {
  for (const std::string& id : ids) {
    if (id.find_first_of(" \t\r\n") == std::string::npos) continue;
    throw error::UserError(
        fmt::format("{} \"{}\" contains white space, which TREC files do not allow; export to "
                    "parquet or json instead",
                    what, id));
  }
}

void check_queries(const std::vector<std::string>& queries) {
  check_ids(queries, "the user");
  for (const std::string& query : queries) {
    if (!query.starts_with('#')) continue;
    throw error::UserError(
        fmt::format("the user \"{}\" begins with #, and readers of TREC files take such lines for "
                    "comments; export to parquet or json instead",
                    query));
  }
}

}  // namespace

void check_trec_names(const std::vector<std::string>& queries,
                      const std::vector<std::string>& items) {
  check_queries(queries);
  check_ids(items, "the item");
}

// Names of variants may hold what a file's name should not.
std::string export_file_name(std::string name) {
  for (char& c : name) {
    if (c == '/' || c == '\\') c = '_';
  }
  return name;
}

namespace {

/// What the requests that leave are called, by place: their users, or their places where a user asks
/// more than once.
std::vector<std::string> queries_of(const ReleasedSet& set) {
  const std::set<std::string> different(set.users.begin(), set.users.end());
  if (different.size() == set.users.size() && !different.contains("")) return set.users;
  std::vector<std::string> queries;
  for (size_t place = 0; place < set.users.size(); ++place)
    queries.push_back(fmt::format("{}", place));
  return queries;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

std::string qrels(const results::ItemLists& truth, const ReleasedSet& set,
                  const std::vector<std::string>& queries) {
  std::string text;
  for (size_t place = 0; place < queries.size(); ++place) {
    for (const int64_t item : released_truth(truth, set, place))
      text +=
          fmt::format("{} 0 {} 1\n", queries[place], set.item_ids.at(static_cast<size_t>(item)));
  }
  return text;
}

std::string run_lines(const results::Slates& slates, const ReleasedSet& set,
                      const std::vector<std::string>& queries) {
  std::string text;
  const auto size = static_cast<size_t>(slates.size);
  for (size_t place = 0; place < queries.size(); ++place) {
    for (size_t rank = 0; rank < size; ++rank) {
      const int32_t item = slates.items.at(static_cast<size_t>(set.rows[place]) * size + rank);
      if (item < 0) continue;
      const auto number = static_cast<size_t>(set.items.at(static_cast<size_t>(item)));
      text += fmt::format("{} Q0 {} {} {} assay\n", queries[place], set.item_ids.at(number),
                          rank + 1, size - rank);
    }
  }
  return text;
}

}  // namespace

void export_trec(Release& release, const std::string& folder) {
  const results::Reader reader = release.run().reader();
  std::map<std::string, std::vector<std::string>> known;  // by request set
  for (const results::RunTrial& trial : reader.trials(release.run().info().run_id)) {
    if (trial.status != results::TrialState::Status::done) continue;
    const std::string fold = trial.fold == "all" ? "" : ".fold" + trial.fold;
    const ReleasedSet& set = release.of(trial.request_set);
    auto queries = known.find(trial.request_set);
    if (queries == known.end()) {
      queries = known.emplace(trial.request_set, queries_of(set)).first;
      check_trec_names(queries->second, set.item_ids);
      write(fmt::format("{}/{}{}.qrels", folder, export_file_name(trial.dataset), fold),
            qrels(reader.truth(trial.request_set), set, queries->second));
    }
    const std::string seed = trial.seed ? fmt::format(".seed{}", *trial.seed) : "";
    write(fmt::format("{}/{}.{}{}{}.run", folder, export_file_name(trial.variant),
                      export_file_name(trial.dataset), fold, seed),
          run_lines(reader.slates(trial.trial_key), set, queries->second));
  }
}

}  // namespace assay::cli
