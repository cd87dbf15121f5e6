// Strategies that can be updated: an update gives what a refit on all events would have given.

#include <gmock/gmock.h>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

struct Updated {
  std::string name;
  ParamMap params;
  bool weighted = false;  // by event type
};
std::ostream& operator<<(std::ostream& out, const Updated& updated) { return out << updated.name; }

constexpr int64_t kUsers = 6, kItems = 9, kDay = 86'400'000'000;

// Repeats, an event that is no positive, and users and items that come late.
std::vector<Event> log(int64_t first, int64_t last, bool weighted) {
  std::vector<Event> all;
  for (int64_t e = first; e < last; ++e) {
    const float weight = weighted ? 0.25F * static_cast<float>(1 + e % 3) : 1.F;
    all.push_back({(e * 7 + e / 5) % (e < 20 ? 4 : kUsers), (e * e) % (e < 20 ? 5 : kItems),
                   e * kDay / 3, e % 6 != 5, weight});
  }
  return all;
}

Features segments() {
  return {.user = {kUsers,
                   {{.name = "job",
                     .type = FeatureType::category,
                     .values = at::tensor(std::vector<int>{0, 1, 1, -1, 0, 1}, at::kInt),
                     .cardinality = 2}}}};
}

class Update : public testing::TestWithParam<Updated> {
 protected:
  // After a fit on the events before `cuts`, and an update with those up to each next one.
  CandidateBatch after(const std::vector<int64_t>& cuts) const {
    const auto strategy = make_recall(GetParam().name, GetParam().params);
    TinyFit fit(&features_);
    strategy->fit(training_of(part(0, cuts.front()), kUsers, kItems, &features_), fit);
    for (size_t cut = 1; cut < cuts.size(); ++cut)
      strategy->update(training_of(part(cuts[cut - 1], cuts[cut]), kUsers, kItems), fit);
    const RequestBatch requests = requests_of({{}, {0}, {4, 1}, {8}, {}, {1, 2}});
    const auto loaded =
        copied(*strategy, make_recall(GetParam().name, GetParam().params), &features_);
    return loaded->recall(requests, kItems, tiny_serve(1, &features_));
  }

  static std::vector<Event> part(int64_t first, int64_t last) {
    return log(first, last, GetParam().weighted);
  }

  const Features features_ = segments();
};

TEST_P(Update, GivesWhatARefitWouldHaveGiven) {
  const CandidateBatch refitted = after({60});
  EXPECT_FALSE(after({20}).score.equal(refitted.score)) << "the later events say nothing new";
  for (const std::vector<int64_t>& cuts :
       {std::vector<int64_t>{20, 60}, {20, 20, 41, 60}, {1, 33, 60}}) {
    const CandidateBatch updated = after(cuts);
    EXPECT_TRUE(updated.item.equal(refitted.item));
    EXPECT_TRUE(updated.score.allclose(refitted.score, 1e-6, 1e-9));
  }
}

std::string name_of(const testing::TestParamInfo<Updated>& info) {
  return info.param.name + "_" + std::to_string(info.index);
}

const std::string kEach = "each";

INSTANTIATE_TEST_SUITE_P(
    Plugins, Update,
    testing::Values(Updated{"popularity", {}}, Updated{"popularity", {{"half_life_days", 2.0}}},
                    Updated{"popularity", {}, true}, Updated{"popularity", {{"repeats", kEach}}},
                    Updated{"popularity", {{"half_life_days", 2.0}}, true},
                    Updated{"popularity", {{"half_life_days", 2.0}, {"repeats", kEach}}, true},
                    Updated{"segment_popularity", {}}, Updated{"segment_popularity", {}, true},
                    Updated{"segment_popularity", {{"repeats", kEach}}, true},
                    Updated{"recent_items", {}},
                    Updated{"recent_items", {{"of", std::string("everyone")}}},
                    Updated{"markov_chain", {}}, Updated{"markov_chain", {}, true}),
    name_of);

}  // namespace
}  // namespace assay::test
