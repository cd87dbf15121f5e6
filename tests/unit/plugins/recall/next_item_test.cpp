// sasrec, gru4rec, bert4rec and hstu: what holds for every model of the next item.

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <gmock/gmock.h>

#include <algorithm>

#include "shipped_plugin.h"
#include "stopping_fit.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr int64_t kItems = 12;

// Users walk round a circle of items, from different places.
Lists walks() {
  Lists by_user;
  for (int64_t user = 0; user < 36; ++user) {
    by_user.emplace_back();
    for (int64_t n = 0; n < 4 + user % 5; ++n) by_user.back().push_back((user + n) % kItems);
  }
  return by_user;
}

ParamMap small(const std::string& loss = "cross_entropy") {
  return {{"factors", int64_t{16}},   {"hidden", int64_t{32}}, {"epochs", int64_t{40}},
          {"batch_size", int64_t{8}}, {"dropout", 0.1},        {"learning_rate", 0.01},
          {"negatives", int64_t{8}},  {"loss", loss},          {"length", int64_t{20}},
          {"initial_deviation", 0.1}};
}

/// One thread, as a worker has by default: what so small a model learns hangs on the last bits, which
/// differ with the number of threads.
class NextItem : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { at::set_num_threads(1); }
  void TearDown() override { at::set_num_threads(threads_); }
  const int threads_ = at::get_num_threads();

  std::unique_ptr<RecallStrategy> make(ParamMap params) const {
    if (GetParam() == "hstu") params.erase("hidden");
    return make_recall(GetParam(), params);
  }
  /// With enough epochs to follow walks: of masked items few an epoch are the last of a sequence.
  static ParamMap to_follow_walks(const std::string& loss = "cross_entropy") {
    ParamMap params = small(loss);
    if (GetParam() != "bert4rec") return params;
    params["mask_share"] = 0.2;
    params["epochs"] = int64_t{200};
    return params;
  }
  /// Few of its items are asked for in an epoch: where little is learnt from each (negatives of a
  /// batch, 8 bits of mantissa) one of several may stay wrong in a test's time.
  static bool masks() { return GetParam() == "bert4rec"; }
  /// How many of the lists begin with what is expected.
  static int hits(const Lists& best, const std::vector<int64_t>& expected) {
    int right = 0;
    for (size_t row = 0; row < expected.size(); ++row)
      right += !best.at(row).empty() && best[row].front() == expected[row] ? 1 : 0;
    return right;
  }
  TrainingView data_ = training_of(walks(), kItems);
};

// Histories are at least as long as those that bert4rec learns from: 4 items less the masked one.
TEST_P(NextItem, FollowsTheOrderOfEvents) {
  for (const char* loss : {"cross_entropy", "bce", "sampled_softmax", "gbce"}) {
    const auto model = make(to_follow_walks(loss));
    const Lists best =
        lists(recalled(*model, data_, requests_of({{0, 1, 2}, {5, 6, 7, 8}, {8, 9, 10}}), 1).item);
    EXPECT_THAT(best, ElementsAre(ElementsAre(3), ElementsAre(9), ElementsAre(11))) << loss;
  }
}

TEST_P(NextItem, LearnsFromAnySourceOfNegatives) {
  for (const char* loss : {"sampled_softmax", "bce"}) {
    for (const char* source : {"uniform", "popularity", "in_batch", "mixed"}) {
      ParamMap params = to_follow_walks(loss);
      params["negatives_from"] = std::string(source);
      if (loss == std::string("bce") && source[0] != 'u' && source[0] != 'p') {
        EXPECT_THAT([&] { make(params); },
                    ThrowsMessage<InvalidInput>(HasSubstr("which needs loss: sampled_softmax")));
        continue;
      }
      const Lists best =
          lists(recalled(*make(params), data_, requests_of({{0, 1, 2}, {8, 9, 10}}), 1).item);
      EXPECT_GE(hits(best, {3, 11}), masks() && source == std::string("in_batch") ? 1 : 2)
          << loss << source;
    }
  }
}

