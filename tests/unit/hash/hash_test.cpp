#include "hash/hash.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "error/error.h"

namespace assay::hash {
namespace {

using nlohmann::json;
using testing::HasSubstr;

// FIPS 180-4, examples.
TEST(Sha256, GivesThePublishedDigests) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnThePieces) {
  EXPECT_EQ(Sha256().update("ab").update("").update("c").hex(), sha256_hex("abc"));
}

TEST(Sha256File, HashesTheBytesOfAFile) {
  const auto path =
      std::filesystem::temp_directory_path() / ("assay_hash_" + std::to_string(::getpid()));
  std::string bytes(3'000'000, 'x');
  bytes += '\0';
  bytes += "end";
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(sha256_file(path.string()), sha256_hex(bytes));
  std::filesystem::remove(path);
}

TEST(Sha256File, NamesAFileThatCannotBeRead) {
  try {
    sha256_file("/nowhere/at/all");
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/at/all: cannot be read (No such file or directory)");
  }
  EXPECT_THROW(sha256_file("/"), error::UserError) << "a folder opens, and cannot be read";
}

TEST(FastHash, IsXxh3AndTakesASeed) {
  EXPECT_EQ(fast_hash(""), 0x2d06800538d394c2u) << "XXH3-64 of nothing";
  EXPECT_NE(fast_hash("a", 1), fast_hash("a", 2));
  EXPECT_EQ(fast_hash("abc"), fast_hash(std::as_bytes(std::span("abc", 3))));
}

TEST(CanonicalJson, SortsKeysAndLeavesNoSpace) {
  EXPECT_EQ(canonical_json(json::parse(R"({"b": [1, 2], "a": {"d": null, "c": true}})")),
            R"({"a":{"c":true,"d":null},"b":[1,2]})");
}

TEST(CanonicalJson, WritesOneNumberOneWay) {
  EXPECT_EQ(canonical_json(3.0), "3");
  EXPECT_EQ(canonical_json(3), "3");
  EXPECT_EQ(canonical_json(-0.0), "0");
  EXPECT_EQ(canonical_json(0.1), "0.1");
  EXPECT_EQ(canonical_json({{"k", {1.0, 2.5}}}), R"({"k":[1,2.5]})");
  EXPECT_EQ(canonical_json(1e300), "1e+300") << "too large to be an integer";
}

TEST(CanonicalJson, KeepsDoublesExactly) {
  for (const double value : {0.1 + 0.2, 1.0 / 3, 5e-324, 1.7976931348623157e308, 0.3}) {
    EXPECT_EQ(json::parse(canonical_json(value)).get<double>(), value);
  }
}

TEST(CanonicalJson, RefusesWhatJsonCannotHold) {
  EXPECT_THROW(canonical_json(std::numeric_limits<double>::quiet_NaN()), error::InternalError);
  EXPECT_THROW(canonical_json({{"a", {std::numeric_limits<double>::infinity()}}}),
               error::InternalError);
}

TEST(JsonKey, IsTheSameForTheSameMeaning) {
  EXPECT_EQ(json_key(json::parse(R"({"a": 1, "b": 2.0})")),
            json_key(json::parse(R"({"b":2,"a":1.0})")));
  EXPECT_NE(json_key(json::parse(R"({"a": 1})")), json_key(json::parse(R"({"a": "1"})")));
  EXPECT_EQ(json_key(json::object()), sha256_hex("{}"));
}

}  // namespace
}  // namespace assay::hash
