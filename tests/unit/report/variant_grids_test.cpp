#include "report/variant_grids.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "faked_quickstart.h"
#include "report/grid_tables.h"
#include "report/tuning_notes.h"

namespace assay::report {
namespace {

using faked::FakedRun;
using faked::golden;
using faked::measured;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> names_of(const VariantGrid& grid) {
  std::vector<std::string> names;
  for (const GridMember& member : grid.members) names.push_back(member.variant);
  return names;
}

TEST(VariantGrids, AreFoundByTheNamesOfTheirMembers) {
  const auto grids = variant_grids({"control", "knn[k=5,s=0]", "ease[l=1]", "knn[k=10,s=0]"});
  ASSERT_EQ(grids.size(), 1U);  // ease has a single member
  EXPECT_EQ(grids[0].name, "knn");
  EXPECT_THAT(grids[0].parameters, ElementsAre("k", "s"));
  EXPECT_THAT(names_of(grids[0]), ElementsAre("knn[k=5,s=0]", "knn[k=10,s=0]"));
  EXPECT_THAT(grids[0].members[1].values, ElementsAre("10", "0"));
}

TEST(VariantGrids, OfOtherParametersAreApart) {
  EXPECT_EQ(variant_grids({"a[k=1]", "a[k=2]", "a[k=1,s=2]", "a[k=1,s=3]"}).size(), 2U);
}

TEST(VariantGrids, HaveTheirNumbersInOrderAndTheirWordsAsWritten) {
  const auto grids = variant_grids({"a[k=100,m=z]", "a[k=20,m=b]", "a[k=5,m=z]"});
  EXPECT_THAT(grids.at(0).values_of(0), ElementsAre("5", "20", "100"));
  EXPECT_THAT(grids.at(0).values_of(1), ElementsAre("z", "b"));
}

/// A grid of `neighbours` x `shrinkage` beside a control and a single variant; shrinkage does harm.
void fill_grid(FakedRun& run, const std::vector<int>& neighbours, int requests = 943) {
  constexpr double kHarm = 0.004;
  run.data("ml100k");
  run.variant("control");
  run.trial("control", "ml100k", std::nullopt, measured(requests, 0.0, 0.0, 10));
  run.variant("single");
  run.trial("single", "ml100k", std::nullopt, measured(requests, -0.01, 0.0, 11));
  uint64_t stream = 20;
  for (const int n : neighbours) {
    for (const int shrinkage : {0, 10}) {
      const std::string name = fmt::format("knn[neighbours={},shrinkage={}]", n, shrinkage);
      const double effect =
          0.012 - 0.001 * std::abs(n - 100) / 10.0 - (shrinkage > 0 ? kHarm : 0.0);
      run.variant(name);
      run.trial(name, "ml100k", std::nullopt, measured(requests, effect, 0.0, stream++));
    }
  }
}

/// One run for all tests that only look at it.
struct LargeGrids : ::testing::Test {
  static void SetUpTestSuite() {
    made_ = std::make_unique<FakedRun>();
    fill_grid(*made_, {20, 50, 100, 200});
    made_->finish();
  }
  static void TearDownTestSuite() { made_.reset(); }
  static FakedRun& run() { return *made_; }

 private:
  static inline std::unique_ptr<FakedRun> made_;
};

TEST_F(LargeGrids, ReadAsOneThing) {
  const std::string text = run().text({.details = true});
  EXPECT_EQ(text, golden("grid.txt", text));
}

TEST_F(LargeGrids, ReadAsOneThingInMarkdown) {
  const std::string text = run().text({.format = TextFormat::markdown});
  EXPECT_EQ(text, golden("grid.md", text));
}

TEST(HundredMembers, TakeAPageOrTwo) {
  FakedRun run;
  std::vector<int> neighbours;
  for (int n = 1; n <= 50; ++n) neighbours.push_back(4 * n);
  fill_grid(run, neighbours, 210);
  run.finish();
  const std::string text = run.text({.details = true});
  EXPECT_LE(std::ranges::count(text, '\n'), 60) << text;
  EXPECT_THAT(text, HasSubstr("neighbours = 4 to 20"));
}

TEST_F(LargeGrids, AreShownWholeWhereAllIsAskedFor) {
  const std::string text = run().text({.details = true, .all = true});
  std::vector<std::string> variants;
  for (const results::VariantInfo& variant : results::Reader(run().database).variants(run().id()))
    variants.push_back(variant.name);
  for (const std::string& name : variants) {
    if (name == "control") continue;
    EXPECT_THAT(text, HasSubstr("\n  " + name + " ")) << "on the board";
    EXPECT_THAT("\n" + text, HasSubstr("\n" + name + " is ")) << "in a sentence";
  }
  EXPECT_THAT(text, Not(HasSubstr("by parameter")));
}

TEST(SmallGrids, AreShownLikeAnyVariants) {
  FakedRun run;
  fill_grid(run, {50, 100});
  run.finish();
  EXPECT_THAT(run.text(), Not(HasSubstr("by parameter")));
  EXPECT_THAT(run.text(), HasSubstr("\n  knn[neighbours=50,shrinkage=10] "));
}

TEST(Baseline, IsInSightWhereItIsAMemberOfALargeGrid) {
  FakedRun run;
  run.data("ml100k");
  for (int x = 1; x <= 8; ++x) {
    const std::string name = fmt::format("grid[x={}]", x);
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt,
              measured(300, 0.002 * x, 0.0, 10 + static_cast<uint64_t>(x)));
  }
  run.finish();
  EXPECT_THAT(run.text(), HasSubstr("\n  grid[x=1] (base) "));
  EXPECT_THAT(run.text(), Not(HasSubstr("\n  grid[x=2] ")));
}

TEST(GridNote, NamesEveryGrid) {
  Comparison comparison;
  comparison.variants = {"plain", "knn[k=1]", "knn[k=2]", "als[f=8]", "als[f=16]", "one[x=1]"};
  EXPECT_THAT(grid_note(comparison), HasSubstr("The members of the grids als and knn are compared "
                                               "on the test window"));
}

TEST(Candidate, IsTheBestThatBreaksNoGuardrail) {
  FakedRun run;
  run.settings.compare.guardrails = {faked::p99_guardrail()};
  run.data("ml100k");
  uint64_t stream = 10;
  for (const auto& [name, effect, ms] :
       {std::tuple("control", 0.0, 1.9), std::tuple("slow", 0.02, 2.9),
        std::tuple("quick", 0.01, 1.9)}) {
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, measured(943, effect, 0.0, stream));
    faked::time_variant(run, name, std::nullopt, ms, 10 * stream++, effect == 0.0);
  }
  run.finish();
  const Comparison comparison = read_comparison(run.database, {});
  EXPECT_EQ(best_variant(comparison), "slow");
  EXPECT_EQ(candidate(comparison), "quick");
}

TEST_F(LargeGrids, ShowTheirCandidate) {
  const Comparison comparison = read_comparison(run().database, {});
  EXPECT_EQ(candidate(comparison), "knn[neighbours=100,shrinkage=0]");
  EXPECT_EQ(hidden_members(comparison).count("knn[neighbours=100,shrinkage=0]"), 0U);
  EXPECT_EQ(hidden_members(comparison).size(), 8U - kBestMembers);
}

}  // namespace
}  // namespace assay::report
