#include "ingest/ranked_entries.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <numeric>
#include <span>

#include "dataset/safetensors.h"
#include "error/error.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/thousands.h"

namespace assay::ingest {
namespace {

using nlohmann::json;
using task::ListTies;

constexpr float kLargest = std::numeric_limits<float>::max();

ListTies rule_of(const RankedEntries& run, std::optional<ListTies> ties) {
  return ties.value_or(run.rank.empty() ? ListTies::file : ListTies::rank);
}

/// Entries by query, each list best first.
std::vector<int32_t> list_order(const RankedEntries& run, ListTies ties) {
  std::vector<int32_t> order(run.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int32_t a, int32_t b) {
    if (run.query[a] != run.query[b]) return run.query[a] < run.query[b];
    if (run.score[a] != run.score[b]) return run.score[a] > run.score[b];
    if (ties == ListTies::rank) return run.rank[a] < run.rank[b];
    if (ties == ListTies::docno_descending)
      return run.items.texts()[run.item[a]] > run.items.texts()[run.item[b]];
    return false;
  });
  return order;
}

/// Ranks that contradict their scores: entries above which, by score, one with a larger rank
/// stands.
std::optional<ListNote> contradicting_ranks(const RankedEntries& run,
                                            std::span<const int32_t> order) {
  if (run.rank.empty()) return std::nullopt;
  int64_t count = 0;
  std::optional<ListNote> first;
  int32_t deepest = -1;        // entry of the largest rank among the better scores of the list
  int32_t deepest_equal = -1;  // the same, of the score that is looked at as well
  for (size_t i = 0; i < order.size(); ++i) {
    const int32_t entry = order[i];
    const bool new_list = i == 0 || run.query[order[i - 1]] != run.query[entry];
    if (new_list) deepest = deepest_equal = -1;
    if (!new_list && run.score[order[i - 1]] != run.score[entry]) deepest = deepest_equal;
    if (deepest_equal < 0 || run.rank[entry] > run.rank[deepest_equal]) deepest_equal = entry;
    if (deepest < 0 || run.rank[deepest] <= run.rank[entry]) continue;
    ++count;
    if (first && first->line <= run.line[entry]) continue;
    first = {run.line[entry],
             fmt::format("rank {} has the score {}, below the {} of rank {}", run.rank[entry],
                         run.score[entry], run.score[deepest], run.rank[deepest])};
  }
  if (!first) return std::nullopt;
  first->text +=
      fmt::format("; {} of {} entries {} that {}, and scores decide", text::thousands(count),
                  text::thousands(std::ssize(order)), count == 1 ? "has a rank" : "have ranks",
                  count == 1 ? "contradicts its score" : "contradict their scores");
  return first;
}

/// Scores in 32 bits, in the given order; equal ones are equal in the file.
struct KeptScores {
  std::vector<float> score;
  int64_t moved = 0;  ///< how many are not the number nearest to that of the file
};

KeptScores in_32_bits(const RankedEntries& run, std::span<const int32_t> order) {
  KeptScores kept{std::vector<float>(order.size())};
  for (size_t i = order.size(); i-- > 0;) {
    const int32_t entry = order[i];
    float& score = kept.score[i];
    score = static_cast<float>(run.score[entry]);
    if (i + 1 == order.size() || run.query[order[i + 1]] != run.query[entry]) continue;
    const float worse = kept.score[i + 1];
    const float at_least = run.score[entry] > run.score[order[i + 1]]
                               ? std::min(std::nextafter(worse, kLargest), kLargest)
                               : worse;
    if (score >= at_least) continue;
    score = at_least;
    ++kept.moved;
  }
  return kept;
}

json notes_json(const RankedEntries& run, std::span<const int32_t> order, int64_t moved) {
  std::vector<ListNote> notes = run.notes;
  if (auto contradicting = contradicting_ranks(run, order))
    notes.push_back(*std::move(contradicting));
  if (moved > 0) {
    notes.push_back({0, fmt::format("{} of {} scores differ from the next by less than 32 bits "
                                    "hold; they keep their order, and are served as the nearest "
                                    "numbers that do",
                                    text::thousands(moved), text::thousands(std::ssize(order)))});
  }
  json out = json::array();
  for (const ListNote& note : notes) {
    out.push_back({{"line", note.line}, {"unit", run.unit ? run.unit : ""}, {"text", note.text}});
  }
  return out;
}

}  // namespace

void RankedEntries::add(std::string_view query_id, std::string_view item_id, double score_of_it,
                        int64_t at) {
  query.push_back(queries.add(query_id));
  item.push_back(items.add(item_id));
  score.push_back(score_of_it);
  line.push_back(at);
}

void check_score(double score, std::string_view column, std::string_view shown,
                 const Origin& origin) {
  if (std::abs(static_cast<float>(score)) <= kLargest) return;
  throw error::UserError(
      origin.text(),
      fmt::format("{} is {}; scores are kept in 32 bits, which hold numbers up to 3.4e38; give "
                  "what stands first or last a score just above or below the others",
                  column, shown));
}

std::string list_format(const std::string& path) {
  static const std::map<std::string, std::string> formats = {
      {".csv", "csv"}, {".tsv", "tsv"}, {".jsonl", "jsonl"}, {".parquet", "parquet"}};
  const auto found = formats.find(std::filesystem::path(unpacked_name(path)).extension().string());
  return found == formats.end() ? "trec_run" : found->second;
}

void import_ranked_lists(const task::ListSpec& spec, json info, const std::string& to,
                         const dataset::Pseudonyms* pseudonyms) {
  const std::string format = list_format(spec.path);
  if (format == "trec_run" && !spec.columns.empty()) {
    throw error::UserError(spec.path,
                           "is read as a TREC run, whose fields have no names (lists.*.columns); a "
                           "table is named .csv, .tsv, .jsonl or .parquet");
  }
  RankedEntries run =
      format == "trec_run" ? read_trec_run(spec.path, spec.ties) : read_list_table(spec, format);
  std::vector<int64_t> offsets(run.queries.size() + 1, 0);
  for (int32_t query : run.query) ++offsets[query + 1];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  const std::vector<int32_t> order = list_order(run, rule_of(run, spec.ties));
  std::vector<int32_t> item;
  for (int32_t entry : order) item.push_back(run.item[entry]);
  const KeptScores kept = in_32_bits(run, order);
  info["notes"] = notes_json(run, order, kept.moved);
  if (kept.moved > 0) info["close_scores"] = kept.moved;
  const dataset::TextColumn queries = named(pseudonyms, "user", std::move(run.queries).take());
  const dataset::TextColumn items = named(pseudonyms, "item", std::move(run.items).take());
  dataset::SafetensorsWriter out;
  out.add_text("query.text", "query.text.offsets", queries.view());
  out.add_text("item.text", "item.text.offsets", items.view());
  out.add("list.offsets", offsets);
  out.add("list.item", item);
  out.add("list.score", kept.score);
  out.note("info", info.dump(-1, ' ', false, json::error_handler_t::replace));
  out.write(to);
}

std::vector<std::string> list_notes(const json& info, const std::string& path) {
  std::vector<std::string> out;
  for (const json& note : info.value("notes", json::array())) {
    const auto line = note.at("line").get<int64_t>();
    const auto unit = note.at("unit").get<std::string>();
    const std::string where =
        line == 0 ? path : Origin{path, line, unit.empty() ? nullptr : unit.c_str()}.text();
    out.push_back(fmt::format("{}: {}", where, note.at("text").get<std::string>()));
  }
  return out;
}

}  // namespace assay::ingest
