#include "task/check_params.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace assay::task {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

struct Params {
  int neighbours = 100;
  double shrinkage = 0;
  bool normalise = true;
  std::string decay = "exponential";
  std::vector<int64_t> layers = {64, 32};
  std::vector<double> weights = {};
  std::vector<std::string> columns = {};
  double low = 1;
  double high = 10;
  double half_life = 30;
  std::string model;

  static void describe(ParamList<Params>& p) {
    p.add("neighbours", &Params::neighbours, "Neighbours kept.").range(1, 1000);
    p.add("shrinkage", &Params::shrinkage, "Shrinkage.").at_least(0);
    p.add("normalise", &Params::normalise, "Normalise.");
    p.add("decay", &Params::decay, "Shape.").choices({"exponential", "linear", "none"});
    p.add("layers", &Params::layers, "Widths.").at_least(1);
    p.add("weights", &Params::weights, "Weights.").range(0, 1);
    p.add("columns", &Params::columns, "Columns.");
    p.add("low", &Params::low, "Low.");
    p.add("high", &Params::high, "High.");
    p.add("half_life", &Params::half_life, "Half-life.").unit("days").range(0.1, 3650);
    p.file("model", &Params::model, "A file.");
    p.input("teacher", PluginKind::recall, "A teacher.");
    p.less("low", "high");
  }
};

PluginInfo item_knn() {
  ParamList<Params> list;
  Params::describe(list);
  PluginInfo info;
  info.name = "item_knn";
  info.schema = list.schema();
  return info;
}

PluginInfo with_required() {
  ParamList<Params> list;
  list.file("model", &Params::model, "A file.").required();
  list.input("teacher", PluginKind::recall, "A teacher.").required();
  PluginInfo info;
  info.name = "ann";
  info.schema = list.schema();
  return info;
}

std::vector<std::string> texts(const ParamCheck& check) {
  std::vector<std::string> all;
  for (const ParamProblem& problem : check.problems) all.push_back(problem.what);
  return all;
}

std::vector<std::string> problems(const std::string& given,
                                  const std::map<std::string, PluginKind>& inputs = {}) {
  return texts(check_params(item_knn(), json::parse(given), inputs));
}

TEST(CheckParams, DefaultsAreFilledInAndInputsLeftOut) {
  const ParamCheck check =
      check_params(item_knn(), json::parse(R"({"neighbours": 7, "shrinkage": 2})"));
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_EQ(check.effective.size(), 11u);
  EXPECT_EQ(check.effective.at("neighbours"), ParamValue(int64_t{7}));
  EXPECT_EQ(check.effective.at("shrinkage"), ParamValue(2.0));  // a number takes an integer
  EXPECT_EQ(check.effective.at("layers"), ParamValue(std::vector<int64_t>{64, 32}));
  EXPECT_EQ(check.effective.count("teacher"), 0u);
}

TEST(CheckParams, NoParamsAtAllAreTheDefaults) {
  EXPECT_THAT(check_params(item_knn(), json()).problems, IsEmpty());
}

TEST(CheckParams, AnUnknownNameOffersTheNearOne) {
  const ParamCheck check = check_params(item_knn(), json::parse(R"({"neighbors": 3})"));
  EXPECT_THAT(texts(check), ElementsAre("params.neighbors is not a parameter of item_knn; "
                                        "did you mean \"neighbours\"?"));
  EXPECT_EQ(check.problems[0].key, "params.neighbors");
}

TEST(CheckParams, AnUnknownNameFarFromAllListsThem) {
  EXPECT_THAT(problems(R"({"qqqqqqqq": 3})"),
              ElementsAre("params.qqqqqqqq is not a parameter of item_knn; known: neighbours, "
                          "shrinkage, normalise, "
                          "decay, layers, weights, columns, low, high, half_life, model"));
}

TEST(CheckParams, APluginWithoutParametersSaysSo) {
  PluginInfo plain;
  plain.name = "random";
  EXPECT_THAT(texts(check_params(plain, json::parse(R"({"k": 3})"))),
              ElementsAre("params.k is not a parameter of random, which has none"));
}

TEST(CheckParams, AWrongTypeIsNeverConverted) {
  EXPECT_THAT(problems(R"({"neighbours": 3.5})"),
              ElementsAre("params.neighbours is 3.5; it must be an integer"));
  EXPECT_THAT(problems(R"({"neighbours": 3.0})"),
              ElementsAre("params.neighbours is 3.0; it must be an integer"));
  EXPECT_THAT(problems(R"({"neighbours": "3"})"),
              ElementsAre("params.neighbours is \"3\"; it must be an integer, without quotes"));
  EXPECT_THAT(problems(R"({"neighbours": true})"),
              ElementsAre("params.neighbours is true; it must be an integer"));
  EXPECT_THAT(problems(R"({"shrinkage": "lots"})"),
              ElementsAre("params.shrinkage is \"lots\"; it must be a number"));
  EXPECT_THAT(problems(R"({"normalise": 1})"),
              ElementsAre("params.normalise is 1; it must be true or false"));
  EXPECT_THAT(problems(R"({"decay": 3})"),
              ElementsAre("params.decay is 3; it must be text, in quotes"));
  EXPECT_THAT(problems(R"({"decay": null})"),
              ElementsAre("params.decay is empty; it must be text"));
  EXPECT_THAT(problems(R"({"model": 3})"),
              ElementsAre("params.model is 3; it must be the path of a file"));
  EXPECT_THAT(problems(R"({"neighbours": {"grid": 3}})"),
              ElementsAre("params.neighbours is {\"grid\":3}; it must be an integer"));
}

