#include "tokens.h"

#include <algorithm>
#include <cstdint>

namespace assay::content {
namespace {

constexpr uint32_t kNoCharacter = 0xFFFFFFFF;

// The character at the beginning of `text`, which is cut off; kNoCharacter for a byte that is no
// UTF-8.
uint32_t next_character(std::string_view& text) {
  const auto byte = [&](size_t at) { return static_cast<uint8_t>(text[at]); };
  const uint8_t lead = byte(0);
  const size_t size = lead < 0x80                    ? 1
                      : lead >= 0xC2 && lead <= 0xDF ? 2
                      : (lead & 0xF0) == 0xE0        ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 0;
  uint32_t character = size < 2 ? lead : lead & (0xFF >> (size + 1));
  bool valid = size > 0 && size <= text.size();
  for (size_t at = 1; valid && at < size; ++at) {
    valid = (byte(at) & 0xC0) == 0x80;
    character = character << 6 | (byte(at) & 0x3F);
  }
  text.remove_prefix(valid ? size : 1);
  return valid ? character : kNoCharacter;
}

constexpr bool within(uint32_t character, uint32_t first, uint32_t last) {
  return character >= first && character <= last;
}

struct Range {
  uint32_t first, last;
};
// What separates words beyond ASCII: signs of Latin-1, punctuation, currencies, arrows, symbols.
constexpr Range kSeparators[] = {
    {0x80, 0xA9},     {0xAB, 0xB1},     {0xB4, 0xB4},     {0xB6, 0xB8},     {0xBB, 0xBB},
    {0xBF, 0xBF},     {0xD7, 0xD7},     {0xF7, 0xF7},     {0x2000, 0x206F}, {0x20A0, 0x20CF},
    {0x2190, 0x245F}, {0x2500, 0x2775}, {0x2794, 0x2BFF}, {0x2E00, 0x2E7F}, {0x3000, 0x3004},
    {0x3008, 0x3020}, {0xFE00, 0xFE6F}, {0xFF01, 0xFF0F}, {0xFF1A, 0xFF20}, {0x1F000, 0x1FAFF}};

bool is_of_words(uint32_t c) {
  if (c < 0x80)
    return within(c, '0', '9') || within(c, 'A', 'Z') || within(c, 'a', 'z') || c == '_';
  if (c == kNoCharacter) return false;
  return std::ranges::none_of(
      kSeparators, [&](const Range& range) { return within(c, range.first, range.last); });
}

// Latin Extended-A holds pairs of a capital and its small letter behind it; where they begin at an
// odd number and what has no pair of its own.
uint32_t lower_latin_extended(uint32_t c) {
  if (within(c, 0x130, 0x131) || c == 0x138 || c == 0x149 || c == 0x17F) return c;
  if (c == 0x178) return 0xFF;
  const bool odd_capitals = within(c, 0x139, 0x148) || within(c, 0x179, 0x17E);
  return (c % 2 == 1) == odd_capitals ? c + 1 : c;
}

uint32_t lower(uint32_t c) {
  if (within(c, 'A', 'Z') || (within(c, 0xC0, 0xDE) && c != 0xD7)) return c + 32;
  if (within(c, 0x100, 0x17F)) return lower_latin_extended(c);
  if (within(c, 0x391, 0x3AB) && c != 0x3A2) return c + 32;
  if (within(c, 0x388, 0x38A)) return c + 37;
  if (within(c, 0x410, 0x42F)) return c + 32;
  return within(c, 0x400, 0x40F) ? c + 80 : c;
}

void append(uint32_t c, std::string& to) {
  const auto put = [&](uint32_t byte) { to.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | c >> 6);
  } else {
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | (c >> 12 & 0x3F));
    }
    put(0x80 | (c >> 6 & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

}  // namespace

void each_word(std::string_view text, const std::function<void(const std::string&)>& take) {
  std::string word;
  int64_t characters = 0;
  const auto end_word = [&] {
    if (characters >= 2) take(word);
    word.clear();
    characters = 0;
  };
  while (!text.empty()) {
    const uint32_t character = next_character(text);
    if (!is_of_words(character)) {
      end_word();
      continue;
    }
    append(lower(character), word);
    ++characters;
  }
  end_word();
}

}  // namespace assay::content
