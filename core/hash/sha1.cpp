#include "hash/sha1.h"

#include <bit>
#include <cstddef>
#include <cstring>

namespace assay::hash {
namespace {

constexpr size_t kBlock = 64;

uint32_t big_endian_word(const unsigned char* bytes) {
  uint32_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return __builtin_bswap32(word);
}

/// The working variables of FIPS 180-4, section 6.1.2.
struct Rounds {
  uint32_t a, b, c, d, e;

  void step(uint32_t mixed, uint32_t constant, uint32_t word) {
    const uint32_t t = std::rotl(a, 5) + mixed + e + constant + word;
    e = d;
    d = c;
    c = std::rotl(b, 30);
    b = a;
    a = t;
  }
};

void add_block(std::array<uint32_t, 5>& hash, const unsigned char* block) {
  std::array<uint32_t, 80> w;
  for (size_t t = 0; t < 16; ++t) w[t] = big_endian_word(block + 4 * t);
  for (size_t t = 16; t < 80; ++t) w[t] = std::rotl(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
  Rounds r{hash[0], hash[1], hash[2], hash[3], hash[4]};
  for (size_t t = 0; t < 20; ++t) r.step(r.d ^ (r.b & (r.c ^ r.d)), 0x5A827999U, w[t]);
  for (size_t t = 20; t < 40; ++t) r.step(r.b ^ r.c ^ r.d, 0x6ED9EBA1U, w[t]);
  for (size_t t = 40; t < 60; ++t) r.step((r.b & r.c) | (r.d & (r.b | r.c)), 0x8F1BBCDCU, w[t]);
  for (size_t t = 60; t < 80; ++t) r.step(r.b ^ r.c ^ r.d, 0xCA62C1D6U, w[t]);
  hash[0] += r.a;
  hash[1] += r.b;
  hash[2] += r.c;
  hash[3] += r.d;
  hash[4] += r.e;
}

}  // namespace

std::array<uint32_t, 5> sha1(std::string_view text) {
  std::array<uint32_t, 5> hash{0x67452301U, 0xEFCDAB89U, 0x98BADCFEU, 0x10325476U, 0xC3D2E1F0U};
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  size_t left = text.size();
  for (; left >= kBlock; left -= kBlock, bytes += kBlock) add_block(hash, bytes);

  // What is left, a one bit, zeros, and the length in bits: one block, or two where it has no room.
  std::array<unsigned char, 2 * kBlock> last{};
  if (left > 0) std::memcpy(last.data(), bytes, left);
  last[left] = 0x80;
  const size_t size = left + 9 <= kBlock ? kBlock : 2 * kBlock;
  const uint64_t bits = __builtin_bswap64(uint64_t{text.size()} * 8);
  std::memcpy(last.data() + size - sizeof bits, &bits, sizeof bits);
  add_block(hash, last.data());
  if (size > kBlock) add_block(hash, last.data() + kBlock);
  return hash;
}

}  // namespace assay::hash
