#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <assay/extra/exported/allowed_model.h>
#include <assay/extra/exported/exported_model.h>
#include <caffe2/serialize/inline_container.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int64_t kItems = 6;
const std::filesystem::path kModels = ASSAY_SOURCE_DIR "/tests/golden/exported";

std::string ending(const std::string& plugin) { return plugin == "aot" ? ".pt2" : ".pt"; }

/// One of the two formats, with a list of allowed models of its own.
class Exported : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    ::setenv(extra::kAllowedModels, list().c_str(), 1);
    allow("");
    for (const char* model : {"next_item", "by_taste"}) allow(sha256(file(model)) + "  " + model);
  }
  void TearDown() override {
    ::unsetenv(extra::kAllowedModels);
    std::filesystem::remove_all(folder_);
  }

  std::string list() const { return folder_ / "allowed.txt"; }
  static std::string file(const std::string& model) {
    return kModels / (model + ending(GetParam()));
  }
  /// By the program that the documentation names.
  static std::string sha256(const std::string& path) {
    FILE* const pipe = ::popen(("sha256sum '" + path + "'").c_str(), "r");
    std::string hash(64, ' ');
    EXPECT_EQ(std::fread(hash.data(), 1, 64, pipe), 64);
    ::pclose(pipe);
    return hash;
  }
  void allow(const std::string& line) const {
    std::ofstream(list(), line.empty() ? std::ios::trunc : std::ios::app) << line << "\n";
  }
  std::unique_ptr<RecallStrategy> recall(const std::string& path = file("next_item")) const {
    return make_recall(GetParam(), {{"model", path}});
  }
  std::unique_ptr<RankStrategy> rank(const std::string& path = file("by_taste")) const {
    return make_rank(GetParam(), {{"model", path}});
  }
  /// Expects that a fit fails with all of these in its message.
  template <typename Strategy>
  static void expect_refused(Strategy& strategy, const std::vector<std::string>& words) {
    TinyFit fit;
    try {
      if constexpr (std::is_same_v<Strategy, RecallStrategy>) {
        strategy.fit(data(), fit);
      } else {
        TinyLabelled none;
        strategy.fit(data(), none, fit);
      }
      ADD_FAILURE() << "is not refused, for " << words.front();
    } catch (const InvalidInput& error) {
      for (const std::string& word : words) EXPECT_THAT(error.what(), HasSubstr(word));
      EXPECT_THAT(error.what(), testing::StartsWith(GetParam() + ": "));
    }
  }
  static TrainingView data() { return training_of({{0, 1}, {1, 2}, {}, {3}}, kItems); }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("assay-exported-" + std::to_string(::getpid()));
};

TEST_P(Exported, RecallServesTheBestByTheScoresOfTheModel) {
  const auto model = recall();
  const CandidateBatch best =
      recalled(*model, data(), requests_of({{1, 2}, {0}, {}, {4, 1, 2, 5}}), 3);
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(3, 0, 4), ElementsAre(1, 2, 5),
                                            ElementsAre(-1, -1, -1), ElementsAre(0, 3, -1)));
  // The mean of items 1 and 2 is (0.5, 1); item 3 follows, and users of odd ids get 0.25 more.
  const auto scores = numbers(best.score);
  EXPECT_THAT(scores[0], ElementsAre(10.5, 0.5, -0.5));
  EXPECT_THAT(scores[1], ElementsAre(11.25, 0.25, 0.25));
}

TEST_P(Exported, RecallHonoursWhatIsAllowedAndHasNoLimitOfWidth) {
  const auto model = recall();
  RequestBatch requests = requests_of({{1, 2}, {1, 2}});
  requests.allowed = ragged({{0, 5}, {1, 3}});
  const Lists best = lists(recalled(*model, data(), requests, 100).item);
  EXPECT_EQ(std::vector(best[0].begin(), best[0].begin() + 3), (std::vector<int64_t>{0, 5, -1}));
  EXPECT_EQ(std::vector(best[1].begin(), best[1].begin() + 2), (std::vector<int64_t>{3, -1}));
  EXPECT_EQ(model->recall(requests_of({}), 3, tiny_serve()).item.size(0), 0);
}

TEST_P(Exported, AKnownUserNeedsNoHistory) {
  RequestBatch requests = requests_of({{}, {}});
  requests.user = at::tensor({1, -1}, at::kLong);
  const Lists best = lists(recalled(*recall(), data(), requests, 2).item);
  EXPECT_THAT(best[0], Each(testing::Ge(0)));
  EXPECT_THAT(best[1], Each(-1));
}

