#include <ATen/ops/zeros.h>
#include <assay/kernels.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <stdexcept>

#include "dataset/imported.h"
#include "dataset/prepare.h"
#include "dataset/time.h"
#include "pipeline/fitting.h"

namespace assay::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;

/// What a strategy is given, call by call: "fit 100 101" with the times of the events.
using Calls = std::vector<std::string>;

class Recorder : public RecallStrategy {
 public:
  explicit Recorder(Calls& calls) : calls_(calls) {}

  void fit(const TrainingView& data, FitContext& ctx) override {
    record("fit", data);
    ctx.checkpoint({});
  }
  void update(const EventSlice& events, FitContext& ctx) override {
    record("update", events);
    if (ctx.resume_from() != nullptr) calls_.push_back("resumes");
  }
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }
  void save(Archive&) const override {}
  void load(const Archive&, const LoadContext&) override {}

 private:
  void record(const std::string& call, const EventSlice& events) {
    calls_.push_back(call);
    for (int64_t e = 0; e < events.size(); ++e)
      calls_.back() +=
          " " + std::to_string(events.time_us.const_data_ptr<int64_t>()[e] / 1'000'000);
  }

  Calls& calls_;
};

/// Four epochs; ends by an exception before the one that `breaks_at` says.
class Epochs : public RecallStrategy {
 public:
  explicit Epochs(int64_t breaks_at) : breaks_at_(breaks_at) {}

  void fit(const TrainingView&, FitContext& ctx) override {
    int64_t epoch = ctx.resume_from() ? std::stoll(ctx.resume_from()->text("epoch")) : 0;
    while (++epoch <= 4) {
      if (epoch == breaks_at_) throw std::runtime_error("the lights went out");
      ctx.note_step("loss", epoch, 1.0 / static_cast<double>(epoch));
      Archive state;
      state.put_text("epoch", std::to_string(epoch));
      ctx.checkpoint(state);
    }
  }
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }

 private:
  int64_t breaks_at_;
};

/// Keeps what the host says of it.
class Validating : public RecallStrategy {
 public:
  explicit Validating(std::vector<double>& values) : values_(values) {}

  void fit(const TrainingView&, FitContext& ctx) override { values_.push_back(ctx.validate()); }
  CandidateBatch recall(const RequestBatch&, int64_t, const ServeContext&) const override {
    return {};
  }

 private:
  std::vector<double>& values_;
};

