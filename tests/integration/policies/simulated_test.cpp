#include <gmock/gmock.h>

#include <cmath>

#include "integration/runs/workbench.h"
#include "results/policy_table.h"
#include "simulator/logging.h"

// Policies in a world with known truth, through real workers.

namespace assay::testing {
namespace {

constexpr char kExperiment[] = R"(name: simulated
device: cpu
data:
  source:
    format: simulator
    simulator: {users: 200, items: 40, days: 4, events: 4000, allowed: 10, position_bias: 0,
                logging: {policy: uniform}}
  split: {method: global_time, rank: 0, validation: 0, test: 0.5}
traffic: {requests: logged, candidates: allowed, exclude_seen: []}
serve: {size: 10}
metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}
variants:
  uniform: {recall: [{plugin: popularity, k: 40}], policy: {kind: epsilon_greedy, epsilon: 1}}
  greedy: {recall: [{plugin: popularity, k: 40}], policy: {kind: epsilon_greedy, epsilon: 0.3}}
off_policy: {estimators: [ips, snips, dr, mrdr, balanced_ips]}
)";

task::SimulatorSpec spec() {
  task::SimulatorSpec spec;
  spec.users = 200;
  spec.items = 40;
  spec.days = 4;
  spec.events = 4000;
  spec.allowed = 10;
  spec.position_bias = 0;
  spec.logging.policy = task::LoggingKind::uniform;
  return spec;
}

/// What showing any eligible item earns, in the last `rows` rows of the log.
double uniform_truth(int64_t rows) {
  const simulator::World world(spec());
  std::vector<double> earned;
  for (int64_t day = 0; day < world.days(); ++day) {
    for (const simulator::Request& request : world.requests(day)) {
      double sum = 0;
      const std::vector<int32_t> shelf = world.shelf(day, request.shelf);
      const simulator::Taste taste = world.taste(request.user, day);
      for (const int32_t item : shelf) sum += world.click_probability(taste, item);
      earned.push_back(sum / static_cast<double>(shelf.size()));
    }
  }
  double sum = 0;
  for (int64_t r = std::ssize(earned) - rows; r < std::ssize(earned); ++r)
    sum += earned[static_cast<size_t>(r)];
  return sum / static_cast<double>(rows);
}

class Simulated : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    bench_ = std::make_unique<Workbench>();
    ASSERT_TRUE(bench_->run(kExperiment).failed.empty());
  }
  static void TearDownTestSuite() { bench_.reset(); }

  static results::PolicyValueRow value(const std::string& variant, const std::string& estimator) {
    const auto database = results::Database::open_readonly(bench_->path("results.sqlite"));
    const results::Reader reader(database);
    for (const auto& row : results::policy_values(reader, reader.runs().back().run_id))
      if (row.variant == variant && row.estimator == estimator) return row;
    return {};
  }

  static inline std::unique_ptr<Workbench> bench_;
};

TEST_F(Simulated, TheTrueValueOfAPolicyIsThatOfTheWorld) {
  const results::PolicyValueRow truth = value("uniform", "truth");
  ASSERT_TRUE(truth.value);
  EXPECT_NEAR(*truth.value, uniform_truth(truth.rows), 1e-6);
}

TEST_F(Simulated, EstimatesLieAroundTheTruth) {
  for (const char* variant : {"uniform", "greedy"}) {
    const double truth = value(variant, "truth").value.value();
    for (const char* estimator : {"ips", "snips", "dr", "mrdr", "balanced_ips"}) {
      const results::PolicyValueRow row = value(variant, estimator);
      EXPECT_NEAR(row.value.value(), truth, 4 * row.standard_error.value())
          << variant << ", " << estimator;
    }
  }
}

TEST_F(Simulated, OfListsOfAllEligibleItemsTheOrderDoesNotMatterWithoutPositionBias) {
  const double truth = value("uniform", "truth").value.value();
  EXPECT_NEAR(value("greedy", "served_clicks").value.value(), 10 * truth, 1e-4);
}

}  // namespace
}  // namespace assay::testing
