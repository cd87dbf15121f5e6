#include "host/library.h"

#include <assay/error.h>
#include <gmock/gmock.h>

#include "error/error.h"
#include "hash/hash.h"
#include "host/refused.h"
#include "unit/host/plugin_files.h"

namespace assay::host {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TempFolder;
using testing::test_plugin;

template <typename Thrown, typename Body>
std::string thrown(Body body) {
  try {
    body();
  } catch (const Thrown& error) {
    return error.what();
  }
  return "nothing was thrown";
}

std::unique_ptr<Strategy> made(const std::string& name, const ParamMap& params = {}) {
  return make_strategy(Library::open(test_plugin("bad_factory")).entry(name, PluginKind::recall),
                       params);
}

TEST(Library, OpensAndMakesAStrategy) {
  const Library library = Library::open(test_plugin("bad_in_run"));
  const auto strategy =
      make_strategy(library.entry("bad_rank", PluginKind::rank), {{"mode", std::string("none")}});
  EXPECT_NE(dynamic_cast<RankStrategy*>(strategy.get()), nullptr);
}

TEST(Library, ARefusalCarriesCodeAndPath) {
  try {
    Library::open(test_plugin("bad_no_note"));
    FAIL() << "nothing was thrown";
  } catch (const PluginRefused& error) {
    EXPECT_EQ(error.code(), task::ProbeCode::no_note);
    EXPECT_THAT(error.what(),
                StartsWith(test_plugin("bad_no_note") + ": is a shared library, but no plugin"));
  }
}

TEST(Library, AnUnknownEntryOffersTheNearName) {
  const Library library = Library::open(test_plugin("bad_in_run"));
  EXPECT_EQ(thrown<error::UserError>([&] { library.entry("bad_rerang", PluginKind::rerank); }),
            test_plugin("bad_in_run") +
                ": holds no rerank strategy bad_rerang; did you mean \"bad_rerank\"?");
}

TEST(Library, AFileThatWasBuiltAgainIsNotTheOneThatWasPlannedWith) {
  EXPECT_EQ(thrown<error::UserError>(
                [] { Library::open(test_plugin("bad_in_run"), std::string(64, '0')); }),
            test_plugin("bad_in_run") +
                ": has been built again since the run was planned; start the run again");
  EXPECT_NO_THROW(
      Library::open(test_plugin("bad_in_run"), hash::sha256_file(test_plugin("bad_in_run"))));
}

TEST(Library, ARelativePathIsNotLookedUpOnTheLibraryPath) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(std::string(ASSAY_BUILD_DIR) + "/test_plugins");
  EXPECT_NO_THROW(Library::open("bad_in_run.so"));
  std::filesystem::current_path(before);
}

TEST(MakeStrategy, WhatAConstructorThrowsPassesThrough) {
  EXPECT_EQ(thrown<std::runtime_error>([] { made("throws"); }), "cannot open /etc/model.bin");
  EXPECT_EQ(thrown<InvalidInput>([] {
              made("refuses", {{"dimensions", int64_t{5}}});
            }),
            "dimensions must be a multiple of heads");
}

TEST(MakeStrategy, AFactoryThatMakesNothingOrAnotherKindIsThePluginsFault) {
  EXPECT_EQ(thrown<std::logic_error>([] { made("makes_nothing"); }),
            "the factory of makes_nothing returned nothing");
  EXPECT_EQ(thrown<std::logic_error>([] { made("makes_another"); }),
            "the factory of makes_another made something that is no recall strategy");
}

}  // namespace
}  // namespace assay::host
