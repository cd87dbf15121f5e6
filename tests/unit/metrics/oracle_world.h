#pragma once

/// The world of the oracle beyond_accuracy.json, and smaller ones of its kind.

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "metric_catalog/metric_definition.h"
#include "metrics/metric_pass.h"
#include "unit/metrics/lists.h"

namespace assay::testing {

// The training window of the oracle, as the host hands it over.
struct World {
  explicit World(const Lists& by_user, int64_t items) {
    training.users = static_cast<int64_t>(by_user.size());
    training.items = items;
    training.by_user = ragged(by_user);
    Lists users(static_cast<size_t>(items));
    std::vector<int> seen;
    for (size_t u = 0; u < by_user.size(); ++u) {
      for (const int64_t item : by_user[u])
        users[static_cast<size_t>(item)].push_back(static_cast<int64_t>(u));
      seen.push_back(!by_user[u].empty());
    }
    training.by_item = ragged(users);
    training.user_seen = at::tensor(seen, at::kInt).to(at::kBool);
    training.features = &features;
    features.item.rows = items;
  }
  std::shared_ptr<metrics::MetricData> data() const {
    return std::make_shared<metrics::MetricData>(metrics::MetricData::of(training));
  }

  Features features;
  TrainingView training;
};

// In double precision, which the oracle's three decimals need; the host's are float32 and computed
// with in the same way.
inline Feature vector_feature(const std::string& name, const Json& rows) {
  Feature feature{.name = name, .type = FeatureType::vector};
  std::vector<double> flat;
  int64_t width = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = rows[std::to_string(i)].get<std::vector<double>>();
    flat.insert(flat.end(), row.begin(), row.end());
    width = static_cast<int64_t>(row.size());
  }
  feature.values = at::tensor(flat, at::kDouble).view({-1, width});
  return feature;
}

struct BeyondAccuracyOracle : ::testing::Test {
  BeyondAccuracyOracle()
      : file(oracle("beyond_accuracy")),
        inputs(case_named(file, "inputs")),
        world(lists_of(inputs["train"]), inputs["n_items"]),
        lists(padded(lists_of(inputs["lists"]))) {
    world.features.item.columns.push_back({.name = "genre",
                                           .type = FeatureType::set,
                                           .sets = ragged(lists_of(inputs["categories"])),
                                           .cardinality = inputs["n_categories"]});
    world.features.item.columns.push_back(vector_feature("image", inputs["vectors"]));
  }

  std::vector<double> values(const std::string& definition, int64_t cutoff = 8) const {
    metrics::MetricBatch batch{.items = lists, .truth = ragged(lists_of(inputs["relevant"]))};
    batch.context.history = ragged(lists_of(inputs["train"]));
    return numbers(
        metrics::MetricPass({{metric_catalog::parse_metric(definition).id, cutoff}}, world.data())
            .exact_values(batch)[0]);
  }

  // Each user against the oracle; those it does not have must have no value.
  void expect_users(const std::string& definition, const std::string& name) {
    const Json expected = case_named(file, "expected_per_user")["values"][name];
    ASSERT_FALSE(expected.is_null()) << name;
    const auto got = values(definition);
    for (size_t user = 0; user < got.size(); ++user) {
      const auto found = expected.find(std::to_string(user));
      if (found == expected.end() || found->is_null() || found->is_string()) {
        EXPECT_TRUE(std::isnan(got[user])) << definition << " user " << user;
      } else {
        EXPECT_NEAR(got[user], found->get<double>(),
                    1e-9 * std::max(1.0, std::abs(found->get<double>())))
            << definition << " user " << user;
      }
    }
  }

  void expect_mean(const std::string& definition, const std::string& name) {
    double sum = 0, count = 0;
    for (const double value : values(definition)) {
      if (std::isnan(value)) continue;
      sum += value;
      ++count;
    }
    EXPECT_NEAR(sum / count, case_named(file, "expected")["values"][name].get<double>(), 1e-9)
        << definition;
  }

  Json file, inputs;
  World world;
  at::Tensor lists;
};

}  // namespace assay::testing
