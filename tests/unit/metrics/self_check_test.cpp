#include "metrics/self_check.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <bit>

#include "lists.h"
#include "metrics/random_value.h"

namespace assay::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kItems = 500;

std::vector<MetricAtCutoff> all_rules(int64_t cutoff) {
  std::vector<MetricAtCutoff> columns;
  for (const rules::HitRule& rule : rules::kHitRules)
    columns.push_back({std::string(rule.definition), cutoff});
  return columns;
}

/// Twenty requests with 1 to 20 relevant items.
Ragged truth_of_twenty() {
  testing::Lists rows;
  for (int64_t request = 0; request < 20; ++request) {
    rows.emplace_back();
    for (int64_t item = 0; item <= request; ++item) rows.back().push_back(7 * item + request);
  }
  return testing::ragged(rows);
}

CandidateBatch lists_of(const testing::Lists& rows, int64_t width) {
  CandidateBatch out;
  out.item = testing::padded(rows, width);
  out.score = at::zeros(out.item.sizes(), at::kFloat);
  return out;
}

/// The lists of a variant that shows `step` items beside the other's.
CandidateBatch served(int64_t step) {
  testing::Lists rows;
  for (int64_t request = 0; request < 20; ++request) {
    rows.emplace_back();
    for (int64_t rank = 0; rank < 10; ++rank)
      rows.back().push_back((request + 7 * (rank + step)) % kItems);
  }
  return lists_of(rows, 10);
}

std::vector<CheckedMetric> failures(std::vector<CheckedMetric> all) {
  std::erase_if(all, [](const CheckedMetric& one) { return one.result != CheckResult::fails; });
  return all;
}

/// What the pass of the platform gives, for a test to spoil.
struct SelfCheck : ::testing::Test {
  explicit SelfCheck(std::vector<MetricAtCutoff> asked = all_rules(5))
      : columns(std::move(asked)), pass(columns, std::make_shared<MetricData>()) {}

  TruthScorer truthful() const {
    return [this](const CandidateBatch& lists, const Ragged& relevant) {
      return pass.values(lists, relevant).contiguous();
    };
  }
  RequestScorer by_request() const {
    return [this](const CandidateBatch& lists, int64_t first) {
      return pass.values(lists, truth.slice(first, lists.size())).contiguous();
    };
  }
  SampledLists lists() const {
    SampledLists out;
    out.base = served(0);
    out.again = served(0);
    out.other = served(3);
    return out;
  }

  std::vector<MetricAtCutoff> columns;
  MetricPass pass;
  Ragged truth = truth_of_twenty();
};

TEST_F(SelfCheck, EveryRuleReachesItsCeilingAndFallsToChance) {
  const auto all = check_against_truth(columns, truthful(), truth, kItems);
  EXPECT_EQ(all.size(), 2 * columns.size());
  for (const CheckedMetric& one : failures(all)) ADD_FAILURE() << one.definition << one.detail;
}

TEST_F(SelfCheck, HoldsInACatalogueShorterThanTheLists) {
  const Ragged few = testing::ragged({{0, 2}, {1}, {0, 1, 2, 3}});
  EXPECT_THAT(failures(check_against_truth(columns, truthful(), few, 4)), IsEmpty());
}

TEST_F(SelfCheck, HoldsOnWhatTwoVariantsServed) {
  const auto all = check_repetition(columns, by_request(), lists(), truth);
  EXPECT_EQ(all.size(), 3 * columns.size());
  for (const CheckedMetric& one : failures(all)) ADD_FAILURE() << one.definition << one.detail;
}

TEST_F(SelfCheck, FindsAMetricThatIgnoresItsCutoff) {
  for (const char* definition : {"recall{den=R}", "precision{den=k}", "mrr", "hit_rate",
                                 "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}"}) {
    const std::vector<MetricAtCutoff> at_5 = {{definition, 5}};
    const MetricPass at_10({{definition, 10}}, std::make_shared<MetricData>());
    const TruthScorer broken = [&](const CandidateBatch& all, const Ragged& relevant) {
      return at_10.values(all, relevant).contiguous();
    };
    EXPECT_THAT(failures(check_against_truth(at_5, broken, truth, kItems)),
                ::testing::Not(IsEmpty()))
        << definition;
  }
}

TEST_F(SelfCheck, FindsAMetricThatCountsFromTheWrongRank) {
  const std::vector<MetricAtCutoff> column = {{"mrr", 5}};
  const MetricPass mrr(column, std::make_shared<MetricData>());
  const TruthScorer broken = [&](const CandidateBatch& all, const Ragged& relevant) {
    const at::Tensor values = mrr.values(all, relevant);
    return (values / (values + 1)).contiguous();  // 1 / (rank + 1)
  };
  const auto found = failures(check_against_truth(column, broken, truth, kItems));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_THAT(found[0].detail, HasSubstr("its ceiling is 1"));
  EXPECT_THAT(found[1].detail, HasSubstr("that of chance is"));
}

