#include "task/plugin_info.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "hash/hash.h"
#include "task/param_json.h"

namespace assay::task {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

struct Params {
  int depth = 3;
  double rate = 2;
  bool wide = false;
  std::string loss = "softmax";
  std::vector<int64_t> layers = {};
  std::vector<double> weights = {1, 2};
  std::vector<std::string> columns = {"a"};
  std::string model;
};

PluginInfo full() {
  ParamList<Params> list;
  list.add("depth", &Params::depth, "Depth.").range(1, 9).tune(2, 5);
  list.add("rate", &Params::rate, "Rate.").unit("a step").at_least(0).tune_log(0.5, 8);
  list.add("wide", &Params::wide, "Wide.");
  list.add("loss", &Params::loss, "Loss.").choices({"softmax", "hinge"}).tune_values({"softmax"});
  list.add("layers", &Params::layers, "Layers.");
  list.add("weights", &Params::weights, "Weights.").at_most(5);
  list.add("columns", &Params::columns, "Columns.");
  list.file("model", &Params::model, "Model.").required();
  list.input("teacher", PluginKind::rank, "Teacher.");
  list.less_equal("depth", "rate");
  list.part("counts", {"depth"}, "Counts.");
  PluginInfo info;
  info.name = "tower";
  info.kind = PluginKind::rerank;
  info.version = "2.1";
  info.doc = "Two towers.";
  info.paper = "Yi et al. 2019";
  info.traits.validates = true;
  info.traits.scores = "probability";
  info.functions.memory = true;
  info.schema = list.schema();
  info.build_type = "Debug";
  info.optimised = false;
  info.library = "/a/tower.so";
  info.library_sha256 = "ab";
  return info;
}

PluginInfo named(std::string name, PluginKind kind, std::string library, std::string sha) {
  PluginInfo info;
  info.name = std::move(name);
  info.kind = kind;
  info.library = std::move(library);
  info.library_sha256 = std::move(sha);
  return info;
}

TEST(PluginInfo, SurvivesJsonAndItsCanonicalForm) {
  const json written = full();
  const PluginInfo read = json::parse(hash::canonical_json(written)).get<PluginInfo>();
  EXPECT_EQ(hash::canonical_json(json(read)), hash::canonical_json(written));
  EXPECT_EQ(read.traits, full().traits);
  EXPECT_EQ(read.functions, full().functions);
  EXPECT_EQ(read.build_type, "Debug");
  EXPECT_FALSE(read.optimised);
  EXPECT_EQ(read.param("teacher")->input_kind, PluginKind::rank);
  EXPECT_EQ(read.param("depth")->maximum, 9);
  EXPECT_EQ(read.param("rate")->maximum, std::nullopt);
  EXPECT_EQ(read.param("nothing"), nullptr);
}

TEST(PluginInfo, WhatAParameterDeclaresForTuningIsInJson) {
  const PluginInfo read = json::parse(hash::canonical_json(json(full()))).get<PluginInfo>();
  ASSERT_TRUE(read.param("depth")->tune);
  EXPECT_EQ(read.param("depth")->tune->low, 2);
  EXPECT_EQ(read.param("depth")->tune->high, 5);
  EXPECT_FALSE(read.param("depth")->tune->log);
  ASSERT_TRUE(read.param("rate")->tune);
  EXPECT_TRUE(read.param("rate")->tune->log);
  ASSERT_TRUE(read.param("loss")->tune);
  EXPECT_THAT(read.param("loss")->tune->values, ElementsAre("softmax"));
  EXPECT_FALSE(read.param("wide")->tune);
}

TEST(PluginInfo, EveryTraitIsInJsonAndHasWords) {
  for (const NamedTrait& trait : named_traits()) {
    PluginTraits one;
    one.*trait.member = true;
    const json written = one;
    EXPECT_EQ(written.at(trait.name), true);
    EXPECT_EQ(written.get<PluginTraits>(), one);
    EXPECT_THAT(trait_words(one, {}), ElementsAre(trait.words));
  }
}

TEST(PluginInfo, EveryTraitStandsInTheTableForAuthors) {
  const std::string path = ASSAY_SOURCE_DIR "/docs/writing-a-plugin.md";
  std::ifstream file(path);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  for (const NamedTrait& trait : named_traits())
    EXPECT_THAT(page, HasSubstr(fmt::format("\n| `{}` | ", trait.name))) << "in " << path;
  EXPECT_THAT(page, HasSubstr("\n| `scores` | "));
}

TEST(PluginInfo, ATraitThatParametersDecideSaysSo) {
  PluginTraits traits;
  traits.validates = traits.additive = true;
  PluginFunctions functions;
  functions.validates = true;
  EXPECT_THAT(trait_words(traits, functions),
              ElementsAre("uses the validation window for early stopping with some parameters",
                          "its explanations add up to the score"));
}

TEST(PluginInfo, DefaultsKeepTheirTypeThoughCanonicalJsonWritesThemAsIntegers) {
  const PluginInfo read = json::parse(hash::canonical_json(json(full()))).get<PluginInfo>();
  EXPECT_EQ(read.param("rate")->default_value, ParamValue(2.0));
  EXPECT_EQ(read.param("weights")->default_value, ParamValue(std::vector<double>{1, 2}));
  EXPECT_EQ(read.param("layers")->default_value, ParamValue(std::vector<int64_t>{}));
}

TEST(ParamJson, SettingsSurviveCanonicalJson) {
  const ParamMap settings{
      {"depth", int64_t{4}}, {"rate", 3.0}, {"columns", std::vector<std::string>{}}};
  const json read = json::parse(hash::canonical_json(params_json(settings)));
  EXPECT_EQ(params_from_json(full().schema, read), settings);
}

TEST(ParamJson, SettingsThatDoNotFitAreOurBug) {
  EXPECT_THROW(params_from_json(full().schema, json{{"depth", "x"}}), error::InternalError);
  EXPECT_THROW(params_from_json(full().schema, json{{"nothing", 1}}), error::InternalError);
}

TEST(PluginCatalog, FindsByNameAndKind) {
  const PluginCatalog catalog({named("mf", PluginKind::recall, "/a", "1"),
                               named("mf", PluginKind::rank, "/a", "1"),
                               named("ease", PluginKind::recall, "/b", "2")});
  EXPECT_EQ(catalog.find("mf", PluginKind::rank)->kind, PluginKind::rank);
  EXPECT_EQ(catalog.find("ease", PluginKind::rank), nullptr);
  EXPECT_THAT(catalog.names(PluginKind::recall), ElementsAre("ease", "mf"));
}

TEST(PluginCatalog, ANameInTwoDifferentLibrariesIsAnErrorOnceItIsUsed) {
  const PluginCatalog catalog({named("mf", PluginKind::recall, "/a/mf.so", "1"),
                               named("mf", PluginKind::recall, "/b/mf.so", "2")});
  try {
    catalog.find("mf", PluginKind::recall);
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(),
                 "mf (recall) is in two libraries, /a/mf.so and /b/mf.so; remove one of them from "
                 "the plugin path or rename it");
  }
}

TEST(PluginCatalog, CopiesOfOneLibraryAreOnePlugin) {
  const PluginCatalog catalog({named("mf", PluginKind::recall, "/a/mf.so", "1"),
                               named("mf", PluginKind::recall, "/b/mf.so", "1")});
  EXPECT_EQ(catalog.find("mf", PluginKind::recall)->library, "/a/mf.so");
  EXPECT_THAT(catalog.names(PluginKind::recall), ElementsAre("mf"));
}

TEST(PluginCatalog, ARefusedLibraryNamedLikeThePluginIsWorthANote) {
  const PluginCatalog catalog({}, {{"/b/my_idea.so", "is built with torch 1.9.0"}});
  EXPECT_EQ(catalog.refused_note("my_idea"),
            "; /b/my_idea.so was refused: it is built with torch 1.9.0");
  EXPECT_EQ(catalog.refused_note("idea"), "");
}

}  // namespace
}  // namespace assay::task
