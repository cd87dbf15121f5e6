#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/history_terms.h>
#include <assay/extra/threads/parallel.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <numeric>
#include <vector>

#include "implicit_least_squares.h"
#include "row_system.h"

namespace assay::als {
namespace {

constexpr int64_t kRequestsAtOnce = 16;

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// Factors of users and items, learnt from positives by alternating least squares
/// (Hu, Koren & Volinsky 2008):
///
///     sum over all u, i of c_ui (p_ui - x_u . y_i)^2 + lambda (sum |x_u|^2 + sum |y_i|^2)
///     p_ui = 1 where u was positive about i, else 0;  c_ui = 1 + alpha r_ui
///     score(u, j) = x_u . y_j
///
/// A request's x_u is solved anew, exactly, from its history and the learnt items: what a training
/// step would give it. So new users and new events are served without a refit. Learning runs on the
/// CPU and gives the same bits with any number of threads; serving takes the device.
class Als : public RecallStrategy, private VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    double alpha = 40;
    double lambda = 0.01;
    int64_t iterations = 15;
    std::string strength = "positive";
    std::string solver = "conjugate_gradient";
    int64_t conjugate_gradient_steps = 3;
    int64_t update_iterations = 2;
    double initial_deviation = 0.01;
    bool losses = false;
  };
  static void describe(ParamList<Params>& p);
  explicit Als(const Params& params) : params_(params) {}

  /// Factors of users and items, once more of the larger side while they are drawn or trained, and
  /// the pairs with their confidence by user and by item. Items are served padded and as they are.
  static MemoryUse memory(const DataSizes& sizes, const Params& params) {
    const int64_t row = 4 * padded_width(params.factors);
    const int64_t pairs = 2 * (8 + 4) * sizes.positives;
    const int64_t factors = row * (sizes.users + sizes.items + std::max(sizes.users, sizes.items));
    return {.fit = factors + pairs, .serve = 2 * row * sizes.items};
  }

  void fit(const TrainingView& data, FitContext& ctx) override;
  // A few passes over everything from the factors at hand, which are close already: approximate.
  void update(const EventSlice& events, FitContext& ctx) override;

  CandidateBatch recall(const RequestBatch& requests, int64_t k,
                        const ServeContext& ctx) const override {
    return top_k_dot(query_vectors(requests, ctx), items_, k, requests);
  }

  std::optional<Explanation> explain(const RequestBatch& requests, const CandidateBatch& candidates,
                                     const ServeContext&) const override;

  const VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const RequestBatch& requests, const ServeContext& ctx) const override;

  void save(Archive& archive) const override { archive.put("items", items_); }
  void load(const Archive& archive, const LoadContext& ctx) override {
    serve(archive.tensor("items"), ctx.device);
  }

 private:
  // The history of a request as a row of the matrix.
  struct Past {
    std::vector<int64_t> items;
    std::vector<float> confidence;
  };

  float confidence(double events) const {
    return static_cast<float>(1 + params_.alpha * (params_.strength == "events" ? events : 1.0));
  }
  std::vector<float> confidences(const TrainingView& data) const;
  SeenRows with_later(const EventSlice& events) const;
  // Rows that are not `known` begin as in fit. Theirs are 0, and a user of 0 with items of 0 would
  // stay so.
  at::Tensor with_newcomers(const at::Tensor& factors, const at::Tensor& known,
                            FitContext& ctx) const;
  // Alternates `passes` times between the users' factors and `items`, and keeps what comes out.
  void learn(int64_t passes, at::Tensor items, FitContext& ctx);
  at::Tensor random_factors(int64_t rows, FitContext& ctx) const;
  void improve(const SeenRows& seen, const at::Tensor& fixed, at::Tensor& factors) const;
  Past past(std::span<const int64_t> history) const;
  // Keeps the item vectors [N, factors] for serving.
  void serve(const at::Tensor& items, const at::Device& device);

  Params params_;
  at::Tensor items_;   // float32 [N, factors], on the device
  at::Tensor padded_;  // the same on the CPU, rows as wide as the solvers like them
  std::unique_ptr<Gram> gram_;
  // For updates alone, so that they are not saved.
  SeenRows by_user_;
  at::Tensor users_;  // float32 [U, padded]
};

