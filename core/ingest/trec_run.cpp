#include <fmt/format.h>

#include "error/error.h"
#include "ingest/event_builder.h"
#include "ingest/ranked_entries.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

constexpr size_t kFields = 6;

void read_entry(const std::vector<std::string_view>& words, const Origin& origin,
                RankedEntries& run) {
  if (words.size() != kFields) {
    throw error::UserError(
        origin.text(),
        fmt::format("the line has {} fields; expected 6: query Q0 item rank score tag",
                    words.size()));
  }
  const std::optional<int64_t> rank = dataset::as_integer(words[3]);
  if (!rank) bad_number(origin.text(), "rank", words[3]);
  const std::optional<double> score = parse_number(words[4]);
  if (!score) bad_number(origin.text(), "score", words[4]);
  run.query.push_back(run.queries.add(words[0]));
  run.item.push_back(run.items.add(words[2]));
  run.rank.push_back(*rank);
  run.score.push_back(static_cast<float>(*score));
}

}  // namespace

RankedEntries read_trec_run(const std::string& path) {
  LineReader lines{TextFile(path)};
  std::string_view line;
  std::vector<std::string_view> words;
  RankedEntries run;
  while (lines.next(line)) {
    split_words(line, words);
    read_entry(words, {path, lines.number()}, run);
  }
  if (run.query.empty())
    throw error::UserError(path, "is empty; expected lines of query Q0 item rank score tag");
  return run;
}

}  // namespace assay::ingest
