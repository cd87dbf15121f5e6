#include "cli/export_models.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "cli/export_trec.h"
#include "cli/numpy_file.h"
#include "cli/recorded_experiment.h"
#include "cli/worker_pool.h"
#include "dataset/prepared.h"
#include "dataset/safetensors.h"
#include "error/error.h"
#include "execution/model_cache.h"
#include "ingest/parquet_writer.h"
#include "process/run.h"
#include "task/export_request.h"

namespace assay::cli {
namespace {

using dataset::SafetensorsFile;
using Texts = std::vector<std::string>;

/// A run, laid out again over the models in the cache.
class Models {
 public:
  Models(const report::OpenRun& run, const Workspace& workspace)
      : run_(run),
        workspace_(workspace),
        work_(workspace.cache, false),
        recorded_(read_recorded(workspace, run.name().path, run.info(), work_.path())) {
    plan_ = workspace_.lay_out(recorded_.experiment, recorded_.data, &run.database());
  }

  /// Of each data set the last fold and the first seed. Throws UserError: there is no such variant.
  std::vector<const execution::PlannedTrial*> trials(const std::string& variant) const {
    std::vector<const execution::PlannedTrial*> chosen;
    Texts names;
    for (const task::VariantSpec& known : recorded_.experiment.variants)
      names.push_back(known.name);
    if (std::ranges::count(names, variant) == 0)
      throw error::UserError(fmt::format("{} is no variant of run {}{}", variant,
                                         run_.info().run_id, error::did_you_mean(variant, names)));
    for (const execution::PlannedTrial& trial : plan_.trials) {
      if (trial.variant != variant) continue;
      if (chosen.empty() || chosen.back()->dataset != trial.dataset)
        chosen.push_back(&trial);
      else if (chosen.back()->fold != trial.fold)
        chosen.back() = &trial;
    }
    return chosen;
  }

  /// "shop" of several data sets, or "".
  std::string name_part(const execution::PlannedTrial& trial) const {
    const bool several = recorded_.experiment.datasets.size() > 1;
    return several ? "." + export_file_name(trial.dataset) : "";
  }

  dataset::PreparedData data_of(const execution::PlannedTrial& trial) const {
    return dataset::PreparedData::open(plan_.data[trial.data].prepared.path);
  }

  /// Throws UserError: a model that the trial needs is not in the cache.
  void expect_models(const execution::PlannedTrial& trial) const {
    for (const std::string& key : trial.nodes) {
      const task::ServeNode& node = plan_.nodes.at(key);
      if (node.fitted.artifact.key.empty() || execution::is_cached(plan_, node.fitted.artifact.key))
        continue;
      throw error::UserError(fmt::format(
          "the model of {} ({}) of {} is not in the cache {}: it was removed, or its plugin, the "
          "data or this build have changed since; run the experiment again with `assay run` first",
          node.place, node.fitted.stage.plugin, trial.label(), workspace_.cache));
    }
  }

  task::ExportRequest request(task::ExportedThing what, const execution::Plan::Graph& graph,
                              size_t data) const {
    task::ExportRequest request;
    request.what = what;
    request.task.id = "export";
    request.task.data_path = plan_.data[data].prepared.path;
    request.task.numeric = recorded_.experiment.numeric;
    request.task.limits = recorded_.experiment.limits;
    request.task.evaluate.emplace();
    request.task.evaluate->nodes = graph.nodes;
    request.history = {task::Window::train, task::Window::rank, task::Window::validation};
    request.exclude_seen = recorded_.experiment.traffic.exclude_seen;
    request.history_length = recorded_.experiment.traffic.history_length;
    request.path = work_.path() + "/exported.safetensors";
    return request;
  }

  SafetensorsFile ask(const task::ExportRequest& request) const {
    const std::string path = work_.path() + "/request.json";
    task::write_export_request(request, path);
    process::Command command;
    command.words = {workspace_.plugins.worker, "--export", path};
    command.input = process::Input::nothing();
    const std::string said = work_.path() + "/said";
    command.error = process::Output::file(said);
    const process::Ran ran = process::run(command);
    if (!ran.end.well()) throw error::UserError(reason(ran.end, said));
    return SafetensorsFile::open(request.path);
  }

