#include "pipeline/on_cpu.h"

#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "batches.h"

namespace assay::pipeline {
namespace {

// Tensors on the device `meta` have no values, which is enough to see where they lie.
const at::Device kFar(at::kMeta);
const at::Device kCpu(at::kCPU);

/// Answers with what it is given, and keeps where that lay.
class Recorder : public RankStrategy {
 public:
  CandidateBatch rank(const RequestBatch& requests, const CandidateBatch& candidates,
                      const ServeContext& ctx) const override {
    seen = {requests.request.device(), candidates.item.device(), ctx.device()};
    features = &ctx.features();
    return candidates;
  }
  std::optional<Explanation> explain(const RequestBatch&, const CandidateBatch& candidates,
                                     const ServeContext&) const override {
    return Explanation{candidates.item, candidates.item, candidates.item, candidates.score,
                       candidates.score};
  }
  mutable std::vector<at::Device> seen;
  mutable const Features* features = nullptr;
};

RequestBatch request_batch() {
  RequestBatch requests = testing::requests({{1}, {2}});
  requests.history.time_us = requests.history.values.clone();
  requests.allowed = testing::ragged({{1}, {2}});
  Feature age;
  age.values = at::zeros({2});
  requests.context = {2, {age}};
  return requests;
}

CandidateBatch candidates() {
  CandidateBatch out = testing::batch({{1, 2}, {3, 4}}, {{2, 1}, {2, 1}});
  out.source_score = at::zeros({2, 2, 1});
  out.propensity = at::zeros({2, 2});
  return out;
}

void expect_on(const at::Device& device, const Ragged& ragged) {
  EXPECT_EQ(ragged.values.device(), device);
  EXPECT_EQ(ragged.offsets.device(), device);
}

TEST(Moved, ARequestBatchMovesWhole) {
  const RequestBatch out = moved(request_batch(), kFar);
  for (const at::Tensor& tensor :
       {out.request, out.user, out.time_us, *out.history.time_us, out.context.columns[0].values})
    EXPECT_EQ(tensor.device(), kFar);
  expect_on(kFar, out.history);
  expect_on(kFar, out.excluded);
  expect_on(kFar, *out.allowed);
}

TEST(Moved, ACandidateBatchMovesWhole) {
  const CandidateBatch out = moved(candidates(), kFar);
  for (const at::Tensor& tensor : {out.item, out.score, *out.source_score, *out.propensity})
    EXPECT_EQ(tensor.device(), kFar);
}

TEST(Moved, ATrainingViewMovesWholeAndPointsAtOtherFeatures) {
  const Features features, others;
  TrainingView view;
  for (at::Tensor* tensor : {&view.user, &view.item, &view.time_us, &view.value, &view.positive,
                             &view.user_seen, &view.item_seen})
    *tensor = at::zeros({3});
  view.weight = at::zeros({3});
  view.by_user = testing::ragged({{1}});
  view.by_user.count = at::zeros({1});
  view.by_item = testing::ragged({{0}});
  view.features = &features;
  view.users = 7;
  const TrainingView out = moved(view, kFar, others);
  for (const at::Tensor& tensor : {out.user, out.item, out.time_us, out.value, out.positive,
                                   out.user_seen, out.item_seen, *out.weight, *out.by_user.count})
    EXPECT_EQ(tensor.device(), kFar);
  expect_on(kFar, out.by_user);
  expect_on(kFar, out.by_item);
  EXPECT_EQ(out.features, &others);
  EXPECT_EQ(out.users, 7);
}

TEST(OnCpu, IsGivenTensorsOfItsDeviceAndAnswersOnItsCallersDevice) {
  auto inner = std::make_unique<Recorder>();
  const Recorder& recorder = *inner;
  const Features far, near;
  const auto strategy = on_cpu(std::move(inner), PluginKind::rank, {kCpu, kFar, &near});
  const auto& rank = dynamic_cast<const RankStrategy&>(*strategy);
  ServeContext::Settings settings;
  settings.device = kFar;
  settings.features = &far;
  const ServeContext ctx(settings);
  const CandidateBatch out = rank.rank(request_batch(), candidates(), ctx);
  EXPECT_EQ(recorder.seen, (std::vector<at::Device>{kCpu, kCpu, kCpu}));
  EXPECT_EQ(recorder.features, &near);
  EXPECT_EQ(out.item.device(), kFar);
  const auto why = strategy->explain(request_batch(), candidates(), ctx);
  EXPECT_EQ(why->base.device(), kFar);
  EXPECT_EQ(why->row.device(), kFar);
}

TEST(OnCpu, OffersVectorsOnlyWhereTheStrategyDoes) {
  const Features near;
  const auto strategy = on_cpu(std::make_unique<Recorder>(), PluginKind::rank, {kCpu, kFar, &near});
  EXPECT_EQ(strategy->vectors(), nullptr);
}

}  // namespace
}  // namespace assay::pipeline
