#include "import/user_items.h"

#include "dataset/mapped_file.h"
#include "error/error.h"
#include "import/event_builder.h"
#include "import/text.h"

namespace assay {
namespace {

void read_lines(const SourceFile& file, EventBuilder& events) {
  const MappedFile mapped(file.path);
  if (mapped.text().empty())
    throw UserError(file.path, "is empty; expected lines of a user and items");
  LineReader lines(mapped.text());
  std::string_view line;
  std::vector<std::string_view> words;
  while (lines.next(line)) {
    split_words(line, words);
    const Origin origin{file.path, lines.number()};
    if (words.empty())
      throw UserError(origin.text(), "the line is empty; expected a user and items");
    events.user(words.front());
    for (size_t i = 1; i < words.size(); ++i)
      events.event(words.front(), words[i], file.part, origin);
  }
}

}  // namespace

Dataset read_user_items(const std::vector<SourceFile>& files) {
  EventBuilder events;
  for (const SourceFile& file : files) read_lines(file, events);
  return events.finish("", files.front().path);
}

}  // namespace assay
