#include "recall/ann/vector_input.h"

#include <ATen/ops/ones.h>
#include <gmock/gmock.h>

#include "tiny_data.h"

namespace assay::ann {
namespace {

using test::candidates_of;
using test::lists;
using testing::ElementsAre;

TEST(VectorInput, AFingerprintTellsValuesAndWidth) {
  const at::Tensor vectors = at::ones({4, 3});
  EXPECT_EQ(fingerprint(vectors), fingerprint(vectors.clone()));
  EXPECT_NE(fingerprint(vectors), fingerprint(vectors.view({3, 4})));
  at::Tensor other = vectors.clone();
  other.select(0, 3).select(0, 2).fill_(1.0000001);
  EXPECT_NE(fingerprint(vectors), fingerprint(other));
}

TEST(VectorInput, TheSampleIsSpreadOverUsersWithPositives) {
  const TrainingView data = test::training_of({{3, 1}, {}, {2}, {0}, {}, {4, 0}}, 5);
  const RequestBatch all = sample_of_users(data, 10);
  EXPECT_THAT(lists(all.user.unsqueeze(1)),
              ElementsAre(ElementsAre(0), ElementsAre(2), ElementsAre(3), ElementsAre(5)));
  EXPECT_THAT(lists(all.history)[0], ElementsAre(3, 1));
  EXPECT_THAT(lists(all.excluded)[0], ElementsAre(1, 3));
  EXPECT_THAT(lists(sample_of_users(data, 2).user.unsqueeze(1)),
              ElementsAre(ElementsAre(0), ElementsAre(3)));
  EXPECT_EQ(sample_of_users(test::training_of(test::Lists{{}, {}}, 3), 2).size(), 0);
}

TEST(VectorInput, TiesWithTheLastOneCountAsFound) {
  const CandidateBatch exact = candidates_of({{1, 2, 3}, {}}, {{5, 4, 4}, {}});
  EXPECT_EQ(shared(candidates_of({{1, 2, 9}, {}}, {{5, 4, 4}, {}}), exact), 1);
  EXPECT_EQ(shared(candidates_of({{1, 2, 8}, {}}, {{5, 4, 3}, {}}), exact), 2 / 3.0);
  EXPECT_EQ(shared(candidates_of({{}, {}}, {{}, {}}), candidates_of({{}, {}}, {{}, {}})), 1);
}

TEST(VectorInput, SelectedRequestsKeepTheirRows) {
  RequestBatch requests = test::requests_of({{1}, {2, 3}, {}});
  requests.allowed = test::ragged({{0}, {1}, {2}});
  const RequestBatch some = selected(requests, at::tensor(std::vector<int64_t>{2, 1}, at::kLong));
  EXPECT_THAT(lists(some.excluded), ElementsAre(ElementsAre(), ElementsAre(2, 3)));
  EXPECT_THAT(lists(*some.allowed), ElementsAre(ElementsAre(2), ElementsAre(1)));
  EXPECT_EQ(some.request.select(0, 0).item<int64_t>(), 2);
}

}  // namespace
}  // namespace assay::ann
