#include <fmt/format.h>

#include <cmath>

#include "error/error.h"
#include "ingest/ranked_entries.h"
#include "ingest/text.h"
#include "ingest/text_file.h"
#include "text/thousands.h"

namespace assay::ingest {
namespace {

constexpr size_t kFields = 6;  // there may be more
constexpr size_t kRank = 3, kScore = 4;
constexpr double kLargestRank = 1LL << 53;

std::optional<int64_t> as_rank(std::string_view text) {
  if (const std::optional<int64_t> rank = dataset::as_integer(text)) return rank;
  const std::optional<double> number = parse_number(text);
  if (!number || *number != std::floor(*number) || std::abs(*number) > kLargestRank)
    return std::nullopt;
  return static_cast<int64_t>(*number);
}

/// Reads lines, and notes what of them trec_eval passes over and a person may not expect.
class RunReader {
 public:
  RunReader(const std::string& path, std::optional<task::ListTies> ties)
      : path_(path), rank_needed_(ties == task::ListTies::rank) {}

  RankedEntries read() && {
    LineReader lines{TextFile(path_)};
    for (std::string_view line; lines.next(line);) {
      split_words(line, words_);
      if (words_.empty()) continue;
      if (words_[0].starts_with('#'))
        comment(lines.number());
      else
        entry({path_, lines.number()});
    }
    if (run_.size() == 0)
      throw error::UserError(path_, "is empty; expected lines of query Q0 item rank score tag");
    return finish();
  }

 private:
  void entry(const Origin& origin) {
    if (words_.size() < kFields) {
      throw error::UserError(
          origin.text(),
          fmt::format("the line has {} field{}; expected at least 6: query Q0 item rank score tag",
                      words_.size(), words_.size() == 1 ? "" : "s"));
    }
    const std::optional<double> score = parse_number(words_[kScore]);
    if (!score) bad_number(origin.text(), "score", words_[kScore]);
    check_score(*score, "score", in_quotes(words_[kScore]), origin);
    if (is_list_text(words_[2])) written_list(origin.text(), "item", words_[2]);
    run_.add(words_[0], words_[2], *score, origin.line);
    add_rank(origin);
  }

  void add_rank(const Origin& origin) {
    const std::optional<int64_t> rank = as_rank(words_[kRank]);
    run_.rank.push_back(rank.value_or(0));
    if (rank || bad_rank_) return;
    if (rank_needed_) {
      throw error::UserError(origin.text(),
                             fmt::format("rank is {}, which is no integer; ties: rank orders equal "
                                         "scores by it, ties: file and docno_descending do not",
                                         in_quotes(words_[kRank])));
    }
    bad_rank_ = {origin.line, fmt::format("rank is {}, which is no integer; ranks are not used, "
                                          "and equal scores keep the order of the file",
                                          in_quotes(words_[kRank]))};
  }

  void comment(int64_t line) {
    const bool like_an_entry = words_.size() >= kFields && parse_number(words_[kScore]);
    if (!like_an_entry) return;
    if (comments_++ == 0) first_comment_ = line;
  }

  RankedEntries finish() {
    if (bad_rank_) {
      run_.rank.clear();
      run_.notes.push_back(*bad_rank_);
    }
    if (comments_ > 0) {
      run_.notes.push_back(
          {first_comment_,
           fmt::format("{} line{} like an entry begin{} with # and {} passed over, as trec_eval "
                       "passes over {}",
                       text::thousands(comments_), comments_ == 1 ? "" : "s",
                       comments_ == 1 ? "s" : "", comments_ == 1 ? "is" : "are",
                       comments_ == 1 ? "it" : "them")});
    }
    return std::move(run_);
  }

  const std::string& path_;
  bool rank_needed_;
  std::vector<std::string_view> words_;
  RankedEntries run_;
  std::optional<ListNote> bad_rank_;
  int64_t comments_ = 0, first_comment_ = 0;
};

}  // namespace

RankedEntries read_trec_run(const std::string& path, std::optional<task::ListTies> ties) {
  return RunReader(path, ties).read();
}

}  // namespace assay::ingest
