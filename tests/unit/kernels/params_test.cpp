#include <assay/params.h>
#include <gmock/gmock.h>

#include <stdexcept>
#include <string>

namespace assay {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

enum class Solver { cholesky, conjugate_gradient };

struct Params {
  double rate = 0.1;
  int64_t factors = 64;
  Solver solver = Solver::conjugate_gradient;
  std::string feature;
  Repeats repeats = Repeats::once;
};

ParamList<Params> declared() {
  ParamList<Params> p;
  p.add("rate", &Params::rate, "Step.").tune_log(1e-4, 1);
  p.add("factors", &Params::factors, "Factors.").tune(8, 256);
  p.choice("solver", &Params::solver,
           {{"cholesky", Solver::cholesky}, {"cg", Solver::conjugate_gradient}}, "How.")
      .tune_values({"cg"});
  p.add("feature", &Params::feature, "Which.").feature_of("item", {"category", "set"});
  p.repeats(&Params::repeats);
  p.part("counts", {"factors", "repeats"}, "Pairs.");
  return p;
}

const ParamSpec& spec(const std::string& name) {
  static const ParamList<Params> list = declared();
  for (const ParamSpec& one : list.schema().params)
    if (one.name == name) return one;
  throw std::out_of_range(name);
}

TEST(ParamList, AChoiceFillsItsEnumerator) {
  const ParamList<Params> list = declared();
  EXPECT_EQ(list.fill({{"solver", std::string("cholesky")}}).solver, Solver::cholesky);
  EXPECT_EQ(list.fill({{"solver", std::string("cg")}}).solver, Solver::conjugate_gradient);
  EXPECT_EQ(list.fill({}).solver, Solver::conjugate_gradient) << "the member's initialiser";
}

TEST(ParamList, AChoiceIsTextWithItsValuesAndTheDefaultAmongThem) {
  EXPECT_EQ(spec("solver").type, ParamType::text);
  EXPECT_EQ(std::get<std::string>(spec("solver").default_value), "cg");
  EXPECT_THAT(spec("solver").choices, ElementsAre("cholesky", "cg"));
}

TEST(ParamList, AChoiceWhoseDefaultIsNoneOfItsValuesIsAnErrorOfTheAuthor) {
  ParamList<Params> p;
  try {
    p.choice("solver", &Params::solver, {{"cholesky", Solver::cholesky}}, "How.");
    FAIL() << "its default is taken from nowhere";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "the default of solver is none of its choices");
  }
}

TEST(ParamList, RepeatsIsOnceUnlessTheFileSaysEach) {
  EXPECT_EQ(std::get<std::string>(spec("repeats").default_value), "once");
  EXPECT_THAT(spec("repeats").choices, ElementsAre("once", "each"));
  EXPECT_EQ(declared().fill({}).repeats, Repeats::once);
  EXPECT_EQ(declared().fill({{"repeats", std::string("each")}}).repeats, Repeats::each);
}

TEST(ParamList, TuningHasARangeEvenlyOrInTheLogarithmOrValues) {
  EXPECT_EQ(spec("factors").tune->low, 8);
  EXPECT_EQ(spec("factors").tune->high, 256);
  EXPECT_FALSE(spec("factors").tune->log);
  EXPECT_TRUE(spec("rate").tune->log);
  EXPECT_EQ(spec("rate").tune->low, 1e-4);
  EXPECT_THAT(spec("solver").tune->values, ElementsAre("cg"));
  EXPECT_FALSE(spec("feature").tune);
}

TEST(ParamList, AFeaturesNameSaysWhoseItIsAndWhichTypesFit) {
  EXPECT_EQ(spec("feature").feature_of, "item");
  EXPECT_THAT(spec("feature").feature_types, ElementsAre("category", "set"));
  EXPECT_EQ(spec("rate").feature_of, "");
  EXPECT_THAT(spec("rate").feature_types, IsEmpty());
}

TEST(ParamList, APartNamesTheParametersThatItDependsOn) {
  const ParamList<Params> list = declared();
  ASSERT_EQ(list.schema().parts.size(), 1);
  const ParamPart& part = list.schema().parts.front();
  EXPECT_EQ(part.name, "counts");
  EXPECT_THAT(part.params, ElementsAre("factors", "repeats"));
  EXPECT_EQ(part.doc, "Pairs.");
}

}  // namespace
}  // namespace assay
