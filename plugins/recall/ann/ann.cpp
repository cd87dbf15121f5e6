#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/fits/epochs.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/equal_scores.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nearest_items.h"
#include "vector_input.h"

namespace assay::ann {
namespace {

/// The items with the largest inner products of vectors, by an approximate search: what the strategy
/// named by `model` serves, nearly, in less time where the catalogue is large. A graph finds
/// candidates (hnsw_index.h), which are then scored exactly; whatever the graph cannot answer is
/// scored exactly as a whole: requests with allowed sets, with more excluded items than `most`
/// allows, and those for which it finds too few.
///
/// Exact search of 41,000 items by 64 numbers takes 0.1 to 0.2 ms a request, this one 0.05: it pays
/// from some 200,000 items. How many of the exact neighbours it finds is measured when it is fitted,
/// on users of the training data without what they know, and noted.
///
/// A request whose vector is 0 is one about which the model knows nothing, and gets no candidates;
/// nor does one for which all items that may be served have the same score.
class Ann : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t ef = 200;
    int64_t links = 16;
    int64_t ef_construction = 200;
    int64_t most = 1000;
    int64_t sample = 500;
    int64_t sample_k = 100;
    double expected_recall = 0.95;
  };
  static void describe(ParamList<Params>& p);
  explicit Ann(const Params& params) : params_(params) {}

  void fit(const TrainingView& data, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return answer(requests, queries_of(requests, ctx), k, params_.most).lists;
  }
  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext& ctx) const override {
    return model_->explain(requests, candidates, ctx);
  }

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_.vectors(); }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override {
    return queries_of(requests, ctx);
  }

  void save(Archive& archive) const override;
  void load(const Archive& archive, const LoadContext& ctx) override;

 private:
  struct Answer {
    CandidateBatch lists;
    int64_t scored_exactly = 0;  // requests that the index could not answer
  };
  at::Tensor queries_of(const RequestBatch& requests, const ServeContext& ctx) const {
    return checked_queries(model_->vectors()->query_vectors(requests, ctx), requests.size(),
                           items_.vectors());
  }
  // With most = 0 all requests are scored exactly.
  Answer answer(const RequestBatch& requests, const at::Tensor& queries, int64_t k,
                int64_t most) const;
  void add_exact(const RequestBatch& requests, const at::Tensor& queries,
                 const std::vector<int64_t>& rows, CandidateBatch& lists) const;
  void measure(const TrainingView& data, FitContext& ctx) const;

  Params params_;
  const Strategy* model_ = nullptr;
  NearestItems items_;
};

void Ann::describe(ParamList<Params>& p) {
  p.input("model", PluginKind::recall,
          "The fitted strategy whose vectors are searched: one in which a score is an inner "
          "product, such as als, bpr, simple_x or sasrec.")
      .required();
  p.add("ef", &Params::ef,
        "Items kept while a request is searched; at least k. More find more of the exact "
        "neighbours in proportionally more time.")
      .unit("items")
      .range(1, 100000)
      .tune_log(50, 1000);
  p.add(
       "links", &Params::links,
       "Edges of an item on each layer of the graph, M of the paper, and twice that on the lowest: "
       "more find more and need memory. 16 suits vectors of up to some 100 numbers.")
      .unit("edges")
      .range(2, 1000);
  p.add("ef_construction", &Params::ef_construction,
        "Items looked at to find the edges of one: more make a better graph in proportionally more "
        "time of the fit.")
      .unit("items")
      .range(1, 100000);
  p.add("most", &Params::most,
        "A request is scored exactly where k and its excluded items together are more than this: "
        "the index is asked for so many, and then is no faster. 0: all are scored exactly.")
      .unit("items")
      .range(0, 1e9);
  p.add("sample", &Params::sample,
        "Users of the training data for whom the fit measures how many of the exact neighbours are "
        "found; the note `recall_against_exact`. 0: none.")
      .unit("users")
      .range(0, 1e6);
  p.add("sample_k", &Params::sample_k, "Neighbours of each that are compared.")
      .unit("items")
      .range(1, 100000);
  p.add("expected_recall", &Params::expected_recall,
        "A warning beside the verdict where less than this share of the exact neighbours is found.")
      .range(0, 1);
}

