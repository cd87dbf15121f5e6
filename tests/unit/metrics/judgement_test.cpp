/// Graded NDCG, bpref, AUC and losses of scores against trec_eval, scikit-learn and others.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "metric_catalog/metric_definition.h"
#include "metrics/metric_pass.h"
#include "unit/metrics/lists.h"

namespace assay::metrics {
namespace {

using testing::case_named;
using testing::Json;
using testing::Lists;
using testing::numbers;
using testing::oracle;
using testing::padded;
using testing::ragged;

/// One request: a list, its scores, and what its user said of items.
struct Judged {
  std::vector<int64_t> items;
  std::vector<float> scores;
  std::map<int64_t, double> grade;  // relevant where above 0

  MetricBatch batch() const {
    Lists relevant(1), judged(1);
    std::vector<double> values;
    for (const auto& [item, value] : grade) {
      if (value > 0) relevant[0].push_back(item);
      judged[0].push_back(item);
      values.push_back(value);
    }
    MetricBatch batch{.items = padded({items}), .truth = ragged(relevant)};
    if (!scores.empty()) batch.score = at::tensor(scores, at::kFloat).view({1, -1});
    batch.context.judged = ragged(judged);
    batch.context.value = at::tensor(values, at::kDouble);
    return batch;
  }

  double value(const std::string& metric, int64_t cutoff, int64_t catalogue = 0) const {
    auto data = std::make_shared<MetricData>();
    data->items = catalogue;
    return numbers(MetricPass({{metric_catalog::parse_metric(metric).id, cutoff}}, data)
                       .exact_values(batch()))[0];
  }
};

// Item r at rank r; relevant ones that are not listed begin at 1000.
Judged graded(const std::vector<double>& list, std::vector<double> all) {
  Judged out;
  for (size_t r = 0; r < list.size(); ++r) {
    const auto item = static_cast<int64_t>(r);
    out.items.push_back(item);
    out.grade[item] = list[r];
    all.erase(std::find(all.begin(), all.end(), list[r]));
  }
  for (size_t i = 0; i < all.size(); ++i) out.grade[1000 + static_cast<int64_t>(i)] = all[i];
  return out;
}

// In trec_eval's order: score falling, then id falling in byte order.
Judged trec(const Json& run, const std::map<std::string, double>& qrels) {
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& [document, score] : run.items())
    ranked.emplace_back(score.get<double>(), document);
  std::sort(ranked.rbegin(), ranked.rend());
  std::map<std::string, int64_t> id;
  Judged out;
  for (const auto& [score, document] : ranked) {
    out.items.push_back(id.emplace(document, static_cast<int64_t>(id.size())).first->second);
  }
  for (const auto& [document, grade] : qrels)
    out.grade[id.emplace(document, static_cast<int64_t>(id.size())).first->second] = grade;
  return out;
}

TEST(GradedNdcg, EveryVariantHoldsOnTheSameList) {
  const Json one = case_named(oracle("ranking_metrics_small"), "ndcg_definition_variants");
  const Judged list = graded(one["input"]["list_grades"], one["input"]["all_grades"]);
  int compared = 0;
  for (const auto& [key, expected] : one["expected"].items()) {
    if (key.starts_with("gain=binary")) continue;
    const bool exponential = key.starts_with("gain=exp"), plain = key.find("max(") != key.npos,
               whole = key.ends_with("ideal=R");
    const std::string metric = std::string("ndcg{gain=") +
                               (exponential ? "exponential" : "linear") +
                               ",discount=" + (plain ? "max(1,log2(r))" : "log2(r+1)") +
                               ",ideal=" + (whole ? "R}" : "min(R,k)}");
    EXPECT_NEAR(list.value(metric, 5), expected.get<double>(), 1e-9) << key;
    ++compared;
  }
  EXPECT_EQ(compared, 8);
}

TEST(GradedNdcg, AgreesWithWikipediasExample) {
  const Json one = case_named(oracle("ranking_metrics_small"), "ndcg_wiki_raw");
  const Judged list = graded(one["input"]["list_grades"], one["input"]["all_grades"]);
  const double ndcg = list.value("ndcg{gain=linear}", 6), dcg = list.value("dcg{gain=linear}", 6);
  EXPECT_NEAR(ndcg, one["expected"]["ndcg"].get<double>(), 1e-9);
  EXPECT_NEAR(dcg, one["expected"]["dcg"].get<double>(), 1e-9);
  EXPECT_NEAR(dcg / ndcg, one["expected"]["ideal_dcg"].get<double>(), 1e-9);
}

TEST(GradedNdcg, AgreesWithRanxsExample) {
  const Json one = case_named(oracle("ranking_metrics_small"), "ranx_readme");
  double ndcg = 0, map = 0, mrr = 0;
  for (const auto& [query, run] : one["input"]["run"].items()) {
    const Judged list = trec(run, one["input"]["qrels"][query]);
    ndcg += list.value("ndcg{gain=linear}", 5) / 2;
    map += list.value("map{norm=R}", 5) / 2;
    mrr += list.value("mrr", 5) / 2;
  }
  EXPECT_NEAR(ndcg, one["expected"]["ndcg@5"].get<double>(), 1e-9);
  EXPECT_NEAR(map, one["expected"]["map@5"].get<double>(), 1e-9);
  EXPECT_NEAR(mrr, one["expected"]["mrr"].get<double>(), 1e-9);
}

TEST(Dcg, CountsAHitAtItsRankAndNothingWithoutARelevantItem) {
  const Judged list = graded({0, 3, 0, 1}, {0, 3, 0, 1});
  EXPECT_NEAR(list.value("dcg", 4), 1 / std::log2(3.0) + 1 / std::log2(5.0), 1e-12);
  EXPECT_NEAR(list.value("dcg{gain=exponential}", 2), 7 / std::log2(3.0), 1e-12);
  EXPECT_TRUE(std::isnan(graded({0, 0}, {0, 0}).value("dcg", 2)));
}

TEST(GradedNdcg, WithoutValuesItIsTheBinaryOne) {
  MetricBatch batch{.items = padded({{0, 1, 2}}), .truth = ragged({{1, 7}})};
  const auto data = std::make_shared<MetricData>();
  const MetricPass pass({{metric_catalog::parse_metric("ndcg").id, 3},
                         {metric_catalog::parse_metric("ndcg{gain=linear}").id, 3},
                         {metric_catalog::parse_metric("ndcg{gain=exponential}").id, 3}},
                        data);
  const auto values = numbers(pass.exact_values(batch));
  EXPECT_NEAR(values[0], values[1], 1e-12);
  EXPECT_NEAR(values[0], values[2], 1e-12);
}

// A request whose relevant items are those of `grade`, whatever their grades.
double graded_value(const std::string& metric, int64_t cutoff, const std::vector<int64_t>& list,
                    const std::vector<double>& grade) {
  Lists relevant(1);
  for (size_t i = 0; i < grade.size(); ++i) relevant[0].push_back(static_cast<int64_t>(i));
  MetricBatch batch{.items = padded({list}), .truth = ragged(relevant)};
  batch.context.judged = ragged(relevant);
  batch.context.value = at::tensor(grade, at::kDouble);
  return numbers(MetricPass({{metric_catalog::parse_metric(metric).id, cutoff}},
                            std::make_shared<MetricData>())
                     .exact_values(batch))[0];
}

TEST(GradesBelowZero, GainNothing) {
  const std::vector<double> grade = {-8, 8};
  const double second = 1 / std::log2(3.0);
  for (const std::string gain : {"linear", "exponential"}) {
    const std::string ndcg = "ndcg{gain=" + gain + "}", whole = "ndcg{gain=" + gain + ",ideal=R}";
    EXPECT_NEAR(graded_value(ndcg, 2, {1, 9}, grade), 1, 1e-12) << gain;
    EXPECT_NEAR(graded_value(ndcg, 2, {0, 1}, grade), second, 1e-12) << gain;
    EXPECT_NEAR(graded_value(whole, 2, {0, 1}, grade), second, 1e-12) << gain;
    EXPECT_EQ(graded_value(ndcg, 2, {0, 9}, grade), 0) << gain;
  }
  EXPECT_NEAR(graded_value("dcg{gain=linear}", 2, {0, 1}, grade), 8 * second, 1e-12);
  EXPECT_NEAR(graded_value("dcg{gain=exponential}", 2, {0, 1}, grade), 255 * second, 1e-12);
}

TEST(GradesBelowZero, AloneLeaveNothingToDivideBy) {
  EXPECT_TRUE(std::isnan(graded_value("ndcg{gain=linear}", 2, {0, 1}, {-2, 0})));
  EXPECT_TRUE(std::isnan(graded_value("ndcg{gain=exponential}", 2, {0, 1}, {-2, -1})));
  EXPECT_EQ(graded_value("dcg{gain=linear}", 2, {0, 1}, {-2, 0}), 0);
  EXPECT_EQ(graded_value("ndcg", 2, {0, 1}, {-2, 0}), 1) << "binary relevance knows no grades";
}

TEST(HugeGrades, LeaveNdcgAShare) {
  const double second = 1 / std::log2(3.0);
  const double expected = (0.5 + second) / (1 + 0.5 * second);
  for (const double top : {60.0, 1023.0, 1024.0, 2000.0, 3e38}) {
    const double half = top > 1e16 ? top : top - 1;  // 3e38 - 1 is 3e38
    EXPECT_NEAR(graded_value("ndcg{gain=exponential}", 2, {0, 1}, {half, top}),
                half == top ? 1 : expected, 1e-12)
        << top;
    EXPECT_NEAR(graded_value("ndcg{gain=linear}", 2, {0, 1}, {top / 2, top}), expected, 1e-12);
  }
  EXPECT_NEAR(graded_value("ndcg{gain=linear}", 2, {0, 1}, {0.5e308, 1e308}), expected, 1e-12);
}

TEST(Grades, ThatAreMissingCountAsOne) {
  const double missing = std::nan("");
  EXPECT_NEAR(graded_value("ndcg{gain=linear}", 2, {0, 1}, {missing, 3}),
              graded_value("ndcg{gain=linear}", 2, {0, 1}, {1, 3}), 1e-12);
}

TEST(Judgements, AgreeWithTrecEvalOnATiedRun) {
  const std::pair<const char*, const char*> names[] = {{"bpref", "bpref"},
                                                       {"Rprec", "r_precision"}};
  int compared = 0;
  const Json file = oracle("ranking_metrics_trec");
  for (const Json& one : file["cases"]) {
    if (one["query"] == "ALL" || !one["qrels"].is_object() || !one["expected"].is_object())
      continue;
    const Json& expected = one["expected"];
    if (!expected.contains("num_rel") || expected["num_rel"].get<double>() == 0) continue;
    const Judged list = trec(one["run"], one["qrels"].get<std::map<std::string, double>>());
    for (const auto& [theirs, ours] : names)
      EXPECT_NEAR(list.value(ours, 1000), expected[theirs].get<double>(), 1e-9) << one["query"];
    for (const int64_t cutoff : {5, 10, 20, 100}) {
      EXPECT_NEAR(list.value("ndcg{gain=linear}", cutoff),
                  expected["ndcg_cut_" + std::to_string(cutoff)].get<double>(), 1e-9)
          << one["query"] << "@" << cutoff;
    }
    EXPECT_NEAR(list.value("ndcg{gain=linear}", 1000), expected["ndcg"].get<double>(), 1e-9);
    ++compared;
  }
  EXPECT_GE(compared, 50);
}

TEST(Judgements, AgreeWithTrecEvalsOwnCollection) {
  const Json file = oracle("ranking_metrics_trec_eval_testset");
  int compared = 0;
  for (const Json& one : file["cases"]) {
    if (one["query"] == "ALL") continue;
    auto qrels = one["qrels_relevant"].get<std::map<std::string, double>>();
    const Json& rejected = one["qrels_judged_nonrelevant"];
    if (rejected.is_object()) {
      for (const auto& [document, grade] : rejected.items()) qrels[document] = 0;
    } else {
      for (const Json& document : rejected) qrels[document.get<std::string>()] = 0;
    }
    const Judged list = trec(one["run"], qrels);
    EXPECT_NEAR(list.value("bpref", 1000), one["expected"]["bpref"].get<double>(), 1e-9);
    EXPECT_NEAR(list.value("r_precision", 1000), one["expected"]["Rprec"].get<double>(), 1e-9);
    ++compared;
  }
  EXPECT_EQ(compared, 3);
}

// Rows of labels and scores as one list.
Judged labelled(const std::vector<double>& label, const std::vector<double>& score) {
  Judged out;
  for (size_t i = 0; i < label.size(); ++i) {
    out.items.push_back(static_cast<int64_t>(i));
    out.scores.push_back(static_cast<float>(score[i]));
    out.grade[static_cast<int64_t>(i)] = label[i];
  }
  return out;
}

TEST(Scores, AucAndLogLossAgreeWithScikitLearn) {
  const Json file = oracle("ranking_metrics_small");
  const Json one = case_named(file, "recommenders_auc_logloss");
  const Judged list = labelled(one["input"]["label"], one["input"]["score"]);
  EXPECT_NEAR(list.value("group_auc", 8), one["expected"]["auc"].get<double>(), 1e-9);
  EXPECT_NEAR(list.value("log_loss", 8), one["expected"]["logloss"].get<double>(), 1e-6);

  const Json tied = case_named(file, "auc_with_ties_and_gauc");
  const Judged all = labelled(tied["input"]["label"], tied["input"]["score"]);
  EXPECT_NEAR(all.value("group_auc", 12), tied["expected"]["auc"].get<double>(), 1e-9);
  const std::vector<double> label = tied["input"]["label"], score = tied["input"]["score"];
  double mean = 0;  // of groups of one size: the mean weighted by rows
  for (size_t group = 0; group < 3; ++group) {
    const auto first = static_cast<ptrdiff_t>(4 * group);
    const Judged part = labelled({label.begin() + first, label.begin() + first + 4},
                                 {score.begin() + first, score.begin() + first + 4});
    EXPECT_NEAR(part.value("group_auc", 4), tied["expected"]["auc_per_group"][group].get<double>(),
                1e-9);
    mean += part.value("group_auc", 4) / 3;
  }
  EXPECT_NEAR(mean, tied["expected"]["gauc_weighted_by_rows"].get<double>(), 1e-9);
}

TEST(Scores, ListAucAgreesWithRePlay) {
  const Json one = case_named(oracle("ranking_metrics_small"), "replay_fixture");
  for (const int cutoff : {3, 5, 10}) {
    double mean = 0;
    for (const char* user : {"1", "2", "3"}) {
      Judged list;
      list.items = one["input"]["lists"][user].get<std::vector<int64_t>>();
      for (const int64_t item : one["input"]["relevant"][user]) list.grade[item] = 1;
      mean += list.value("group_auc{single=bound}", cutoff) / 3;
    }
    EXPECT_NEAR(mean, one["expected"]["list_auc@" + std::to_string(cutoff)].get<double>(), 1e-9);
  }
}

TEST(Scores, RatingErrorsAgreeWithRecommenders) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recommenders_rating_fixture");
  Judged list = labelled(one["input"]["y_true"], one["input"]["y_pred"]);
  EXPECT_NEAR(list.value("rmse", 8), one["expected"]["rmse"].get<double>(), 1e-9);
  EXPECT_NEAR(list.value("mae", 8), one["expected"]["mae"].get<double>(), 1e-9);
  EXPECT_NEAR(list.value("r2", 8), one["expected"]["r2"].get<double>(), 1e-9 * 32);
  EXPECT_NEAR(list.value("explained_variance", 8),
              one["expected"]["explained_variance"].get<double>(), 1e-9 * 7);
  EXPECT_TRUE(std::isnan(labelled({2, 2}, {1, 3}).value("r2", 2))) << "no spread to explain";
  list.grade.clear();
  EXPECT_TRUE(std::isnan(list.value("rmse", 8))) << "nothing rated is no data";
}

