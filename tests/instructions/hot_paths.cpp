/// What people wait for, each once on small data of fixed seeds and one thread: instructions_test.py
/// counts the instructions inside the functions hot_*.

#include <ATen/Parallel.h>
#include <ATen/ops/tensor.h>
#include <assay/kernels.h>

#include <cmath>
#include <random>
#include <set>

#include "metrics/metric_pass.h"
#include "ope/estimators.h"
#include "unit/plugins/shipped_plugin.h"
#include "unit/plugins/tiny_data.h"

namespace {

using namespace assay;
using namespace assay::test;

constexpr int64_t kUsers = 300, kItems = 1500, kRequests = 256, kWidth = 64;

std::mt19937_64& draw() {
  static std::mt19937_64 random(1);
  return random;
}

// Only what the generator gives is the same with every library.
double unit() { return static_cast<double>(draw()() >> 11) * 0x1p-53; }

at::Tensor numbers_of(int64_t rows, int64_t columns) {
  std::vector<float> values;
  for (int64_t i = 0; i < rows * columns; ++i)
    values.push_back(static_cast<float>(unit() + unit() + unit() - 1.5));
  return at::tensor(values).view({rows, columns});
}

// Items that users have, the first ones more often.
Lists histories() {
  Lists all(kUsers);
  for (auto& row : all) {
    std::set<int64_t> taken;
    while (std::ssize(taken) < 20)
      taken.insert(static_cast<int64_t>(kItems * unit() * unit() * unit()));
    row.assign(taken.begin(), taken.end());
  }
  return all;
}

RequestBatch plain_requests() { return requests_of(Lists(kRequests)); }

struct Log {
  std::vector<float> reward, propensity, policy, q, value;
  Log() {
    for (int64_t i = 0; i < 20'000; ++i) {
      reward.push_back(unit() < 0.02 ? 1.0F : 0.0F);
      propensity.push_back(static_cast<float>(0.02 + 0.5 * unit()));
      policy.push_back(static_cast<float>(0.5 * unit()));
      q.push_back(static_cast<float>(0.04 * unit()));
      value.push_back(static_cast<float>(0.02 + 0.01 * unit()));
    }
  }
  ope::Rounds rounds() const {
    ope::Rounds rounds;
    rounds.reward = reward;
    rounds.propensity = propensity;
    rounds.policy = policy;
    rounds.q = q;
    rounds.value = value;
    return rounds;
  }
};

struct Paths {
  at::Tensor queries = numbers_of(kRequests, kWidth), vectors = numbers_of(4 * kItems, kWidth),
             scores = numbers_of(kRequests, kItems);
  RequestBatch requests = plain_requests();
  TrainingView data = training_of(histories(), kItems);
  std::unique_ptr<RecallStrategy> item_knn = make_recall("item_knn", {{"neighbours", int64_t{50}}}),
                                  als = make_recall("als", {{"factors", int64_t{16}},
                                                            {"iterations", int64_t{2}}});
  TinyFit knn_fit, als_fit;
  Lists relevant = histories();
  metrics::MetricPass metrics{{{"recall{den=R}", 20},
                               {"ndcg{gain=binary,discount=log2(r+1),ideal=min(R,k)}", 20},
                               {"map{norm=min(R,k)}", 20},
                               {"mrr", 20}},
                              std::make_shared<metrics::MetricData>()};
  Ragged truth;
  CandidateBatch lists;
  Log log;
  ope::Options options;

  Paths() {
    knn_fit.make_counts(*item_knn, data);
    relevant.resize(kRequests);
    truth = ragged(relevant);
    lists = top_k(scores, 20, requests);
    options.bootstrap.resamples = 0;
  }
};

Paths* paths = nullptr;

}  // namespace

#define ASSAY_HOT(name) extern "C" __attribute__((noinline)) void hot_##name()

ASSAY_HOT(nearest_items) { top_k_dot(paths->queries, paths->vectors, 100, paths->requests); }
ASSAY_HOT(best_scores) { top_k(paths->scores, 100, paths->requests); }
ASSAY_HOT(item_knn_fit) { paths->item_knn->fit(paths->data, paths->knn_fit); }
ASSAY_HOT(als_fit) { paths->als->fit(paths->data, paths->als_fit); }
ASSAY_HOT(metrics) { paths->metrics.values(paths->lists, paths->truth); }
ASSAY_HOT(off_policy) {
  static const std::vector<ope::Choice> choices = {
      {ope::Estimator::ips, {}}, {ope::Estimator::snips, {}}, {ope::Estimator::dr, {}}};
  ope::evaluate(paths->log.rounds(), choices, paths->options);
}

int main() {
  at::set_num_threads(1);
  Paths all;
  paths = &all;
  for (const auto path : {hot_nearest_items, hot_best_scores, hot_item_knn_fit, hot_als_fit,
                          hot_metrics, hot_off_policy})
    path();
  return 0;
}
