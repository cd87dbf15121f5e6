#include "hash/sha1.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

namespace assay::hash {
namespace {

std::string hex(std::string_view text) {
  std::string out;
  for (const uint32_t word : sha1(text)) out += fmt::format("{:08x}", word);
  return out;
}

TEST(Sha1, ExamplesOfTheStandard) {
  EXPECT_EQ(hex(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(hex(std::string(1'000'000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST(Sha1, LengthGetsABlockOfItsOwnWhereTheLastHasNoRoom) {
  // Values of Python's hashlib.
  EXPECT_EQ(hex(std::string(55, 'a')), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
  EXPECT_EQ(hex(std::string(56, 'a')), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
  EXPECT_EQ(hex(std::string(64, 'a')), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
}

}  // namespace
}  // namespace assay::hash
