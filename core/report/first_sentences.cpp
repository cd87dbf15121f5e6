#include "report/first_sentences.h"

#include <algorithm>

#include "report/sentences.h"

namespace assay::report {

std::vector<std::string> first_sentences(size_t things,
                                         const std::function<std::string(size_t)>& sentence,
                                         const std::function<std::string(int64_t)>& more) {
  std::vector<std::string> texts;
  const size_t told = std::min(things, kMostSentences);
  for (size_t i = 0; i < told; ++i) texts.push_back(sentence(i));
  if (told < things) texts.push_back(more(static_cast<int64_t>(things - told)));
  return texts;
}

}  // namespace assay::report
