#include "cli/progress_line.h"

#include <gmock/gmock.h>

#include "text/cut_middle.h"
#include "text/display_width.h"

namespace assay::cli {
namespace {

using execution::RunningTask;
using execution::RunProgress;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

RunningTask task(const std::string& label, int64_t done = 0, int64_t total = 0) {
  RunningTask task{label, "fit", {}};
  task.crumb.done = done;
  task.crumb.total = total;
  return task;
}

RunProgress two_fits() {
  RunProgress progress;
  progress.phase = "run";
  progress.done = 0;
  progress.total = 9;
  progress.seconds = 30;
  progress.running = {task("fit als for als[factors=96,regularisation=0.01], seed 2", 8, 60),
                      task("fit ease for ease[lambda=250], seed 1")};
  progress.left = execution::TimeLeft{90, true};
  return progress;
}

TEST(ProgressText, IsNeverAsWideAsTheTerminal) {
  for (size_t width = 1; width <= 240; ++width) {
    EXPECT_LT(text::display_width(progress_text(two_fits(), width)), std::max<size_t>(width, 2))
        << width;
  }
}

TEST(ProgressText, ShowsTheTasksSideBySideWithTheirEnds) {
  const std::string line = progress_text(two_fits(), 120);
  EXPECT_THAT(line, StartsWith(" fit als "));
  EXPECT_THAT(line, HasSubstr("seed 2 8/60 | fit ease"));
  EXPECT_THAT(line, HasSubstr("…"));
  EXPECT_THAT(line, EndsWith("  ████░░░░░░░░░░░░  0/9 trials  ETA 1 min 30 s"));
}

TEST(ProgressText, CountsTheTasksThatHaveNoRoom) {
  RunProgress progress = two_fits();
  for (int i = 0; i < 6; ++i) progress.running.push_back(task("evaluate knn"));
  const std::string line = progress_text(progress, 100);
  EXPECT_THAT(line, HasSubstr(" +6 "));
  EXPECT_LT(text::display_width(line), 100U);
}

TEST(ProgressText, OfANarrowTerminalKeepsWhatIsDone) {
  EXPECT_THAT(progress_text(two_fits(), 40), HasSubstr("0/9 trials  ETA 1 min 30 s"));
  EXPECT_THAT(progress_text(two_fits(), 40), Not(HasSubstr("░")));
}

TEST(ProgressText, SaysWhereNotAllIsKnownAndWhatComesAfter) {
  RunProgress progress = two_fits();
  progress.left = execution::TimeLeft{40, false};
  progress.later_s = 99;
  EXPECT_THAT(progress_text(progress, 200),
              EndsWith("0/9 trials  ETA more than 40 s, then 1 min 39 s of timing"));
  progress.left = execution::TimeLeft{0, false};
  EXPECT_THAT(progress_text(progress, 200), EndsWith("0/9 trials"));
}

TEST(ProgressLogText, HasTheTimeOfDayAndNoBar) {
  EXPECT_EQ(
      progress_log_text(two_fits(), "21:14:03"),
      "21:14:03  0/9 trials  ETA 1 min 30 s  fit als for als[factors=96,regularisation=0.01], "
      "seed 2 8/60 | fit ease for ease[lambda=250], seed 1");
}

TEST(CutMiddle, KeepsBothEndsAndWholeCharacters) {
  EXPECT_EQ(text::cut_middle("als[factors=96]", 15), "als[factors=96]");
  EXPECT_EQ(text::cut_middle("als[factors=96]", 9), "als[…=96]");
  EXPECT_EQ(text::cut_middle("äöüäöüäöü", 5), "äö…öü");
  EXPECT_EQ(text::cut_middle("abc", 1), "…");
  EXPECT_EQ(text::cut_middle("abc", 0), "");
}

}  // namespace
}  // namespace assay::cli