TEST(CheckParams, AnIntegerBeyond64BitsIsNotOne) {
  EXPECT_THAT(problems(R"({"neighbours": 18446744073709551615})"),
              ElementsAre("params.neighbours is 18446744073709551615; it must be an integer"));
}

TEST(CheckParams, AListTakesNoSingleValueAndNamesTheElementThatIsWrong) {
  EXPECT_THAT(problems(R"({"layers": 64})"),
              ElementsAre("params.layers is 64; it must be a list of integers: [64]"));
  EXPECT_THAT(problems(R"({"layers": [64, 3.5]})"),
              ElementsAre("params.layers holds 3.5; it must be a list of integers"));
  EXPECT_THAT(problems(R"({"weights": [0.5, 2]})"),
              ElementsAre("params.weights[1] is 2; it must be 0 to 1"));
  EXPECT_THAT(problems(R"({"columns": []})"), IsEmpty());
}

TEST(CheckParams, ARangeSaysItsEndsAndItsUnit) {
  EXPECT_THAT(problems(R"({"neighbours": 0})"),
              ElementsAre("params.neighbours is 0; it must be 1 to 1000"));
  EXPECT_THAT(problems(R"({"neighbours": 1000})"), IsEmpty());
  EXPECT_THAT(problems(R"({"shrinkage": -0.5})"),
              ElementsAre("params.shrinkage is -0.5; it must be at least 0"));
  EXPECT_THAT(problems(R"({"half_life": 0})"),
              ElementsAre("params.half_life is 0; it must be 0.1 to 3650 days"));
}

TEST(CheckParams, InfinityAndNaNAreNotNumbers) {
  json given;
  given["shrinkage"] = std::numeric_limits<double>::infinity();
  EXPECT_THAT(texts(check_params(item_knn(), given)),
              ElementsAre("params.shrinkage is inf; it must be a number"));
}

TEST(CheckParams, AChoiceListsTheChoicesAndOffersTheNearOne) {
  EXPECT_THAT(problems(R"({"decay": "cubic"})"),
              ElementsAre("params.decay is \"cubic\"; it must be exponential, linear or none"));
  EXPECT_THAT(
      problems(R"({"decay": "exponentail"})"),
      ElementsAre("params.decay is \"exponentail\"; it must be exponential, linear or none; "
                  "did you mean \"exponential\"?"));
}

TEST(CheckParams, ALongTextIsCutBetweenCharacters) {
  std::string umlauts, shown;
  for (int i = 0; i < 40; ++i) umlauts += "ä";
  for (int i = 0; i < 29; ++i) shown += "ä";
  EXPECT_THAT(
      problems(R"({"decay": ")" + umlauts + R"("})"),
      ElementsAre("params.decay is \"" + shown + "...; it must be exponential, linear or none"));
}

TEST(CheckParams, ARuleNamesBothSidesAndWhichOneIsADefault) {
  EXPECT_THAT(problems(R"({"low": 5, "high": 3})"),
              ElementsAre("params.low is 5 and params.high is 3; low must be less than high"));
  EXPECT_THAT(
      problems(R"({"low": 12})"),
      ElementsAre(
          "params.low is 12 and params.high is 10 (its default); low must be less than high"));
  EXPECT_THAT(
      problems(R"({"high": 1})"),
      ElementsAre(
          "params.high is 1 and params.low is 1 (its default); low must be less than high"));
}

TEST(CheckParams, ARuleIsSilentWhereAValueIsWrongAlready) {
  EXPECT_THAT(problems(R"({"low": "5"})"),
              ElementsAre("params.low is \"5\"; it must be a number, without quotes"));
}

TEST(CheckParams, RequiredFilesAndInputsAreAskedFor) {
  EXPECT_THAT(
      texts(check_params(with_required(), json::object())),
      ElementsAre("params.model is missing; ann needs a file there",
                  "inputs.teacher is missing; ann needs a recall stage there, such as recall[0]"));
  EXPECT_THAT(texts(check_params(with_required(), json::parse(R"({"model": ""})"),
                                 {{"teacher", PluginKind::recall}})),
              ElementsAre("params.model is empty; it must be the path of a file"));
}

TEST(CheckParams, AnOptionalFileMayBeEmptyAsAResolvedExperimentWritesIt) {
  PluginInfo optional = with_required();
  for (ParamSpec& spec : optional.schema.params) spec.required = false;
  EXPECT_THAT(texts(check_params(optional, json::parse(R"({"model": ""})"),
                                 {{"teacher", PluginKind::recall}})),
              IsEmpty());
}

TEST(CheckParams, InputsAreHeldAgainstTheirKindAndName) {
  EXPECT_THAT(problems("{}", {{"teacher", PluginKind::rank}}),
              ElementsAre("inputs.teacher is a rank stage; item_knn needs a recall stage there"));
  EXPECT_THAT(problems("{}", {{"techer", PluginKind::recall}}),
              ElementsAre("inputs.techer is not an input of item_knn; did you mean \"teacher\"?"));
  EXPECT_THAT(problems("{}", {{"low", PluginKind::recall}}),
              ElementsAre("inputs.low is a parameter of item_knn; set it at params.low"));
  EXPECT_THAT(
      problems(R"({"teacher": "recall[0]"})"),
      ElementsAre("params.teacher is an input of item_knn; name its stage at inputs.teacher"));
}

TEST(CheckParams, SomethingElseThanAMapIsOneProblem) {
  EXPECT_THAT(problems("[1]"), ElementsAre("params is [1]; it must be a map of names to values"));
}

TEST(CheckParams, AllProblemsComeAtOnce) {
  EXPECT_EQ(problems(R"({"neighbors": 3, "neighbours": 0, "decay": 3, "low": 12})").size(), 4u);
}

}  // namespace
}  // namespace assay::task
