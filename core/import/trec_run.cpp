#include "import/trec_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "dataset/dense_ids.h"
#include "dataset/mapped_file.h"
#include "dataset/safetensors.h"
#include "error/error.h"
#include "import/event_builder.h"
#include "import/text.h"

namespace assay {
namespace {

constexpr size_t kFields = 6;

/// Entries in the order of the file.
struct Run {
  Interner queries, items;
  std::vector<int32_t> query, item;
  std::vector<float> score;
  std::vector<int64_t> rank;
};

void read_entry(const std::vector<std::string_view>& words, const Origin& origin, Run& run) {
  if (words.size() != kFields) {
    throw UserError(origin.text(),
                    fmt::format("the line has {} fields; expected 6: query Q0 item rank score tag",
                                words.size()));
  }
  const std::optional<int64_t> rank = as_integer(words[3]);
  if (!rank) bad_number(origin.text(), "rank", words[3]);
  const std::optional<double> score = parse_number(words[4]);
  if (!score) bad_number(origin.text(), "score", words[4]);
  run.query.push_back(run.queries.add(words[0]));
  run.item.push_back(run.items.add(words[2]));
  run.rank.push_back(*rank);
  run.score.push_back(static_cast<float>(*score));
}

Run read_run(const std::string& path) {
  const MappedFile mapped(path);
  LineReader lines(mapped.text());
  std::string_view line;
  std::vector<std::string_view> words;
  Run run;
  while (lines.next(line)) {
    split_words(line, words);
    read_entry(words, {path, lines.number()}, run);
  }
  if (run.query.empty())
    throw UserError(path, "is empty; expected lines of query Q0 item rank score tag");
  return run;
}

std::vector<int32_t> list_order(const Run& run) {
  std::vector<int32_t> order(run.query.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](int32_t a, int32_t b) {
    return std::tuple(run.query[a], -run.score[a], run.rank[a]) <
           std::tuple(run.query[b], -run.score[b], run.rank[b]);
  });
  return order;
}

}  // namespace

void import_trec_run(const std::string& path, nlohmann::json info, const std::string& to) {
  const Run run = read_run(path);
  std::vector<int64_t> offsets(run.queries.size() + 1, 0);
  for (int32_t query : run.query) ++offsets[query + 1];
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  std::vector<int32_t> item;
  std::vector<float> score;
  for (int32_t entry : list_order(run)) {
    item.push_back(run.item[entry]);
    score.push_back(run.score[entry]);
  }
  SafetensorsWriter out;
  out.add_text("query.text", "query.text.offsets", run.queries.texts().view());
  out.add_text("item.text", "item.text.offsets", run.items.texts().view());
  out.add("list.offsets", offsets);
  out.add("list.item", item);
  out.add("list.score", score);
  out.note("info", info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  out.write(to);
}

}  // namespace assay
