#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>
#include <gmock/gmock.h>

#include "recall/ann/random_factors.h"
#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

/// Serves exactly, by vectors of items and of users; anonymous users have a vector of 0.
class Dots : public RecallStrategy, public VectorModel {
 public:
  Dots(at::Tensor items, at::Tensor users) : items_(std::move(items)), users_(std::move(users)) {}
  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext&) const override {
    return users_.index_select(0, requests.user.clamp_min(0)) *
           requests.user.ge(0).unsqueeze(1).to(at::kFloat);
  }
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return top_k_dot(query_vectors(requests, ctx), items_, k, requests);
  }

 private:
  at::Tensor items_, users_;
};

class NoVectors : public RecallStrategy {
 public:
  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext&) const override {
    return top_k(at::zeros({requests.size(), 3}), k, requests);
  }
};

constexpr int64_t kItems = 3000, kUsers = 40;

/// An index over a model, fitted.
struct Fitted {
  Inputs inputs;
  ParamMap params;
  std::unique_ptr<RecallStrategy> ann;
  TinyFit fit;

  Fitted(std::shared_ptr<const Strategy> model, const Lists& positives, int64_t items,
         const ParamMap& given = {})
      : params(given),
        ann(make_recall("ann", given)),
        fit(&no_features(), &with(std::move(model))) {
    ann->fit(training_of(positives, items), fit);
  }
  CandidateBatch serve(const RequestBatch& requests, int64_t k) const {
    return ann->recall(requests, k, context());
  }
  ServeContext context() const {
    return ServeContext({.features = &no_features(), .inputs = &inputs});
  }

 private:
  const Inputs& with(std::shared_ptr<const Strategy> model) {
    inputs.add("model", std::move(model));
    return inputs;
  }
};

std::shared_ptr<const Dots> dots(int64_t items = kItems) {
  return std::make_shared<Dots>(random_factors(items, 24, 1), random_factors(kUsers, 24, 2));
}

Lists some_positives(int64_t each) {
  Lists rows(kUsers);
  for (int64_t user = 0; user < kUsers; ++user)
    for (int64_t n = 0; n < each; ++n) rows[user].push_back((user * 37 + n * 11) % kItems);
  for (auto& row : rows) {
    std::ranges::sort(row);
    row.erase(std::ranges::unique(row).begin(), row.end());
  }
  return rows;
}

double share_of_exact(const Fitted& fitted, const Dots& model, const RequestBatch& requests,
                      int64_t k) {
  const Lists found = lists(fitted.serve(requests, k).item);
  const Lists exact = lists(model.recall(requests, k, fitted.context()).item);
  int64_t shared = 0;
  for (size_t row = 0; row < exact.size(); ++row) {
    const std::set<int64_t> wanted(exact[row].begin(), exact[row].end());
    for (const int64_t item : found[row]) shared += wanted.contains(item);
  }
  return static_cast<double>(shared) / static_cast<double>(k * std::ssize(exact));
}

TEST(Ann, ServesNearlyWhatTheModelServesAndNothingExcluded) {
  const auto model = dots();
  const Lists positives = some_positives(30);
  const Fitted fitted(model, positives, kItems);
  const RequestBatch requests = requests_of(positives);
  EXPECT_GT(share_of_exact(fitted, *model, requests, 100), 0.98);
  const Lists found = lists(fitted.serve(requests, 100).item);
  for (size_t row = 0; row < found.size(); ++row) {
    const std::set<int64_t> hidden(positives[row].begin(), positives[row].end());
    EXPECT_THAT(
        found[row],
        Each(testing::Truly([&](int64_t item) { return item >= 0 && !hidden.contains(item); })));
  }
}

TEST(Ann, ScoresAreTheExactProducts) {
  const auto model = dots();
  const Fitted fitted(model, some_positives(3), kItems);
  const RequestBatch requests = requests_of(some_positives(3));
  const CandidateBatch best = fitted.serve(requests, 20);
  const at::Tensor products = model->query_vectors(requests, fitted.context())
                                  .to(at::kDouble)
                                  .matmul(model->item_vectors().to(at::kDouble).t());
  const at::Tensor expected = products.gather(1, best.item).to(at::kFloat);
  EXPECT_TRUE(best.score.equal(expected));
}