void Als::describe(ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Number of latent factors: more fit finer differences and need memory and time; few "
        "generalise better on small data.")
      .range(1, 4096);
  p.add("alpha", &Params::alpha,
        "Confidence of a positive beyond that of an unobserved pair, which is 1: larger follows "
        "observed pairs, smaller favours popular items.")
      .range(0, 1e6);
  p.add("lambda", &Params::lambda,
        "L2 penalty on all vectors: larger keeps users and items with few events small.")
      .range(1e-9, 1e9);
  p.add("iterations", &Params::iterations,
        "Passes over users and items; the loss hardly falls after 15.")
      .unit("iterations")
      .range(1, 10000);
  p.add("strength", &Params::strength,
        "Definition of r_ui: 1 for a positive pair (`positive`), or its number of positive events "
        "(`events`).")
      .choices({"positive", "events"});
  p.add("solver", &Params::solver,
        "Solver of a row: a few steps from the current factors (`conjugate_gradient`, faster with "
        "many factors), or exact (`cholesky`).")
      .choices({"conjugate_gradient", "cholesky"});
  p.add("conjugate_gradient_steps", &Params::conjugate_gradient_steps,
        "With solver: conjugate_gradient, steps per row in each iteration; more than 3 do not "
        "measurably reduce the loss.")
      .unit("steps")
      .range(1, 1000);
  p.add(
       "update_iterations", &Params::update_iterations,
       "Passes of an update with later events (`refit: false`), starting from the current factors.")
      .unit("iterations")
      .range(1, 10000);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normally distributed initial factors.")
      .range(1e-9, 10);
  p.add("losses", &Params::losses,
        "Notes the loss after every iteration (`loss.1`, `loss.2`, ...), not only after the last; "
        "costs a tenth of the time.");
}

void Als::fit(const TrainingView& data, FitContext& ctx) {
  by_user_ = {data.by_user.to(at::kCPU), confidences(data)};
  users_ = random_factors(data.users, ctx);
  learn(params_.iterations, random_factors(data.items, ctx), ctx);
}

void Als::update(const EventSlice& events, FitContext& ctx) {
  const at::Tensor chosen = by_user_.columns.values;
  const at::Tensor item_known =
      at::zeros({padded_.size(0)}, at::kBool).index_fill_(0, chosen, true);
  users_ = with_newcomers(users_, by_user_.columns.lengths() > 0, ctx);
  const at::Tensor items = with_newcomers(padded_, item_known, ctx);
  by_user_ = with_later(events);
  learn(params_.update_iterations, items, ctx);
}

void Als::learn(int64_t passes, at::Tensor items, FitContext& ctx) {
  const SeenRows by_item = transposed(by_user_, items.size(0));
  for (int64_t pass = 1; pass <= passes && !ctx.stop_requested(); ++pass) {
    improve(by_user_, items, users_);
    improve(by_item, users_, items);
    if (params_.losses || pass == passes) {
      const double loss = implicit_loss(by_user_, users_, items, params_.lambda);
      if (params_.losses) ctx.note("loss." + std::to_string(pass), shown(loss));
      ctx.note("loss", shown(loss));
    }
    ctx.progress(pass, passes);
  }
  serve(items.slice(1, 0, params_.factors).contiguous(), ctx.device());
}

at::Tensor Als::with_newcomers(const at::Tensor& factors, const at::Tensor& known,
                               FitContext& ctx) const {
  return at::where(known.unsqueeze(1), factors, random_factors(factors.size(0), ctx));
}

SeenRows Als::with_later(const EventSlice& events) const {
  const at::Tensor positive = events.positive.cpu();
  const at::Tensor user = events.user.cpu().masked_select(positive);
  const at::Tensor item = events.item.cpu().masked_select(positive);
  std::map<int64_t, std::map<int64_t, int64_t>> later;  // how often, by user and item
  for (int64_t e = 0; e < user.size(0); ++e)
    ++later[user.const_data_ptr<int32_t>()[e]][item.const_data_ptr<int32_t>()[e]];
  const extra::RaggedSpans before(by_user_.columns);
  std::vector<int64_t> columns, offsets = {0};
  std::vector<float> confidences;
  auto known = by_user_.confidence.begin();
  for (int64_t u = 0; u < before.size(); ++u) {
    std::map<int64_t, int64_t>& fresh = later[u];
    for (const int64_t i : before[u]) {
      const auto again = fresh.extract(i);
      columns.push_back(i);
      confidences.push_back(*known++);
      if (again && params_.strength == "events")
        confidences.back() +=
            static_cast<float>(params_.alpha * static_cast<double>(again.mapped()));
    }
    for (const auto& [i, times] : fresh) {
      columns.push_back(i);
      confidences.push_back(confidence(static_cast<double>(times)));
    }
    offsets.push_back(static_cast<int64_t>(columns.size()));
  }
  return {{at::tensor(columns, at::kLong), at::tensor(offsets, at::kLong)}, std::move(confidences)};
}