/// Twenty events of two users, one a second from 100 on, in three folds of three.
class FoldFits : public ::testing::Test {
 protected:
  FoldFits() {
    folder_ = fs::temp_directory_path() / ("assay_fold_fits_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    dataset::Dataset data;
    for (int item = 0; item < 5; ++item) data.items.ids.add(std::to_string(item));
    for (int user = 0; user < 2; ++user) data.users.ids.add(std::to_string(user));
    for (int i = 0; i < 20; ++i) {
      data.events.user.push_back(i % 2);
      data.events.item.push_back(i % 5);
      data.events.time_us.push_back((100 + i) * dataset::kMicroseconds);
    }
    const std::string path = folder_ / "imported.safetensors";
    write_imported(data, {{"format", "csv"}}, path);
    ref_ = {path, "data", dataset::ImportedData::open(path).info()};
  }
  ~FoldFits() override { fs::remove_all(folder_); }

  DataView fold(int64_t number, double validation = 0) const {
    task::DatasetSpec dataset{.name = "shop"};
    dataset.split = {.method = task::SplitMethod::walk_forward,
                     .rank = 0.1,
                     .validation = validation,
                     .test = 0.15};
    dataset.split.fold = number;
    task::TrafficSpec traffic;
    traffic.exclude_seen = {};
    const dataset::PreparedRef prepared =
        prepare(ref_, {}, dataset, traffic, {}, 1, folder_ / "cache");
    return {dataset::PreparedData::open(prepared.path), at::kCPU};
  }

  FitResult fit(const DataView& data, const std::vector<task::Window>& windows, int64_t updates) {
    task::FitTask task;
    task.target.stage.plugin = "recorder";
    task.target.updates = updates;
    task.windows = windows;
    task.checkpoint_path = folder_ / "checkpoint";
    StrategyStore store(
        data, [&](const task::StageSpec&) { return std::make_unique<Recorder>(calls_); }, {});
    return fit_stage(task, store, {}, {}, {});
  }

  fs::path folder_;
  dataset::ImportedRef ref_;
  Calls calls_;
};

TEST_F(FoldFits, AFoldIsFittedOnAllThatCameBeforeIt) {
  fit(fold(3), {task::Window::train}, 0);
  EXPECT_THAT(calls_, ElementsAre("fit 100 101 102 103 104 105 106 107 108 109 110 111 112 113 "
                                  "114"));
}

TEST_F(FoldFits, TheFirstFoldIsNeverUpdated) {
  EXPECT_EQ(fold(1).fold(), 1);
  EXPECT_TRUE(fit(fold(1), {task::Window::train}, 0).notes.empty());
  EXPECT_THAT(calls_, ElementsAre("fit 100 101 102 103 104 105 106 107 108"));
}

TEST_F(FoldFits, AnUpdatedFoldGetsTheNewsOfEachFoldInTurn) {
  const FitResult result = fit(fold(3), {task::Window::train}, 2);
  EXPECT_THAT(calls_, ElementsAre("fit 100 101 102 103 104 105 106 107 108", "update 109 110 111",
                                  "update 112 113 114"));
  ASSERT_EQ(result.notes.size(), 3U);
  EXPECT_EQ(result.notes[2].key, "host.update_events");
  EXPECT_EQ(result.notes[2].value, "6");
}

TEST_F(FoldFits, NewsAreThoseOfEveryWindowThatIsLearntFrom) {
  fit(fold(2), {task::Window::train, task::Window::rank}, 1);
  EXPECT_THAT(calls_,
              ElementsAre("fit 100 101 102 103 104 105 106 107 108 109 110", "update 111 112 113"));
}

TEST_F(FoldFits, AFitThatGoesOnFromACheckpointTellsOfBothParts) {
  const DataView data = fold(1);
  task::FitTask task;
  task.target.stage.plugin = "epochs";
  task.windows = {task::Window::train};
  task.checkpoint_path = folder_ / "checkpoint";
  int64_t breaks_at = 3;
  const auto fit_it = [&] {
    StrategyStore store(
        data, [&](const task::StageSpec&) { return std::make_unique<Epochs>(breaks_at); }, {});
    return fit_stage(task, store, {}, {}, {});
  };
  EXPECT_THROW(fit_it(), StageFailure);
  breaks_at = 0;
  const FitResult result = fit_it();
  ASSERT_EQ(result.curves.size(), 1U);
  EXPECT_EQ(result.curves[0].name, "loss");
  EXPECT_THAT(result.curves[0].steps, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(result.curves[0].values, ElementsAre(1.0, 0.5, 1.0 / 3, 0.25));
}

TEST_F(FoldFits, AValidatingFitIsToldLargerValuesWhereLowerOnesAreBetter) {
  const DataView data = fold(1, 0.1);
  task::FitTask task;
  task.target.stage.plugin = "validating";
  task.target.stage.traits.validates = true;
  task.windows = {task::Window::train};
  std::vector<double> told;
  FitResult last;
  for (const bool lower_is_better : {false, true}) {
    StrategyStore store(
        data, [&](const task::StageSpec&) { return std::make_unique<Validating>(told); }, {});
    const auto half = [](const CandidateBatch&, const Ragged&) {
      return std::vector<task::FitValue>{{"a metric", 0, 1, 0.5}};
    };
    last = fit_stage(task, store, {}, {half, lower_is_better}, {});
  }
  EXPECT_THAT(told, ElementsAre(0.5, -0.5));
  ASSERT_EQ(last.curves.size(), 1U);
  EXPECT_THAT(last.curves[0].values, ElementsAre(0.5)) << "the curve shows the metric itself";
}

TEST_F(FoldFits, TogetherTheyAreWhatARefitLearnsFrom) {
  const DataView data = fold(3);
  const std::vector<task::Window> windows = {task::Window::train};
  int64_t events = data.training(windows, {}, 1).size();
  for (int64_t number = 2; number <= 3; ++number) events += data.news(windows, {}, number).size();
  EXPECT_EQ(events, data.training(windows).size());
}

}  // namespace
}  // namespace assay::pipeline