TEST(Ann, MoreExcludedThanTheBoundIsScoredExactly) {
  const auto model = dots();
  const Lists positives = some_positives(60);
  const Fitted fitted(model, positives, kItems, {{"most", int64_t{50}}, {"ef", int64_t{1}}});
  EXPECT_EQ(share_of_exact(fitted, *model, requests_of(positives), 20), 1);
  EXPECT_EQ(fitted.fit.notes.at("recall_against_exact.scored_exactly"), std::to_string(kUsers));
}

TEST(Ann, AllowedSetsAreScoredExactly) {
  const auto model = dots();
  const Fitted fitted(model, some_positives(3), kItems);
  RequestBatch requests = requests_of({{5}, {6}});
  requests.allowed = ragged({{1, 5, 2000}, {}});
  const Lists found = lists(fitted.serve(requests, 4).item);
  EXPECT_THAT(found[0], testing::UnorderedElementsAre(1, 2000, -1, -1));
  EXPECT_THAT(found[1], Each(-1));
}

TEST(Ann, ItemsWithoutALengthStandWhereTheirScoreOfZeroPutsThem) {
  at::Tensor items = random_factors(400, 24, 1);
  items.slice(0, 150, 250).zero_();
  const auto model = std::make_shared<const Dots>(items, random_factors(kUsers, 24, 2));
  const Fitted fitted(model, {{0}}, 400);
  EXPECT_EQ(fitted.fit.notes.at("zero_vectors"), "100");
  EXPECT_EQ(fitted.fit.notes.at("indexed"), "300");
  // About half of the others have a product above 0.
  RequestBatch requests = requests_of({{150}, {}, {}});
  EXPECT_GT(share_of_exact(fitted, *model, requests, 200), 0.97);
  const CandidateBatch best = fitted.serve(requests, 200);
  const Lists found = lists(best.item);
  const Numbers scores = numbers(best.score);
  for (size_t row = 0; row < found.size(); ++row) {
    std::vector<int64_t> zeros;
    for (size_t at = 0; at < found[row].size(); ++at)
      if (found[row][at] >= 150 && found[row][at] < 250) zeros.push_back(found[row][at]);
    ASSERT_GT(zeros.size(), 10U);
    EXPECT_EQ(zeros.front(), row == 0 ? 151 : 150);
    EXPECT_TRUE(std::ranges::is_sorted(zeros));
    EXPECT_EQ(scores[row].back(), 0);
  }
}

TEST(Ann, KAboveTheCatalogueGivesAllItemsThenPads) {
  const Fitted fitted(dots(6), {{0}, {1}}, 6);
  const Lists found = lists(fitted.serve(requests_of({{0}, {1}}), 9).item);
  EXPECT_THAT(found[0], testing::UnorderedElementsAre(1, 2, 3, 4, 5, -1, -1, -1, -1));
}

TEST(Ann, OneItemAndNoEventsAreNoTrouble) {
  const Fitted fitted(dots(1), {{}}, 1);
  EXPECT_THAT(lists(fitted.serve(requests_of({{}}), 2).item)[0], ElementsAre(0, -1));
  EXPECT_FALSE(fitted.fit.notes.contains("recall_against_exact"));
}

TEST(Ann, AQueryOfZeroGetsNoCandidates) {
  const Fitted fitted(dots(), some_positives(3), kItems);
  RequestBatch requests = requests_of({{1}, {2}});
  requests.user = at::tensor(std::vector<int64_t>{-1, 0}, at::kLong);
  const Lists found = lists(fitted.serve(requests, 3).item);
  EXPECT_THAT(found[0], Each(-1));
  EXPECT_THAT(found[1], Each(testing::Ge(0)));
}

TEST(Ann, EqualScoresEverywhereGiveNoCandidates) {
  const auto model = std::make_shared<Dots>(at::ones({500, 3}), at::ones({1, 3}));
  const Fitted fitted(model, {{0}}, 500);
  EXPECT_THAT(lists(fitted.serve(requests_of({{0}}), 3).item)[0], Each(-1));
}

