#include "execution/stored_paths.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "unit/temp_folder.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;

struct StoredPaths : ::testing::Test {
  test::TempFolder folder;

  std::string make(const std::string& name) const {
    const fs::path path = folder.file(name);
    fs::create_directories(path.parent_path());
    std::ofstream(path) << "x";
    return path.string();
  }
};

TEST_F(StoredPaths, AreRelativeToTheExperimentWhereverTheyStand) {
  const std::string events = make("shop/data/events.csv"), users = make("common/users, all.csv");
  const std::string config = "datasets:\n  shop:\n    path: " + events +
                             "\n    features: [{of: user, path: \"" + users +
                             "\", format: csv}]\n    description: a/b and /not/there\n";
  EXPECT_EQ(relative_paths(config, folder.file("shop")),
            "datasets:\n  shop:\n    path: ./data/events.csv\n    features: [{of: user, path: "
            "\"../common/users, all.csv\", format: csv}]\n    description: a/b and /not/there\n");
}

TEST_F(StoredPaths, AreFoundBelowTheFirstFolderThatHasThem) {
  const std::string here = make("here/data/events.csv");
  make("there/data/events.csv");
  EXPECT_EQ(found_paths("path: ./data/events.csv\n",
                        {folder.file("none"), folder.file("here"), folder.file("there")}),
            "path: " + here + "\n");
}

TEST_F(StoredPaths, ThatAreAbsoluteAndGoneAreFoundByTheirEnd) {
  const std::string here = make("here/events.csv");
  EXPECT_EQ(found_paths("path: /home/somebody/data/events.csv\n", {folder.file("here")}),
            "path: " + here + "\n");
  EXPECT_EQ(found_paths("path: " + here + "\n", {}), "path: " + here + "\n");
}

TEST_F(StoredPaths, ThatNobodyHasAreNamedWhereTheyWereLookedForFirst) {
  EXPECT_EQ(found_paths("path: ./data/events.csv\n", {folder.file("here"), folder.file("there")}),
            "path: " + folder.file("here") + "/data/events.csv\n");
  EXPECT_EQ(found_paths("path: /not/there.csv\n", {folder.file("here")}), "path: /not/there.csv\n");
}

TEST_F(StoredPaths, GoThereAndBack) {
  const std::string config = "    path: " + make("shop/data/events.csv") + "\n";
  const std::string stored = relative_paths(config, folder.file("shop"));
  EXPECT_NE(stored, config);
  EXPECT_EQ(found_paths(stored, {folder.file("shop")}), config);
}

}  // namespace
}  // namespace assay::execution
