#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::ElementsAre;

constexpr int64_t kLists = 40, kItems = 12;

// Of 5 and 6 the first is chosen where 9 stands in the list, the second where 8 does: nothing about
// the two themselves tells.
LabelledBatch shown(int64_t lists = kLists) {
  Lists items;
  Numbers scores, labels;
  for (int64_t n = 0; n < lists; ++n) {
    const bool has_nine = n % 2 == 0;
    items.push_back({5, 6, has_nine ? 9 : 8, (n / 2) % 4});
    scores.push_back({4, 3, 2, 1});
    labels.push_back({has_nine ? 1.0 : 0.0, has_nine ? 0.0 : 1.0, 0, 0});
  }
  LabelledBatch batch{.requests = requests_of(Lists(static_cast<size_t>(lists), {11})),
                      .candidates = candidates_of(items, scores)};
  batch.label = matrix(labels).unsqueeze(2);
  batch.weight = at::ones({lists, 4});
  return batch;
}

ParamMap quick(const ParamMap& more = {}) {
  ParamMap params = {{"factors", int64_t{4}},    {"width", int64_t{16}}, {"hidden", int64_t{32}},
                     {"epochs", int64_t{300}},   {"dropout", 0.0},       {"learning_rate", 0.001},
                     {"batch_size", int64_t{8}}, {"user_id", false},     {"statistics", false}};
  for (const auto& [key, value] : more) params[key] = value;
  return params;
}

std::unique_ptr<RerankStrategy> fitted(const ParamMap& params, const LabelledBatch& batch,
                                       TinyFit& fit) {
  auto model = make_rerank("prm", params);
  TinyLabelled candidates({batch});
  model->fit(training_of(Lists(kLists, {11}), kItems), candidates, fit);
  return model;
}

CandidateBatch reranked(const RerankStrategy& model, const LabelledBatch& batch, int64_t n = 4) {
  return model.rerank(batch.requests, batch.candidates, n, tiny_serve());
}

// Fitted once: it takes seconds.
struct Learnt {
  TinyFit fit;
  std::unique_ptr<RerankStrategy> model = fitted(quick(), shown(), fit);
};
const Learnt& learnt() {
  static const Learnt once;
  return once;
}

TEST(Prm, LearnsThatAChoiceDependsOnWhatStandsBesideIt) {
  EXPECT_EQ(learnt().fit.notes.at("lists"), "40");
  const Lists order = lists(reranked(*learnt().model, shown(10)).item);
  for (size_t n = 0; n < order.size(); ++n) EXPECT_EQ(order[n][0], n % 2 == 0 ? 5 : 6) << n;
}

TEST(Prm, KeepsTheScoresThatCandidatesCameWithAndCutsTheSlate) {
  const CandidateBatch slate = reranked(*learnt().model, shown(2), 2);
  EXPECT_THAT(lists(slate.item)[1], ElementsAre(6, testing::_));
  EXPECT_EQ(slate.score[1][0].item<float>(), 3);
  EXPECT_EQ(slate.width(), 2);
}

TEST(Prm, RepeatsBitByBitAndServesTheSameAfterSaveAndLoad) {
  const ParamMap params = quick({{"epochs", int64_t{2}}, {"dropout", 0.1}});
  TinyFit one, two;
  const auto first = fitted(params, shown(), one), second = fitted(params, shown(), two);
  Archive a, b;
  first->save(a), second->save(b);
  for (const auto& [name, value] : a.tensors()) EXPECT_TRUE(value.equal(b.tensor(name))) << name;
  const auto copy = copied_rerank(*first, "prm", params);
  EXPECT_TRUE(reranked(*copy, shown()).item.equal(reranked(*first, shown()).item));
}

TEST(Prm, OrdersAListTheSameAloneAsAmongOthersThatAreLonger) {
  TinyFit fit;
  const auto model = fitted(quick({{"epochs", int64_t{1}}}), shown(), fit);
  // Longer than any list that it learnt from, and one of a single candidate.
  const Lists items = {{0, 1, 2, 3, 4, 5, 6, 7}, {6, 5, 8}, {9}};
  const Numbers scores = {{8, 7, 6, 5, 4, 3, 2, 1}, {3, 2, 1}, {1}};
  const RequestBatch requests = requests_of(Lists(3, {11}));
  const Lists together =
      lists(model->rerank(requests, candidates_of(items, scores), 8, tiny_serve()).item);
  for (int64_t n = 0; n < 3; ++n) {
    const CandidateBatch own = candidates_of({items[n]}, {scores[n]});
    std::vector<int64_t> alone =
        lists(model->rerank(part_of(requests, n, 1), own, 8, tiny_serve()).item)[0];
    alone.resize(8, -1);
    EXPECT_EQ(alone, together[n]);
  }
}

TEST(Prm, KeepsTheOrderAndSaysSoWhereNoListHasAChoice) {
  LabelledBatch batch = shown();
  batch.label.fill_(0);
  TinyFit fit;
  const auto model = fitted(quick(), batch, fit);
  EXPECT_EQ(fit.notes.at("warning"),
            "no list has a positive beside another candidate: the order is kept");
  EXPECT_TRUE(
      reranked(*copied_rerank(*model, "prm", quick()), batch).item.equal(batch.candidates.item));
}

TEST(Prm, RefusesAWidthThatItsHeadsCannotShare) {
  try {
    make_rerank("prm", {{"width", int64_t{10}}, {"heads", int64_t{4}}});
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(), "prm: width is 10, which is no multiple of heads (4).");
  }
}

}  // namespace
}  // namespace assay::test
