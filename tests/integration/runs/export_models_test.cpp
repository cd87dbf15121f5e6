#include "cli/export_models.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "dataset/safetensors.h"
#include "error/error.h"
#include "integration/runs/workbench.h"

// What was trained can leave: vectors and lists, through real workers.

namespace assay::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

constexpr char kVariants[] = R"(
variants:
  factors: {recall: [{plugin: als, k: 30, params: {factors: 4, iterations: 2}}]}
  linear: {recall: [{plugin: ease, k: 30}]}
  two:
    recall: [{plugin: ease, k: 20, unknown: {plugin: popularity}}, {plugin: als, k: 20, params: {factors: 4, iterations: 2}}]
    rerank: [{plugin: mmr}]
)";

std::vector<std::string> lines_of(const std::string& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

cli::Workspace workspace() {
  cli::Workspace found;
  found.plugins.folders = {ASSAY_BUILD_DIR "/plugins"};
  found.plugins.worker = ASSAY_BUILD_DIR "/bin/assay-worker";
  return found;
}

class ExportModels : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Workbench>();
    bench_->run(bench_->experiment(kVariants));
  }
  static void TearDownTestSuite() { bench_.reset(); }

  report::OpenRun run() const {
    return report::OpenRun(report::parse_run_name(bench_->path("results.sqlite")));
  }
  std::string folder(const std::string& name) const {
    fs::create_directories(bench_->path(name));
    return bench_->path(name);
  }

  static inline std::unique_ptr<Workbench> bench_;
};

TEST_F(ExportModels, VectorsComeWithTheirIdsAndGiveTheScoresThatWereServed) {
  const std::string to = folder("vectors");
  cli::export_vectors(run(), "factors", to, workspace());
  const auto file = dataset::SafetensorsFile::open(to + "/factors.safetensors");
  const auto items = file.array<float>("items"), users = file.array<float>("users");
  const auto item_ids = lines_of(to + "/factors.items.ids"),
             user_ids = lines_of(to + "/factors.users.ids");
  EXPECT_EQ(file.tensor("items").shape, (std::vector<int64_t>{std::ssize(item_ids), 4}));
  EXPECT_EQ(file.tensor("users").shape, (std::vector<int64_t>{std::ssize(user_ids), 4}));
  EXPECT_EQ(file.note("items.ids").substr(0, 2), "[\"");
  // numpy: the header of 128 bytes, then the same numbers.
  EXPECT_EQ(fs::file_size(to + "/factors.items.npy"), 128 + items.size_bytes());
  std::ifstream npy(to + "/factors.users.npy", std::ios::binary);
  std::string head(128, ' ');
  npy.read(head.data(), 128);
  EXPECT_THAT(head, AllOf(HasSubstr("NUMPY"), HasSubstr("'<f4'"),
                          HasSubstr(fmt::format("({}, 4)", user_ids.size()))));
  std::vector<float> kept(users.size());
  npy.read(reinterpret_cast<char*>(kept.data()), static_cast<std::streamsize>(users.size_bytes()));
  EXPECT_TRUE(std::ranges::equal(kept, users));

  cli::export_lists(run(), "factors", 3, to, workspace());
  std::map<std::string, size_t> place;
  for (size_t i = 0; i < item_ids.size(); ++i) place["i" + item_ids[i]] = i;
  for (size_t u = 0; u < user_ids.size(); ++u) place["u" + user_ids[u]] = u;
  // Of each user the scores fall along the list.
  std::string user;
  double before = 0;
  for (const std::string& line : lines_of(to + "/factors.run")) {
    char who[64], what[64];
    ASSERT_EQ(std::sscanf(line.c_str(), "%63s Q0 %63s", who, what), 2) << line;
    double score = 0;
    for (size_t f = 0; f < 4; ++f)
      score += static_cast<double>(users[4 * place.at(std::string("u") + who) + f]) *
               items[4 * place.at(std::string("i") + what) + f];
    if (user == who) {
      EXPECT_LE(score, before + 1e-5) << line;
    }
    user = who;
    before = score;
  }
  EXPECT_NE(user, "");
}

TEST_F(ExportModels, AVariantWithoutVectorsIsToldWhichHaveThem) {
  EXPECT_THAT([&] { cli::export_vectors(run(), "linear", folder("none"), workspace()); },
              ThrowsMessage<error::UserError>(AllOf(HasSubstr("no strategy of linear has vectors"),
                                                    HasSubstr("factors, two have them"))));
  EXPECT_THAT([&] { cli::export_vectors(run(), "faktors", folder("none"), workspace()); },
              ThrowsMessage<error::UserError>(HasSubstr("did you mean \"factors\"")));
}

TEST_F(ExportModels, ListsAreAsLongAsAskedForBeyondWhatIsServed) {
  const std::string to = folder("lists");
  cli::export_lists(run(), "two", 35, to, workspace());
  std::map<std::string, int> length;
  for (const std::string& line : lines_of(to + "/two.run"))
    ++length[line.substr(0, line.find(' '))];
  ASSERT_FALSE(length.empty());
  int most = 0;
  for (const auto& [user, count] : length) most = std::max(most, count);
  EXPECT_GT(most, 20) << "the slate of the experiment is shorter";
  EXPECT_LE(most, 35);
  EXPECT_TRUE(fs::exists(to + "/two.parquet"));
}

TEST_F(ExportModels, AVariantThatWasTunedIsExportedWithTheChosenValues) {
  const Workbench bench;
  bench.run(bench.experiment(
      "variants:\n  tuned: {recall: [{plugin: als, k: 30, params: {factors: {tune: [3, 5, 7]}, "
      "iterations: 2}}]}\n  plain: {recall: [{plugin: popularity, k: 30}]}\n"
      "tune: {method: grid, trials: 3}\n"));
  fs::create_directories(bench.path("out"));
  cli::export_vectors(report::OpenRun(report::parse_run_name(bench.path("results.sqlite"))),
                      "tuned", bench.path("out"), workspace());
  const auto file = dataset::SafetensorsFile::open(bench.path("out/tuned.safetensors"));
  EXPECT_EQ(file.tensor("items").shape[1],
            bench.number("SELECT params ->> '$.\"recall[0].factors\"' FROM tuning_trials WHERE "
                         "chosen"));
}

TEST_F(ExportModels, AModelThatIsNoLongerInTheCacheIsNamed) {
  const Workbench other;
  other.run(other.experiment("variants:\n  linear: {recall: [{plugin: ease, k: 30}]}\n"));
  for (const auto& entry : fs::recursive_directory_iterator(other.path("")))
    if (entry.path().parent_path().filename() == "artifacts") fs::remove(entry.path());
  const report::OpenRun run(report::parse_run_name(other.path("results.sqlite")));
  EXPECT_THAT([&] { cli::export_lists(run, "linear", 5, other.path(""), workspace()); },
              ThrowsMessage<error::UserError>(AllOf(HasSubstr("the model of recall[0] (ease)"),
                                                    HasSubstr("not in the cache"))));
}

}  // namespace
}  // namespace assay::testing
