#include "recall/content/tokens.h"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace assay::content {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> found;
  each_word(text, [&](const std::string& word) { found.push_back(word); });
  return found;
}

TEST(Tokens, WordsAreRunsOfAtLeastTwoLettersDigitsAndUnderscores) {
  EXPECT_THAT(words("The co-op's 42nd data_set, a 7"),
              ElementsAre("the", "co", "op", "42nd", "data_set"));
  EXPECT_THAT(words(""), IsEmpty());
  EXPECT_THAT(words("a, b; c"), IsEmpty());
}

TEST(Tokens, AlphabetsWithCaseBecomeLowerCase) {
  EXPECT_THAT(words("ÜBER Žižka ŸÞ Москва ЁЛКА ΩΜΈΓΑ"),
              ElementsAre("über", "žižka", "ÿþ", "москва", "ёлка", "ωμέγα"));
}

TEST(Tokens, PunctuationSignsAndEmojiSeparate) {
  EXPECT_THAT(words("“quoted”—dash…£100§12×34 Hi😀there ½cup"),
              ElementsAre("quoted", "dash", "100", "12", "34", "hi", "there", "½cup"));
}

TEST(Tokens, OneCharacterOfSeveralBytesIsNoWord) {
  EXPECT_THAT(words("é 日 日本"), ElementsAre("日本"));
}

TEST(Tokens, BytesThatAreNoUtf8Separate) {
  EXPECT_THAT(words("ab\xFFgh \xE3\x81ij \xC3"), ElementsAre("ab", "gh", "ij"));
  EXPECT_THAT(words("cut off \xF0\x9F\x98"), ElementsAre("cut", "off"));
}

}  // namespace
}  // namespace assay::content
