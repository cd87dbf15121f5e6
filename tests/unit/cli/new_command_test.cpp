#include "cli/new_command.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/plugin_templates.h"
#include "error/error.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class NewCommand : public ::testing::Test {
 protected:
  NewCommand() {
    std::string pattern = fs::temp_directory_path() / "assay_new_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~NewCommand() override { fs::remove_all(folder_); }

  std::string make(const std::string& kind, const std::string& name) const {
    return make({.kind = kind, .name = name});
  }
  std::string make(const NewPlugin& plugin) const {
    return make_plugin(plugin, folder_, "/opt/assay/lib/cmake/assay", taken_);
  }
  std::string problem(const std::string& kind, const std::string& name) const {
    return problem({.kind = kind, .name = name});
  }
  std::string problem(const NewPlugin& plugin) const {
    try {
      make(plugin);
    } catch (const error::UserError& error) {
      return error.what();
    }
    return "nothing was thrown";
  }

  fs::path folder_;
  task::PluginCatalog taken_;
};

TEST_F(NewCommand, WritesThreeFilesAndSaysWhatTheyAre) {
  EXPECT_EQ(
      make("rerank", "novelty_boost"),
      "novelty_boost/novelty_boost.cpp   the strategy (47 lines, marked where your idea goes)\n"
      "novelty_boost/CMakeLists.txt      builds against the assay that made it\n"
      "novelty_boost/try.yaml            an experiment that compares it with doing nothing\n"
      "Next  cmake -S novelty_boost -B novelty_boost/build && cmake --build novelty_boost/build && "
      "assay check "
      "novelty_boost/build/novelty_boost.so\n");
  EXPECT_THAT(text_of(folder_ / "novelty_boost/novelty_boost.cpp"),
              HasSubstr("class NoveltyBoost : public assay::RerankStrategy {"));
  EXPECT_THAT(text_of(folder_ / "novelty_boost/CMakeLists.txt"),
              HasSubstr("set(assay_DIR \"/opt/assay/lib/cmake/assay\" CACHE PATH"));
  EXPECT_THAT(text_of(folder_ / "novelty_boost/try.yaml"),
              HasSubstr("rerank: [{plugin: novelty_boost}]"));
}

TEST_F(NewCommand, EveryKindHasAWholeTemplate) {
  for (const char* kind : {"recall", "rank", "rerank", "metric"}) {
    make(kind, std::string("my_") + kind);
    const std::string source = text_of(folder_ / fmt::format("my_{0}/my_{0}.cpp", kind));
    EXPECT_THAT(source, HasSubstr(">>> Your idea goes here"));
    EXPECT_THAT(source, HasSubstr(fmt::format(".name = \"my_{}\"", kind)));
    for (const char* file : {"CMakeLists.txt", "try.yaml"})
      EXPECT_THAT(text_of(folder_ / fmt::format("my_{}", kind) / file), Not(HasSubstr("@NAME@")));
    EXPECT_LT(std::ranges::count(source, '\n'), 50);
  }
}

TEST_F(NewCommand, ATemplateOfItsOwnBringsItsWindowsAndLibraries) {
  make({.kind = "recall", .name = "tower", .shape = "trained"});
  EXPECT_THAT(text_of(folder_ / "tower/tower.cpp"), HasSubstr("ctx.validate()"));
  EXPECT_THAT(text_of(folder_ / "tower/try.yaml"), HasSubstr("validation: 1"));
  EXPECT_THAT(text_of(folder_ / "tower/CMakeLists.txt"),
              HasSubstr("assay_add_plugin(tower tower.cpp)"));
  make({.kind = "rank", .name = "net", .shape = "features"});
  EXPECT_THAT(text_of(folder_ / "net/net.cpp"), HasSubstr("candidates.next()"));
  EXPECT_THAT(text_of(folder_ / "net/CMakeLists.txt"),
              HasSubstr("assay_add_plugin(net net.cpp LIBS assay::extra)"));
}

