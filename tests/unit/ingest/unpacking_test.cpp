#include "ingest/unpacking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arrow_files.h"
#include "data_files.h"

namespace assay::ingest {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// A packing by its extension.
struct Kind {
  const char* extension;
  const char* name;
  std::string (*pack)(const std::string& text);
};

constexpr Kind kKinds[] = {
    {".gz", "gzip",
     [](const std::string& text) { return test::packed(text, arrow::Compression::GZIP); }},
    {".bz2", "bzip2",
     [](const std::string& text) { return test::packed(text, arrow::Compression::BZ2); }},
    {".xz", "xz", test::packed_xz},
    {".zst", "zstd",
     [](const std::string& text) { return test::packed(text, arrow::Compression::ZSTD); }}};

class PackedFiles : public test::LogTables {
 protected:
  int64_t events(const std::string& name, const std::string& bytes) {
    folder_.write(name, bytes);
    return imported(folder_, at(name, "csv")).events();
  }
  std::string refusal(const std::string& name, const std::string& bytes) {
    folder_.write(name, bytes);
    return error(at(name, "csv"));
  }

  /// 5,000 events, whose bytes are more than a piece of any reader holds.
  static std::string long_text() {
    std::string text = "user,item,at\n";
    for (int i = 0; i < 50000; ++i) text += std::to_string(i * 7919 % 100003) + ",2,3\n";
    return text;
  }
};

TEST_F(PackedFiles, AreReadWhateverTheirName) {
  const std::string text = "user,item,at\n1,2,3\n1,3,4\n";
  for (const Kind& kind : kKinds) {
    EXPECT_EQ(events("named.csv" + std::string(kind.extension), kind.pack(text)), 2) << kind.name;
    EXPECT_EQ(events(std::string("plain_") + kind.name, kind.pack(text)), 2) << kind.name;
    EXPECT_EQ(events(std::string("long_") + kind.name, kind.pack(long_text())), 50000) << kind.name;
  }
  folder_.write("lines", test::packed_xz("1 2 3\n"));
  EXPECT_EQ(imported(folder_, test::dataset_at(folder_.path("lines"), "sequences")).events(), 2);
}

// pbzip2, pixz and `cat a.gz b.gz` make such files.
TEST_F(PackedFiles, OfSeveralStreamsAreOneText) {
  for (const Kind& kind : kKinds) {
    const std::string bytes =
        kind.pack("user,item,at\n1,2") + kind.pack(",3\n1,3,4\n") + kind.pack("2,3,4\n");
    EXPECT_EQ(events("log.csv" + std::string(kind.extension), bytes), 3) << kind.name;
  }
}

TEST_F(PackedFiles, SayThatTheyAreCutOff) {
  for (const Kind& kind : kKinds) {
    const std::string name = "log.csv" + std::string(kind.extension);
    const std::string bytes = kind.pack(long_text());
    const std::string said = name + ": cannot be decompressed: it is damaged or truncated (" +
                             kind.name + " failed after ";
    for (const size_t size : {bytes.size() / 2, bytes.size() - 3})
      EXPECT_THAT(refusal(name, bytes.substr(0, size)),
                  AllOf(StartsWith(said), HasSubstr("Truncated compressed stream")))
          << kind.name << ", " << size << " bytes";
  }
}

TEST_F(PackedFiles, SayThatTheyAreDamaged) {
  for (const Kind& kind : kKinds) {
    const std::string name = "log.csv" + std::string(kind.extension);
    const std::string said = name + ": cannot be decompressed: it is damaged or truncated (" +
                             kind.name + " failed after ";
    std::string bytes = kind.pack(long_text());
    EXPECT_THAT(refusal(name, bytes + "no stream of its own"), StartsWith(said)) << kind.name;
    for (size_t i = 0; i < 40; ++i) bytes[bytes.size() / 2 + i] ^= 0x55;
    EXPECT_THAT(refusal(name, bytes), StartsWith(said)) << kind.name;
  }
}

TEST_F(PackedFiles, OfAnotherContentThanTheirNameSaysAreRefused) {
  for (const Kind& kind : kKinds) {
    const std::string name = "log.csv" + std::string(kind.extension);
    EXPECT_EQ(refusal(name, "user,item,at\n1,2,3\n"),
              name + ": is named " + kind.extension + ", but its content is not compressed with " +
                  kind.name);
  }
  EXPECT_EQ(events("BZh9.csv", "user,item,at\nBZh91,2,3\n"), 1);
}

TEST_F(PackedFiles, ATextThatBeginsLikeBzip2IsAText) {
  folder_.write("lines", "BZh9 2 3 4 5 6\n");
  EXPECT_EQ(imported(folder_, test::dataset_at(folder_.path("lines"), "sequences")).events(), 5);
}

}  // namespace
}  // namespace assay::ingest
