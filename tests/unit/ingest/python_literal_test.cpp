#include "ingest/python_literal.h"

#include <gtest/gtest.h>

#include "error/error.h"

namespace assay::ingest {
namespace {

// Values: json.dumps(ast.literal_eval(line)) of Python 3.11.
TEST(PythonLiteral, BecomesTheJsonOfTheSameValue) {
  const auto json = [](const char* line) { return json_of_python(line, "log:1"); };
  EXPECT_EQ(json("{'a': 1, \"b\": -0.5e3}"), R"({"a":1,"b":-0.5e3})");
  EXPECT_EQ(json("{u'a': True, u'b': False, u'c': None}"), R"({"a":true,"b":false,"c":null})");
  EXPECT_EQ(json(R"({'a': "it's", 'b': 'a "b"'})"), R"({"a":"it's","b":"a \"b\""})");
  EXPECT_EQ(json(R"({'a': '\n\t\\\''})"), R"({"a":"\n\t\\'"})");
  EXPECT_EQ(json(R"({u'a': u'\u2665 \xe9'})"), "{\"a\":\"\u2665 \u00e9\"}");
  EXPECT_EQ(json(R"({u'a': u'\U0001f600', u'b': u'\ud83d\ude00'})"),
            "{\"a\":\"\U0001F600\",\"b\":\"\U0001F600\"}");
  EXPECT_EQ(json("{'a': [1, 2,], 'b': ('x', 'y'), 'c': (1,)}"),
            R"({"a":[1,2],"b":["x","y"],"c":[1]})");
  EXPECT_EQ(json("{'a': 12345678901L}"), R"({"a":12345678901})");
  EXPECT_EQ(json(R"({'a': '\d'})"), R"({"a":"\\d"})") << "Python keeps an escape it does not know";
  EXPECT_EQ(json(R"({'a': "{'b': True}"})"), R"({"a":"{'b': True}"})");
}

TEST(PythonLiteral, SaysWhatIsNone) {
  const auto said = [](const char* line) -> std::string {
    try {
      (void)json_of_python(line, "log:1");
    } catch (const error::UserError& thrown) {
      return thrown.what();
    }
    return "";
  };
  EXPECT_EQ(said("{'a': 'x}"), "log:1: holds a text that is not closed: \"'x}\"");
  EXPECT_EQ(said("{'a': datetime(1)}"),
            "log:1: holds \"datetime\", which is no text, number, True, False or None of Python");
}

}  // namespace
}  // namespace assay::ingest
