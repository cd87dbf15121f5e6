#include <assay/extra/threads/fit_progress.h>
#include <gtest/gtest.h>

#include <thread>

#include "tiny_data.h"

namespace assay::test {
namespace {

class Watched : public TinyFit {
 public:
  bool stop = false, is_trial = false;
  int64_t reports = 0, last = 0;
  void progress(int64_t done, int64_t) override { ++reports, last = done; }
  bool stop_requested() const override { return stop; }
  bool trial() const override { return is_trial; }
};

TEST(FitProgress, TellsTheHostFromTheThreadOfTheFitAlone) {
  Watched fit;
  extra::FitProgress progress(10, fit);
  EXPECT_TRUE(progress.next());
  std::thread([&] { EXPECT_TRUE(progress.next()); }).join();
  EXPECT_TRUE(progress.next());
  EXPECT_EQ(fit.reports, 2);
  EXPECT_EQ(fit.last, 3);
}

TEST(FitProgress, LeavesOutWhatComesAfterAStop) {
  Watched fit;
  extra::FitProgress progress(10, fit);
  EXPECT_TRUE(progress.next());
  fit.stop = true;
  EXPECT_FALSE(progress.next());
  std::thread([&] { EXPECT_FALSE(progress.next()); }).join();
}

TEST(FitProgress, EndsATrialFitEarly) {
  Watched fit;
  fit.is_trial = true;
  extra::FitProgress progress(1000, fit);
  int done = 0;
  while (progress.next()) ++done;
  EXPECT_EQ(done, 256);
}

}  // namespace
}  // namespace assay::test