// In the order of by_user.values.
std::vector<float> Als::confidences(const TrainingView& data) const {
  const extra::RaggedSpans by_user(data.by_user);
  std::vector<float> result(static_cast<size_t>(data.by_user.values.size(0)), confidence(1));
  if (params_.strength != "events") return result;
  const at::Tensor positive = data.positive.cpu();
  const at::Tensor user = data.user.cpu().masked_select(positive);
  const at::Tensor item = data.item.cpu().masked_select(positive);
  std::map<std::pair<int64_t, int64_t>, int64_t> events;
  for (int64_t e = 0; e < user.size(0); ++e)
    ++events[{user.const_data_ptr<int32_t>()[e], item.const_data_ptr<int32_t>()[e]}];
  size_t at = 0;
  for (int64_t u = 0; u < by_user.size(); ++u) {
    for (const int64_t i : by_user[u])
      result[at++] = confidence(static_cast<double>(events[{u, i}]));
  }
  return result;
}

at::Tensor Als::random_factors(int64_t rows, FitContext& ctx) const {
  const at::Tensor drawn =
      at::normal(0.0, params_.initial_deviation, {rows, params_.factors}, ctx.generator());
  return at::constant_pad_nd(drawn, {0, padded_width(params_.factors) - params_.factors});
}

void Als::improve(const SeenRows& seen, const at::Tensor& fixed, at::Tensor& factors) const {
  if (params_.solver == "cholesky")
    solve_exactly(seen, fixed, params_.factors, params_.lambda, factors);
  else
    solve_by_conjugate_gradient(seen, fixed, params_.lambda, params_.conjugate_gradient_steps,
                                factors);
}

void Als::serve(const at::Tensor& items, const at::Device& device) {
  items_ = items.to(device);
  padded_ = at::constant_pad_nd(items.cpu(), {0, padded_width(params_.factors) - params_.factors})
                .contiguous();
  gram_ = std::make_unique<Gram>(padded_, params_.factors);
}

Als::Past Als::past(std::span<const int64_t> history) const {
  std::map<int64_t, int64_t> events;
  for (const int64_t item : history) ++events[item];
  Past past;
  for (const auto& [item, count] : events) {
    past.items.push_back(item);
    past.confidence.push_back(confidence(static_cast<double>(count)));
  }
  return past;
}

at::Tensor Als::query_vectors(const RequestBatch& requests, const ServeContext&) const {
  at::Tensor vectors = at::zeros({requests.size(), params_.factors}, at::kFloat);
  float* const to = vectors.mutable_data_ptr<float>();
  const extra::RaggedSpans history(requests.history);
  extra::parallel_blocks(requests.size(), kRequestsAtOnce, [&](int64_t first, int64_t last) {
    RowSolver solver(*gram_, params_.lambda);
    std::vector<float> solution(static_cast<size_t>(padded_.size(1)));
    for (int64_t row = first; row < last; ++row) {
      if (history[row].empty()) continue;
      const Past known = past(history[row]);
      solver.solve(known.items, known.confidence, solution.data());
      std::copy_n(solution.data(), params_.factors, to + row * params_.factors);
    }
  });
  return vectors.to(items_.device());
}

// Hu et al. 2008, section 5: score(u, j) = sum over i in the history of c_ui y_j' W_u y_i.
std::optional<Explanation> Als::explain(const RequestBatch& requests,
                                        const CandidateBatch& candidates,
                                        const ServeContext&) const {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const float* const vectors = padded_.const_data_ptr<float>();
  const extra::RaggedSpans history(requests.history);
  RowSystem equations(*gram_, params_.lambda);
  extra::HistoryTerms terms;
  for (int64_t row = 0; row < candidates.size(); ++row) {
    const Past known = past(history[row]);
    if (known.items.empty()) continue;
    equations.set(known.items, known.confidence);
    for (int64_t at = row * candidates.width(); at < (row + 1) * candidates.width(); ++at) {
      if (item[at] < 0) continue;
      const std::vector<double>& response = equations.response(item[at]);
      for (size_t n = 0; n < known.items.size(); ++n) {
        const float* const vector = vectors + known.items[n] * padded_.size(1);
        const double like = std::inner_product(response.begin(), response.end(), vector, 0.0);
        terms.add(at, known.items[n], known.confidence[n] * like);
      }
    }
  }
  return terms.explanation(candidates);
}

}  // namespace
}  // namespace assay::als

ASSAY_PLUGINS(assay::plugin<assay::als::Als>({
    .name = "als",
    .doc = "Matrix factorisation of implicit feedback by alternating least squares: strong if "
           "users have many events, and fast to fit.",
    .paper = "Hu, Koren & Volinsky 2008, Collaborative Filtering for Implicit Feedback Datasets; "
             "Takács, Pilászy & Tikk 2011, Applications of the Conjugate Gradient Method for "
             "Implicit Feedback Collaborative Filtering",
    .traits = {.draws_in_fit = true, .additive = true, .updates = true},
}))
