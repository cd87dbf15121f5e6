#include "ingest/user_items.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "ingest/text.h"
#include "ingest/text_file.h"

namespace assay::ingest {
namespace {

bool has_separator(std::string_view word) {
  return word.find_first_of(",;|") != std::string_view::npos;
}

/// Whether a file has another separator than blanks: its lines say so together, since a user may
/// have no item, and an id may hold a comma.
class SeparatorCheck {
 public:
  void line(const std::vector<std::string_view>& words, const Origin& origin) {
    if (has_blanks_ || (words.size() == 1 && !has_separator(words.front()))) return;
    has_blanks_ = !std::all_of(words.begin(), words.end() - 1, ends_with_separator);
    if (first_line_ > 0) return;
    first_line_ = origin.line;
    first_ = fmt::format("{}, {}", words.size() == 1 ? "one field" : "a first field",
                         in_quotes(words.front()));
  }
  /// Throws UserError where no line is separated by blanks alone.
  void finish(const std::string& path) const {
    if (has_blanks_ || first_line_ == 0) return;
    throw error::UserError(place(path, first_line_), first_ + "; fields are separated by blanks");
  }

 private:
  static bool ends_with_separator(std::string_view word) {
    return word.size() > 1 && has_separator(word.substr(word.size() - 1));
  }

  bool has_blanks_ = false;
  int64_t first_line_ = 0;
  std::string first_;
};

/// Refuses what is no sequence.
class SequenceCheck {
 public:
  void line(const std::vector<std::string_view>& words, const Origin& origin) {
    if (words.size() < 2) {
      throw error::UserError(
          origin.text(),
          fmt::format("the user {} has no item; a sequence has at least one{}",
                      in_quotes(words.front()),
                      has_separator(words.front()) ? ", and fields are separated by blanks" : ""));
    }
    const auto user = static_cast<size_t>(users_.add(words.front()));
    if (user < lines_.size()) {
      throw error::UserError(origin.text(),
                             fmt::format("the user {} occurs twice (first in line {}); a sequence "
                                         "is one line, format user_items takes several",
                                         in_quotes(words.front()), lines_[user]));
    }
    lines_.push_back(origin.line);
  }

 private:
  dataset::Interner users_;
  std::vector<int64_t> lines_;  // of each user
};

void read_lines(const SourceFile& file, bool sequences, EventBuilder& events) {
  const TextFile text(file.path);
  if (text.size() == 0)
    throw error::UserError(file.path, "is empty; expected lines of a user and items");
  LineReader lines(text);
  SequenceCheck check;
  SeparatorCheck separators;
  std::string_view line;
  std::vector<std::string_view> words;
  while (lines.next(line)) {
    split_words(line, words);
    const Origin origin{file.path, lines.number()};
    if (words.empty())
      throw error::UserError(origin.text(), "the line is empty; expected a user and items");
    if (sequences) check.line(words, origin);
    separators.line(words, origin);
    events.user(words.front());
    for (size_t i = 1; i < words.size(); ++i)
      events.event(words.front(), words[i], file.part, origin);
  }
  separators.finish(file.path);
}

}  // namespace

void read_user_items(const std::vector<SourceFile>& files, bool sequences, EventBuilder& events) {
  for (const SourceFile& file : files) {
    if (file.role == "events") read_lines(file, sequences, events);
  }
}

}  // namespace assay::ingest
