#include "worker/export_task.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "error/error.h"
#include "pipeline/archive_file.h"
#include "pipeline/hashing.h"
#include "worker/known_users.h"

namespace assay::worker {
namespace {

using Step = task::ServeNode::Step;

constexpr double kEmptyScore = -std::numeric_limits<double>::infinity();

/// Cut or widened to k columns.
at::Tensor as_wide(const at::Tensor& lists, int64_t k, double fill) {
  const at::Tensor head = lists.slice(1, 0, k);
  return at::constant_pad_nd(head, {0, k - head.size(1)}, fill).cpu();
}

class Exporter {
 public:
  Exporter(const task::ExportRequest& request, pipeline::StrategyStore& store)
      : request_(request), nodes_(request.task.evaluate->nodes), store_(store) {}

  Archive lists() {
    expect_any_user();
    pipeline::ServingGraph graph(nodes_, store_, {.batch_size = batch()});
    const KnownUsers known(store_.data(), request_);
    std::vector<at::Tensor> items, scores;
    each_batch(known, [&](const RequestBatch& requests, int64_t number) {
      const pipeline::ServedBatch served =
          graph.serve_batch(requests, requests.size(), number, task::Window::test);
      const int64_t last = std::ssize(nodes_) - 1;
      if (const pipeline::StageFailure* failure = graph.failure_above(last)) throw *failure;
      const CandidateBatch list = served.list(last);
      items.push_back(as_wide(list.item, request_.k, -1).to(at::kInt));
      scores.push_back(as_wide(list.score, request_.k, kEmptyScore));
    });
    Archive out = with_users(known);
    out.put(task::kExportedItems, stacked(items, at::kInt));
    out.put(task::kExportedScores, stacked(scores, at::kFloat));
    return out;
  }

  Archive vectors() {
    const KnownUsers known(store_.data(), request_);
    Archive out = with_users(known);
    nlohmann::json places = nlohmann::json::array();
    for (size_t node = 0; node < nodes_.size(); ++node) {
      const pipeline::LoadedStage stage = loaded(node);
      const VectorModel* const model = stage.strategy ? stage.strategy->vectors() : nullptr;
      if (model == nullptr) continue;
      places.push_back(nodes_[node].place);
      const at::Tensor items = item_vectors(*model, node);
      out.put(nodes_[node].place + "/items", items);
      out.put(nodes_[node].place + "/users",
              user_vectors(*model, stage, node, known, items.size(1)));
    }
    out.put_text(task::kExportedPlaces, places.dump());
    return out;
  }

  /// A model that is not in the cache any more, or cannot be loaded, counts as without.
  Archive has_vectors() {
    Archive out;
    nlohmann::json places = nlohmann::json::array();
    for (size_t node = 0; node < nodes_.size(); ++node) {
      try {
        const pipeline::LoadedStage stage = loaded(node);
        if (stage.strategy && stage.strategy->vectors() != nullptr) places.push_back(node);
      } catch (const pipeline::StageFailure&) {
      } catch (const error::UserError&) {
      }
    }
    out.put_text(task::kExportedPlaces, places.dump());
    return out;
  }

 private:
  int64_t batch() const { return request_.task.numeric.batch_size; }

  // Lists of another tool, and logged rows, are of the requests of a window alone.
  void expect_any_user() const {
    for (const task::ServeNode& node : nodes_) {
      if (node.step == Step::lists)
        throw error::UserError(fmt::format(
            "{} is made of lists that know the requests of the test window alone; only what "
            "strategies retrieve can be exported for all users",
            node.place));
      expect_histories(node);
    }
  }

  // Histories with types of events that do not count as positive are kept for these alone, too.
  void expect_histories(const task::ServeNode& node) const {
    if (node.fitted.stage.sees.learn_from.empty() ||
        !store_.data().prepared().has_typed_histories(task::Window::test))
      return;
    throw error::UserError(fmt::format(
        "{} ({}) learns from types of events of which some are not positive; such histories are "
        "kept for the requests of the test window alone",
        node.place, node.fitted.stage.plugin));
  }

