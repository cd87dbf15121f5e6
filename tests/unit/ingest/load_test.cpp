#include "ingest/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "data_files.h"
#include "dataset/cache.h"

namespace assay::ingest {
namespace {

namespace fs = std::filesystem;
using test::csv_at;
using test::TestFolder;

class Load : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,c,4\n");
  }
  dataset::ImportedRef import() {
    return import_dataset(dataset_, folder_.places(),
                          [this](const std::string& line) { notices_.push_back(line); });
  }
  TestFolder folder_;
  task::DatasetSpec dataset_ = csv_at(folder_.path("log.csv"));
  std::vector<std::string> notices_;
};

TEST_F(Load, TheDataHashIsOfTheBytesAndHowTheyAreReadNotOfNames) {
  const std::string key = import().key;
  fs::create_directories(folder_.path("elsewhere"));
  fs::copy(folder_.path("log.csv"), folder_.path("elsewhere/other.csv"));
  dataset_.path = folder_.path("elsewhere/other.csv");
  dataset_.name = "another";
  EXPECT_EQ(import().key, key);
  dataset_.columns.erase("time");
  EXPECT_NE(import().key, key);
}

TEST_F(Load, ASecondRunDoesNotParseAgain) {
  const dataset::ImportedRef first = import();
  const auto written = fs::last_write_time(first.path);
  EXPECT_EQ(import().path, first.path);
  EXPECT_EQ(fs::last_write_time(first.path), written);
}

TEST_F(Load, AFileOfAnotherLayoutIsLeftAlone) {
  const std::string key = import().key;
  EXPECT_TRUE(import().path.ends_with("/imported/" + key + ".layout3.safetensors"));
  folder_.write("cache/imported/" + key + ".safetensors", "what an earlier version wrote");
  fs::remove(import().path);
  EXPECT_EQ(dataset::ImportedData::open(import().path).events(), 4);
  EXPECT_EQ(fs::file_size(folder_.path("cache/imported/" + key + ".safetensors")), 29U);
  EXPECT_THAT(notices_, testing::IsEmpty());
}

TEST_F(Load, AChangedFileIsImportedAnew) {
  const dataset::ImportedRef first = import();
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,2\nu2,b,3\nu2,d,4\n");
  const dataset::ImportedRef second = import();
  EXPECT_NE(second.key, first.key);
  EXPECT_EQ(test::texts(dataset::ImportedData::open(second.path).item_ids()).back(), "d");
}

// Longer than a file has to be left alone before its hash is remembered.
void wait_until_settled() { std::this_thread::sleep_for(std::chrono::milliseconds(1200)); }

TEST_F(Load, ARememberedHashIsTrustedOnlyWhileTheFileIsAsItWas) {
  const std::string path = folder_.path("log.csv"), cache = folder_.path("cache");
  wait_until_settled();
  const std::string hash = dataset::remembered_sha256(path, cache);
  EXPECT_FALSE(fs::is_empty(folder_.path("cache/hashes")));
  EXPECT_TRUE(dataset::remembers_sha256(path, cache));
  folder_.write("log.csv", "user,item,at\nu1,a,9\nu1,b,2\nu2,b,3\nu2,c,4\n");  // same size
  EXPECT_NE(dataset::remembered_sha256(path, cache), hash);
}

TEST_F(Load, ChangedBytesAreSeenThoughSizeInodeAndModificationTimeAreTheOldOnes) {
  const std::string path = folder_.path("log.csv"), cache = folder_.path("cache");
  const std::string list = folder_.write("a.run", "u1 Q0 a 1 2.0 t\nu1 Q0 b 2 1.0 t\n");
  const auto old = fs::file_time_type::clock::now() - std::chrono::hours(1);
  fs::last_write_time(path, old);
  fs::last_write_time(list, old);
  wait_until_settled();
  const dataset::ImportedRef log = import(), lists = import_lists({.path = list}, cache);
  ASSERT_TRUE(dataset::remembers_sha256(path, cache) && dataset::remembers_sha256(list, cache));
  // As tar --overwrite and rsync --inplace --times do it.
  const auto overwrite = [&](const std::string& file, const std::string& from,
                             const std::string& to) {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    std::string text((std::istreambuf_iterator<char>(out)), {});
    out.clear();
    out.seekp(static_cast<std::streamoff>(text.find(from)));
    out << to;
    out.close();
    fs::last_write_time(file, old);
  };
  overwrite(path, "u2,c", "u2,d");
  overwrite(list, "a 1 2.0", "b 1 2.0");
  EXPECT_NE(import().key, log.key);
  EXPECT_NE(import_lists({.path = list}, cache).key, lists.key);
}

TEST_F(Load, HashesOfTensorsAreRememberedAsLongAsTheFileIsAsItWas) {
  const dataset::ImportedRef ref = import();
  const auto hashes = [&](const std::vector<std::string>& names) {
    return dataset::remembered_tensor_hashes(dataset::SafetensorsFile::open(ref.path), names,
                                             folder_.path("cache"));
  };
  wait_until_settled();
  const auto user = hashes({"event.user"});
  EXPECT_EQ(user.at("event.user").size(), 64U);
  EXPECT_EQ(hashes({"event.item", "event.user"}).at("event.user"), user.at("event.user"));
  EXPECT_NE(hashes({"event.item"}).at("event.item"), user.at("event.user"));
  // What was written down is taken, until the file is another one.
  for (const auto& record : fs::directory_iterator(folder_.path("cache/hashes"))) {
    std::ifstream in(record.path());
    std::string text((std::istreambuf_iterator<char>(in)), {});
    const size_t at = text.find(user.at("event.user"));
    if (at == std::string::npos) continue;
    std::ofstream(record.path()) << text.replace(at, 4, "kept");
  }
  EXPECT_TRUE(hashes({"event.user"}).at("event.user").starts_with("kept"));
  fs::last_write_time(ref.path, fs::file_time_type::clock::now());
  EXPECT_EQ(hashes({"event.user"}), user);
}

