#include "execution/failure_text.h"

#include <gtest/gtest.h>

namespace assay::execution {
namespace {

task::TaskFailure failure() {
  task::TaskFailure failure;
  failure.place = "rank[0]";
  failure.plugin = "score_fusion";
  failure.phase = "rank";
  failure.batch = 0;
  failure.kind = task::FailureKind::invalid_input;
  failure.reason = "weights has 1 number for 2 recall sources; give one for each, or none";
  return failure;
}

TEST(FailureText, SaysWhoAndWhereBeforeWhat) {
  EXPECT_EQ(failure_text(failure()),
            "score_fusion (rank[0]), in rank, batch 0: weights has 1 number for 2 recall sources; "
            "give one for each, or none");
}

TEST(FailureText, AStackStandsBelowItsFailure) {
  task::TaskFailure crash = failure();
  crash.reason = "crashed (SIGSEGV) in Tower::rank\n  Tower::rank()\n  its last words: no row";
  EXPECT_EQ(failure_text(crash),
            "score_fusion (rank[0]), in rank, batch 0: crashed (SIGSEGV) in Tower::rank\n"
            "    Tower::rank()\n    its last words: no row");
}

TEST(FailureText, LeavesOutWhatIsNotKnown) {
  task::TaskFailure bare;
  bare.reason = "the worker ended";
  EXPECT_EQ(failure_text(bare), "the worker ended");
  bare.phase = "fit";
  EXPECT_EQ(failure_text(bare), "in fit: the worker ended");
}

}  // namespace
}  // namespace assay::execution
