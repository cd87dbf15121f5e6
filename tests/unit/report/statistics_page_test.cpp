#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "analysis/finding.h"
#include "report/comparison.h"
#include "stats/latency.h"
#include "stats/multiple.h"
#include "stats/paired.h"
#include "stats/verdict.h"

namespace assay::report {
namespace {

using ::testing::HasSubstr;

/// docs/statistics.md says what the code does: its words and numbers are those of the code.
struct StatisticsPage : ::testing::Test {
  const std::filesystem::path root = ASSAY_SOURCE_DIR;
  const std::string page = read(root / "docs/statistics.md");

  static std::string read(const std::filesystem::path& path) {
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  void has(std::string_view word) { EXPECT_THAT(page, HasSubstr("`" + std::string(word) + "`")); }
};

TEST_F(StatisticsPage, NamesEveryVerdict) {
  using stats::CostVerdict;
  using stats::Verdict;
  for (const Verdict verdict : {Verdict::better, Verdict::worse, Verdict::equivalent,
                                Verdict::undecided, Verdict::too_few}) {
    has(stats::verdict_word(verdict));
  }
  for (const CostVerdict verdict :
       {CostVerdict::faster, CostVerdict::not_slower, CostVerdict::slower_within_guardrail,
        CostVerdict::guardrail_broken, CostVerdict::undecided, CostVerdict::too_few}) {
    has(stats::verdict_word(verdict));
  }
  for (const char* word :
       {analysis::kNoVerdict, analysis::kGuardrailKept, analysis::kGuardrailBroken,
        analysis::kNotMeasured, analysis::kNotTimed}) {
    has(word);
  }
}

TEST_F(StatisticsPage, NamesEveryMethodAndFamily) {
  using stats::PairedMethod;
  for (const PairedMethod method : {PairedMethod::bootstrap_percentile, PairedMethod::bootstrap_bca,
                                    PairedMethod::student_t, PairedMethod::studentised_normal}) {
    has(stats::method_name(method, 10'000));
  }
  for (const char* family : {analysis::kConfirmatoryFamily, analysis::kGuardrailFamily,
                             analysis::kExploratoryFamily, analysis::kNoiseFloorFamily}) {
    has(family);
  }
}

TEST_F(StatisticsPage, HasTheCodesNumbers) {
  EXPECT_EQ(stats::kRequestsForVerdict, 200);
  EXPECT_EQ(stats::kBootstrapUpTo, 20'000);
  EXPECT_EQ(report::kMostLetters, 50U);
  EXPECT_THAT(page, HasSubstr("fewer than 200 requests"));
  EXPECT_THAT(page, HasSubstr("up to 20,000 requests"));
  EXPECT_THAT(page, HasSubstr("more than 50 variants"));
}

TEST_F(StatisticsPage, NamesFilesAndFunctionsThatExist) {
  const std::regex header("`(?:core/)?((?:stats|report|analysis)/[a-z_]+\\.h)`(?:, `([a-z_]+)`)?");
  int found = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), header), end; at != end; ++at) {
    const std::string text = read(root / "core" / (*at)[1].str());
    EXPECT_FALSE(text.empty()) << (*at)[1];
    // Without a function the search is for "(".
    EXPECT_THAT(text, HasSubstr((*at)[2].str() + "(")) << (*at)[1];
    ++found;
  }
  EXPECT_GE(found, 12);
}

}  // namespace
}  // namespace assay::report
