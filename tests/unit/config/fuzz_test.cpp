#include <gtest/gtest.h>
#include <sys/mman.h>

#include <random>

#include "load.h"

// Whatever stands in a file, the answer is an experiment or a UserError: never another exception, a
// crash or a hang.

namespace assay::config {
namespace {

enum class Answer { accepted, refused };

class Fuzz : public testing::Test {
 protected:
  ~Fuzz() override { ::close(file_); }

  Answer load(const std::string& text) {
    // Memory, not a disk: thousands of files are written here.
    EXPECT_EQ(::ftruncate(file_, 0), 0);
    EXPECT_EQ(::pwrite(file_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    try {
      load_experiment("/proc/self/fd/" + std::to_string(file_), options_);
      return Answer::accepted;
    } catch (const error::UserError& error) {
      EXPECT_FALSE(error.problems().empty());
      return Answer::refused;
    }
  }

  static std::string sample() { return slurp(golden_folder() / "ok_everything.yaml"); }

 private:
  int file_ = ::memfd_create("fuzz.yaml", 0);
  LoadOptions options_ = fake_options();
};

TEST_F(Fuzz, EveryTruncationIsAnswered) {
  const std::string text = sample();
  size_t accepted = 0;
  for (size_t length = 0; length < text.size(); ++length)
    accepted += load(text.substr(0, length)) == Answer::accepted;
  EXPECT_GT(accepted, 0u) << "some prefixes are whole experiments";
  EXPECT_LT(accepted, text.size() / 2);
}

TEST_F(Fuzz, EveryDamagedByteIsAnswered) {
  const std::string text = sample();
  for (size_t at = 0; at < text.size(); ++at) {
    for (const char byte : {'\0', '\n', '\t', ' ', '"', '\'', '[', ']', '{', '}',  ':', ',',
                            '&',  '*',  '!',  '|', '-', '?',  '#', '%', '@', '\\', '0', '\x80'}) {
      std::string damaged = text;
      damaged[at] = byte;
      if (at % 8 == static_cast<unsigned char>(byte) % 8) load(damaged);
    }
  }
}

TEST_F(Fuzz, EveryMissingLineAndEveryLineTwiceIsAnswered) {
  const std::string text = sample();
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin) + 1;
    load(text.substr(0, begin) + text.substr(end));
    load(text.substr(0, end) + text.substr(begin));
    begin = end;
  }
}

TEST_F(Fuzz, SoupOfTokensIsAnswered) {
  const std::vector<std::string> tokens = {
      "a",        ":",       ": ",      "\n",    "\n  ",     "\n    ", "- ",     "[",        "]",
      "{",        "}",       ", ",      "&x ",   "*x",       "!t ",    "? ",     "| ",       "> ",
      "\"",       "'",       "#",       "---\n", "...\n",    "<<: ",   "1",      "010",      "no",
      "~",        "grid",    "extends", "set",   "variants", "recall", "plugin", "item_knn", "data",
      "datasets", "include", "metrics", "k",     "params",   "source"};
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const size_t length = 1 + random() % 60;
    for (size_t i = 0; i < length; ++i) text += tokens[random() % tokens.size()];
    load(text);
  }
}

}  // namespace
}  // namespace assay::config
