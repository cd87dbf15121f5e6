#include <ATen/TensorOperators.h>
#include <ATen/ops/stack.h>
#include <gmock/gmock.h>

#include <cmath>

#include "shipped_plugin.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::HasSubstr;
using testing::Pair;

constexpr int64_t kUsers = 8, kItems = 12;

// Four kinds of candidates by two features, a and b. `click` is a; `like` is a where b is 0, and the
// contrary of it where b is 1.
LabelledBatch contradicting() {
  Lists items;
  Numbers scores, click, like;
  std::vector<int> a, b;
  for (int64_t user = 0; user < kUsers; ++user) {
    items.emplace_back(), scores.emplace_back(), click.emplace_back(), like.emplace_back();
    for (int64_t item = 0; item < kItems; ++item) {
      items.back().push_back(item);
      scores.back().push_back(1);
      a.push_back(static_cast<int>(item % 2));
      b.push_back(static_cast<int>(item / 2 % 2));
      click.back().push_back(a.back());
      like.back().push_back(a.back() ^ b.back());
    }
  }
  LabelledBatch batch{.requests = requests_of(Lists(kUsers, {0})),
                      .candidates = candidates_of(items, scores)};
  const auto feature = [](const char* name, const std::vector<int>& values) {
    return Feature{.name = name,
                   .type = FeatureType::category,
                   .values = at::tensor(values, at::kInt),
                   .cardinality = 2};
  };
  batch.candidates.features.rows = kUsers * kItems;
  batch.candidates.features.columns = {feature("a", a), feature("b", b)};
  batch.label = at::stack({matrix(click), matrix(like)}, 2);
  batch.weight = at::ones({kUsers, kItems});
  return batch;
}

ParamMap quick(const ParamMap& more = {}) {
  ParamMap params = {{"factors", int64_t{2}},
                     {"statistics", false},
                     {"expert", std::vector<int64_t>{8, 1}},
                     {"tower", std::vector<int64_t>{}},
                     {"epochs", int64_t{120}},
                     {"batch_size", int64_t{16}},
                     {"learning_rate", 0.03},
                     {"initial_deviation", 0.3},
                     {"user_id", false},
                     {"item_id", false}};
  for (const auto& [key, value] : more) params[key] = value;
  return params;
}

std::unique_ptr<RankStrategy> fitted(const ParamMap& params, const LabelledBatch& batch,
                                     TinyFit& fit) {
  auto model = make_rank("mmoe", params);
  TinyLabelled candidates({batch}, {}, {"click", "like"});
  model->fit(training_of(Lists(kUsers, {0}), kItems), candidates, fit);
  return model;
}

// By item.
std::vector<double> scores(const RankStrategy& model, const LabelledBatch& batch, size_t user) {
  const CandidateBatch ranked = model.rank(batch.requests, batch.candidates, tiny_serve());
  const Lists items = lists(ranked.item);
  const Numbers found = numbers(ranked.score);
  std::vector<double> out(kItems);
  for (size_t place = 0; place < items[user].size(); ++place)
    out[items[user][place]] = found[user][place];
  return out;
}

// Of what is served of one target alone.
double log_loss(const ParamMap& params, int64_t target) {
  ParamMap own = params;
  own["weights"] = target == 0 ? std::vector<double>{1, 0} : std::vector<double>{0, 1};
  const LabelledBatch batch = contradicting();
  TinyFit fit;
  const std::vector<double> found = scores(*fitted(own, batch, fit), batch, 0);
  double sum = 0;
  for (int64_t item = 0; item < kItems; ++item) {
    const bool holds = batch.label[0][item][target].item<float>() > 0.5F;
    sum -= std::log(holds ? found[item] : 1 - found[item]) / kItems;
  }
  return sum;
}

TEST(Mmoe, LearnsTargetsThatContradictEachOtherWhereASharedBottomCannot) {
  // Behind one number that both see, each can only go up or down: of the four kinds one is wrong.
  const ParamMap gated = quick({{"experts", int64_t{16}}}),
                 shared = quick({{"experts", int64_t{1}}});
  EXPECT_LT(log_loss(gated, 0), 0.15);
  EXPECT_LT(log_loss(gated, 1), 0.15);
  EXPECT_GT(log_loss(shared, 0) + log_loss(shared, 1), 0.5);
}

// The layers as plain numbers.
struct Layers {
  explicit Layers(const Archive& from) : archive(from) {}
  Numbers matrix(const std::string& name) const {
    return numbers(
        archive.tensor("layers." + name).view({archive.tensor("layers." + name).size(0), -1}));
  }
  std::vector<double> dense(const std::string& name, const std::vector<double>& x) const {
    std::vector<double> out;
    const Numbers weight = matrix(name + ".weight"), bias = matrix(name + ".bias");
    for (size_t n = 0; n < weight.size(); ++n)
      out.push_back(std::max(0.0, dot(weight[n], x) + bias[n][0]));
    return out;
  }
  static double dot(const std::vector<double>& a, const std::vector<double>& b) {
    double sum = 0;
    for (size_t n = 0; n < a.size(); ++n) sum += a[n] * b[n];
    return sum;
  }
  const Archive& archive;
};

