#include "metrics/accuracy.h"

#include <ATen/ops/empty.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <set>

#include "metric_catalog/metric_definition.h"
#include "metrics/hits.h"
#include "metrics/list_metric.h"
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

const char kNdcg[] = "ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}";

// The values of a definition both ways; they must agree before they are held against anything.
std::vector<double> values_of(const std::string& definition, const at::Tensor& items,
                              const Ragged& truth, int64_t cutoff) {
  const rules::HitRule* rule = rules::find_hit_rule(definition);
  EXPECT_NE(rule, nullptr) << definition;
  const auto aten =
      numbers(accuracy_values(*rule, find_hits_aten(items, truth), truth.lengths(), cutoff));
  const MetricPass pass({{definition, cutoff}}, std::make_shared<MetricData>());
  const auto fused = numbers(pass.exact_values(items, truth)[0]);
  for (size_t i = 0; i < aten.size(); ++i) {
    if (std::isnan(aten[i]))
      EXPECT_TRUE(std::isnan(fused[i])) << definition << " request " << i;
    else
      EXPECT_NEAR(aten[i], fused[i], 1e-12) << definition << " request " << i;
  }
  return fused;
}

double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// Lists and truth that have exactly these hits: hit r is item r, and relevant items not in the list
// begin at 1000.
struct Pattern {
  at::Tensor items;
  Ragged truth;
};

Pattern pattern(const std::vector<std::vector<int>>& hits, const std::vector<int64_t>& relevant) {
  Lists lists(hits.size()), truth(hits.size());
  for (size_t u = 0; u < hits.size(); ++u) {
    for (size_t r = 0; r < hits[u].size(); ++r) {
      lists[u].push_back(static_cast<int64_t>(r));
      if (hits[u][r]) truth[u].push_back(static_cast<int64_t>(r));
    }
    for (int64_t extra = 1000; static_cast<int64_t>(truth[u].size()) < relevant[u]; ++extra)
      truth[u].push_back(extra);
  }
  return {padded(lists), ragged(truth)};
}

TEST(Accuracy, AgreesWithRecBolesVectors) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recbole_topk_at_3");
  const Pattern p = pattern(one["input"]["hits"], one["input"]["n_relevant"]);
  const std::pair<const char*, std::string> names[] = {
      {"ndcg", kNdcg},
      {"mrr", "mrr"},
      {"map", "map{norm=min(R,k)}"},
      {"recall", "recall{den=R}"},
      {"precision", "precision{den=k}"},
      {"hit", "hit_rate"},
      {"map_div_R", "map{norm=R}"},
  };
  for (const auto& [name, definition] : names) {
    const auto expected = one["expected"][name].get<std::vector<double>>();
    EXPECT_THAT(values_of(definition, p.items, p.truth, 3),
                ::testing::Pointwise(::testing::DoubleNear(1e-9), expected));
  }
}

TEST(Accuracy, AgreesWithGorsesVectors) {
  const Json file = oracle("ranking_metrics_small");
  const std::tuple<const char*, const char*, std::string> cases[] = {
      {"gorse_ndcg", "ndcg", kNdcg},
      {"gorse_precision", "precision", "precision{den=k}"},
      {"gorse_recall", "recall", "recall{den=R}"},
      {"gorse_map", "map", "map{norm=R}"},
      {"gorse_mrr", "mrr", "mrr"},
  };
  for (const auto& [name, metric, definition] : cases) {
    const Json one = case_named(file, name);
    const auto items = padded({one["input"]["list"].get<std::vector<int64_t>>()});
    const auto truth = ragged({one["input"]["relevant"].get<std::vector<int64_t>>()});
    EXPECT_NEAR(values_of(definition, items, truth, 10)[0], one["expected"][metric].get<double>(),
                1e-9)
        << name;
  }
}

TEST(Accuracy, AgreesWithTheRecommendersFixture) {
  const Json one = case_named(oracle("ranking_metrics_small"), "recommenders_ranking_fixture");
  Lists truth(3), lists(3);
  for (const Json& row : one["input"]["truth"]) truth[row[0].get<size_t>() - 1].push_back(row[1]);
  for (auto& row : truth) std::sort(row.begin(), row.end());
  std::vector<Json> predicted = one["input"]["predicted"];
  std::stable_sort(predicted.begin(), predicted.end(),
                   [](const Json& a, const Json& b) { return a[2] > b[2]; });
  for (const Json& row : predicted) lists[row[0].get<size_t>() - 1].push_back(row[1]);
  const std::pair<const char*, std::string> names[] = {{"ndcg", kNdcg},
                                                       {"map", "map{norm=min(R,k)}"},
                                                       {"precision", "precision{den=k}"},
                                                       {"recall", "recall{den=R}"}};
  for (const auto& [name, definition] : names) {
    EXPECT_NEAR(mean(values_of(definition, padded(lists), ragged(truth), 10)),
                one["expected"][name].get<double>(), 1e-9);
  }
}