TEST_P(Exported, RankGivesTheScoresOfTheModel) {
  const auto model = rank();
  TinyLabelled none;
  TinyFit fit;
  model->fit(data(), none, fit);
  const CandidateBatch candidates = candidates_of({{4, 0, 2}, {3, 5}}, {{9, 8, 1}, {2, 1}});
  const CandidateBatch best = model->rank(requests_of({{3, 1}, {0}}), candidates, tiny_serve());
  // Item 1 is (1, 1): 4.5 - 1, 4 + 1, 0.5 + 1.
  EXPECT_THAT(lists(best.item), ElementsAre(ElementsAre(0, 4, 2), ElementsAre(5, 3, -1)));
  EXPECT_THAT(numbers(best.score)[0], ElementsAre(5, 3.5, 1.5));
  EXPECT_THAT(numbers(best.score)[1], ElementsAre(0.5, 0, kNone));
}

TEST_P(Exported, ServesTheSameAfterSaveAndLoadWithAnyNumberOfThreads) {
  const auto model = recall();
  const RequestBatch requests = requests_of({{1, 2}, {0}, {}, {4, 5}});
  const CandidateBatch before = recalled(*model, data(), requests, 4);
  const int threads = at::get_num_threads();
  for (const int some : {1, 2}) {
    at::set_num_threads(some);
    const CandidateBatch after = copied(*model, recall())->recall(requests, 4, tiny_serve());
    EXPECT_TRUE(before.item.equal(after.item));
    EXPECT_TRUE(before.score.equal(after.score));
  }
  at::set_num_threads(threads);
}

TEST_P(Exported, AFileThatIsNotThereIsAnError) {
  expect_refused(*recall("nowhere/model.pt2"), {"'nowhere/model.pt2' cannot be read"});
  expect_refused(*recall(folder_), {"cannot be read"});
}

TEST_P(Exported, NothingIsAllowedWithoutAList) {
  ::unsetenv(extra::kAllowedModels);
  expect_refused(*recall(), {sha256(file("next_item")), "ASSAY_ALLOWED_MODELS names no list",
                             "code that runs with your rights", "sha256sum " + file("next_item")});
  expect_refused(*rank(), {"ASSAY_ALLOWED_MODELS names no list"});
}

TEST_P(Exported, AFileThatTheListDoesNotHoldIsRefused) {
  allow("");  // an empty one
  expect_refused(*recall(), {"is not allowed on this machine: " + list(), "does not hold it",
                             "sha256sum " + file("next_item") + " >> " + list()});
  ::setenv(extra::kAllowedModels, "/nowhere/list.txt", 1);
  expect_refused(*recall(), {"'/nowhere/list.txt', which cannot be read"});
}

TEST_P(Exported, AFileOfAnotherHashThanTheListedOneIsRefused) {
  const std::string path = folder_ / ("next_item" + ending(GetParam()));
  std::filesystem::copy(file("by_taste"), path);
  allow("");
  allow("# ours\n" + sha256(file("next_item")) + " *" + file("next_item"));
  expect_refused(*recall(path), {"another file than the one that is allowed: " + list() + ":3",
                                 sha256(path), sha256(file("next_item"))});
}

TEST_P(Exported, ALineThatSha256sumDoesNotWriteIsAnError) {
  allow("next_item.pt2");
  expect_refused(*recall(), {list() + ":4 is 'next_item.pt2'", "64 hexadecimal digits"});
}

TEST_P(Exported, AModelThatChangedSinceItWasFittedIsRefused) {
  const std::string path = folder_ / ("model" + ending(GetParam()));
  std::filesystem::copy(file("by_taste"), path);
  Archive archive;
  archive.put_text("sha256", std::string(64, '0'));
  EXPECT_THAT([&] { rank(path)->load(archive, {.features = &no_features()}); },
              ThrowsMessage<InvalidInput>(HasSubstr("the file has changed since")));
}

TEST_P(Exported, AModelForOtherDataIsRefused) {
  TinyFit fit;
  EXPECT_THAT(
      [&] {
        recall()->fit(training_of({{0}, {6}}, 7), fit);
      },
      ThrowsMessage<InvalidInput>(
          HasSubstr("scores 6 items, and the data know 7; a model is exported for")));
}

TEST_P(Exported, AModelOfTheOtherKindIsRefusedByItsSignature) {
  expect_refused(*recall(file("by_taste")),
                 {"takes item int64 [B, K]; there is no such input", "history int64 [B, L]"});
  expect_refused(*rank(file("next_item")),
                 {"gives scores float32 [B, 6]; expected scores float32 [B, K]"});
}

TEST_P(Exported, AFileOfTheOtherFormatIsRefused) {
  const std::string other = kModels / (GetParam() == "aot" ? "next_item.pt" : "next_item.pt2");
  allow(sha256(other) + "  other");
  expect_refused(*recall(other), {"is no file of", "but", "use the strategy of that format"});
  const std::string text = folder_ / "text.pt";
  std::ofstream(text) << "no model\n";
  allow(sha256(text) + "  text.pt");
  expect_refused(*recall(text), {"is no file of"});
}