TEST(Ann, ARequestGetsTheSameListInAnyBatch) {
  const Fitted fitted(dots(), some_positives(3), kItems);
  const RequestBatch all = requests_of(some_positives(3));
  const CandidateBatch together = fitted.serve(all, 10),
                       alone = fitted.serve(part_of(all, 7, 1), 10);
  EXPECT_TRUE(together.item.slice(0, 7, 8).equal(alone.item));
  EXPECT_TRUE(together.score.slice(0, 7, 8).equal(alone.score));
}

TEST(Ann, ServesTheSameAfterSaveAndLoad) {
  const Fitted fitted(dots(), some_positives(3), kItems);
  Archive archive;
  fitted.ann->save(archive);
  const auto loaded = make_recall("ann");
  loaded->load(archive, {.features = &no_features(), .inputs = &fitted.inputs});
  const RequestBatch requests = requests_of(some_positives(5));
  const CandidateBatch before = fitted.serve(requests, 30);
  const CandidateBatch after = loaded->recall(requests, 30, fitted.context());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST(Ann, KeepsWhatTheFileOfTheIndexDoesNot) {
  const Fitted fitted(dots(), some_positives(3), kItems, {{"ef", int64_t{77}}});
  Archive archive;
  fitted.ann->save(archive);
  EXPECT_EQ(archive.text("metric"), "inner product");
  EXPECT_EQ(archive.text("width"), "24");
  EXPECT_EQ(archive.text("links"), "16");
  EXPECT_EQ(archive.text("ef"), "77");
  EXPECT_EQ(archive.text("vectors").size(), 16U);
}

TEST(Ann, NotesHowManyOfTheExactNeighboursItFinds) {
  const Fitted good(dots(), some_positives(3), kItems, {{"sample", int64_t{20}}});
  EXPECT_GT(std::stod(good.fit.notes.at("recall_against_exact")), 0.98);
  EXPECT_EQ(good.fit.notes.at("recall_against_exact.at"), "100");
  EXPECT_EQ(good.fit.notes.at("recall_against_exact.requests"), "20");
  EXPECT_FALSE(good.fit.notes.contains("warning"));
  const Fitted bad(dots(), some_positives(3), kItems,
                   {{"ef", int64_t{1}},
                    {"links", int64_t{5}},
                    {"ef_construction", int64_t{8}},
                    {"expected_recall", 1.0}});
  EXPECT_LT(std::stod(bad.fit.notes.at("recall_against_exact")), 1);
  EXPECT_THAT(bad.fit.notes.at("warning"), HasSubstr("raise ef"));
}

std::string refusal(std::shared_ptr<const Strategy> model, int64_t items) {
  try {
    const Fitted fitted(std::move(model), {{0}}, items);
  } catch (const InvalidInput& problem) {
    return problem.what();
  }
  return "";
}

TEST(Ann, RefusesVectorsThatCannotBeSearched) {
  EXPECT_EQ(refusal(std::make_shared<NoVectors>(), 3),
            "ann: the strategy that `model` names has no vectors, so there is nothing to search. "
            "Name one in which a score is an inner product of vectors, such as als, bpr, simple_x "
            "or sasrec.");
  EXPECT_EQ(refusal(dots(5), 7),
            "ann: the item vectors of `model` are [5, 24] for 7 items; there must be one for each. "
            "Fit it on the same data set.");
  at::Tensor items = at::ones({4, 2});
  items.select(0, 2).fill_(kNaN);
  EXPECT_THAT(
      refusal(std::make_shared<Dots>(items, at::ones({1, 2})), 4),
      HasSubstr("1 of 4 item vectors of `model` hold NaN or infinity, the first of them that "
                "of number 2 (from 0)"));
  EXPECT_EQ(refusal(std::make_shared<Dots>(at::ones({4, 3}), at::ones({1, 2})), 4),
            "ann: the query vectors of `model` are [1, 2] for 1 requests, and its item vectors [4, "
            "3]; they must be of one width, one for each request.");
}

TEST(Ann, RefusesAnIndexOfOtherVectors) {
  const Fitted fitted(dots(), some_positives(3), kItems);
  Archive archive;
  fitted.ann->save(archive);
  Inputs others;
  others.add("model", std::make_shared<Dots>(random_factors(kItems, 24, 9), at::ones({1, 24})));
  EXPECT_THROW(make_recall("ann")->load(archive, {.features = &no_features(), .inputs = &others}),
               InvalidInput);
}

}  // namespace
}  // namespace assay::test
