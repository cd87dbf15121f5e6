#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "config/sections.h"
#include "config/variant_reader.h"
#include "task/feedback_spec.h"
#include "task/simulator_spec.h"

namespace assay::config {
namespace {

using enum task::SplitMethod;

/// Days before the loop have the history; all days have as many requests.
void check_world(const Section& loop, const task::DatasetSpec& dataset, int64_t days) {
  const task::SimulatorSpec& world = *dataset.simulator;
  if (world.days <= 0 || world.events <= 0 || world.slate <= 0) return;  // has problems of its own
  const int64_t requests = (world.events + world.slate - 1) / world.slate;
  if (days >= world.days)
    return loop.problem("days",
                        fmt::format("is {}, and the world of {} has {} days; the loop is its last "
                                    "days, and what stages are fitted on first lies before them: "
                                    "take fewer, or raise days of the simulator",
                                    days, dataset.name, world.days));
  if (requests % world.days != 0)
    return loop.problem(
        "days", fmt::format("needs days with as many requests each, and {} has {} requests in {} "
                            "days; take events: {}",
                            dataset.name, requests, world.days,
                            (requests / world.days + 1) * world.days * world.slate));
  const double held = dataset.split.rank + dataset.split.validation +
                      static_cast<double>(days) / static_cast<double>(world.days);
  if (held >= 1)
    loop.problem("days", fmt::format("is {}, so that the days of the loop, split.rank and "
                                     "split.validation are {:g} of the log of {}; they must be "
                                     "less than 1, to leave events for train",
                                     days, held, dataset.name));
}

void check_dataset(const Section& file, const Section& loop, const task::DatasetSpec& dataset,
                   int64_t days) {
  if (!dataset.simulator)
    return file.problem(
        "loop", fmt::format("needs a world that answers what is served, and data set {} is a log; "
                            "take data with format: simulator (days of a fixed log are replayed "
                            "by split: {{method: walk_forward}})",
                            dataset.name));
  if (dataset.split.method != global_time)
    return file.problem(
        "loop", fmt::format("splits {} by its days itself, and split.method is {}; take "
                            "global_time, whose rank and validation are those before each day",
                            dataset.name, name_of(dataset.split.method)));
  if (dataset.evaluate_on.users != task::Population::all ||
      dataset.evaluate_on.items != task::Population::all)
    return file.problem("loop", fmt::format("asks for all requests of a day, and evaluate_on of {} "
                                            "leaves some out; leave it out",
                                            dataset.name));
  check_world(loop, dataset, days);
}

/// What stages may not do in a loop, to be read after their place; "" where they may be in one.
std::string stage_problem(const task::StageSpec& stage) {
  if (!stage.refit) return "has refit: false; in a loop every stage is fitted again each day";
  const auto learns = [](const task::StageSpec& each) {
    return each.traits.learns_from_candidates;
  };
  if (learns(stage) || std::ranges::any_of(stage.inputs, learns, &task::InputSpec::stage))
    return "learns from candidates of logged requests, which are the logging policy's and not "
           "those of the variant; in a loop take stages that learn from events";
  if (!stage.lists.empty()) return "takes lists that were made before, which no click changes";
  return "";
}

void check_variant(const Section& file, const task::VariantSpec& variant) {
  const auto refuse = [&](const std::string& what) {
    file.problem("loop", fmt::format("cannot have variant {}: {}", variant.name, what));
  };
  if (variant.perturb || variant.augment)
    return refuse(fmt::format("it has {}, which changes a log that the loop makes itself",
                              variant.perturb ? "perturb" : "augment"));
  if (variant.policy)
    return refuse(
        "it has a policy, which is judged on rows of one logging policy; what a loop "
        "serves is known with its true value");
  if (!variant.tuned.empty())
    return refuse("it has values that are tuned, on one validation window; take values");
  for (const auto* stages : {&variant.chain.recall, &variant.chain.rank, &variant.chain.rerank}) {
    for (const task::StageSpec& stage : *stages)
      if (const std::string what = stage_problem(stage); !what.empty())
        return refuse(fmt::format("{} {}", stage.place(), what));
  }
}

}  // namespace

std::shared_ptr<const task::LoopSpec> read_loop(const Section& file,
                                                const task::Experiment& experiment) {
  if (!file.has("loop")) return nullptr;
  const Section section = file.sub("loop");
  if (!section.exists() || !section.require("days")) return nullptr;
  auto spec = std::make_shared<task::LoopSpec>();
  if (!section.integer("days", spec->days)) return nullptr;
  if (experiment.traffic.requests != task::RequestUnit::logged ||
      experiment.traffic.candidates != task::CandidateSource::allowed)
    file.problem("loop",
                 "serves each request of the world from the items that it allows; it needs "
                 "traffic: {requests: logged, candidates: allowed}");
  if (file.has("latency"))
    file.problem("loop", "has no timing pass: each day has models of its own; leave latency out");
  for (const task::DatasetSpec& dataset : experiment.datasets)
    check_dataset(file, section, dataset, spec->days);
  for (const task::VariantSpec& variant : experiment.variants) check_variant(file, variant);
  return spec;
}

void lay_out_days(task::Experiment& experiment) {
  if (!experiment.loop) return;
  for (task::DatasetSpec& dataset : experiment.datasets) {
    dataset.split.method = walk_forward;
    dataset.split.folds = experiment.loop->days;
    dataset.split.test = 1 / static_cast<double>(dataset.simulator->days);
  }
}

}  // namespace assay::config