TEST(Accuracy, AgreesWithRePlaysFixtureAtEveryCutoff) {
  const Json one = case_named(oracle("ranking_metrics_small"), "replay_fixture");
  Lists lists, truth;
  for (const char* user : {"1", "2", "3"}) {
    lists.push_back(one["input"]["lists"][user]);
    truth.push_back(one["input"]["relevant"][user]);
    std::sort(truth.back().begin(), truth.back().end());
  }
  const std::pair<std::string, std::string> names[] = {{"precision", "precision{den=k}"},
                                                       {"mrr", "mrr"},
                                                       {"map", "map{norm=min(R,k)}"},
                                                       {"ndcg", kNdcg},
                                                       {"recall", "recall{den=R}"}};
  for (const int cutoff : {3, 5, 10}) {
    for (const auto& [name, definition] : names) {
      const std::string key = name + "@" + std::to_string(cutoff);
      if (!one["expected"].contains(key)) continue;
      EXPECT_NEAR(mean(values_of(definition, padded(lists), ragged(truth), cutoff)),
                  one["expected"][key].get<double>(), 1e-9)
          << key;
    }
  }
}

TEST(Accuracy, EveryBinaryNdcgVariantHoldsOnTheSameList) {
  const Json one = case_named(oracle("ranking_metrics_small"), "ndcg_definition_variants");
  const Pattern p = pattern({{0, 1, 1, 0, 1}}, {6});
  const std::pair<const char*, const char*> discounts[] = {{"log2(r+1)", "log2(r+1)"},
                                                           {"max(1,log2 r)", "max(1,log2(r))"}};
  for (const auto& [theirs, ours] : discounts) {
    for (const std::string ideal : {"min(R,k)", "R", "k"}) {
      const std::string key = std::string("gain=binary;discount=") + theirs + ";ideal=" + ideal;
      const std::string definition =
          std::string("ndcg{gain=binary,discount=") + ours + ",ideal=" + ideal + "}";
      EXPECT_NEAR(values_of(definition, p.items, p.truth, 5)[0], one["expected"][key].get<double>(),
                  1e-9)
          << definition;
    }
  }
}

TEST(Accuracy, EveryMapVariantHoldsAboveAndBelowTheCutoff) {
  for (const char* name : {"map_definition_variants", "map_definition_variants_R_below_k"}) {
    const Json one = case_named(oracle("ranking_metrics_small"), name);
    const Pattern p = pattern({one["input"]["hits"].get<std::vector<int>>()},
                              {one["input"]["n_relevant"].get<int64_t>()});
    for (const auto& [norm, expected] : one["expected"].items()) {
      EXPECT_NEAR(values_of("map{" + norm + "}", p.items, p.truth, 5)[0], expected.get<double>(),
                  1e-9)
          << name << norm;
    }
  }
}

// What trec_eval calls each of ours at a cutoff. Its ndcg_cut has graded gains, so it is compared
// where grades are 0 or 1.
std::string trec_name(const std::string& definition, int64_t cutoff) {
  static const std::map<std::string, std::string> names = {
      {"recall{den=R}", "recall_"}, {"precision{den=k}", "P_"}, {"map{norm=R}", "map_cut_"},
      {"hit_rate", "success_"},     {"success", "success_"},    {kNdcg, "ndcg_cut_"}};
  return names.at(definition) + std::to_string(cutoff);
}

// One query as a list and its relevant items, in trec_eval's order: score falling, then id falling
// in byte order.
Pattern trec_pattern(const Json& run, const std::map<std::string, int>& qrels) {
  std::vector<std::pair<double, std::string>> ranked;
  for (const auto& [document, score] : run.items())
    ranked.emplace_back(score.get<double>(), document);
  std::sort(ranked.rbegin(), ranked.rend());
  std::vector<int> hits;
  int64_t relevant = 0;
  for (const auto& [score, document] : ranked)
    hits.push_back(qrels.contains(document) && qrels.at(document) >= 1);
  for (const auto& [document, grade] : qrels) relevant += grade >= 1;
  return pattern({hits}, {relevant});
}

