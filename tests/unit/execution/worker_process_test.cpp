#include "execution/worker_process.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "error/error.h"

namespace assay::execution {
namespace {

namespace fs = std::filesystem;

/// A worker of shell: it does what the task says.
constexpr char kWorker[] = R"(#!/bin/sh
while read -r task; do
  case "$task" in
    words) echo "$*" ;;
    die) echo "no row for user 17" >&2; kill -KILL $$ ;;
    leave) exit 3 ;;
    *) echo "told: $task" >&2; printf 'did '; echo "$task" ;;
  esac
done
)";

class WorkerProcessTest : public testing::Test {
 protected:
  WorkerProcessTest() {
    fs::create_directories(folder_);
    std::ofstream(program_) << kWorker;
    fs::permissions(program_, fs::perms::owner_all);
  }
  ~WorkerProcessTest() override { fs::remove_all(folder_); }

  WorkerProcess::Settings settings() const { return {program_, folder_, 2, 1.5}; }

  /// The next line, awaited; "" where there is none within a minute.
  static std::string answer(WorkerProcess& worker) {
    for (int tries = 0; tries < 600; ++tries) {
      if (const auto line = worker.line()) return *line;
      pollfd wait{.fd = worker.output(), .events = POLLIN, .revents = 0};
      ::poll(&wait, 1, 100);
    }
    return "";
  }

  /// How it ended, awaited.
  static std::string end_of(WorkerProcess& worker) {
    for (int tries = 0; tries < 6000; ++tries) {
      if (const auto end = worker.ended()) return end->text();
      ::usleep(10'000);
    }
    return "it runs";
  }

  const std::string folder_ =
      fs::temp_directory_path() / ("assay_worker_" + std::to_string(::getpid()));
  const std::string program_ = folder_ + "/worker";
};

TEST_F(WorkerProcessTest, AnswersEachTaskWithALine) {
  WorkerProcess worker(settings());
  EXPECT_FALSE(worker.line()) << "it was not asked";
  worker.send("a");
  EXPECT_EQ(answer(worker), "did a");
  worker.send("b");
  EXPECT_EQ(answer(worker), "did b");
  EXPECT_FALSE(worker.ended());
}

TEST_F(WorkerProcessTest, IsToldWhereItsBreadcrumbIsAndHowMuchMemoryItMayTake) {
  WorkerProcess worker(settings());
  worker.send("words");
  EXPECT_EQ(answer(worker),
            "--serve --breadcrumb " + folder_ + "/worker2.breadcrumb --memory-gib 1.5");
}

TEST_F(WorkerProcessTest, KeepsWhatItWroteSinceTheTaskWasSent) {
  WorkerProcess worker(settings());
  worker.send("a");
  answer(worker);
  worker.send("die");
  EXPECT_EQ(end_of(worker), "SIGKILL");
  EXPECT_EQ(worker.written(), "no row for user 17\n");
}

TEST_F(WorkerProcessTest, SaysHowItEnded) {
  WorkerProcess left(settings());
  left.send("leave");
  EXPECT_EQ(end_of(left), "exit code 3");
  WorkerProcess killed(settings());
  killed.kill();
  EXPECT_EQ(end_of(killed), "SIGKILL");
}

TEST_F(WorkerProcessTest, AMissingProgramIsSaid) {
  fs::remove(program_);
  try {
    WorkerProcess worker(settings());
    FAIL() << "nothing was thrown";
  } catch (const error::UserError& error) {
    EXPECT_EQ(error.what(),
              program_ +
                  ": cannot be run; expected assay-worker beside assay. Build or install it "
                  "again");
  }
}

}  // namespace
}  // namespace assay::execution