TEST_F(SelfCheck, FindsAScorerThatDependsOnOrder) {
  double before = 0;
  const RequestScorer broken = [&](const CandidateBatch& all, int64_t first) {
    const at::Tensor values = pass.values(all, truth.slice(first, all.size()));
    before += 1e-3;
    return (values + before).to(at::kFloat).contiguous();
  };
  const auto found = failures(check_repetition(columns, broken, lists(), truth));
  EXPECT_EQ(found.size(), 2 * columns.size()) << "against itself, and scored twice";
}

TEST_F(SelfCheck, FindsAMetricThatSeesTheRestOfItsBatch) {
  const std::vector<MetricAtCutoff> column = {{"recall{den=R}", 5}};
  const MetricPass recall(column, std::make_shared<MetricData>());
  const RequestScorer broken = [&](const CandidateBatch& all, int64_t first) {
    const at::Tensor values = recall.values(all, truth.slice(first, all.size()));
    return (values - values.mean()).contiguous();
  };
  SampledLists many = lists();  // more than a small batch
  std::vector<at::Tensor> parts(4, many.base.item);
  many.base.item = many.again.item = at::cat(parts);
  many.base.score = many.again.score = at::zeros(many.base.item.sizes(), at::kFloat);
  many.other.reset();
  testing::Lists rows;
  for (int turn = 0; turn < 4; ++turn)
    for (int64_t r = 0; r < 20; ++r) {
      rows.emplace_back();
      for (int64_t item = 0; item <= r; ++item) rows.back().push_back(7 * item + r);
    }
  truth = testing::ragged(rows);
  const auto found = failures(check_repetition(column, broken, many, truth));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].check, Check::twice);
  EXPECT_THAT(found[0].detail, HasSubstr("when it is scored in another batch"));
}

TEST_F(SelfCheck, FindsAConstantThatPassesForAMetric) {
  const std::vector<MetricAtCutoff> column = {{"recall{den=R}", 5}};
  const RequestScorer broken = [](const CandidateBatch& all, int64_t) {
    return at::full({1, all.size()}, 0.5, at::TensorOptions().dtype(at::kFloat));
  };
  const auto found = failures(check_repetition(column, broken, lists(), truth));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].check, Check::different);
}

TEST_F(SelfCheck, FindsKeptValuesThatAreNotThoseOfTheLists) {
  SampledLists sample = lists();
  const at::Tensor values = by_request()(sample.base, 0);
  for (int64_t c = 0; c < values.size(0); ++c) sample.kept.push_back(values[c].clone());
  EXPECT_THAT(failures(check_repetition(columns, by_request(), sample, truth)), IsEmpty());
  sample.kept[1] += 0.25;
  const auto found = failures(check_repetition(columns, by_request(), sample, truth));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_THAT(found[0].detail, HasSubstr("and the run keeps"));
}

TEST_F(SelfCheck, VariantsThatServeTheSameAreNotToldApartAndNothingIsWrong) {
  SampledLists sample = lists();
  sample.other = served(0);
  const auto all = check_repetition(columns, by_request(), sample, truth);
  EXPECT_THAT(failures(all), IsEmpty());
  EXPECT_EQ(std::ranges::count(all, CheckResult::not_applicable, &CheckedMetric::result),
            std::ssize(columns));
}

// All sets of relevant items of a small world are counted out.
TEST(ValueAtRandom, IsTheMeanOverEverySetOfRelevantItems) {
  constexpr int64_t kAmong = 9, kShown = 6;
  for (const rules::HitRule& rule : rules::kHitRules) {
    for (const int64_t cutoff : {1, 4, 6, 8}) {
      for (int64_t relevant = 1; relevant <= kAmong; ++relevant) {
        double sum = 0;
        int64_t sets = 0;
        for (uint32_t set = 0; set < 1U << kAmong; ++set) {
          if (std::popcount(set) != relevant) continue;
          std::vector<char> hits;
          for (int64_t rank = 0; rank < std::min(kShown, cutoff); ++rank)
            hits.push_back(static_cast<char>(set >> rank & 1U));
          sum += rules::value_of(rule, hits, relevant, cutoff);
          ++sets;
        }
        EXPECT_NEAR(value_at_random(rule, kAmong, relevant, kShown, cutoff),
                    sum / static_cast<double>(sets), 1e-12)
            << rule.definition << "@" << cutoff << ", R = " << relevant;
      }
    }
  }
}

}  // namespace
}  // namespace assay::metrics
