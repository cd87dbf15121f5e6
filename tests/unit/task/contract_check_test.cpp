#include "task/contract_check.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "error/error.h"
#include "unit/temp_folder.h"

namespace assay::task {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ContractChecks : public ::testing::Test {
 protected:
  ContractChecks() { file_ = contract_file(folder_ / "checks", "ab12"); }

  static ContractCheck of(const std::string& plugin, int64_t held) {
    return {plugin,
            "recall",
            held,
            43,
            held == 43 ? "" : "fit repeats under one seed: it does not",
            "built-in data",
            "2026-11-22T21:50:03Z",
            "0.1.0"};
  }

  test::TempFolder temp_;
  fs::path folder_ = temp_.path();
  std::string file_;
};

TEST_F(ContractChecks, SayHowManyHoldAndTheFirstThatDoesNot) {
  EXPECT_EQ(of("a", 43).text(), "43 of 43 checks hold");
  EXPECT_TRUE(of("a", 43).holds());
  EXPECT_EQ(of("a", 41).text(),
            "41 of 43 checks hold; first: fit repeats under one seed: it does not");
  EXPECT_FALSE(of("a", 41).holds());
}

TEST_F(ContractChecks, AreKeptByTheHashOfTheLibrary) {
  write_contract_checks(file_, "ab12", {of("a", 43)});
  EXPECT_THAT(read_contract_checks(file_, "ab12"), ElementsAre(of("a", 43)));
  EXPECT_THAT(read_contract_checks(file_, "cd34"), IsEmpty()) << "other bytes were not checked";
}

TEST_F(ContractChecks, ReplaceThoseOfTheSamePluginAlone) {
  write_contract_checks(file_, "ab12", {of("a", 43), of("b", 43)});
  write_contract_checks(file_, "ab12", {of("a", 40)});
  EXPECT_THAT(read_contract_checks(file_, "ab12"), ElementsAre(of("b", 43), of("a", 40)));
}

TEST_F(ContractChecks, DropThoseOfOtherBytes) {
  const std::string beside = contract_file_beside(folder_ / "my_idea.so");
  EXPECT_EQ(fs::path(beside).filename(), "my_idea.checks.json");
  write_contract_checks(beside, "ab12", {of("a", 43)});
  write_contract_checks(beside, "cd34", {of("b", 43)});
  EXPECT_THAT(read_contract_checks(beside, "ab12"), IsEmpty());
  EXPECT_THAT(read_contract_checks(beside, "cd34"), ElementsAre(of("b", 43)));
}

TEST_F(ContractChecks, AreNoneWhereTheFileIsMissingOrDamaged) {
  EXPECT_THAT(read_contract_checks(file_, "ab12"), IsEmpty());
  for (const char* text : {"", "[", "[]", "{}", R"({"format": 1, "library_sha256": "ab12"})",
                           R"({"format": 1, "library_sha256": "ab12", "plugins": [{"plugin": 3}]})",
                           R"({"format": 9, "library_sha256": "ab12", "plugins": []})"}) {
    std::ofstream(folder_ / "damaged.json") << text;
    EXPECT_THAT(read_contract_checks(folder_ / "damaged.json", "ab12"), IsEmpty()) << text;
  }
}

TEST_F(ContractChecks, ThatCannotBeWrittenSayWhere) {
  std::ofstream(folder_ / "file") << "no folder";
  try {
    write_contract_checks(contract_file(folder_ / "file", "ab12"), "ab12", {of("a", 43)});
    FAIL() << "a file is no folder";
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("file/ab12.json: the result of the check cannot be "
                                        "written"));
  }
}

}  // namespace
}  // namespace assay::task
