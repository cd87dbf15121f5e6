#include "cli/data_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "error/error.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DataCommand : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("assay_data_command_" + std::to_string(::getpid()));
    ::setenv("ASSAY_DATA", (folder_ / "data").c_str(), 1);
    ::setenv("ASSAY_CACHE", (folder_ / "cache").c_str(), 1);
    write("data/gowalla/train.txt", "0 10 11 12\n1 10 11\n");
    write("data/gowalla/test.txt", "0 13\n1 12\n");
  }
  void TearDown() override {
    fs::remove_all(folder_);
    ::unsetenv("ASSAY_CACHE");
    data_ ? ::setenv("ASSAY_DATA", data_->c_str(), 1) : ::unsetenv("ASSAY_DATA");
  }
  std::string write(const std::string& name, const std::string& text) {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  std::string run(const std::string& words) {
    CLI::App app;
    int exit_code = 0;
    add_data_command(app, exit_code);
    testing::internal::CaptureStdout();
    try {
      app.parse("data " + words);
    } catch (const error::UserError& error) {
      testing::internal::GetCapturedStdout();
      return error.what();
    }
    EXPECT_EQ(exit_code, 0);
    return testing::internal::GetCapturedStdout();
  }

  fs::path folder_;
  std::optional<std::string> data_ = std::getenv("ASSAY_DATA")
                                         ? std::optional<std::string>(std::getenv("ASSAY_DATA"))
                                         : std::nullopt;
};

TEST_F(DataCommand, ListsWhatIsHereAndHowToGetWhatIsNot) {
  const std::string text = run("list");
  EXPECT_THAT(text, HasSubstr((folder_ / "data/gowalla").string()));
  EXPECT_THAT(text, HasSubstr("not here: assay data get movielens-100k"));
  const nlohmann::json rows = nlohmann::json::parse(run("list --format json"));
  EXPECT_TRUE(rows[0].at("found at").is_null()) << "amazon-beauty";
  EXPECT_EQ(rows[1].at("found at"), (folder_ / "data/gowalla").string());
  EXPECT_TRUE(rows[2].at("found at").is_null()) << "movielens-100k";
}

TEST_F(DataCommand, GetSaysWhatThereIsAndDoesNothingWhereItIsHere) {
  EXPECT_EQ(run("get gowalla"),
            "4 items, 2 users, 7 check-ins (licence: research use, see data/README.md)\n");
}

TEST_F(DataCommand, DescribeCountsACatalogueEntry) {
  const std::string text = run("describe gowalla");
  for (const char* line :
       {"\nusers                            2\n", "\ndensity                          87.5 %\n",
        "\nfirst event                      -\n", "\nevents of a user, most           4\n",
        "\nrepeated user-item pairs         0\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
}

TEST_F(DataCommand, DescribeReadsAPath) {
  const std::string path =
      write("log.csv", "uid,sku,at,stars,shop\nu,a,0,5,x\nu,a,0,4,y\nu,b,86400,1,z\n");
  const std::string text = run(
      "describe " + path + " --column user=uid --column item=sku --column time=at --format csv");
  for (const char* line :
       {"\nevents,3\n", "\nlast event,1970-01-02 00:00:00 UTC\n", "\nrepeated user-item pairs,1\n",
        "\nduplicates (at the same time),1\n", "\nnumeric columns,stars\n"}) {
    EXPECT_THAT(text, HasSubstr(line));
  }
  EXPECT_THAT(text, HasSubstr("column shop,\"not numeric: "));
  write("log.dat", "1 2\n");
  EXPECT_THAT(run("describe " + (folder_ / "log.dat").string() + " --as user_items"),
              HasSubstr("\nevents"));
  EXPECT_EQ(run("describe " + path + " --column uid"),
            "--column: is \"uid\"; expected role=column, such as user=uid");
}

TEST_F(DataCommand, DescribesAsOneObjectForPrograms) {
  const std::string path = write("log.csv", "uid,sku,at\nu,a,0\nu,a,0\nv,b,86400\n");
  const nlohmann::json facts = nlohmann::json::parse(run(
      "describe " + path + " --column user=uid --column item=sku --column time=at --format json"));
  EXPECT_EQ(facts.at("events"), 3);
  EXPECT_EQ(facts.at("duplicates"), 1);
  EXPECT_EQ(facts.at("popularity").size(), 2);
  EXPECT_EQ(facts.at("histories").at(0).at("users"), 1);
  EXPECT_EQ(facts.at("path"), path);
  EXPECT_EQ(facts.at("data_hash").get<std::string>().size(), 64);
}

TEST_F(DataCommand, GuessesWhatAPathIsAndPrintsItsSource) {
  const std::string path =
      write("shop.csv", "uid;sku;at;stars\nu;a;1600000000;5\nu;b;1600000060;4\nv;a;1600000120;1\n");
  const std::string text = run("describe " + path);
  EXPECT_THAT(
      text, HasSubstr("part       guess         because\n"
                      "format     csv           semicolons divide each line into 4 fields\n"
                      "delimiter  \";\"           semicolons divide each line into 4 fields\n"
                      "header     yes           the first line has \"at\" where numbers follow\n"));
  EXPECT_THAT(text,
              HasSubstr("\nsource:\n  path: " + path +
                        "\n  format: csv\n  delimiter: \";\"\n  columns: {user: uid, item: sku, "
                        "time: at, value: stars}\n\n"));
  EXPECT_THAT(text, HasSubstr("\nevents "));
}

TEST_F(DataCommand, ShowsWhatItGuessedAlsoToPrograms) {
  const std::string path = write("log.csv", "1,2,1600000000\n2,3,1600000060\n");
  const std::string text = run("describe " + path + " --format json");
  EXPECT_THAT(text, HasSubstr("\"header\""));
}

TEST_F(DataCommand, AsksForColumnsThatItDoesNotFind) {
  const std::string path = write("log.csv", "a,b\n1.5,x\n2.5,y\n");
  EXPECT_EQ(run("describe " + path),
            path +
                ": is csv, and no column fits every role: add --column user=NAME --column "
                "item=NAME (and time=NAME, value=NAME if there are any). Its columns: a, b");
}

TEST_F(DataCommand, NamesWhatItDoesNotKnow) {
  EXPECT_EQ(run("describe movielens-100"),
            "movielens-100: is neither a file or folder nor a data set of the catalogue; did you "
            "mean \"movielens-100k\"?");
}

}  // namespace
}  // namespace assay::cli
