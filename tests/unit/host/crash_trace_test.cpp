#include "host/crash_trace.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "process/fork.h"
#include "task/crash_trace.h"

// With a name that the stack must show.
[[gnu::noinline]] int crash_on_purpose(const volatile int* nothing) { return *nothing + 1; }
[[gnu::noinline]] int abort_on_purpose(const volatile int* wrong) {
  if (*wrong == 3) std::abort();
  return *wrong;
}

namespace assay::host {
namespace {

using ::testing::HasSubstr;

std::string end_of(const std::function<int()>& body) {
  const process::ForkEnd end = process::run_in_fork(
      std::chrono::seconds(60),
      [&](const process::ForkLine& line) {
        trace_crashes();
        line.send(std::to_string(body()));
      },
      [](std::string_view) {});
  EXPECT_EQ(end.how, process::ForkEnd::How::killed);
  return task::end_text(process::signal_name(end.number), end.written);
}

TEST(TraceCrashes, ACrashNamesTheFunctionAndEndsTheProcessAsBefore) {
  const std::string text = end_of([] { return crash_on_purpose(nullptr); });
  EXPECT_THAT(text, HasSubstr("SIGSEGV in crash_on_purpose"));
}

TEST(TraceCrashes, AnAbortNamesTheFunctionThatCalledIt) {
  const std::string text = end_of([] {
    const volatile int three = 3;
    return abort_on_purpose(&three);
  });
  EXPECT_THAT(text, HasSubstr("SIGABRT in abort_on_purpose"));
}

}  // namespace
}  // namespace assay::host