TEST(Scores, AScoreThatIsNoProbabilityHasNoLoss) {
  const Judged list = labelled({1, 0}, {2.0, -1.0});
  EXPECT_TRUE(std::isnan(list.value("brier", 2)));
  EXPECT_TRUE(std::isnan(list.value("log_loss", 2)));
  const double p = 1 / (1 + std::exp(-2.0)), q = 1 / (1 + std::exp(1.0));
  EXPECT_NEAR(list.value("brier{link=logit}", 2), ((p - 1) * (p - 1) + q * q) / 2, 1e-12);
  EXPECT_NEAR(list.value("log_loss{link=logit}", 2), -(std::log(p) + std::log(1 - q)) / 2, 1e-12);
}

// Every pair of the catalogue, one after the other.
TEST(Auc, IsThatOfEveryPairOfTheCatalogue) {
  const Judged list{.items = {4, 0, 7, 2}, .scores = {}, .grade = {{0, 1}, {2, 1}, {9, 1}}};
  double right = 0, pairs = 0;
  for (int64_t hit : {0, 2, 9}) {
    for (int64_t other = 0; other < 12; ++other) {
      if (other == 0 || other == 2 || other == 9) continue;
      const auto rank = [&](int64_t item) {
        return std::find(list.items.begin(), list.items.end(), item) - list.items.begin();
      };
      right += rank(hit) < rank(other) ? 1 : rank(hit) == rank(other) ? 0.5 : 0;
      ++pairs;
    }
  }
  EXPECT_NEAR(list.value("auc", 4, 12), right / pairs, 1e-12);
}

}  // namespace
}  // namespace assay::metrics
