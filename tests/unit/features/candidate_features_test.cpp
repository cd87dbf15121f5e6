#include "features/candidate_features.h"

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "error/error.h"

namespace assay::features {
namespace {

constexpr int64_t kDay = 86'400'000'000;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsNan;

/// A log of two users and three items, an event a day from the second day on.
struct Log {
  std::vector<int32_t> user = {0, 0, 1, 0, 1}, item = {0, 1, 0, 0, 2};
  std::vector<int64_t> time_us = {1 * kDay, 2 * kDay, 3 * kDay, 4 * kDay, 5 * kDay};
  std::vector<uint8_t> positive = {1, 0, 1, 1, 255};

  std::shared_ptr<const LogIndex> index() const {
    return std::make_shared<LogIndex>(LogColumns{user, item, time_us, positive}, 2, 3);
  }
};

assay::Features tables() {
  assay::Features out;
  out.item.rows = 3;
  out.item.columns = {
      {.name = "genre",
       .type = FeatureType::category,
       .values = at::tensor({0, 1, -1}, at::kInt),
       .cardinality = 2},
      {.name = "price", .values = at::tensor({1.F, 10.F, std::nanf("")}, at::kFloat)},
      {.name = "title", .type = FeatureType::text, .texts = {"A b", "a-B", ""}}};
  out.user.rows = 2;
  out.user.columns = {{.name = "city",
                       .type = FeatureType::category,
                       .values = at::tensor({0, -1}, at::kInt),
                       .cardinality = 1}};
  return out;
}

/// Three candidates for one request of user 0.
struct Asked {
  RequestBatch requests;
  CandidateBatch candidates;

