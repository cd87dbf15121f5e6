#include "execution/plugin_functions.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "error/error.h"
#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using task::FunctionAnswer;
using task::FunctionQuestion;

/// A worker of shell: it keeps what it is asked, and gives the answers that lie beside it.
constexpr char kWorker[] = R"(#!/bin/sh
cat >> "$(dirname "$0")/asked"
echo >> "$(dirname "$0")/asked"
cat "$(dirname "$0")/answers"
)";

class PluginFunctions : public ::testing::Test {
 protected:
  PluginFunctions() {
    std::ofstream(folder_ / "worker") << kWorker;
    fs::permissions(folder_ / "worker", fs::perms::owner_all);
    search_.worker = folder_ / "worker";
    search_.cache_folder = folder_ / "cache";
  }

  void answers(const std::vector<FunctionAnswer>& all) const {
    std::ofstream(folder_ / "answers") << json(all);
  }
  std::vector<size_t> asked() const {
    std::ifstream in(folder_ / "asked");
    std::vector<size_t> calls;
    for (std::string line; std::getline(in, line);) calls.push_back(json::parse(line).size());
    return calls;
  }

  test::TempFolder temp_;
  fs::path folder_ = temp_.path();
  PluginSearch search_;
};

FunctionQuestion question(int64_t patience, const std::string& sha256 = "ab") {
  FunctionQuestion out;
  out.library = "/p/bpr.so";
  out.library_sha256 = sha256;
  out.plugin = "bpr";
  out.params = {{"patience", patience}};
  return out;
}

FunctionAnswer validates(bool yes) {
  FunctionAnswer answer;
  answer.validates = yes;
  return answer;
}

TEST_F(PluginFunctions, EqualQuestionsAreAskedOnceAndKept) {
  answers({validates(true), validates(false)});
  const auto first = ask_functions(search_, {question(2), question(0), question(2)});
  EXPECT_EQ(first.at(0).validates, true);
  EXPECT_EQ(first.at(1).validates, false);
  EXPECT_EQ(first.at(2).validates, true);
  const auto again = ask_functions(search_, {question(0)});
  EXPECT_EQ(again.at(0).validates, false);
  EXPECT_EQ(asked(), std::vector<size_t>{2});
}

TEST_F(PluginFunctions, AnotherBuildOrSizeIsAskedAnew) {
  answers({validates(true)});
  ask_functions(search_, {question(2)});
  ask_functions(search_, {question(2, "cd")});
  FunctionQuestion sized = question(2);
  sized.sizes = task::LearningSizes{.items = 3};
  ask_functions(search_, {sized});
  EXPECT_EQ(asked().size(), 3U);
}

TEST_F(PluginFunctions, AFilesContentCountsAndNotItsPath) {
  answers({validates(true)});
  FunctionQuestion with_file = question(2);
  with_file.params["boosts"] = "/a/boosts.txt";
  with_file.file_sha256["boosts"] = "ef";
  ask_functions(search_, {with_file});
  with_file.params["boosts"] = "/b/boosts.txt";
  ask_functions(search_, {with_file});
  EXPECT_EQ(asked().size(), 1U);
}

TEST_F(PluginFunctions, AnAnswerWithAProblemIsNotKept) {
  FunctionAnswer broken;
  broken.problem = "its function validates crashes (SIGSEGV)";
  answers({broken});
  EXPECT_EQ(ask_functions(search_, {question(2)}).at(0).problem, broken.problem);
  answers({validates(true)});
  EXPECT_EQ(ask_functions(search_, {question(2)}).at(0).validates, true);
}

TEST_F(PluginFunctions, AWorkerThatIsNotThereIsAnError) {
  search_.worker = folder_ / "nothing";
  EXPECT_THROW(ask_functions(search_, {question(2)}), error::UserError);
}

}  // namespace
}  // namespace assay::execution
