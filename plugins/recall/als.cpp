#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/zeros.h>
#include <assay/plugin.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <numeric>
#include <vector>

#include "common/history_scores.h"
#include "common/implicit_least_squares.h"
#include "common/parallel.h"
#include "common/row_system.h"
#include "common/rows.h"

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
class Als : public assay::RecallStrategy, private assay::VectorModel {
 public:
  struct Params {
    int64_t factors = 64;
    double alpha = 40;
    double lambda = 0.01;
    int64_t iterations = 15;
    std::string strength = "positive";
    std::string solver = "conjugate_gradient";
    int64_t conjugate_gradient_steps = 3;
    double initial_deviation = 0.01;
    bool losses = false;
  };
  static void describe(assay::ParamList<Params>& p);
  explicit Als(const Params& params) : params_(params) {}

  void fit(const assay::TrainingView& data, assay::FitContext& ctx) override;

  assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
                               const assay::ServeContext& ctx) const override {
    return assay::top_k_dot(query_vectors(requests, ctx), items_, k, requests);
  }

  std::optional<assay::Explanation> explain(const assay::RequestBatch& requests,
                                            const assay::CandidateBatch& candidates,
                                            const assay::ServeContext&) const override;

  const assay::VectorModel* vectors() const override { return this; }
  at::Tensor item_vectors() const override { return items_; }
  at::Tensor query_vectors(const assay::RequestBatch& requests,
                           const assay::ServeContext& ctx) const override;

  void save(assay::Archive& archive) const override { archive.put("items", items_); }
  void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
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
  std::vector<float> confidences(const assay::TrainingView& data) const;
  at::Tensor random_factors(int64_t rows, assay::FitContext& ctx) const;
  void improve(const assay::SeenRows& seen, const at::Tensor& fixed, at::Tensor& factors) const;
  Past past(std::span<const int64_t> history) const;
  // Keeps the item vectors [N, factors] for serving.
  void serve(const at::Tensor& items, const at::Device& device);

  Params params_;
  at::Tensor items_;   // float32 [N, factors], on the device
  at::Tensor padded_;  // the same on the CPU, rows as wide as the solvers like them
  at::Tensor gram_;
};

void Als::describe(assay::ParamList<Params>& p) {
  p.add("factors", &Params::factors,
        "Length of the vectors: more tell items apart more finely and take memory and time; few "
        "generalise better on small data.")
      .range(1, 4096);
  p.add("alpha", &Params::alpha,
        "How much more a positive counts than a pair never seen, which counts 1: larger follows "
        "what was seen, smaller leans to the popular.")
      .range(0, 1e6);
  p.add("lambda", &Params::lambda,
        "L2 penalty on all vectors: larger keeps users and items with few events small.")
      .range(1e-9, 1e9);
  p.add("iterations", &Params::iterations,
        "Passes over users and items; the loss hardly falls after 15.")
      .unit("iterations")
      .range(1, 10000);
  p.add("strength", &Params::strength,
        "What r_ui is: 1 for a positive pair however often it occurred (`positive`), or how many "
        "positive events it has (`events`).")
      .choices({"positive", "events"});
  p.add("solver", &Params::solver,
        "How a row is solved: a few steps from where it stands (`conjugate_gradient`, faster with "
        "many factors), or exactly (`cholesky`).")
      .choices({"conjugate_gradient", "cholesky"});
  p.add("conjugate_gradient_steps", &Params::conjugate_gradient_steps,
        "With solver: conjugate_gradient, steps for a row in each iteration; 3 lose nothing "
        "measurable.")
      .unit("steps")
      .range(1, 1000);
  p.add("initial_deviation", &Params::initial_deviation,
        "Standard deviation of the normal numbers that learning starts from.")
      .range(1e-9, 10);
  p.add("losses", &Params::losses,
        "Notes the loss after every iteration (`loss.1`, `loss.2`, ...), not only after the last; "
        "costs a tenth of the time.");
}

void Als::fit(const assay::TrainingView& data, assay::FitContext& ctx) {
  assay::SeenRows by_user{data.by_user.to(at::kCPU), confidences(data)};
  assay::SeenRows by_item = assay::transposed(by_user, data.items);
  at::Tensor users = random_factors(data.users, ctx);
  at::Tensor items = random_factors(data.items, ctx);
  for (int64_t pass = 1; pass <= params_.iterations && !ctx.stop_requested(); ++pass) {
    improve(by_user, items, users);
    improve(by_item, users, items);
    if (params_.losses || pass == params_.iterations) {
      const double loss = assay::implicit_loss(by_user, users, items, params_.lambda);
      if (params_.losses) ctx.note("loss." + std::to_string(pass), shown(loss));
      ctx.note("loss", shown(loss));
    }
    ctx.progress(pass, params_.iterations);
  }
  serve(items.slice(1, 0, params_.factors).contiguous(), ctx.device());
}

// In the order of by_user.values.
std::vector<float> Als::confidences(const assay::TrainingView& data) const {
  const assay::Rows by_user(data.by_user);
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

at::Tensor Als::random_factors(int64_t rows, assay::FitContext& ctx) const {
  const at::Tensor drawn =
      at::normal(0.0, params_.initial_deviation, {rows, params_.factors}, ctx.generator());
  return at::constant_pad_nd(drawn, {0, assay::padded_width(params_.factors) - params_.factors});
}

void Als::improve(const assay::SeenRows& seen, const at::Tensor& fixed, at::Tensor& factors) const {
  if (params_.solver == "cholesky")
    assay::solve_exactly(seen, fixed, params_.factors, params_.lambda, factors);
  else
    assay::solve_by_conjugate_gradient(seen, fixed, params_.lambda,
                                       params_.conjugate_gradient_steps, factors);
}

void Als::serve(const at::Tensor& items, const at::Device& device) {
  items_ = items.to(device);
  padded_ =
      at::constant_pad_nd(items.cpu(), {0, assay::padded_width(params_.factors) - params_.factors})
          .contiguous();
  gram_ = assay::gram(padded_);
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

at::Tensor Als::query_vectors(const assay::RequestBatch& requests,
                              const assay::ServeContext&) const {
  at::Tensor vectors = at::zeros({requests.size(), params_.factors}, at::kFloat);
  float* const to = vectors.mutable_data_ptr<float>();
  const assay::Rows history(requests.history);
  assay::parallel_blocks(requests.size(), kRequestsAtOnce, [&](int64_t first, int64_t last) {
    assay::RowSolver solver(gram_, padded_, params_.factors, params_.lambda);
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
std::optional<assay::Explanation> Als::explain(const assay::RequestBatch& requests,
                                               const assay::CandidateBatch& candidates,
                                               const assay::ServeContext&) const {
  const at::Tensor items = candidates.item.cpu().contiguous();
  const int64_t* const item = items.const_data_ptr<int64_t>();
  const float* const vectors = padded_.const_data_ptr<float>();
  const assay::Rows history(requests.history);
  assay::RowSystem equations(gram_, padded_, params_.factors, params_.lambda);
  assay::HistoryTerms terms;
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

ASSAY_PLUGINS(assay::plugin<Als>({
    .name = "als",
    .doc = "Factors of users and items by alternating least squares on positives with confidence: "
           "strong where users have many events, and fast to learn.",
    .paper = "Hu, Koren & Volinsky 2008, Collaborative Filtering for Implicit Feedback Datasets; "
             "Takács, Pilászy & Tikk 2011, Applications of the Conjugate Gradient Method for "
             "Implicit Feedback Collaborative Filtering",
    .traits = {.draws_in_fit = true, .additive = true},
}))
