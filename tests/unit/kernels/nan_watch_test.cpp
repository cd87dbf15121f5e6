#include "kernels/nan_watch.h"

#include <ATen/ops/full.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>

#include <limits>

#include "kernels/top_k_aten.h"
#include "unit/kernels/requests.h"

namespace assay {
namespace {

using kernels::NanWatch;
using testing::Lists;
using testing::matrix;
using testing::requests;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

constexpr char kSecond[] =
    "request 1 has an empty list, because every score that top_k could choose for it is NaN; "
    "expected finite scores, or -inf for what must not be served";

/// The three ways to choose by scores: on the CPU, as on a GPU, by vectors.
using Choose = CandidateBatch (*)(const at::Tensor& scores, int64_t k, const RequestBatch&);

class NanWatchOf : public ::testing::TestWithParam<Choose> {
 protected:
  static std::string breach(const std::vector<std::vector<float>>& scores,
                            const RequestBatch& batch, int64_t k = 2) {
    const NanWatch watch;
    return watch.breach(GetParam()(matrix(scores), k, batch), batch).value_or("");
  }
};

TEST_P(NanWatchOf, NamesARequestWhoseScoresAreAllNaN) {
  EXPECT_EQ(breach({{1, 2, 3}, {kNan, kNan, kNan}}, requests(2)), kSecond);
  EXPECT_EQ(breach({{1, 2, 3}, {kNan, kNan, kNan}}, requests(2), 5), kSecond) << "k above N";
}

TEST_P(NanWatchOf, LooksAtWhatCouldHaveBeenChosenOnly) {
  const std::vector<std::vector<float>> scores = {{1, 2, 3}, {kNan, 5, kNan}};
  EXPECT_EQ(breach(scores, requests(2)), "") << "5 was chosen";
  EXPECT_EQ(breach(scores, requests(2, Lists{{}, {1}})), kSecond);
  EXPECT_EQ(breach(scores, requests(2, Lists{{}, {0, 1, 2}})), "") << "nothing was left";
  EXPECT_EQ(breach(scores, requests(2, {}, Lists{{0}, {0, 2}})), kSecond);
  EXPECT_EQ(breach(scores, requests(2, {}, Lists{{0}, {}})), "");
  EXPECT_EQ(breach(scores, requests(2, Lists{{}, {1}}), 0), "") << "nothing was asked for";
}

TEST_P(NanWatchOf, LeavesEmptyListsThatAreMeantAlone) {
  EXPECT_EQ(breach({{1, 2}, {-kInf, -kInf}}, requests(2)), "");
}

TEST_P(NanWatchOf, LeavesRequestsThatOnlyFillUpABatchAlone) {
  RequestBatch batch = requests(2);
  batch.request[1] = -1;
  EXPECT_EQ(breach({{1, 2}, {kNan, kNan}}, batch), "");
}

CandidateBatch by_vectors(const at::Tensor& scores, int64_t k, const RequestBatch& batch) {
  // One-hot queries would multiply NaN by 0: each request is chosen for by itself.
  CandidateBatch all{at::full({scores.size(0), k}, -1, at::kLong),
                     at::full({scores.size(0), k}, -kInf)};
  const auto row_of = [](const Ragged& ragged, int64_t row) {
    return ragged.rows() == 0 ? Ragged() : ragged.slice(row, 1);
  };
  for (int64_t row = 0; row < scores.size(0); ++row) {
    RequestBatch one;
    one.request = batch.request.slice(0, row, row + 1);
    one.excluded = row_of(batch.excluded, row);
    if (batch.allowed) one.allowed = row_of(*batch.allowed, row);
    const CandidateBatch chosen =
        top_k_dot(at::full({1, 1}, 1.0F), scores[row].unsqueeze(1).contiguous(), k, one);
    all.item[row].copy_(chosen.item[0]);
    all.score[row].copy_(chosen.score[0]);
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Choosing, NanWatchOf,
                         ::testing::Values(&top_k, &kernels::top_k_aten, &by_vectors));

TEST(NanWatch, LeavesAListThatWasFilledOtherwiseAlone) {
  const NanWatch watch;
  const RequestBatch batch = requests(1);
  CandidateBatch lists = top_k(matrix({{kNan, kNan}}), 2, batch);
  EXPECT_TRUE(watch.breach(lists, batch).has_value());
  lists.item[0][0] = 1;
  EXPECT_EQ(watch.breach(lists, batch), std::nullopt) << "popular items for who has no vector";
}

TEST(NanWatch, SeesNothingOfWhatCameBeforeIt) {
  const RequestBatch batch = requests(1);
  { const NanWatch before; }
  EXPECT_FALSE(NanWatch::is_open());
  const CandidateBatch lists = top_k(matrix({{kNan, kNan}}), 2, batch);
  const NanWatch watch;
  EXPECT_TRUE(NanWatch::is_open());
  EXPECT_EQ(watch.breach(lists, batch), std::nullopt);
}

}  // namespace
}  // namespace assay
