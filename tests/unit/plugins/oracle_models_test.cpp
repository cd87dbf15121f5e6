// Popularity, item_knn, user_knn and EASE against independent implementations on MovieLens-100K.

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

struct Model {
  std::string protocol;  // split of models_ml100k.json
  std::string oracle;    // its model
  std::string plugin;
  nlohmann::json oracle_params;
  ParamMap params;
};

std::ostream& operator<<(std::ostream& out, const Model& model) {
  return out << model.oracle << " " << model.oracle_params.dump() << " on split " << model.protocol;
}

class ModelOracle : public testing::TestWithParam<Model> {};

void expect_first_lists(const nlohmann::json& expected, const Split& split, const Lists& served) {
  const Lists users = lists(split.requests.user.unsqueeze(1));
  for (size_t r = 0; r < users.size(); ++r) {
    const std::string user = std::to_string(users[r][0] + split.first_id);
    if (!expected.contains(user)) continue;
    std::vector<int64_t> list(served[r].begin(), served[r].begin() + 10);
    for (int64_t& item : list) item += split.first_id;
    EXPECT_EQ(list, expected[user].get<std::vector<int64_t>>()) << "user " << user;
  }
}

TEST_P(ModelOracle, GivesTheListsAndMetricsOfTheReference) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  const Model& model = GetParam();
  const Split split = movielens(path, model.protocol);
  const auto strategy = make_recall(model.plugin, model.params);
  const Lists served = lists(recalled(*strategy, split.train, split.requests, 20).item);
  int cases = 0;
  const nlohmann::json reference = oracle("models_ml100k.json");
  for (const nlohmann::json& one : reference["cases"]) {
    if (one["protocol"] != model.protocol || one["model"] != model.oracle ||
        one["params"] != model.oracle_params)
      continue;
    ++cases;
    const nlohmann::json& expected = one["expected"];
    const Quality got = quality(served, split.truth, one["k"], split.train.items);
    EXPECT_EQ(std::ssize(served), expected["n_users"].get<int64_t>());
    EXPECT_NEAR(got.recall, expected["recall"].get<double>(), 1e-7);
    EXPECT_NEAR(got.ndcg, expected["ndcg"].get<double>(), 1e-7);
    EXPECT_NEAR(got.mrr, expected["mrr"].get<double>(), 1e-7);
    EXPECT_NEAR(got.coverage, expected["coverage"].get<double>(), 1e-7);
    EXPECT_NEAR(got.gini, expected["gini"].get<double>(), 1e-7);
    if (one.contains("first_lists")) expect_first_lists(one["first_lists"], split, served);
  }
  EXPECT_EQ(cases, 3) << "cutoffs 5, 10 and 20";
}

std::vector<Model> models() {
  const Model popularity{"A", "pop", "popularity", nlohmann::json::object(), {}};
  const auto knn = [](const std::string& protocol, const nlohmann::json& neighbours,
                      int64_t parameter) {
    return Model{protocol,
                 "itemknn_cosine",
                 "item_knn",
                 {{"neighbours", neighbours}},
                 {{"neighbours", parameter}}};
  };
  const auto user_knn = [](const std::string& protocol) {
    return Model{protocol,
                 "userknn_cosine",
                 "user_knn",
                 {{"neighbours", 100}},
                 {{"neighbours", int64_t{100}}}};
  };
  const auto ease = [](const std::string& protocol, double lambda) {
    return Model{protocol, "ease", "ease", {{"lambda", lambda}}, {{"lambda", lambda}}};
  };
  // The whole tables are held by the experiments in experiments/oracles.
  return {popularity,         knn("A", "all", 0), knn("A", 100, 100), knn("B", 100, 100),
          knn("C", 100, 100), ease("A", 250),     ease("C", 500),     user_knn("A"),
          user_knn("B"),      user_knn("C")};
}

INSTANTIATE_TEST_SUITE_P(MovieLens100k, ModelOracle, testing::ValuesIn(models()));

}  // namespace
}  // namespace assay::test