TEST_P(Exported, WithoutAFileNothingIsServed) {
  const auto model = recall("");
  EXPECT_THAT(lists(recalled(*model, data(), requests_of({{1}}), 2).item), Each(Each(-1)));
}

TEST_P(Exported, APackageForOtherInstructionsIsRefusedWithAWayThatLeavesThemOut) {
  if (GetParam() != "aot") GTEST_SKIP() << "TorchScript holds no instructions";
  const std::string path = folder_ / "foreign.pt2";
  const std::string metadata =
      R"({"AOTI_CPU_ISA": "ZVECTOR", "assay": "assay 1\nuser int64 [B]\n-> scores float32 [B, 6]\n"})";
  caffe2::serialize::PyTorchStreamWriter package(path);
  package.writeRecord("model.wrapper_metadata.json", metadata.data(), metadata.size());
  package.writeEndOfFile();
  allow(sha256(path) + "  foreign.pt2");
  // ATEN_CPU_CAPABILITY alone changes what the metadata say, and not -march=native.
  expect_refused(*recall(path), {"was exported for CPUs with ZVECTOR", "this one lacks ZVECTOR",
                                 "'cpp.march': ''", "ATEN_CPU_CAPABILITY=default"});
}

INSTANTIATE_TEST_SUITE_P(, Exported, testing::Values("aot", "torchscript"));

extra::Signature signature_of(const std::string& lines) {
  return extra::read_signature("assay 1\n" + lines, "m.pt2", "aot");
}

TEST(Signature, IsReadAsItIsWritten) {
  const extra::Signature read =
      signature_of("user int64 [B]\nhistory   int64 [ B , 50 ]\n-> scores float32 [B, 12]\n");
  EXPECT_EQ(read.text(), "user int64 [B], history int64 [B, 50] -> scores float32 [B, 12]");
  EXPECT_EQ(read.inputs[1].size(1), 50);
}

TEST(Signature, ALineThatIsNoneIsAnError) {
  for (const char* line :
       {"user", "user int64", "user int16 [B]", "user int64 [b]", "user int64 [0]", "user int64 [B",
        "user int64 [B] more", "a b int64 [B]"}) {
    EXPECT_THAT([&] { signature_of(std::string(line) + "\n-> scores float32 [B, 6]\n"); },
                ThrowsMessage<InvalidInput>(AllOf(HasSubstr(std::string("'") + line + "'"),
                                                  HasSubstr("such as 'history int64 [B, 50]'"))))
        << line;
  }
  EXPECT_THAT([] { signature_of("user int64 [B]\n"); },
              ThrowsMessage<InvalidInput>(HasSubstr("expected an output after it")));
  EXPECT_THAT([] { extra::read_signature("assay 2\n", "m.pt2", "aot"); },
              ThrowsMessage<InvalidInput>(HasSubstr("'assay 1' as its first one")));
}

TEST(Signature, TypesAndShapesMustBeThoseThatAreOffered) {
  const extra::Offer offer{.inputs = {{"history", at::kLong, {"B", "L"}}},
                           .output = {"scores", at::kFloat, {"B", "N"}}};
  const auto refused = [&](const std::string& lines, const std::string& words) {
    EXPECT_THAT([&] { extra::expect_offered(signature_of(lines), offer, "m.pt2", "aot"); },
                ThrowsMessage<InvalidInput>(HasSubstr(words)))
        << lines;
  };
  refused("history int32 [B, 5]\n-> scores float32 [B, 6]\n",
          "takes history int32 [B, 5]; this input is history int64 [B, L]");
  refused("history int64 [8, 5]\n-> scores float32 [B, 6]\n", "takes history int64 [8, 5]");
  refused("history int64 [B, C]\n-> scores float32 [B, 6]\n", "takes history int64 [B, C]");
  refused("items int64 [B, 5]\n-> scores float32 [B, 6]\n", "there is no such input");
  refused("history int64 [B, 5]\n-> scores float64 [B, 6]\n", "gives scores float64 [B, 6]");
  refused("history int64 [B, 5]\n-> logits float32 [B, 6]\n", "gives logits float32 [B, 6]");
}

TEST(MissingInstructions, AreThoseThatTheCpuHasNot) {
  const std::string flags = "flags\t\t: fpu avx2 fma f16c avx512f";
  EXPECT_EQ(extra::missing_instructions("AVX2", flags), "");
  EXPECT_EQ(extra::missing_instructions("INVALID_VEC_ISA", ""), "");
  EXPECT_EQ(extra::missing_instructions("", flags), "");
  EXPECT_EQ(extra::missing_instructions("AVX512 AVX512_VNNI", flags),
            "avx512dq, avx512vl, avx512bw, avx512_vnni");
  EXPECT_EQ(extra::missing_instructions("ASIMD", flags), "ASIMD");
}

}  // namespace
}  // namespace assay::test