  /// Variants whose strategies have vectors.
  Texts with_vectors() const {
    Texts found;
    for (const task::VariantSpec& variant : recorded_.experiment.variants) {
      const execution::PlannedTrial& trial = *trials(variant.name).front();
      const auto file =
          ask(request(task::ExportedThing::has_vectors, plan_.graph({&trial}), trial.data));
      if (!nlohmann::json::parse(file.note(kPlacesNote)).empty()) found.push_back(variant.name);
    }
    return found;
  }

  const execution::Plan& plan() const { return plan_; }

  static constexpr char kPlacesNote[] = "text.places";

 private:
  static std::string reason(const process::End& end, const std::string& said) {
    std::ifstream in(said);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (end.signal == 0 && !text.empty()) return text;
    return fmt::format("assay-worker ended with {} while it exported{}{}", end.text(),
                       text.empty() ? "" : ": ", text);
  }

  const report::OpenRun& run_;
  const Workspace& workspace_;
  WorkFolder work_;
  Recorded recorded_;
  execution::Plan plan_;
};

Texts user_names(const dataset::PreparedData& data, std::span<const int64_t> users) {
  Texts names;
  for (const int64_t user : users) names.emplace_back(data.user_id(user));
  return names;
}

Texts item_names(const dataset::PreparedData& data) {
  Texts names;
  for (int64_t item = 0; item < data.items(); ++item) names.emplace_back(data.item_id(item));
  return names;
}

void write_ids(const std::string& path, const Texts& ids) {
  std::ofstream out(path, std::ios::binary);
  for (const std::string& id : ids) {
    if (id.find('\n') != std::string::npos)
      throw error::UserError(path,
                             "an id contains a line end, which a file of an id a line "
                             "cannot hold");
    out << id << '\n';
  }
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

/// One place's vectors as files whose names begin with `base`.
void write_vectors(const SafetensorsFile& file, const std::string& place, const std::string& base,
                   const Texts& users, const Texts& items) {
  dataset::SafetensorsWriter writer;
  for (const auto& [kind, ids] : {std::pair("items", &items), std::pair("users", &users)}) {
    const std::string name = fmt::format("{}/{}", place, kind);
    const std::vector<int64_t>& shape = file.tensor(name).shape;
    const std::span<const float> values = file.array<float>(name);
    write_npy(fmt::format("{}.{}.npy", base, kind), values, shape[0], shape[1]);
    write_ids(fmt::format("{}.{}.ids", base, kind), *ids);
    writer.add(kind, values, shape);
    writer.note(fmt::format("{}.ids", kind), nlohmann::json(*ids).dump());
  }
  writer.note("metric", "inner product");
  writer.note("place", place);
  writer.write(base + ".safetensors");
}

[[noreturn]] void throw_no_vectors(const std::string& variant, const Models& models) {
  const Texts known = models.with_vectors();
  throw error::UserError(
      fmt::format("no strategy of {} has vectors{}", variant,
                  known.empty() ? "; nor has one of the other variants of the run"
                                : fmt::format("; those of {} have them", fmt::join(known, ", "))));
}

// -- Lists

/// Every step passes on at least `k`.
void keep_at_least(int64_t k, std::vector<task::ServeNode>& nodes) {
  for (task::ServeNode& node : nodes) {
    if (node.step == task::ServeNode::Step::merge) {
      if (node.merge.k > 0) node.merge.k = std::max(node.merge.k, k);
    } else {
      node.fitted.stage.k = std::max(node.fitted.stage.k, k);
    }
  }
}

struct UserLists {
  Texts users, items;
  std::span<const int32_t> item;  // [U, k]
  std::span<const float> score;   // [U, k]
  size_t k = 0;
};

void write_trec(const UserLists& lists, const std::string& path) {
  check_trec_names(lists.users, lists.items);
  std::ofstream out(path, std::ios::binary);
  for (size_t i = 0; i < lists.item.size(); ++i) {
    if (lists.item[i] < 0) continue;
    const size_t rank = i % lists.k + 1;
    out << fmt::format("{} Q0 {} {} {} assay\n", lists.users[i / lists.k],
                       lists.items[static_cast<size_t>(lists.item[i])], rank, lists.k - rank + 1);
  }
  if (!out.flush()) throw error::UserError(path, "the file cannot be written; is the disk full?");
}

void write_parquet(const UserLists& lists, const std::string& path) {
  using Type = ingest::ParquetField::Type;
  constexpr size_t kUsersOfAGroup = 1000;
  ingest::ParquetWriter writer(
      path,
      {{"user", Type::text}, {"item", Type::text}, {"rank", Type::integer}, {"score", Type::real}});
  for (size_t first = 0; first < lists.users.size(); first += kUsersOfAGroup) {
    const size_t last = std::min(lists.users.size(), first + kUsersOfAGroup);
    ingest::ParquetTexts user, item;
    ingest::ParquetIntegers rank;
    ingest::ParquetReals score;
    for (size_t i = first * lists.k; i < last * lists.k; ++i) {
      if (lists.item[i] < 0) continue;
      user.emplace_back(lists.users[i / lists.k]);
      item.emplace_back(lists.items[static_cast<size_t>(lists.item[i])]);
      rank.emplace_back(static_cast<int64_t>(i % lists.k) + 1);
      score.push_back(std::isfinite(lists.score[i]) ? std::optional<double>(lists.score[i])
                                                    : std::nullopt);
    }
    writer.write({std::move(user), std::move(item), std::move(rank), std::move(score)});
  }
  writer.close();
}

}  // namespace

void export_vectors(const report::OpenRun& run, const std::string& variant,
                    const std::string& folder, const Workspace& workspace) {
  const Models models(run, workspace);
  for (const execution::PlannedTrial* trial : models.trials(variant)) {
    models.expect_models(*trial);
    const SafetensorsFile file = models.ask(
        models.request(task::ExportedThing::vectors, models.plan().graph({trial}), trial->data));
    const auto places = nlohmann::json::parse(file.note(Models::kPlacesNote)).get<Texts>();
    if (places.empty()) throw_no_vectors(variant, models);
    const dataset::PreparedData data = models.data_of(*trial);
    const Texts users = user_names(data, file.array<int64_t>(task::kExportedUsers));
    const std::string base =
        fmt::format("{}/{}{}", folder, export_file_name(variant), models.name_part(*trial));
    for (const std::string& place : places)
      write_vectors(file, place, places.size() > 1 ? fmt::format("{}.{}", base, place) : base,
                    users, item_names(data));
  }
}

void export_lists(const report::OpenRun& run, const std::string& variant, int64_t k,
                  const std::string& folder, const Workspace& workspace) {
  const Models models(run, workspace);
  for (const execution::PlannedTrial* trial : models.trials(variant)) {
    models.expect_models(*trial);
    task::ExportRequest request =
        models.request(task::ExportedThing::lists, models.plan().graph({trial}), trial->data);
    request.k = k;
    keep_at_least(k, request.task.evaluate->nodes);
    const SafetensorsFile file = models.ask(request);
    const dataset::PreparedData data = models.data_of(*trial);
    const UserLists lists{user_names(data, file.array<int64_t>(task::kExportedUsers)),
                          item_names(data), file.array<int32_t>(task::kExportedItems),
                          file.array<float>(task::kExportedScores), static_cast<size_t>(k)};
    const std::string base =
        fmt::format("{}/{}{}", folder, export_file_name(variant), models.name_part(*trial));
    write_parquet(lists, base + ".parquet");
    try {
      write_trec(lists, base + ".run");
    } catch (const error::UserError& error) {
      fmt::print("{}.run is left out: {}\n", base, error.problems().front().text());
    }
  }
}

}  // namespace assay::cli