TEST(Accuracy, AgreesWithTrecEvalOnATiedRun) {
  int compared = 0, without_relevant = 0;
  std::map<std::string, std::pair<double, double>> sums;  // and how many
  const Json file = oracle("ranking_metrics_trec");
  for (const Json& one : file["cases"]) {
    if (one["query"] == "ALL" || !one["qrels"].is_object() || !one["expected"].is_object())
      continue;
    const Pattern p = trec_pattern(one["run"], one["qrels"].get<std::map<std::string, int>>());
    const Json& expected = one["expected"];
    if (!expected.contains("num_rel")) continue;
    const bool empty = expected["num_rel"].get<double>() == 0;
    without_relevant += empty;
    auto check = [&](const std::string& definition, int64_t cutoff, const std::string& name) {
      if (!expected.contains(name)) return;
      const double got = values_of(definition, p.items, p.truth, cutoff)[0];
      ++compared;
      if (empty) {
        EXPECT_TRUE(std::isnan(got)) << "trec_eval's 0 is no data: " << one["query"];
        return;
      }
      EXPECT_NEAR(got, expected[name].get<double>(), 1e-9) << one["query"] << " " << name;
      sums[name].first += got;
      ++sums[name].second;
    };
    for (const int64_t cutoff : {1, 5, 10, 20, 100}) {
      for (const char* definition :
           {"recall{den=R}", "precision{den=k}", "map{norm=R}", "hit_rate", "success"}) {
        check(definition, cutoff, trec_name(definition, cutoff));
      }
    }
    check("map{norm=R}", 1000, "map");
    check("mrr", 1000, "recip_rank");
  }
  EXPECT_GT(compared, 700);
  EXPECT_EQ(without_relevant, 5);
  const Json means = file["cases"].back()["mean_over_queries_in_both_with_a_relevant_doc"];
  for (const auto& [name, sum] : sums)
    EXPECT_NEAR(sum.first / sum.second, means[name].get<double>(), 1e-9) << name;
}

TEST(Accuracy, AgreesWithTrecEvalsOwnCollection) {
  int compared = 0;
  std::map<std::string, double> sums;
  const Json file = oracle("ranking_metrics_trec_eval_testset");
  for (const Json& one : file["cases"]) {
    if (one["query"] == "ALL") continue;
    const Pattern p =
        trec_pattern(one["run"], one["qrels_relevant"].get<std::map<std::string, int>>());
    const Json& expected = one["expected"];
    for (const int64_t cutoff : {1, 5, 10, 20, 100, 1000}) {
      for (const char* definition :
           {"recall{den=R}", "precision{den=k}", "map{norm=R}", "hit_rate", kNdcg}) {
        const std::string name = trec_name(definition, cutoff);
        if (!expected.contains(name)) continue;
        const double got = values_of(definition, p.items, p.truth, cutoff)[0];
        EXPECT_NEAR(got, expected[name].get<double>(), 1e-9) << name;
        sums[name] += got;
        ++compared;
      }
    }
    EXPECT_NEAR(values_of("mrr", p.items, p.truth, 1000)[0], expected["recip_rank"].get<double>(),
                1e-9);
    EXPECT_NEAR(values_of("map{norm=R}", p.items, p.truth, 1000)[0], expected["map"].get<double>(),
                1e-9);
    EXPECT_NEAR(values_of(kNdcg, p.items, p.truth, 1000)[0], expected["ndcg"].get<double>(), 1e-9);
  }
  EXPECT_GE(compared, 45);
  const Json means = file["cases"].back()["mean"];
  for (const auto& [name, sum] : sums)
    EXPECT_NEAR(sum / 3, means[name].get<double>(), 1e-9) << name;
}

TEST(Accuracy, RankBiasedPrecisionAgreesWithRanx) {
  const Json file = oracle("ranking_metrics_small");
  const Pattern one = pattern({{1}}, {1});
  EXPECT_NEAR(values_of("rbp{p=0.85}", one.items, one.truth, 10)[0],
              case_named(file, "rbp")["expected"]["rbp"].get<double>(), 1e-9);
  const Json ten = case_named(file, "rbp_10");
  const Pattern p = pattern({ten["input"]["hits"].get<std::vector<int>>()}, {4});
  EXPECT_NEAR(values_of("rbp{p=0.8}", p.items, p.truth, 10)[0],
              ten["expected"]["rbp_p0.80"].get<double>(), 1e-9);
  EXPECT_NEAR(values_of("rbp{p=0.95}", p.items, p.truth, 10)[0],
              ten["expected"]["rbp_p0.95"].get<double>(), 1e-9);
}

TEST(Accuracy, F1IsTheHarmonicMeanOfPrecisionAndRecall) {
  const Pattern p = pattern({{1, 0, 1, 0}, {0, 0, 0, 1}}, {3, 7});
  const auto f1 = values_of("f1", p.items, p.truth, 4),
             precision = values_of("precision{den=k}", p.items, p.truth, 4),
             recall = values_of("recall{den=R}", p.items, p.truth, 4);
  for (size_t i = 0; i < f1.size(); ++i)
    EXPECT_NEAR(f1[i], 2 * precision[i] * recall[i] / (precision[i] + recall[i]), 1e-12);
}

