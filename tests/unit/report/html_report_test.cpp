#include "report/html_report.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "faked_quickstart.h"
#include "report/page_assets.h"

namespace assay {
namespace {

using faked::FakedRun;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The JSON that a page hands to its script.
json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const std::size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

/// One run and its page for all tests that only look at it.
class HtmlReport : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    run_ = std::make_unique<FakedRun>();
    faked::fill_quickstart(*run_);
    run_->finish();
    page_ = html_report(run_->database, {.shown_path = "results/x.sqlite"});
    data_ = data_of(page_);
  }
  static void TearDownTestSuite() { run_.reset(); }

  static inline std::unique_ptr<FakedRun> run_;
  static inline std::string page_;
  static inline json data_;
};

TEST_F(HtmlReport, OpensWithTheSentencesOfTheComparison) {
  ASSERT_FALSE(data_["sentences"].empty());
  const std::string first = data_["sentences"][0];
  EXPECT_THAT(first, StartsWith("ease is better than control on ndcg@10"));
}

TEST_F(HtmlReport, IsOnePageWithNothingLeftToFill) {
  EXPECT_THAT(page_, StartsWith("<!doctype html>"));
  for (const char* place : {"{{title}}", "{{style}}", "{{script}}", "{{data}}", "{{charts}}"}) {
    EXPECT_THAT(page_, Not(HasSubstr(place)));
  }
  EXPECT_LT(page_.size(), 3'000'000U);
}

TEST_F(HtmlReport, AsksNothingOfTheNetwork) {
  const report::PageAssets assets = report::page_assets();
  for (const std::string_view part : {assets.page, assets.style}) {
    for (const char* outside : {"src=", "url(", "@import", "http:", "https:"}) {
      EXPECT_THAT(std::string(part), Not(HasSubstr(outside)));
    }
  }
}

TEST_F(HtmlReport, IsTheSameForTheSameInput) {
  EXPECT_EQ(page_, html_report(run_->database, {.shown_path = "results/x.sqlite"}));
}

TEST_F(HtmlReport, GivesEveryVariantItsDifferenceWithInterval) {
  const json& forest = data_["datasets"][0]["forest"];
  ASSERT_EQ(forest.size(), 2U);
  for (const json& row : forest) {
    EXPECT_LE(row["low"], row["difference"]);
    EXPECT_LE(row["difference"], row["high"]);
    EXPECT_EQ(row["n"], 943);
    EXPECT_GT(row["mde"], 0.0);
  }
}

TEST_F(HtmlReport, CountsEveryRequestInTheDistributionOfDifferences) {
  const json& distributions = data_["datasets"][0]["differences"];
  ASSERT_EQ(distributions.size(), 2U);
  for (const json& one : distributions) {
    const auto counts = one["counts"].get<std::vector<int>>();
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0), 943);
    EXPECT_LE(one["up"].get<int>() + one["down"].get<int>(), 943);
    EXPECT_EQ(one["reach"], distributions[0]["reach"]);  // drawn on one scale
  }
}

TEST_F(HtmlReport, TimesGrowFromPointToPoint) {
  const json& curves = data_["datasets"][0]["latency"]["curves"];
  ASSERT_EQ(curves.size(), 3U);
  for (const json& curve : curves) {
    const auto ms = curve["ms"].get<std::vector<double>>();
    EXPECT_EQ(ms.size(), 101U);
    EXPECT_TRUE(std::ranges::is_sorted(ms));
    EXPECT_EQ(curve["n"], 1200);
  }
}

TEST_F(HtmlReport, SaysWhyThereIsNothingToLookInto) {
  EXPECT_EQ(data_["datasets"][0]["inspector"]["reason"], "the file does not hold the requests");
}

TEST(HtmlReportOf, TextThatLooksLikeMarkupStaysText) {
  FakedRun run([](RunRow& row) {
    row.experiment = "a<b&c";
    row.description = "</script><script>alert(1)</script>";
  });
  faked::fill_quickstart(run);
  run.finish();
  const std::string page = html_report(run.database);
  EXPECT_THAT(page, HasSubstr("<title>a&lt;b&amp;c"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_EQ(data_of(page)["run"]["description"], "</script><script>alert(1)</script>");
}

TEST(HtmlReportOf, AFailedVariantIsNamedWithItsReason) {
  FakedRun run;
  run.data("ml100k");
  for (const char* name : {"control", "ease", "tower"}) run.variant(name);
  run.trial("control", "ml100k", std::nullopt, faked::measured(943, 0.0, 0.0, 10, 0.63));
  run.trial("ease", "ml100k", std::nullopt, faked::measured(943, 0.009, 0.0, 30, 0.4));
  run.fail("tower", "ml100k", std::nullopt, "crashed (SIGSEGV)");
  run.finish();
  const json data = data_of(html_report(run.database));
  EXPECT_THAT(data["failures"].dump(), HasSubstr("SIGSEGV"));
  EXPECT_EQ(data["datasets"][0]["forest"].size(), 1U);
  EXPECT_EQ(data["datasets"][0]["differences"].size(), 1U);
}

TEST(HtmlReportOf, ARunThatIsNotThereIsAUserError) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  EXPECT_THAT(faked::user_error([&] { html_report(run.database, {.run = 77}); }), HasSubstr("77"));
}

}  // namespace
}  // namespace assay
