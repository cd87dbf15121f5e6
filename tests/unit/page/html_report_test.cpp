#include "page/html_report.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "page/page_assets.h"
#include "task/fit_record.h"
#include "unit/report/faked_quickstart.h"

namespace assay::page {
namespace {

using faked::FakedRun;
using nlohmann::json;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// The JSON that a page hands to its script.
json data_of(const std::string& page) {
  const std::string begin = R"(<script type="application/json" id="data">)";
  const size_t from = page.find(begin) + begin.size();
  return json::parse(page.substr(from, page.find("</script>", from) - from));
}

/// A list that the page holds as packed_rows made it, as rows.
json rows_of(const json& packed) {
  json rows = json::array();
  for (const json& cells : packed["rows"]) {
    json& row = rows.emplace_back();
    for (size_t c = 0; c < cells.size(); ++c) {
      const json& column = packed["columns"][c];
      const bool is_text = column[1] == 1 && !cells[c].is_null();
      row[column[0].get<std::string>()] =
          is_text ? packed["texts"][cells[c].get<size_t>()] : cells[c];
    }
  }
  return rows;
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
  const page::PageAssets assets = page::page_assets();
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

TEST_F(HtmlReport, MarksTheBestOfEachColumn) {
  const json& board = data_["datasets"][0]["board"];
  EXPECT_EQ(board["header"][0], "ndcg@10");
  ASSERT_EQ(board["best"].size(), board["header"].size());
  EXPECT_EQ(board["rows"][board["best"][0].get<size_t>()]["variant"], "ease");
  const auto coverage = std::ranges::find(board["header"], json("coverage@10"));
  const auto place = static_cast<size_t>(coverage - board["header"].begin());
  EXPECT_EQ(board["rows"][board["best"][place].get<size_t>()]["variant"], "diverse[lambda=0.5]");
  for (const json& row : board["rows"]) EXPECT_EQ(row["cells"].size(), board["header"].size());
}

TEST_F(HtmlReport, NothingFailedIsNoFailure) { EXPECT_EQ(data_["failures"], json::array()); }

TEST_F(HtmlReport, ADataSetWithoutDescriptionHasNone) {
  EXPECT_EQ(data_["datasets"][0]["data"]["description"], nullptr);
}

TEST_F(HtmlReport, SaysWhyThereIsNothingToLookInto) {
  EXPECT_EQ(data_["datasets"][0]["inspector"]["reason"], "the file does not contain the requests");
}

TEST(HtmlReportOf, TrainedModelsHasTheirCurvesAndWhatTheyChose) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.variant("trained");
  run.database.write(results::RunTrialRow{.run_id = run.id(),
                                          .variant = "trained",
                                          .dataset = "ml100k",
                                          .seed = 2,
                                          .trial_key = "t",
                                          .spec = "{}",
                                          .request_set = "r",
                                          .artifacts = {{"recall[0]", "fitted"}}});
  task::FitRecord fit{.artifact_key = "fitted", .plugin = "bpr", .stage = "recall[0]"};
  fit.notes = {{"chosen.epochs", "700"}, {"pairs", "5"}};
  fit.curves = {{task::kValidationCurve, {1, 2}, {0.1, std::nullopt}}, {"loss", {}, {}}};
  for (int64_t step = 1; step <= 1000; ++step) {
    fit.curves[1].steps.push_back(step);
    fit.curves[1].values.push_back(1.0 / static_cast<double>(step));
  }
  fit.measured = {{faked::kNdcg, 10, 900, 0.25}};
  run.database.write(fit);
  run.finish();
  const json training =
      data_of(html_report(run.database, {.shown_path = "x"}))["datasets"][0]["training"];
  ASSERT_EQ(training["curves"].size(), 2U);
  const json& validation = training["curves"][0];
  EXPECT_EQ(validation["title"], "ndcg@10 on the validation window");
  EXPECT_EQ(validation["seed"], 2);
  EXPECT_EQ(validation["points"], (json{{1, 0.1}, {2, nullptr}}));
  const json& loss = training["curves"][1];
  EXPECT_EQ(loss["all"], 1000);
  EXPECT_LE(loss["points"].size(), 301U);
  EXPECT_EQ(loss["points"].front(), (json{1, 1}));
  EXPECT_EQ(loss["points"].back(), (json{1000, 0.001})) << "the last step is always drawn";
  ASSERT_EQ(training["chosen"].size(), 1U);
  EXPECT_EQ(training["chosen"][0]["key"], "epochs");
  EXPECT_EQ(training["chosen"][0]["value"], "700");
  ASSERT_EQ(training["values"].size(), 1U);
  EXPECT_EQ(training["values"][0]["metric"], "ndcg");
  EXPECT_EQ(training["values"][0]["value"], 0.25);
}

TEST_F(HtmlReport, OfModelsThatNotedNothingHasNoCurves) {
  EXPECT_EQ(data_["datasets"][0]["training"]["curves"], json::array());
}

TEST(HtmlReportOf, TextThatLooksLikeMarkupStaysText) {
  FakedRun run([](results::RunRow& row) {
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

TEST(HtmlReportOf, SlicesHaveTheirTestedDifferences) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  run.database.write(results::SummaryRow{.run_id = run.id(),
                                         .variant = "ease",
                                         .dataset = "ml100k",
                                         .definition = faked::kNdcg,
                                         .cutoff = 10,
                                         .slice = "users: cold",
                                         .mean = 0.25,
                                         .requests = 120,
                                         .excluded_requests = 20});
  run.database.write(results::ComparisonRow{.run_id = run.id(),
                                            .dataset = "ml100k",
                                            .baseline = "control",
                                            .variant = "ease",
                                            .definition = faked::kNdcg,
                                            .cutoff = 10,
                                            .slice = "users: cold",
                                            .difference = 0.0123456789,
                                            .p_adjusted = 0.03,
                                            .method = "paired t",
                                            .correction = "benjamini-hochberg",
                                            .family = "exploratory",
                                            .n = 100});
  const json data = data_of(html_report(run.database));
  const json slices = rows_of(data["datasets"][0]["slices"]);
  ASSERT_EQ(slices.size(), 1U);
  EXPECT_EQ(slices[0]["slice"], "users: cold");
  EXPECT_EQ(slices[0]["n"], 100);
  EXPECT_EQ(slices[0]["difference"], 0.01234568);
  EXPECT_EQ(slices[0]["difference_low"], nullptr);
  EXPECT_EQ(slices[0]["pairs"], 100);
}

TEST_F(HtmlReport, SaysOfNoLoadThatTheMachineWasBusyWhereNoneWasDisturbed) {
  EXPECT_EQ(data_["datasets"][0]["latency"]["busy"], json::object());
}

TEST(HtmlReportOf, TimesOfABusyMachineSaySoBesideTheirLoad) {
  FakedRun run;
  run.data("ml100k");
  run.disturbance.others_cpu_share = 0.46;
  for (const char* name : {"control", "ease"}) {
    run.variant(name);
    run.trial(name, "ml100k", std::nullopt, faked::measured(943, 0.0, 0.0, 10, 0.63));
    faked::time_variant(run, name, std::nullopt, 1.9, 100, name == std::string("control"));
  }
  run.finish();
  const json latency = data_of(html_report(run.database))["datasets"][0]["latency"];
  const std::string setting = latency["setting"];
  ASSERT_TRUE(latency["busy"].contains(setting)) << latency["busy"];
  EXPECT_THAT(latency["busy"][setting].get<std::string>(),
              HasSubstr("the machine was busy: other processes took 46 % of the cores"));
}

TEST(HtmlReportOf, TheDescriptionOfTheLogIsHandedOn) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.database.write(results::DataDescriptionRow{
      run.id(), "ml100k", R"({"popularity": [{"events": 583, "rank": 1}], "items": 1682})"});
  run.finish();
  const json data = data_of(html_report(run.database));
  const json& description = data["datasets"][0]["data"]["description"];
  EXPECT_EQ(description["items"], 1682);
  EXPECT_EQ(description["popularity"][0]["events"], 583);
}

TEST(HtmlReportOf, ARunThatIsNotThereIsAUserError) {
  FakedRun run;
  faked::fill_quickstart(run);
  run.finish();
  EXPECT_THAT(faked::user_error([&] { html_report(run.database, {.run = 77}); }), HasSubstr("77"));
}

}  // namespace
}  // namespace assay::page