TEST(Accuracy, NoRelevantItemIsNoDataAndAMissIsZero) {
  const auto items = padded({{1, 2, 3}, {1, 2, 3}, {}, {}});
  const auto truth = ragged({{}, {9}, {}, {9}});
  for (const rules::HitRule& rule : rules::kHitRules) {
    const auto values = values_of(std::string(rule.definition), items, truth, 3);
    EXPECT_TRUE(std::isnan(values[0])) << rule.definition;
    EXPECT_EQ(values[1], 0) << rule.definition;
    EXPECT_TRUE(std::isnan(values[2])) << rule.definition;
    EXPECT_EQ(values[3], 0) << rule.definition;
  }
}

TEST(Accuracy, ListsShorterThanTheCutoffEndWhereTheyEnd) {
  const auto items = padded({{5, 7}});
  const auto truth = ragged({{7, 8, 9}});
  EXPECT_DOUBLE_EQ(values_of("precision{den=k}", items, truth, 10)[0], 0.1);
  EXPECT_DOUBLE_EQ(values_of("recall{den=R}", items, truth, 10)[0], 1.0 / 3);
  EXPECT_DOUBLE_EQ(values_of("mrr", items, truth, 10)[0], 0.5);
}

TEST(Accuracy, AnEmptyBatchHasNoValues) {
  const MetricPass pass({{kNdcg, 10}, {"mrr", 5}}, std::make_shared<MetricData>());
  const CandidateBatch lists{.item = padded({}, 10), .score = at::empty({0, 10}, at::kFloat)};
  const at::Tensor values = pass.values(lists, ragged({}));
  EXPECT_EQ(values.size(0), 2);
  EXPECT_EQ(values.size(1), 0);
}

TEST(Accuracy, ColumnsOfOnePassAreWhatEachIsAlone) {
  std::mt19937 random(7);
  Lists lists(300), truth(300);
  for (size_t r = 0; r < lists.size(); ++r) {
    std::set<int64_t> list, relevant;
    const size_t width = random() % 101, count = r % 10 == 0 ? 400 : random() % 30;
    while (list.size() < width) list.insert(random() % 500);
    while (relevant.size() < count) relevant.insert(random() % 500);
    lists[r].assign(list.begin(), list.end());
    std::shuffle(lists[r].begin(), lists[r].end(), random);
    truth[r].assign(relevant.begin(), relevant.end());
  }
  const auto items = padded(lists, 100);
  std::vector<MetricAtCutoff> columns;
  for (const rules::HitRule& rule : rules::kHitRules) {
    for (const int64_t cutoff : {1, 10, 33, 100, 120})
      columns.push_back({std::string(rule.definition), cutoff});
  }
  const at::Tensor together =
      MetricPass(columns, std::make_shared<MetricData>()).exact_values(items, ragged(truth));
  for (size_t m = 0; m < columns.size(); ++m) {
    const auto alone = values_of(columns[m].definition, items, ragged(truth), columns[m].cutoff);
    const auto row = numbers(together[static_cast<int64_t>(m)]);
    for (size_t r = 0; r < alone.size(); ++r) {
      EXPECT_TRUE(row[r] == alone[r] || (std::isnan(row[r]) && std::isnan(alone[r])))
          << columns[m].definition;
    }
  }
}

TEST(Accuracy, TheDefaultRuleOfAMetricIsTheDefaultOfTheTable) {
  for (const rules::HitRule& rule : rules::kHitRules) {
    const std::string metric(rule.definition.substr(0, rule.definition.find('{')));
    EXPECT_EQ(metric_catalog::parse_metric(metric).id, rules::default_hit_rule(metric)->definition);
  }
}

TEST(Accuracy, EveryAccuracyDefinitionOfTheTableHasARule) {
  std::set<std::string> ids;
  for (const rules::HitRule& rule : rules::kHitRules) {
    EXPECT_EQ(metric_catalog::parse_metric(rule.definition).id, rule.definition);
    ids.insert(std::string(rule.definition));
  }
  size_t wanted = 0;
  for (const metric_catalog::MetricInfo& info : metric_catalog::metric_table()) {
    const bool by_list = find_list_metric(info.name) != nullptr;
    if (info.group != "accuracy" || !info.per_request || (by_list && info.name != "ndcg")) continue;
    size_t variants = 1;
    for (const metric_catalog::MetricOption& option : info.options)
      variants *= option.name == "gain" ? 1 : option.choices.size();  // the others are graded
    wanted += variants;
  }
  EXPECT_EQ(ids.size(), wanted);
}

}  // namespace
}  // namespace assay::metrics