// y_k = tower_k(sum over i of softmax(G_k x)_i expert_i(x)), written out.
double by_hand(const Layers& layers, const std::vector<double>& x, int target, int experts) {
  const Numbers gates = layers.matrix("gates.weight");
  std::vector<double> mixed, share;
  double all = 0;
  for (int n = 0; n < experts; ++n) {
    share.push_back(std::exp(Layers::dot(gates[target * experts + n], x)));
    all += share.back();
  }
  for (int n = 0; n < experts; ++n) {
    const std::vector<double> said = layers.dense("expert" + std::to_string(n) + ".0", x);
    mixed.resize(said.size());
    for (size_t at = 0; at < said.size(); ++at) mixed[at] += share[n] / all * said[at];
  }
  const std::string tower = "tower" + std::to_string(target) + ".";
  const double odds =
      Layers::dot(layers.matrix(tower + "out.weight")[0], layers.dense(tower + "0", mixed)) +
      layers.matrix("constant")[target][0];
  return 1 / (1 + std::exp(-odds));
}

TEST(Mmoe, IsWhatThePaperSaysWhenWrittenOut) {
  ParamMap params = quick({{"experts", int64_t{3}},
                           {"expert", std::vector<int64_t>{4}},
                           {"tower", std::vector<int64_t>{3}},
                           {"user_id", true},
                           {"item_id", true},
                           {"epochs", int64_t{3}}});
  LabelledBatch batch = contradicting();
  batch.candidates.features = {};
  for (int target = 0; target < 2; ++target) {
    params["weights"] = target == 0 ? std::vector<double>{1, 0} : std::vector<double>{0, 1};
    TinyFit fit;
    const auto model = fitted(params, batch, fit);
    Archive archive;
    model->save(archive);
    // Rows: unknown item, items, unknown user, users.
    const Numbers table = numbers(archive.tensor("table"));
    std::vector<double> x = table[1 + 3];
    x.insert(x.end(), table[1 + kItems + 1 + 5].begin(), table[1 + kItems + 1 + 5].end());
    EXPECT_NEAR(scores(*model, batch, 5)[3], by_hand(Layers(archive), x, target, 3), 1e-6);
  }
}

TEST(Mmoe, MixesProbabilitiesByTheirWeights) {
  const LabelledBatch batch = contradicting();
  const auto served = [&](const char* mix, const std::vector<double>& weights) {
    TinyFit fit;
    const ParamMap params =
        quick({{"epochs", int64_t{5}}, {"mix", std::string(mix)}, {"weights", weights}});
    return scores(*fitted(params, batch, fit), batch, 0);
  };
  const auto click = served("sum", {1, 0}), like = served("geometric", {0, 2});
  const auto sum = served("sum", {1, 3}), product = served("geometric", {1, 3}),
             alike = served("geometric", {});
  for (int64_t item = 0; item < kItems; ++item) {
    EXPECT_NEAR(sum[item], (click[item] + 3 * like[item]) / 4, 1e-6);
    EXPECT_NEAR(product[item], std::pow(click[item], 0.25) * std::pow(like[item], 0.75), 1e-6);
    EXPECT_NEAR(alike[item], std::sqrt(click[item] * like[item]), 1e-6);
  }
}

TEST(Mmoe, LearnsFromCandidatesOfWhichOneTargetIsMissing) {
  LabelledBatch batch = contradicting();
  // `like` of one user, `click` of the others.
  for (int64_t user = 0; user < kUsers; ++user)
    batch.label[user].select(1, user == 0 ? 0 : 1) = kNaN;
  TinyFit fit;
  const auto model = fitted(quick({{"factors", int64_t{8}},
                                   {"expert", std::vector<int64_t>{32, 8}},
                                   {"weights", std::vector<double>{0, 1}}}),
                            batch, fit);
  EXPECT_THAT(fit.notes,
              testing::IsSupersetOf({Pair("candidates", "96"), Pair("positives.click", "42"),
                                     Pair("positives.like", "6")}));
  const std::vector<double> like = scores(*model, contradicting(), 3);
  EXPECT_GT(like[1], 0.8);
  EXPECT_LT(like[3], 0.2);
}

TEST(Mmoe, ServesTheSameAfterSaveAndLoad) {
  const LabelledBatch batch = contradicting();
  const ParamMap params = quick({{"epochs", int64_t{2}}});
  TinyFit fit;
  const auto model = fitted(params, batch, fit);
  Archive archive;
  model->save(archive);
  const auto fresh = make_rank("mmoe", params);
  const Inputs inputs;
  fresh->load(archive, {.features = &no_features(), .inputs = &inputs});
  EXPECT_EQ(scores(*fresh, batch, 2), scores(*model, batch, 2));
}

std::string refusal(const ParamMap& params) {
  try {
    TinyFit fit;
    fitted(params, contradicting(), fit);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "";
}

TEST(Mmoe, RefusesWeightsThatDoNotFitTheTargets) {
  EXPECT_EQ(refusal(quick({{"weights", std::vector<double>{1, 2, 3}}})),
            "mmoe: weights has 3 numbers for 2 targets; give each target one, or leave `weights` "
            "out.");
  EXPECT_EQ(refusal(quick({{"weights", std::vector<double>{0, 0}}})),
            "mmoe: all weights are 0; give at least one target a weight above 0.");
  EXPECT_THAT(refusal(quick({{"targets", std::vector<std::string>{"click", "lik"}}})),
              HasSubstr("mmoe: the data have no target \"lik\""));
}

}  // namespace
}  // namespace assay::test