  pipeline::LoadedStage loaded(size_t node) {
    if (nodes_[node].step == Step::merge || nodes_[node].step == Step::lists) return {};
    return store_.load(nodes_[node].fitted, static_cast<int64_t>(node));
  }

  ServeContext context(const pipeline::LoadedStage& stage, size_t node) const {
    ServeContext::Settings settings;
    settings.device = store_.data().device();
    settings.features = &store_.data().features(nodes_[node].fitted.stage.sees, settings.device);
    settings.inputs = stage.inputs.get();
    settings.seed = nodes_[node].serve_seed;
    settings.place = pipeline::place_key(nodes_[node].place);
    return ServeContext(settings);
  }

  template <typename Body>
  void call(size_t node, const Body& body) const {
    const std::string &place = nodes_[node].place, &plugin = nodes_[node].fitted.stage.plugin;
    pipeline::call_stage(store_.guards(), {"vectors", place, plugin, static_cast<int64_t>(node)},
                         store_.guards().limits.batch_s, body);
  }

  // Throws StageFailure where they are not float32 [rows, width]; width -1: any.
  static void expect_vectors(const at::Tensor& got, int64_t rows, int64_t width) {
    if (got.defined() && got.scalar_type() == at::kFloat && got.dim() == 2 && got.size(0) == rows &&
        (width < 0 || got.size(1) == width))
      return;
    throw pipeline::StageFailure(
        task::FailureKind::contract,
        fmt::format("its vectors are not the float32 [{}, {}] that was expected", rows,
                    width < 0 ? "D" : std::to_string(width)));
  }

  at::Tensor item_vectors(const VectorModel& model, size_t node) const {
    at::Tensor out;
    call(node, [&] {
      out = model.item_vectors();
      expect_vectors(out, store_.data().items(), -1);
    });
    return out.cpu().contiguous();
  }

  at::Tensor user_vectors(const VectorModel& model, const pipeline::LoadedStage& stage, size_t node,
                          const KnownUsers& known, int64_t width) const {
    expect_histories(nodes_[node]);
    std::vector<at::Tensor> parts;
    const ServeContext ctx = context(stage, node);
    each_batch(known, [&](const RequestBatch& requests, int64_t) {
      call(node, [&] {
        const RequestBatch seen =
            store_.data().seen_by(nodes_[node].fitted.stage.sees, task::Window::test, requests);
        parts.push_back(model.query_vectors(seen, ctx));
        expect_vectors(parts.back(), requests.size(), width);
      });
      parts.back() = parts.back().cpu();
    });
    return stacked(parts, at::kFloat);
  }

  template <typename Body>
  void each_batch(const KnownUsers& known, const Body& body) const {
    const int64_t all = std::ssize(known.users());
    for (int64_t first = 0; first < all; first += batch())
      body(known.requests(first, std::min(batch(), all - first)), first / batch());
  }

  static at::Tensor stacked(const std::vector<at::Tensor>& parts, at::ScalarType type) {
    if (parts.empty()) return at::empty({0, 0}, type);
    return at::cat(parts).contiguous();
  }

  static Archive with_users(const KnownUsers& known) {
    Archive out;
    out.put(task::kExportedUsers, at::tensor(known.users(), at::kLong));
    return out;
  }

  const task::ExportRequest& request_;
  const std::vector<task::ServeNode>& nodes_;
  pipeline::StrategyStore& store_;
};

}  // namespace

void export_of(const task::ExportRequest& request, Session& session) {
  Exporter exporter(request, session.open(request.task));
  const auto made = [&] {
    using enum task::ExportedThing;
    if (request.what == vectors) return exporter.vectors();
    return request.what == lists ? exporter.lists() : exporter.has_vectors();
  };
  pipeline::write_archive(made(), request.path, {});
}

}  // namespace assay::worker