TEST_F(Load, ALinkToAFileWhileItIsReadIsNoChange) {
  const dataset::ImportedRef ref = import();
  fs::resize_file(ref.path, fs::file_size(ref.path) - 1);
  const auto link = [this](const std::string&) {
    fs::create_hard_link(folder_.path("log.csv"), folder_.path("link.csv"));
  };
  EXPECT_EQ(test::error_of(folder_, [&] { import_dataset(dataset_, folder_.places(), link); }), "");
}

TEST_F(Load, AFileThatJustChangedIsNotRemembered) {
  dataset::remembered_sha256(folder_.path("log.csv"), folder_.path("cache"));
  EXPECT_FALSE(fs::exists(folder_.path("cache/hashes")))
      << "it may change again within one tick of the clock";
}

TEST_F(Load, DamagedImportsAreMadeAnewAndItIsSaid) {
  const dataset::ImportedRef ref = import();
  fs::resize_file(ref.path, fs::file_size(ref.path) - 1);
  import();
  EXPECT_THAT(notices_, testing::ElementsAre(
                            "the imported data of logs in the cache is damaged and is rebuilt (" +
                            ref.path + ")"));
  EXPECT_TRUE(dataset::SafetensorsFile::open(ref.path).intact());
}

TEST_F(Load, AFlippedBitInTheCacheIsNoticedByItsHash) {
  const dataset::ImportedRef ref = import();
  std::fstream file(ref.path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(-3, std::ios::end);
  file.put('\x55');
  file.close();
  import();
  EXPECT_THAT(notices_, testing::ElementsAre(
                            "the imported data of logs in the cache is damaged and is rebuilt (" +
                            ref.path + ")"));
  EXPECT_TRUE(dataset::SafetensorsFile::open(ref.path).intact());
}

TEST_F(Load, AFileThatChangesWhileItIsReadIsRefused) {
  const dataset::ImportedRef ref = import();
  fs::resize_file(ref.path, fs::file_size(ref.path) - 1);
  // The notice of the damaged cache comes between the first look at the file and its reading.
  const auto change = [this](const std::string&) {
    folder_.write("log.csv", "user,item,at\nu1,a,1\n");
  };
  EXPECT_EQ(test::error_of(folder_, [&] { import_dataset(dataset_, folder_.places(), change); }),
            "log.csv: changed while it was read; run again when no other process writes to it");
  EXPECT_THROW(dataset::SafetensorsFile::open(ref.path), error::UserError)
      << "nothing of it is kept";
}

TEST_F(Load, TimesInTheFutureAndMixedEncodingsAreRefusedByLine) {
  folder_.write("log.csv", "user,item,at\nu1,a,1\nu1,b,4102444800\n");
  EXPECT_EQ(test::error_of(folder_, [&] { import(); }),
            "log.csv:3: at is \"4102444800\", but times are in seconds since 1970, UTC; this one "
            "is in the future");
  folder_.write("log.csv", "user,item,at\nM\xC3\xBCller,a,1\nM\xFCller,a,2\n");
  EXPECT_EQ(test::error_of(folder_, [&] { import(); }),
            "log.csv:3: user is not UTF-8; save the file as UTF-8");
}

TEST_F(Load, NotANumberInAValueIsRefusedByLine) {
  dataset_.columns["value"] = "stars";
  folder_.write("log.csv", "user,item,at,stars\nu1,a,1,nan\n");
  EXPECT_EQ(test::error_of(folder_, [&] { import(); }),
            "log.csv:2: stars is \"nan\"; expected a number");
}

TEST_F(Load, AnImportThatFailsLeavesNothingBehind) {
  folder_.write("log.csv", "user,item,at\nu1,a,x\n");
  EXPECT_NE(test::error_of(folder_, [&] { import(); }), "");
  EXPECT_FALSE(fs::exists(folder_.path("cache/imported")));
}

TEST_F(Load, ManyAtOnceAgree) {
  std::vector<std::string> keys(4);
  std::vector<std::thread> threads;
  for (std::string& key : keys) {
    threads.emplace_back([this, &key] {
      task::DatasetSpec dataset = csv_at(folder_.path("log.csv"));
      dataset.split = {
          .method = task::SplitMethod::leave_last_out, .rank = 0, .validation = 0, .test = 1};
      key = load_dataset(dataset, {}, {}, 1, folder_.places()).key;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(keys, testing::Each(keys[0]));
}

TEST_F(Load, AFormatThatIsNotKnownIsSaid) {
  dataset_.format = "cvs";
  dataset_.where = "exp.yaml:3:3";
  EXPECT_EQ(test::error_of(folder_, [&] { import(); }),
            "exp.yaml:3:3: source.format cvs is not known; did you mean \"csv\"?");
}

TEST_F(Load, TheEnvironmentNamesFoldersAndCache) {
  const char* before = std::getenv("ASSAY_DATA");
  const std::string kept = before ? before : "";
  ::setenv("ASSAY_DATA", "/one::/two", 1);
  const DataPlaces places = DataPlaces::from_environment("/cache");
  ::setenv("ASSAY_DATA", kept.c_str(), 1);
  EXPECT_THAT(places.folders, testing::ElementsAre("/one", "/two", "data", "/cache/data"));
}

}  // namespace
}  // namespace assay::ingest