  explicit Asked(int64_t time_us, int64_t user = 0) {
    requests.request = at::tensor({0}, at::kLong);
    requests.user = at::tensor({user}, at::kLong);
    requests.time_us = at::full({1}, time_us, at::kLong);
    requests.context.rows = 1;
    candidates.item = at::tensor({0, 1, 2}, at::kLong).view({1, 3});
    candidates.score = at::tensor({3.F, 2.F, 1.F}, at::kFloat).view({1, 3});
  }
};

task::CandidateFeature plain(const std::string& source) { return {.of = {source}}; }

FeatureTable computed(const Log& log, const std::vector<task::CandidateFeature>& features,
                      const Asked& asked) {
  const CandidateFeatures of({features}, tables(), log.index());
  return of(asked.requests, asked.candidates);
}

std::vector<float> numbers_of(const Feature& feature) {
  const float* const first = feature.values.const_data_ptr<float>();
  return {first, first + feature.values.numel()};
}

std::vector<int32_t> codes_of(const Feature& feature) {
  const int32_t* const first = feature.values.const_data_ptr<int32_t>();
  return {first, first + feature.values.numel()};
}

std::string refusal(const std::vector<task::CandidateFeature>& features) {
  try {
    const CandidateFeatures of({features}, tables(), nullptr);
  } catch (const error::UserError& error) {
    return error.problems().front().what;
  }
  return "";
}

const std::vector<task::CandidateFeature> kStatistics = {
    plain("user_events"),  plain("user_rate"),      plain("user_recency"),  plain("item_events"),
    plain("item_rate"),    plain("item_recency"),   plain("pair_events"),   plain("pair_rate"),
    plain("pair_recency"), plain("affinity:genre"), plain("interest:genre")};

TEST(CandidateFeatures, CountEventsStrictlyBeforeTheRequest) {
  const FeatureTable table = computed({}, kStatistics, Asked(4 * kDay));
  EXPECT_THAT(numbers_of(table.at("item_events")), ElementsAre(2, 1, 0));
  EXPECT_THAT(numbers_of(table.at("user_events")), ElementsAre(2, 2, 2));
  EXPECT_THAT(numbers_of(table.at("pair_events")), ElementsAre(1, 1, 0));
  EXPECT_THAT(numbers_of(table.at("item_recency")), ElementsAre(1, 2, IsNan()));
  // Two of three events are positive: (2 + 10 * 2/3) / (2 + 10).
  EXPECT_FLOAT_EQ(numbers_of(table.at("item_rate"))[0], 26.F / 36);
}

TEST(CandidateFeatures, StayTheSameBitsWhateverHappensFromTheRequestOn) {
  const Asked asked(4 * kDay);
  Log cut, shuffled;
  cut.user.resize(3);
  cut.item.resize(3);
  cut.time_us.resize(3);
  cut.positive.resize(3);
  std::swap(shuffled.item[3], shuffled.item[4]);
  std::swap(shuffled.user[3], shuffled.user[4]);
  shuffled.positive[3] = 0;
  const FeatureTable whole = computed({}, kStatistics, asked);
  for (const Log& other : {cut, shuffled}) {
    const FeatureTable again = computed(other, kStatistics, asked);
    for (size_t n = 0; n < kStatistics.size(); ++n) {
      EXPECT_EQ(std::memcmp(whole.columns[n].values.const_data_ptr<float>(),
                            again.columns[n].values.const_data_ptr<float>(), 3 * sizeof(float)),
                0)
          << whole.columns[n].name;
    }
  }
}

TEST(CandidateFeatures, AffinityIsTheShareOfWhatTheUserLiked) {
  const FeatureTable table = computed({}, kStatistics, Asked(5 * kDay));
  EXPECT_THAT(numbers_of(table.at("affinity:genre")), ElementsAre(1, 0, IsNan()));
}

TEST(CandidateFeatures, MissingHasItsOwnCode) {
  const FeatureTable table =
      computed({},
               {{.form = task::FeatureForm::log, .of = {"item:price"}},
                {.form = task::FeatureForm::buckets, .of = {"item:price"}, .bounds = {5}},
                {.form = task::FeatureForm::cross, .of = {"user:city", "item:genre"}, .size = 64}},
               Asked(4 * kDay));
  EXPECT_THAT(numbers_of(table.columns[0])[2], IsNan());
  EXPECT_THAT(codes_of(table.columns[1]), ElementsAre(0, 1, -1));
  EXPECT_EQ(codes_of(table.columns[2])[2], -1);
  EXPECT_NE(codes_of(table.columns[2])[0], codes_of(table.columns[2])[1]);
  const FeatureTable unknown = computed(
      {}, {{.form = task::FeatureForm::cross, .of = {"user:city", "item:genre"}, .size = 64}},
      Asked(4 * kDay, -1));
  EXPECT_THAT(codes_of(unknown.columns[0]), ElementsAre(-1, -1, -1));
}

TEST(CandidateFeatures, WordsIgnoreCaseAndMarks) {
  const FeatureTable table = computed(
      {}, {{.form = task::FeatureForm::words, .of = {"item:title"}, .size = 1000}}, Asked(kDay));
  const Ragged& sets = table.columns[0].sets;
  EXPECT_EQ(sets.offsets[1].item<int64_t>(), 2);
  EXPECT_EQ(sets.values[0].item<int64_t>(), sets.values[2].item<int64_t>());
  EXPECT_EQ(sets.offsets[3].item<int64_t>(), 4);
}

TEST(CandidateFeatures, HoursAndDaysAreThoseOfUtc) {
  // 1970-01-02, a Friday, 03:00.
  const FeatureTable table =
      computed({}, {plain("hour"), plain("weekday")}, Asked(kDay + kDay / 8));
  EXPECT_THAT(codes_of(table.columns[0]), ElementsAre(3, 3, 3));
  EXPECT_THAT(codes_of(table.columns[1]), ElementsAre(4, 4, 4));
}

TEST(CandidateFeatures, AreRefusedWhereTheDataLackThem) {
  EXPECT_THAT(refusal({plain("item:gener")}), HasSubstr("did you mean \"genre\"?"));
  EXPECT_THAT(refusal({plain("item_events")}), HasSubstr("the data have no times"));
  EXPECT_THAT(
      refusal({{.form = task::FeatureForm::cross, .of = {"item:genre", "item:genre"}, .size = 8}}),
      HasSubstr("crosses item:genre with itself"));
  EXPECT_THAT(refusal({plain("item_event")}), HasSubstr("did you mean \"item_events\"?"));
  EXPECT_THAT(refusal({{.form = task::FeatureForm::log, .of = {"item:genre"}}}),
              HasSubstr("takes numbers"));
}

TEST(CandidateFeatures, OfARequestWithoutATimeOrAUserAreMissing) {
  for (const Asked& asked : {Asked(-1), Asked(4 * kDay, -1)}) {
    const FeatureTable table = computed({}, kStatistics, asked);
    for (const char* name : {"user_events", "user_rate", "user_recency", "pair_events", "pair_rate",
                             "pair_recency", "affinity:genre", "interest:genre"})
      EXPECT_THAT(numbers_of(table.at(name)), ElementsAre(IsNan(), IsNan(), IsNan())) << name;
  }
  EXPECT_THAT(numbers_of(computed({}, kStatistics, Asked(-1)).at("item_events")),
              ElementsAre(IsNan(), IsNan(), IsNan()));
  EXPECT_THAT(codes_of(computed({}, {plain("hour")}, Asked(-1)).columns[0]),
              ElementsAre(-1, -1, -1));
}

TEST(CandidateFeatures, OfPaddingAreMissing) {
  Asked asked(5 * kDay);
  asked.candidates.item = at::tensor({0, -1, -1}, at::kLong).view({1, 3});
  const FeatureTable table = computed({},
                                      {plain("item_events"), plain("score"), plain("place"),
                                       plain("item:genre"), plain("affinity:genre")},
                                      asked);
  EXPECT_THAT(numbers_of(table.columns[0]), ElementsAre(3, IsNan(), IsNan()));
  EXPECT_THAT(numbers_of(table.columns[1]), ElementsAre(3, IsNan(), IsNan()));
  EXPECT_THAT(numbers_of(table.columns[2]), ElementsAre(1, IsNan(), IsNan()));
  EXPECT_THAT(codes_of(table.columns[3]), ElementsAre(0, -1, -1));
  EXPECT_THAT(numbers_of(table.columns[4]), ElementsAre(1, IsNan(), IsNan()));
}

TEST(CandidateFeatures, ContextIsThatOfTheRowElseOfTheRequest) {
  Asked asked(kDay);
  asked.requests.context.columns = {{.name = "device",
                                     .type = FeatureType::category,
                                     .values = at::tensor({1}, at::kInt),
                                     .cardinality = 2}};
  asked.candidates.features = {
      .rows = 3, .columns = {{.name = "price", .values = at::tensor({1.F, 2.F, 3.F}, at::kFloat)}}};
  const FeatureTable table =
      computed({},
               {plain("context:device"),
                {.form = task::FeatureForm::buckets, .of = {"context:price"}, .bounds = {2}}},
               asked);
  EXPECT_THAT(codes_of(table.columns[0]), ElementsAre(1, 1, 1));
  EXPECT_THAT(codes_of(table.columns[1]), ElementsAre(0, 1, 1));
  EXPECT_EQ(table.columns[0].name, "context:device");
}

TEST(CandidateFeatures, InterestCountsOldEventsLess) {
  const Log log;
  const task::CandidateFeature interest = {.of = {"interest:genre"}, .half_life_days = 1};
  // Of user 0 item 0 (genre 0) a day and three days ago; nothing else was positive.
  EXPECT_THAT(numbers_of(computed(log, {interest}, Asked(5 * kDay)).columns[0]),
              ElementsAre(1, 0, IsNan()));
  Log both = log;
  both.positive[1] = 1;  // item 1, genre 1, two days before the fourth
  const std::vector<float> found =
      numbers_of(computed(both, {interest}, Asked(4 * kDay)).columns[0]);
  EXPECT_FLOAT_EQ(found[0], 0.125F / (0.125F + 0.25F));
  EXPECT_FLOAT_EQ(found[1], 0.25F / (0.125F + 0.25F));
}

TEST(LogIndex, TakesTwentyBytesAnEvent) {
  const Log log;
  EXPECT_EQ(log.index()->bytes(), 20 * 5 + 8 * (3 + 4));
}

}  // namespace
}  // namespace assay::features