// Sequences of one length, so that the mean of two batches is that of their places.
TEST_P(NextItem, BatchesThatAreAccumulatedMakeOneStep) {
  if (GetParam() == "bert4rec")
    GTEST_SKIP() << "masks so many places of a batch as chance will, so batches weigh differently";
  Lists by_user;
  for (int64_t user = 0; user < 36; ++user)
    by_user.push_back(
        {user % kItems, (user + 1) % kItems, (user + 2) % kItems, (user + 3) % kItems});
  for (const char* loss : {"cross_entropy", "sampled_softmax"}) {
    const auto vectors = [&](int64_t batch, int64_t accumulate) {
      ParamMap params = small(loss);
      params["dropout"] = 0.0;
      params["epochs"] = int64_t{3};
      params["negatives"] = int64_t{4096};  // all items
      params["batch_size"] = batch;
      params["accumulate"] = accumulate;
      TinyFit fit;
      const auto model = make(params);
      model->fit(training_of(by_user, kItems), fit);
      return model->vectors()->item_vectors().clone();
    };
    EXPECT_TRUE(vectors(36, 1).allclose(vectors(18, 2), 1e-3, 1e-4)) << loss;
    EXPECT_FALSE(vectors(36, 1).allclose(vectors(18, 1), 1e-3, 1e-4)) << loss;
  }
}

/// A final refit after a fit that took bfloat16.
class Bf16Fit : public TinyFit {
 public:
  std::string chosen(const std::string& key) const override {
    return key == "precision" ? "bf16" : "";
  }
};

TEST_P(NextItem, MultipliesInBfloat16WhereThatWasChosen) {
  ParamMap params = to_follow_walks();
  params["precision"] = std::string("auto");
  Bf16Fit fit;
  TinyFit plain;
  const auto model = make(params), exact = make(to_follow_walks());
  model->fit(data_, fit);
  exact->fit(data_, plain);
  EXPECT_EQ(fit.notes["chosen.precision"], "bf16");
  EXPECT_FALSE(model->vectors()->item_vectors().equal(exact->vectors()->item_vectors()));
  const RequestBatch requests = requests_of({{0, 1, 2}, {5, 6, 7, 8}, {8, 9, 10}});
  EXPECT_GE(hits(lists(model->recall(requests, 1, tiny_serve()).item), {3, 9, 11}),
            masks() ? 2 : 3);
}

TEST_P(NextItem, SaysOnceWhatAMeasurementOfBfloat16Said) {
  ParamMap params = small();
  params["epochs"] = int64_t{2};
  TinyFit plain, measured;
  make(params)->fit(data_, plain);
  EXPECT_EQ(plain.notes.count("precision"), 0);
  params["precision"] = std::string("auto");
  make(params)->fit(data_, measured);
  EXPECT_THAT(measured.notes["precision"], HasSubstr("of float32's time"));
  EXPECT_THAT(measured.notes["chosen.precision"], testing::AnyOf("bf16", "fp32"));
}

TEST_P(NextItem, ARequestWithoutAHistoryGetsAnEmptyList) {
  const auto model = make(small());
  const CandidateBatch best = recalled(*model, data_, requests_of({{}, {0}}), 2);
  EXPECT_THAT(lists(best.item)[0], Each(-1));
  EXPECT_THAT(lists(best.item)[1], Each(testing::Ge(0)));
}

TEST_P(NextItem, GivesARequestTheSameListInAnyBatch) {
  const auto model = make(small());
  TinyFit fit;
  model->fit(data_, fit);
  const RequestBatch all = requests_of({{0, 1, 2}, {7}, {}, {5, 6, 7, 8, 9, 10}, {3, 4}});
  const CandidateBatch together = model->recall(all, 4, tiny_serve());
  std::vector<at::Tensor> items, scores;
  for (int64_t row = 0; row < 5; ++row) {
    const CandidateBatch one = model->recall(part_of(all, row, 1), 4, tiny_serve());
    items.push_back(one.item);
    scores.push_back(one.score);
  }
  EXPECT_TRUE(together.item.equal(at::cat(items)));
  EXPECT_TRUE(together.score.allclose(at::cat(scores), 1e-6, 1e-6));
}

TEST_P(NextItem, ServesTheSameAfterSaveAndLoad) {
  const auto model = make(small());
  const RequestBatch requests = requests_of(walks());
  const CandidateBatch before = recalled(*model, data_, requests, 5);
  const CandidateBatch after = copied(*model, make(small()))->recall(requests, 5, tiny_serve());
  EXPECT_TRUE(before.item.equal(after.item));
  EXPECT_TRUE(before.score.equal(after.score));
}

TEST_P(NextItem, LearnsTheSameBitsTwice) {
  const RequestBatch requests = requests_of(walks());
  const auto one = make(small()), two = make(small());
  EXPECT_TRUE(
      recalled(*one, data_, requests, 5).score.equal(recalled(*two, data_, requests, 5).score));
}

