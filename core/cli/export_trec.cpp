#include "cli/export_trec.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "error/error.h"

namespace assay::cli {
namespace {

std::vector<std::string> ids_of(const results::Reader& reader, const char* sql,
                                const std::string& key) {
  const results::Cell parameters[] = {key};
  const results::QueryAnswer answer = reader.query(sql, parameters);
  if (answer.rows.empty()) return {};
  return nlohmann::json::parse(std::get<std::string>(answer.rows[0][0]))
      .get<std::vector<std::string>>();
}

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

/// What a data set's requests and items are called.
struct Names {
  std::vector<std::string> queries, items;
};

Names names_of(const results::Reader& reader, const std::string& request_set) {
  Names names;
  names.queries = reader.request_user_ids(request_set);
  names.items = ids_of(reader,
                       "SELECT item_ids FROM catalogue JOIN request_set USING (prepared_hash) "
                       "WHERE request_set = ?",
                       request_set);
  const std::set<std::string> different(names.queries.begin(), names.queries.end());
  if (different.size() < names.queries.size() || different.contains("")) {
    for (size_t r = 0; r < names.queries.size(); ++r) names.queries[r] = fmt::format("{}", r);
  }
  check_trec_names(names.queries, names.items);
  return names;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

std::string qrels(const results::ItemLists& truth, const Names& names) {
  std::string text;
  for (size_t r = 0; r + 1 < truth.offsets.size(); ++r) {
    for (int64_t t = truth.offsets[r]; t < truth.offsets[r + 1]; ++t) {
      const auto item = static_cast<size_t>(truth.items[static_cast<size_t>(t)]);
      text += fmt::format("{} 0 {} 1\n", names.queries.at(r), names.items.at(item));
    }
  }
  return text;
}

std::string run_lines(const results::Slates& slates, const Names& names) {
  std::string text;
  const auto size = static_cast<size_t>(slates.size);
  for (size_t i = 0; i < slates.items.size(); ++i) {
    if (slates.items[i] < 0) continue;
    const size_t rank = i % size + 1;
    text +=
        fmt::format("{} Q0 {} {} {} assay\n", names.queries.at(i / size),
                    names.items.at(static_cast<size_t>(slates.items[i])), rank, size - rank + 1);
  }
  return text;
}

}  // namespace

void export_trec(const report::OpenRun& run, const std::string& folder) {
  const results::Reader reader = run.reader();
  std::map<std::string, Names> known;  // by request set
  for (const results::RunTrial& trial : reader.trials(run.info().run_id)) {
    if (trial.status != results::TrialState::Status::done) continue;
    const std::string fold = trial.fold == "all" ? "" : ".fold" + trial.fold;
    auto names = known.find(trial.request_set);
    if (names == known.end()) {
      names = known.emplace(trial.request_set, names_of(reader, trial.request_set)).first;
      write(fmt::format("{}/{}{}.qrels", folder, export_file_name(trial.dataset), fold),
            qrels(reader.truth(trial.request_set), names->second));
    }
    const std::string seed = trial.seed ? fmt::format(".seed{}", *trial.seed) : "";
    write(fmt::format("{}/{}.{}{}{}.run", folder, export_file_name(trial.variant),
                      export_file_name(trial.dataset), fold, seed),
          run_lines(reader.slates(trial.trial_key), names->second));
  }
}

}  // namespace assay::cli
