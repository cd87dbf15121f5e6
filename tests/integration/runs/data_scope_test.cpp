#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "integration/runs/workbench.h"

// What stages see of the data (`learn_from`, `features`), through real workers.

namespace assay::testing {
namespace {

/// 150 users look at items 0 to 29 most, and buy items 30 to 59 alone; everything counts as truth.
std::string shop_log() {
  std::string out = "user,item,time,kind\n";
  uint64_t state = 42;
  const auto draw = [&state](uint64_t below) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % below;
  };
  for (int event = 0; event < 150 * 16; ++event) {
    const bool buys = draw(3) == 0;
    out += fmt::format("{},{},{},{}\n", draw(150), buys ? 30 + draw(30) : draw(30),
                       1'600'000'000 + event * 60, buys ? "buy" : "view");
  }
  return out;
}

std::string shop(const Workbench& bench, const std::string& variants) {
  bench.write("shop.csv", shop_log());
  return R"(name: shop
device: cpu
data:
  source: {path: shop.csv, format: csv, columns: {user: user, item: item, time: time, event: kind}}
  split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 10}
metrics: {groups: [accuracy], cutoffs: [10], primary: ndcg@10}
variants:
  all: {recall: [{plugin: popularity, k: 30}]}
)" + variants;
}

/// The share of a variant's lists that holds items which are bought.
double share_of_bought(const Workbench& bench, const std::string& variant) {
  const auto ids = nlohmann::json::parse(bench.text("select item_ids from catalogue"))
                       .get<std::vector<std::string>>();
  const results::Slates slates = bench.slates(variant, std::nullopt);
  const auto is_bought = [&](int32_t item) {
    return item >= 0 && std::stoi(ids[static_cast<size_t>(item)]) >= 30;
  };
  return static_cast<double>(std::ranges::count_if(slates.items, is_bought)) /
         static_cast<double>(slates.items.size());
}

TEST(LearnFrom, IsOneFitMoreWithListsOfItsOwnAndTheSameRequestsAndTruth) {
  const Workbench bench;
  EXPECT_EQ(bench.run(shop(bench, "")).fits, 1);
  const execution::RunOutcome outcome =
      bench.run(shop(bench, "  buyers: {extends: all, learn_from: [buy]}\n"));
  ASSERT_TRUE(outcome.failed.empty());
  EXPECT_EQ(outcome.found, 1) << "all learns from what it learnt from before";
  EXPECT_EQ(outcome.computed, 1);
  EXPECT_EQ(outcome.fits, 1);
  EXPECT_EQ(bench.number("select count(*) from request_set"), 1);
  EXPECT_LT(share_of_bought(bench, "all"), 0.5);
  EXPECT_EQ(share_of_bought(bench, "buyers"), 1);
  EXPECT_EQ(bench.number("select count(*) from comparisons where variant = 'buyers' and metric = "
                         "'ndcg' and difference is not null and p is not null and n > 0"),
            1);
}

}  // namespace
}  // namespace assay::testing