TEST_P(NextItem, GoesOnFromACheckpointAsIfItHadNeverStopped) {
  const RequestBatch requests = requests_of(walks());
  StoppingFit whole, first(&no_features(), 15), second;
  const auto straight = make(small()), stopped = make(small()), resumed = make(small());
  straight->fit(data_, whole);
  stopped->fit(data_, first);
  second.from = first.last;
  resumed->fit(data_, second);
  EXPECT_EQ(second.curves["loss"].begin()->first, 16);
  EXPECT_TRUE(straight->recall(requests, 5, tiny_serve())
                  .score.equal(resumed->recall(requests, 5, tiny_serve()).score));
}

TEST_P(NextItem, StopsOnceValidationsNoLongerImproveAndKeepsTheBest) {
  ParamMap params = small();
  params["patience"] = int64_t{2};
  StoppingFit fit;
  fit.validations = {0.1, 0.3, 0.2, 0.25, 0.9};
  const auto model = make(params);
  model->fit(data_, fit);
  EXPECT_EQ(fit.notes["chosen.epochs"], "2");
  EXPECT_EQ(fit.curves["loss"].size(), 4);
  ParamMap two = small();
  two["epochs"] = int64_t{2};
  TinyFit plain;
  const auto same = make(two);
  same->fit(data_, plain);
  EXPECT_TRUE(model->vectors()->item_vectors().equal(same->vectors()->item_vectors()));
}

TEST_P(NextItem, AFinalRefitLearnsForAsLongAsWasChosen) {
  ParamMap params = small();
  params["patience"] = int64_t{2};
  StoppingFit fit;
  fit.chosen_epochs = "7";
  make(params)->fit(data_, fit);
  EXPECT_EQ(fit.curves["loss"].size(), 7);
}

TEST_P(NextItem, ALossThatDivergesIsAnErrorWithItsEpoch) {
  ParamMap params = small();
  params["learning_rate"] = 10.0;
  params["initial_deviation"] = 10.0;
  params["loss"] = std::string("bce");
  TinyFit fit;
  try {
    make(params)->fit(data_, fit);
  } catch (const InvalidInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("it diverges; lower learning_rate, which is 10"));
  }
}

TEST_P(NextItem, LearnsNothingFromAWindowWithoutSequences) {
  const auto model = make(small());
  const CandidateBatch best =
      recalled(*model, training_of({{0}, {}, {1}}, 3), requests_of({{}, {}}), 2);
  EXPECT_THAT(lists(best.item), Each(Each(-1)));
}

INSTANTIATE_TEST_SUITE_P(, NextItem, testing::Values("sasrec", "gru4rec", "bert4rec", "hstu"));

// After two items an hour apart comes the next one, after the same two a day apart one further on.
TEST(Hstu, TellsShortBreaksFromLongOnes) {
  constexpr int64_t kHour = 3600LL * 1000000;
  std::vector<Event> events;
  for (int64_t user = 0; user < 48; ++user) {
    const int64_t first = user / 2, wait = user % 2 == 0 ? kHour : 24 * kHour;
    const int64_t step = user % 2 == 0 ? 1 : 3, begin = user * kHour / 100;
    events.push_back({user, first % kItems, begin});
    events.push_back({user, (first + 1) % kItems, begin + wait});
    events.push_back({user, (first + 1 + step) % kItems, begin + 2 * wait});
  }
  std::ranges::stable_sort(events, {}, &Event::time_us);
  ParamMap params = small();
  params.erase("hidden");
  params["time_buckets"] = int64_t{64};
  params["dropout"] = 0.0;
  params["epochs"] = int64_t{80};
  RequestBatch requests = requests_of({{4, 5}, {4, 5}, {5}});
  requests.history.time_us = at::tensor({int64_t{0}, kHour, int64_t{0}, 24 * kHour, 7 * kHour});
  const auto model = make_recall("hstu", params);
  const Lists best = lists(recalled(*model, training_of(events, 48, kItems), requests, 1).item);
  EXPECT_EQ(best[0][0], 6);
  EXPECT_EQ(best[1][0], 8);
  const PluginEntry& entry = shipped_plugin("recall", "hstu");
  EXPECT_TRUE(entry.needs_time(params));
  params["time_buckets"] = int64_t{0};
  EXPECT_FALSE(entry.needs_time(params));
}

TEST(SasRec, FactorsThatHeadsDoNotDivideAreAnError) {
  ParamMap params = small();
  params["factors"] = int64_t{10};
  params["heads"] = int64_t{4};
  EXPECT_THAT([&] { make_recall("sasrec", params); },
              ThrowsMessage<InvalidInput>(HasSubstr("which is no multiple of heads, 4")));
}

}  // namespace
}  // namespace assay::test
