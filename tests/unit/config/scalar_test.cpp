#include "config/scalar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::config {
namespace {

using testing::HasSubstr;

Scalar plain(const std::string& text) {
  return read_scalar(Node{.kind = Node::Kind::scalar, .text = text});
}

std::string objection(const std::string& text) {
  const Scalar scalar = plain(text);
  const auto* ambiguous = std::get_if<Ambiguous>(&scalar);
  return ambiguous ? ambiguous->what : "";
}

TEST(ReadScalar, TellsTypesApart) {
  EXPECT_EQ(plain("12"), Scalar(int64_t{12}));
  EXPECT_EQ(plain("+12"), Scalar(int64_t{12}));
  EXPECT_EQ(plain("-9223372036854775808"), Scalar(INT64_MIN));
  EXPECT_EQ(plain("0"), Scalar(int64_t{0}));
  EXPECT_EQ(plain("0.5"), Scalar(0.5));
  EXPECT_EQ(plain(".5"), Scalar(0.5));
  EXPECT_EQ(plain("+.5"), Scalar(0.5));
  EXPECT_EQ(plain("1e3"), Scalar(1000.0));
  EXPECT_EQ(plain("2.5E-1"), Scalar(0.25));
  EXPECT_EQ(plain("true"), Scalar(true));
  EXPECT_EQ(plain("false"), Scalar(false));
  EXPECT_EQ(plain("item_knn"), Scalar(std::string("item_knn")));
}

TEST(ReadScalar, TakesQuotesForText) {
  for (const char* text : {"12", "no", "true", "010", ""}) {
    EXPECT_EQ(read_scalar(Node{.kind = Node::Kind::scalar, .text = text, .quoted = true}),
              Scalar(std::string(text)));
  }
}

TEST(ReadScalar, LeavesWordsAlone) {
  for (const char* text : {"n", "y", "note", "online", "offline", "1.0.2", "2024-01-31", "10%",
                           "1e", "e5", ".", "-", "+", "3d", "0o9", "12:", "a:b"}) {
    EXPECT_EQ(plain(text), Scalar(std::string(text)));
  }
}

TEST(ReadScalar, GuessesNoBoolean) {
  for (const char* text :
       {"no", "No", "NO", "yes", "Yes", "YES", "on", "On", "off", "OFF", "True", "TRUE", "False"}) {
    EXPECT_THAT(objection(text), HasSubstr("reads " + std::string(text) + " as a boolean"));
  }
}

TEST(ReadScalar, GuessesNoNumber) {
  EXPECT_THAT(objection("010"), HasSubstr("as octal 8, YAML 1.2 as 10"));
  EXPECT_THAT(objection("-010"), HasSubstr("as octal -8, YAML 1.2 as -10"));
  EXPECT_THAT(objection("08"), HasSubstr("has a leading zero; write 8"));
  EXPECT_THAT(objection("00"), HasSubstr("has a leading zero; write 0,"));
  EXPECT_THAT(objection("01.50"), HasSubstr("write 1.50"));
  for (const char* text :
       {"0x1F", "0o17", "0b1", "1_000", "1:30", "-1:30:00", ".inf", "-.INF", ".nan", "1_0.5"}) {
    EXPECT_THAT(objection(text), HasSubstr("is ambiguous")) << text;
  }
  EXPECT_THAT(objection("9223372036854775808"), HasSubstr("too large"));
  EXPECT_THAT(objection("-1e400"), HasSubstr("out of range for a number"));
}

TEST(ScalarText, IsReadBackAsTheSameText) {
  EXPECT_EQ(scalar_text("item_knn"), "item_knn");
  EXPECT_EQ(scalar_text("/data/x.csv"), "/data/x.csv");
  EXPECT_EQ(scalar_text("movielens-100k"), "movielens-100k");
  EXPECT_EQ(scalar_text("no"), "\"no\"");
  EXPECT_EQ(scalar_text("null"), "\"null\"");
  EXPECT_EQ(scalar_text("10"), "\"10\"");
  EXPECT_EQ(scalar_text("a b"), "\"a b\"");
  EXPECT_EQ(scalar_text(""), "\"\"");
}

}  // namespace
}  // namespace assay::config