TEST_F(NewCommand, AWrongTemplateNamesThoseOfTheKind) {
  EXPECT_EQ(problem({.kind = "recall", .name = "x", .shape = "train"}),
            "train is not a template of recall plugins; known: plain, trained");
  EXPECT_EQ(problem({.kind = "recall", .name = "x", .shape = "traind"}),
            "traind is not a template of recall plugins; did you mean \"trained\"?");
  EXPECT_EQ(problem({.kind = "metric", .name = "x", .shape = "trained"}),
            "trained is not a template of metric plugins; known: plain");
}

TEST_F(NewCommand, ANameThatIsTakenInItsKindIsRefused) {
  task::PluginInfo ease;
  ease.name = "ease";
  ease.kind = PluginKind::recall;
  ease.library = "/opt/assay/ease.so";
  taken_ = task::PluginCatalog({ease});
  EXPECT_EQ(problem("recall", "ease"),
            "ease is a recall plugin already (/opt/assay/ease.so), and an experiment could not "
            "tell the two apart; choose another name, such as my_ease");
  EXPECT_EQ(problem("metric", "ndcg"),
            "ndcg is a built-in metric, and an experiment could not tell the two apart; choose "
            "another name, such as my_ndcg");
  EXPECT_THAT(make("rank", "ease"), StartsWith("ease/ease.cpp"));
}

TEST_F(NewCommand, AFolderThatIsThereStaysAsItIs) {
  fs::create_directory(folder_ / "mine");
  std::ofstream(folder_ / "mine/mine.cpp") << "months of work";
  EXPECT_EQ(problem("recall", "mine"),
            (folder_ / "mine").string() + ": exists already; choose another name, or delete it");
  EXPECT_EQ(text_of(folder_ / "mine/mine.cpp"), "months of work");
}

TEST_F(NewCommand, AWrongKindOffersTheNearOne) {
  EXPECT_EQ(problem("rerang", "x"),
            "rerang is not a kind of plugin; it must be recall, rank, rerank or metric; did you "
            "mean \"rerank\"?");
  EXPECT_EQ(problem("loss", "x"),
            "loss is not a kind of plugin; it must be recall, rank, rerank or metric");
}

TEST_F(NewCommand, AWrongNameOffersTheNearOne) {
  EXPECT_EQ(problem("recall", "My-Idea"),
            "\"My-Idea\" cannot name a plugin; a name consists of a-z, 0-9 and _, beginning with a "
            "letter; did you mean \"my_idea\"?");
  EXPECT_EQ(problem("recall", "../idea"),
            "\"../idea\" cannot name a plugin; a name consists of a-z, 0-9 and _, beginning with a "
            "letter");
  EXPECT_EQ(problem("recall", "test"),
            "test cannot name a plugin: CMake reserves it; choose another name");
}

TEST_F(NewCommand, AFolderThatCannotBeMadeIsSaid) {
  try {
    make_plugin({.kind = "recall", .name = "mine"}, "/proc/nothing", "/x", {});
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), StartsWith("/proc/nothing/mine: cannot be made ("));
  }
}

TEST_F(NewCommand, ThePackageIsThatOfTheBuildTreeOrOfTheInstallation) {
  fs::create_directories(folder_ / "build/bin");
  std::ofstream(folder_ / "build/assayConfig.cmake") << "";
  EXPECT_EQ(package_folder(folder_ / "build/bin"), folder_ / "build");
  fs::create_directories(folder_ / "prefix/lib/cmake/assay");
  std::ofstream(folder_ / "prefix/lib/cmake/assay/assayConfig.cmake") << "";
  EXPECT_EQ(package_folder(folder_ / "prefix/bin"), folder_ / "prefix/lib/cmake/assay");
  EXPECT_THROW(package_folder(folder_ / "nowhere/bin"), error::UserError);
}

TEST(ClassName, IsTheNameInCapitals) {
  EXPECT_EQ(class_name("novelty_boost"), "NoveltyBoost");
  EXPECT_EQ(class_name("top2vec"), "Top2vec");
  EXPECT_EQ(class_name("params"), "ParamsStrategy");
}

}  // namespace
}  // namespace assay::cli
