#include "execution/plugin_probe.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "error/error.h"
#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A worker of shell: it notes what it is asked about, and answers with what lies beside each
/// library (x.so.json).
constexpr char kWorker[] = R"(#!/bin/sh
shift 3
echo "$*" >> "$(dirname "$0")/asked"
printf '['
comma=''
for library in "$@"; do
  printf '%s' "$comma"
  cat "$library.json"
  comma=','
done
printf ']'
)";

class PluginProbe : public ::testing::Test {
 protected:
  PluginProbe() {
    write_worker(kWorker);
    fs::create_directories(folder_ / "plugins/rank");
    search_.folders = {folder_ / "plugins"};
    search_.worker = folder_ / "worker";
    search_.cache_folder = folder_ / "cache";
  }

  void write_worker(const std::string& text) const {
    std::ofstream(folder_ / "worker") << text;
    fs::permissions(folder_ / "worker", fs::perms::owner_all);
  }

  /// A library, and what the worker will say of it.
  std::string library(const std::string& place, const std::string& strategy,
                      task::ProbeCode code = task::ProbeCode::ok) const {
    const std::string path = folder_ / "plugins" / place;
    std::ofstream(path) << strategy;
    task::ProbeResult result{.file = task::identify(path), .code = code, .sha256 = strategy};
    if (result.ok()) result.entries.emplace_back();
    if (result.ok())
      result.entries[0].name = strategy;
    else
      result.message = "is not a plugin";
    std::ofstream(path + ".json") << json(result);
    return path;
  }

  /// The libraries of each call of the worker so far.
  std::vector<std::string> asked() const {
    std::ifstream in(folder_ / "asked");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
  }

  std::vector<std::string> recall_names() const {
    return load_catalog(search_).names(PluginKind::recall);
  }

  test::TempFolder temp_;
  fs::path folder_ = temp_.path();
  PluginSearch search_;
};

TEST_F(PluginProbe, FindsLibrariesInAFolderAndItsFoldersOfKinds) {
  library("b.so", "b");
  library("rank/a.so", "a");
  std::ofstream(folder_ / "plugins/README.md") << "nothing";
  EXPECT_THAT(recall_names(), ElementsAre("a", "b"));
}

TEST_F(PluginProbe, AsksOnceAndThenRemembers) {
  const std::string a = library("a.so", "a");
  const std::string b = library("b.so", "b");
  EXPECT_THAT(recall_names(), ElementsAre("a", "b"));
  EXPECT_THAT(recall_names(), ElementsAre("a", "b"));
  EXPECT_THAT(asked(), ElementsAre(a + " " + b));
}

TEST_F(PluginProbe, AsksAgainForALibraryThatWasBuiltAgainAndForNoOther) {
  const std::string a = library("a.so", "a");
  const std::string b = library("b.so", "b");
  recall_names();
  library("b.so", "longer");
  EXPECT_THAT(recall_names(), ElementsAre("a", "longer"));
  EXPECT_THAT(asked(), ElementsAre(a + " " + b, b));
}

TEST_F(PluginProbe, AnotherWorkerMakesEveryVerdictWorthless) {
  const std::string a = library("a.so", "a");
  recall_names();
  write_worker(std::string(kWorker) + "# built again\n");
  recall_names();
  EXPECT_THAT(asked(), ElementsAre(a, a));
}

TEST_F(PluginProbe, ADamagedCacheIsNoCache) {
  const std::string a = library("a.so", "a");
  recall_names();
  for (const auto& entry : fs::directory_iterator(search_.cache_folder))
    std::ofstream(entry.path()) << "{\"asker\":";
  EXPECT_THAT(recall_names(), ElementsAre("a"));
  EXPECT_THAT(asked(), ElementsAre(a, a));
}

TEST_F(PluginProbe, ARefusalIsRememberedButNotOneForBeingLate) {
  const std::string bad = library("bad.so", "", task::ProbeCode::no_note);
  const std::string late = library("late.so", "", task::ProbeCode::timed_out);
  recall_names();
  recall_names();
  EXPECT_THAT(asked(), ElementsAre(bad + " " + late, late));
}

TEST_F(PluginProbe, ARefusedLibraryOfAFolderIsLeftOutAndNamed) {
  const std::string bad = library("bad.so", "", task::ProbeCode::no_note);
  library("good.so", "good");
  const task::PluginCatalog catalog = load_catalog(search_);
  EXPECT_THAT(catalog.names(PluginKind::recall), ElementsAre("good"));
  EXPECT_EQ(catalog.refused_note("bad"), "; " + bad + " was refused: it is not a plugin");
}

TEST_F(PluginProbe, ARefusedLibraryThatWasNamedLeavesTheOthersThere) {
  search_.libraries = {library("bad.so", "", task::ProbeCode::no_note)};
  library("good.so", "good");
  const task::PluginCatalog catalog = load_catalog(search_);
  EXPECT_THAT(catalog.names(PluginKind::recall), ElementsAre("good"));
  ASSERT_EQ(catalog.refused().size(), 1u);
  EXPECT_TRUE(catalog.refused()[0].named);
  EXPECT_EQ(catalog.refused()[0].message, "is not a plugin");
  EXPECT_TRUE(catalog.incomplete());
}

TEST_F(PluginProbe, ALibraryThatIsNamedAndFoundIsThereOnce) {
  search_.libraries = {library("a.so", "a")};
  EXPECT_EQ(load_catalog(search_).plugins().size(), 1u);
}

TEST_F(PluginProbe, WithoutPluginsNobodyIsAsked) {
  search_.folders.push_back(folder_ / "nothing");
  EXPECT_THAT(recall_names(), IsEmpty());
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(PluginProbe, AMissingWorkerIsSaid) {
  library("a.so", "a");
  search_.worker = folder_ / "nobody";
  try {
    load_catalog(search_);
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_EQ(error.what(),
              search_.worker +
                  ": cannot be run; expected assay-worker beside assay. Build or install it "
                  "again");
  }
}

TEST_F(PluginProbe, AWorkerThatFailsIsSaid) {
  library("a.so", "a");
  write_worker("#!/bin/sh\nexit 1\n");
  EXPECT_THROW(load_catalog(search_), error::UserError);
}

TEST_F(PluginProbe, AFolderForTheCacheThatCannotBeWrittenCostsOnlyTime) {
  library("a.so", "a");
  search_.cache_folder = "/proc/nothing";
  EXPECT_THAT(recall_names(), ElementsAre("a"));
}

}  // namespace
}  // namespace assay::execution
