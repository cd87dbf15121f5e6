#include "text/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::text {
namespace {

TEST(Utf8, TakesCharactersOfOneToFourBytes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("plain"));
  EXPECT_TRUE(is_utf8("ä € 𝄞"));
  EXPECT_TRUE(is_utf8("\xED\x9F\xBF\xEE\x80\x80")) << "around the surrogates";
  EXPECT_TRUE(is_utf8("\xF4\x8F\xBF\xBF")) << "U+10FFFF";
}

TEST(Utf8, AZeroByteIsACharacter) { EXPECT_TRUE(is_utf8(std::string_view("a\0ä", 4))); }

TEST(Utf8, RefusesWhatRfc3629Refuses) {
  EXPECT_FALSE(is_utf8("\xE4rger")) << "Latin-1";
  EXPECT_FALSE(is_utf8("\x80")) << "a continuation alone";
  EXPECT_FALSE(is_utf8("\xC0\xAF")) << "an overlong /";
  EXPECT_FALSE(is_utf8("\xE0\x9F\xBF")) << "overlong";
  EXPECT_FALSE(is_utf8("\xF0\x8F\xBF\xBF")) << "overlong";
  EXPECT_FALSE(is_utf8("\xED\xA0\x80")) << "a surrogate";
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80")) << "above U+10FFFF";
  EXPECT_FALSE(is_utf8("\xF5\x80\x80\x80")) << "above U+10FFFF";
}

TEST(Utf8, RefusesACharacterThatEndsEarly) {
  EXPECT_FALSE(is_utf8("\xE2\x82"));
  EXPECT_FALSE(is_utf8("\xE2\x82z"));
}

TEST(FirstBadByte, IsTheBeginningOfTheBrokenCharacter) {
  EXPECT_EQ(first_bad_byte("ä\xE2\x82z"), 2U);
  EXPECT_EQ(first_bad_byte("abc\xFF"), 3U);
  EXPECT_EQ(first_bad_byte("ä"), std::nullopt);
}

}  // namespace
}  // namespace assay::text
