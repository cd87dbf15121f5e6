/// What holds for every reranker, on one small world.

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "rerank/fitted_reranker.h"

namespace assay::test {
namespace {

constexpr int64_t kItems = 30;

const Features& features() {
  static const Features made = [] {
    std::vector<int> genre;
    for (int item = 0; item < kItems; ++item) genre.push_back(item % 7 == 6 ? -1 : item % 3);
    Features all;
    all.item = {kItems,
                {{.name = "genre",
                  .type = FeatureType::category,
                  .values = at::tensor(genre, at::kInt),
                  .cardinality = 3,
                  .labels = {"Drama", "Comedy", "Horror"}}}};
    return all;
  }();
  return made;
}

TrainingView data() {
  std::vector<Event> events;
  for (int64_t n = 0; n < 240; ++n)
    events.push_back({n % 12, (n * 7 + n / 12) % kItems, -1, n % 4 != 0});
  return training_of(events, 12, kItems, &features());
}

std::vector<std::string> names() {
  std::vector<std::string> found;
  for (const auto& file : std::filesystem::directory_iterator(ASSAY_SOURCE_DIR "/plugins/rerank"))
    if (file.is_directory() || file.path().extension() == ".cpp")
      found.push_back(file.path().stem());
  std::ranges::sort(found);
  return found;
}

class EveryReranker : public testing::TestWithParam<std::string> {
 protected:
  FittedReranker fitted() const {
    return fitted_reranker(GetParam(), {}, data(), random_vectors(kItems, 6, 1).to(at::kFloat));
  }
};

// Requests of users with a history each, and candidates of different lengths.
struct Asked {
  Lists histories, items;
  Numbers scores;
  RequestBatch requests() const { return requests_of(histories); }
  CandidateBatch candidates() const { return candidates_of(items, scores); }
};

Asked many() {
  Asked asked;
  for (int64_t row = 0; row < 70; ++row) {
    asked.histories.push_back({row % kItems});
    std::vector<int64_t> items;
    std::vector<double> scores;
    for (int64_t at = 0; at < 4 + row % 20; ++at) {
      items.push_back((row + 1 + at) % kItems);
      scores.push_back(20 - static_cast<double>(at / 2));
    }
    asked.items.push_back(items);
    asked.scores.push_back(scores);
  }
  return asked;
}

TEST_P(EveryReranker, ServesShorterSlatesWhereCandidatesAreFew) {
  const FittedReranker one = fitted();
  const Lists served =
      lists(one.rerank(candidates_of({{3, 8}, {5}, {}}, {{2, 1}, {4}, {}}), 4).item);
  EXPECT_THAT(served[0], testing::UnorderedElementsAre(3, 8, -1, -1));
  EXPECT_THAT(served[0], testing::Contains(-1).Times(2));
  EXPECT_EQ(served[0][3], -1);
  EXPECT_THAT(served[1], testing::ElementsAre(5, -1, -1, -1));
  EXPECT_THAT(served[2], testing::Each(-1));
}

TEST_P(EveryReranker, ServesNoRequestAndNoCandidate) {
  const FittedReranker one = fitted();
  const at::Tensor nothing = at::zeros({2, 0});
  const CandidateBatch served = one.rerank({.item = nothing.to(at::kLong), .score = nothing}, 3);
  EXPECT_THAT(lists(served.item)[1], testing::Each(-1));
  const at::Tensor nobody = at::zeros({0, 4});
  EXPECT_EQ(one.rerank({.item = nobody.to(at::kLong), .score = nobody}, 3).item.size(0), 0);
}

TEST_P(EveryReranker, EqualScoresKeepAllItems) {
  const FittedReranker one = fitted();
  const Lists served = lists(one.rerank(candidates_of({{4, 2, 9, 7}}, {{1, 1, 1, 1}}), 4).item);
  EXPECT_THAT(served[0], testing::UnorderedElementsAre(4, 2, 9, 7));
}

TEST_P(EveryReranker, ServesTheSameOnAnyNumberOfThreads) {
  const FittedReranker one = fitted();
  const Asked asked = many();
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const CandidateBatch alone = one.rerank(asked.requests(), asked.candidates(), 10);
  at::set_num_threads(4);
  const CandidateBatch together = one.rerank(asked.requests(), asked.candidates(), 10);
  at::set_num_threads(threads);
  EXPECT_TRUE(alone.item.equal(together.item));
  EXPECT_TRUE(alone.score.equal(together.score));
}

TEST_P(EveryReranker, ServesTheSameAfterSaveAndLoad) {
  const FittedReranker one = fitted();
  const Asked asked = many();
  EXPECT_TRUE(one.loaded()
                  .rerank(asked.requests(), asked.candidates(), 10)
                  .item.equal(one.rerank(asked.requests(), asked.candidates(), 10).item));
}

INSTANTIATE_TEST_SUITE_P(Shipped, EveryReranker, testing::ValuesIn(names()),
                         [](const auto& name) { return name.param; });

}  // namespace
}  // namespace assay::test
