#include "pipeline/left_out.h"

#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include "batches.h"

namespace assay::pipeline {
namespace {

at::Tensor ids(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

TEST(LeftOut, TakesAnItemOutOfTheHistoryOfItsRequestWhereverItStands) {
  RequestBatch all = testing::requests({{7}, {7}, {}, {7}});
  all.history = testing::ragged({{7, 3, 7}, {3, 7}, {}, {7}});
  const RequestBatch out = left_out(all, ids({7, -1, 7, 7}));
  EXPECT_TRUE(out.history.values.equal(ids({3, 3, 7})));
  EXPECT_TRUE(out.history.offsets.equal(ids({0, 1, 3, 3, 3})));
  EXPECT_TRUE(out.excluded.values.equal(ids({7, 7, 7}))) << "it must still not be served";
  EXPECT_TRUE(all.history.values.equal(ids({7, 3, 7, 3, 7, 7}))) << "what was given stays";
}

TEST(LeftOut, KeepsTimesTypesAndWeightsBesideTheirItems) {
  RequestBatch all = testing::requests({{}, {}});
  all.history = testing::ragged({{7, 3}, {5, 7, 6}});
  all.history.time_us = ids({10, 11, 20, 21, 22});
  all.history.event_type = at::tensor({0, 1, 0, 1, 1}, at::kInt);
  all.history.weight = at::tensor({1.F, 2.F, 3.F, 4.F, 5.F});
  const RequestBatch out = left_out(all, ids({3, 7}));
  EXPECT_TRUE(out.history.values.equal(ids({7, 5, 6})));
  EXPECT_TRUE(out.history.time_us->equal(ids({10, 20, 22})));
  EXPECT_TRUE(out.history.event_type->equal(at::tensor({0, 0, 1}, at::kInt)));
  EXPECT_TRUE(out.history.weight->equal(at::tensor({1.F, 3.F, 5.F})));
}

}  // namespace
}  // namespace assay::pipeline