void Ann::fit(const TrainingView& data, FitContext& ctx) {
  model_ = &ctx.inputs().at("model");
  const at::Tensor vectors = checked_items(*model_, data.items);
  const auto stop = [&](int64_t done) {
    ctx.progress(done, data.items);
    return ctx.stop_requested();
  };
  items_ = NearestItems(
      vectors,
      HnswIndex::build(vectors,
                       {.links = params_.links, .ef_construction = params_.ef_construction}, stop));
  ctx.note("metric", "inner product");
  ctx.note("width", std::to_string(vectors.size(1)));
  ctx.note("indexed", std::to_string(items_.index() ? items_.index()->size() : 0));
  ctx.note("zero_vectors", std::to_string(items_.zeros()));
  if (params_.sample > 0 && !ctx.stop_requested()) measure(data, ctx);
}

Ann::Answer Ann::answer(const RequestBatch& requests, const at::Tensor& queries, int64_t k,
                        int64_t most) const {
  const int64_t size = requests.size(), width = queries.size(1);
  Answer made;
  made.lists.item = at::full({size, k}, -1, at::kLong);
  made.lists.score = at::full({size, k}, -std::numeric_limits<float>::infinity(), at::kFloat);
  if (k == 0) return made;
  int64_t* const item = made.lists.item.mutable_data_ptr<int64_t>();
  float* const score = made.lists.score.mutable_data_ptr<float>();
  const float* const query = queries.const_data_ptr<float>();
  const extra::RaggedSpans excluded(requests.excluded);
  const extra::EqualScores all_equal(requests);
  std::vector<uint8_t> is_open(static_cast<size_t>(size), 0);
  extra::parallel_blocks(size, extra::kRequestsPerBlock, [&](int64_t first, int64_t last) {
    NearestItems::Space space;
    for (int64_t row = first; row < last; ++row) {
      const float* const own = query + row * width;
      if (std::all_of(own, own + width, [](float value) { return value == 0; })) continue;
      is_open[row] = 1;
      if (requests.allowed) continue;
      const auto found = items_.find(
          own, {.k = k, .ef = params_.ef, .most = most, .excluded = excluded[row]}, space);
      if (!found) continue;
      is_open[row] = 0;
      const double best = found->front().score;
      if (std::ranges::all_of(space.scored, [&](const auto& one) { return one.score == best; }) &&
          all_equal(row, items_.vectors().size(0), [&](int64_t i) { return items_.score(own, i); }))
        continue;
      for (int64_t at = 0; at < k; ++at) {
        item[row * k + at] = (*found)[at].item;
        score[row * k + at] = static_cast<float>((*found)[at].score);
      }
    }
  });
  std::vector<int64_t> rows;
  for (int64_t row = 0; row < size; ++row)
    if (is_open[row]) rows.push_back(row);
  if (!rows.empty()) add_exact(requests, queries, rows, made.lists);
  made.scored_exactly = std::ssize(rows);
  return made;
}

