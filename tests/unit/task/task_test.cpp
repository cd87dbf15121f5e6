#include "task/task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "error/error.h"
#include "struct_members.h"

namespace assay::task {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kHeader = "task/task.h";

FittedStage fitted() {
  FittedStage stage;
  stage.stage.plugin = "student";
  stage.artifact = {"key", "/cache/key"};
  stage.fit_seed = 18446744073709551615u;
  stage.updates = 2;
  FittedStage teacher;
  teacher.stage.plugin = "als";
  stage.inputs.push_back({"teacher", teacher});
  stage.parts.push_back({"counts", {{"shrinkage", 2}}, {"part", "/cache/part"}});
  return stage;
}

ServeNode node() {
  return {ServeNode::Step::merge,
          {0, 1},
          fitted(),
          {MergeMethod::reciprocal_rank, {{"k0", 60.5}}, 9},
          5,
          "merge",
          {"lists", "/cache/lists"}};
}

// Every kind of body at once, which no real task has; none of them empty.
Task everything() {
  const TrialTask trial{"key", "control on ml, seed 1", {{"served", 2, true}}};
  Task task;
  task.id = "t1";
  task.label = "fit ease";
  task.data_path = "/data";
  task.part_path = "/part";
  task.numeric.threads = 2;
  task.limits.fit_s = 9;
  task.fit.emplace();
  task.fit->target = fitted();
  task.fit->windows = {Window::train, Window::rank};
  task.fit->upstream = {node()};
  task.evaluate.emplace();
  task.evaluate->nodes = {node()};
  task.evaluate->trials = {trial};
  task.evaluate->metrics = {{{"ndcg", 10}}, {}, {"ndcg", 10}};
  task.smoke.emplace();
  task.smoke->nodes = {node()};
  task.score.emplace();
  task.score->trials = {trial};
  task.time.emplace();
  task.time->trial = trial;
  return task;
}

TEST(StageOfPart, HasThePartsParametersAloneAndDrawsNothing) {
  FittedStage user = fitted();
  user.stage.params = {{"shrinkage", 2}, {"neighbours", 50}, {"boosts", "/a"}};
  user.stage.file_sha256 = {{"boosts", "ab"}};
  user.stage.traits.draws_in_fit = user.stage.traits.cpu_only = true;
  const FittedStage maker = stage_of_part(user, user.parts[0]);
  EXPECT_EQ(maker.stage.params, (json{{"shrinkage", 2}}));
  EXPECT_TRUE(maker.stage.file_sha256.empty());
  EXPECT_TRUE(maker.inputs.empty());
  EXPECT_FALSE(maker.stage.traits.draws_in_fit);
  EXPECT_TRUE(maker.stage.traits.cpu_only);
  EXPECT_EQ(maker.artifact.key, "part");
  EXPECT_EQ(maker.updates, 2);
}

TEST(TaskJson, HasEveryMemberOfEveryStruct) {
  const json written = everything();
  const std::vector<std::pair<const char*, const char*>> places = {
      {"", "Task"},
      {"/fit", "FitTask"},
      {"/fit/target", "FittedStage"},
      {"/fit/target/artifact", "ArtifactRef"},
      {"/fit/target/inputs/0", "FittedInput"},
      {"/fit/target/parts/0", "FittedPart"},
      {"/fit/upstream/0", "ServeNode"},
      {"/evaluate", "EvaluateTask"},
      {"/evaluate/trials/0", "TrialTask"},
      {"/evaluate/trials/0/stages/0", "MeasuredStage"},
      {"/smoke", "SmokeTask"},
      {"/score", "ScoreTask"},
      {"/time", "TimeTask"},
  };
  for (const auto& [place, name] : places)
    expect_all_members(written.at(json::json_pointer(place)), kHeader, name);
}

TEST(TaskJson, LosesNothing) {
  const json written = everything();
  EXPECT_EQ(json(written.get<Task>()), written);
}

class TaskFile : public testing::Test {
 protected:
  ~TaskFile() override { std::filesystem::remove(path_); }
  const std::string path_ = std::filesystem::temp_directory_path() /
                            ("assay_task_" + std::to_string(::getpid()) + ".json");
};

TEST_F(TaskFile, IsReadAsItWasWritten) {
  write_task(everything(), path_);
  EXPECT_EQ(json(read_task(path_)), json(everything()));
}

TEST_F(TaskFile, OfAnotherVersionIsRefusedByName) {
  std::ofstream(path_) << "{\"id\": \"t1\"}";
  try {
    read_task(path_);
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr(path_ + ": is not a task of this version of assay"));
  }
}

TEST_F(TaskFile, ThatIsNotThereIsNamed) {
  try {
    read_task("/nowhere/task.json");
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/task.json: cannot be read; expected a task file");
  }
}

TEST_F(TaskFile, InAPlaceThatCannotBeWrittenIsNamed) {
  try {
    write_task(everything(), "/nowhere/task.json");
    FAIL();
  } catch (const error::UserError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/task.json: cannot be written"));
  }
}

TEST(Task, IsNamedByItsBody) {
  Task task;
  task.score.emplace();
  EXPECT_EQ(task.kind(), "score");
  task.score.reset();
  EXPECT_THROW(task.kind(), error::InternalError) << "a task without a body";
}

}  // namespace
}  // namespace assay::task
