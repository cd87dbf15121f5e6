#include <gmock/gmock.h>

#include <algorithm>
#include <cctype>

#include "faked_run.h"

// What a comparison says of data that no verdict can rest on. A number that is not known is never
// shown as one.
namespace assay::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Every format of a run, in lower case: "nan" and "inf" must stand in none.
std::string everything(const faked::FakedRun& run) {
  std::string text;
  for (const TextFormat format :
       {TextFormat::text, TextFormat::markdown, TextFormat::json, TextFormat::csv}) {
    CompareOptions options;
    options.format = format;
    options.details = true;
    text += run.text(options);
  }
  std::ranges::transform(text, text.begin(),
                         [](char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void expect_no_nan(const faked::FakedRun& run) {
  const std::string text = everything(run);
  for (const char* word : {"nan", "inf ", "inf]", "inf,", "-inf"}) {
    EXPECT_THAT(text, Not(HasSubstr(word)));
  }
}

void two_variants(faked::FakedRun& run, const std::vector<float>& control,
                  const std::vector<float>& other, const std::string& other_set = "") {
  run.data("ml100k");
  run.variant("control");
  run.variant("other");
  run.trial("control", "ml100k", std::nullopt, {{{{"served", faked::kNdcg, 10}, control}}, {}});
  run.trial("other", "ml100k", std::nullopt, {{{{"served", faked::kNdcg, 10}, other}}, {}},
            other_set);
  run.finish();
}

std::string first_line(const faked::FakedRun& run) {
  const std::string text = run.text();
  return text.substr(0, text.find('\n'));
}

TEST(BadInput, NoRequestWithARelevantItem) {
  faked::FakedRun run;
  two_variants(run, {faked::kNaN, faked::kNaN}, {faked::kNaN, faked::kNaN});
  expect_no_nan(run);
}

TEST(BadInput, OneRequest) {
  faked::FakedRun run;
  two_variants(run, {0.5F, faked::kNaN}, {0.75F, faked::kNaN});
  expect_no_nan(run);
}

TEST(BadInput, AllDifferencesZero) {
  faked::FakedRun run;
  const std::vector<float> values = faked::values(400, 0.0, 3);
  two_variants(run, values, values);
  expect_no_nan(run);
}

TEST(BadInput, SomeValuesAreNotThere) {
  faked::FakedRun run;
  std::vector<float> control = faked::values(400, 0.0, 3), other = faked::values(400, 0.1, 4);
  for (size_t r = 0; r < 100; ++r) control[r] = other[r + 50] = faked::kNaN;
  two_variants(run, control, other);
  EXPECT_THAT(first_line(run), HasSubstr("n = 250"));
  expect_no_nan(run);
}

TEST(BadInput, UnequalRequestSets) {
  faked::FakedRun run;
  two_variants(run, faked::values(400, 0.0, 3), faked::values(300, 0.1, 4), "others");
  expect_no_nan(run);
}

TEST(BadInput, AMissingBaseline) {
  faked::FakedRun run;
  run.data("ml100k");
  run.variant("control");
  run.variant("other");
  run.fail("control", "ml100k", std::nullopt, "crashed");
  run.trial("other", "ml100k", std::nullopt, faked::measured(400, 0.0, 0.0, 5));
  run.finish(results::RunStatus::failed);
  CompareOptions options;
  options.baseline = "contrl";
  EXPECT_EQ(faked::user_error([&] { run.text(options); }),
            "the baseline contrl is no variant of run 1; did you mean \"control\"?");
  expect_no_nan(run);
}

TEST(BadInput, NoRunAtAll) {
  const faked::Folder folder;
  const results::Database database = results::Database::open_or_create(folder / "x.sqlite");
  CompareOptions options;
  options.shown_path = "x.sqlite";
  EXPECT_EQ(faked::user_error([&] { comparison_text(database, options); }),
            "x.sqlite: there is no run in this file; `assay run` makes one");
}

}  // namespace
}  // namespace assay::report