// Scored anew as those of the index are, so that a list does not tell which way it came.
void Ann::add_exact(const RequestBatch& requests, const at::Tensor& queries,
                    const std::vector<int64_t>& rows, CandidateBatch& lists) const {
  const at::Tensor chosen = at::tensor(rows, at::kLong);
  const RequestBatch open = selected(requests, chosen);
  const at::Tensor own = queries.index_select(0, chosen);
  const int64_t k = lists.width(), width = own.size(1);
  const CandidateBatch best = top_k_dot(own, items_.vectors(), k, open);
  const extra::EqualScores all_equal(open);
  std::vector<ScoredItem> scored;
  for (size_t n = 0; n < rows.size(); ++n) {
    const float* const query = own.const_data_ptr<float>() + static_cast<int64_t>(n) * width;
    const int64_t* const found = best.item.const_data_ptr<int64_t>() + static_cast<int64_t>(n) * k;
    scored.clear();
    for (int64_t at = 0; at < k && found[at] >= 0; ++at)
      scored.push_back({items_.score(query, found[at]), found[at]});
    std::ranges::sort(scored, is_before);
    if (!scored.empty() && scored.front().score == scored.back().score &&
        all_equal(static_cast<int64_t>(n), items_.vectors().size(0),
                  [&](int64_t i) { return items_.score(query, i); }))
      continue;
    for (size_t at = 0; at < scored.size(); ++at) {
      const int64_t to = rows[n] * k + static_cast<int64_t>(at);
      lists.item.mutable_data_ptr<int64_t>()[to] = scored[at].item;
      lists.score.mutable_data_ptr<float>()[to] = static_cast<float>(scored[at].score);
    }
  }
}

void Ann::measure(const TrainingView& data, FitContext& ctx) const {
  const RequestBatch asked = sample_of_users(data, ctx.trial() ? 16 : params_.sample);
  if (asked.size() == 0) return;
  const int64_t k = std::min(params_.sample_k, data.items);
  at::Tensor queries;
  try {
    queries = model_->vectors()->query_vectors(asked, ctx.serving());
  } catch (const InvalidInput& problem) {
    // A model may need what only real requests have, such as a context.
    return ctx.note("recall_against_exact", std::string("not measured: ") + problem.what());
  }
  queries = checked_queries(queries, asked.size(), items_.vectors());
  const Answer found = answer(asked, queries, k, params_.most);
  const double recall = shared(found.lists, answer(asked, queries, k, 0).lists);
  ctx.note("recall_against_exact", extra::shown(recall));
  ctx.note("recall_against_exact.at", std::to_string(k));
  ctx.note("recall_against_exact.requests", std::to_string(asked.size()));
  ctx.note("recall_against_exact.scored_exactly", std::to_string(found.scored_exactly));
  if (recall < params_.expected_recall) {
    ctx.note("warning", "the index finds " + extra::shown(recall) + " of the " + std::to_string(k) +
                            " exact neighbours, less than expected_recall (" +
                            extra::shown(params_.expected_recall) +
                            "): raise ef, links or ef_construction");
  }
}

void Ann::save(Archive& archive) const {
  archive.put_text("metric", "inner product");
  archive.put_text("width", std::to_string(items_.vectors().size(1)));
  archive.put_text("links", std::to_string(params_.links));
  archive.put_text("ef", std::to_string(params_.ef));
  archive.put_text("vectors", fingerprint(items_.vectors()));
  if (items_.index()) archive.put("index", items_.index()->bytes());
}

void Ann::load(const Archive& archive, const LoadContext& ctx) {
  model_ = &ctx.inputs->at("model");
  const at::Tensor vectors = checked_items(*model_, std::nullopt);
  if (fingerprint(vectors) != archive.text("vectors")) {
    throw InvalidInput(
        "ann: the index was made of other vectors than those that `model` has now (width " +
        archive.text("width") + " then, " + std::to_string(vectors.size(1)) +
        " now); they may come from another machine or number of threads. Fit both again.");
  }
  std::optional<HnswIndex> index;
  if (archive.has("index"))
    index = HnswIndex::load(archive.tensor("index").cpu().contiguous(), vectors.size(0),
                            vectors.size(1));
  items_ = NearestItems(vectors, std::move(index));
}

}  // namespace
}  // namespace assay::ann

ASSAY_PLUGINS(assay::plugin<assay::ann::Ann>({
    .name = "ann",
    .doc = "Approximate nearest neighbours: the items that another strategy with vectors would "
           "serve, found in a graph; for catalogues that are too large to score as a whole.",
    .paper = "Malkov & Yashunin 2020, Efficient and Robust Approximate Nearest Neighbor Search "
             "Using Hierarchical Navigable Small World Graphs",
    .traits = {.cpu_only = true},
}))
