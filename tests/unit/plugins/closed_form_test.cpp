// Linear, graph and neighbourhood models against models_closed_form.json on MovieLens-100K: weights,
// scores, lists and metrics. The whole tables, and Amazon Beauty, are held by experiments/oracles.

#include <gmock/gmock.h>

#include "logged_data.h"
#include "shipped_plugin.h"

namespace assay::test {
namespace {

constexpr double kExact = 1e-9;  // the tolerance of weights and scores in the file

const nlohmann::json& closed_form() {
  static const nlohmann::json read = oracle("models_closed_form.json");
  return read;
}

struct Model {
  std::string plugin;
  nlohmann::json params;  // as the oracle has them
};
std::ostream& operator<<(std::ostream& out, const Model& model) {
  return out << model.plugin << " " << model.params.dump();
}

const char* plugin_of(const Model& model) {
  return model.plugin == "ease_side_information" ? "ease" : model.plugin.c_str();
}

ParamMap params_of(const Model& model) {
  ParamMap params;
  if (model.plugin == "ease_side_information") {
    params["lambda"] = model.params["lambda"].get<double>();
    params["features"] = std::vector<std::string>{model.params["features"].get<std::string>()};
    params["feature_weight"] = model.params["alpha"].get<double>();
    return params;
  }
  for (const auto& [name, value] : model.params.items()) {
    if (name.starts_with("sklearn_")) continue;
    if (value == "all")
      params[name] = int64_t{0};
    else if (value.is_number_integer())
      params[name] = value.get<int64_t>();
    else if (value.is_number())
      params[name] = value.get<double>();
    else
      params[name] = value.get<std::string>();
  }
  if (model.plugin == "slim") {
    params["neighbours"] = int64_t{0};
    params["tolerance"] = 1e-12;
    params["sweeps"] = int64_t{10000};
  }
  return params;
}

// Every model of the file that a strategy of this tree computes, once.
std::vector<Model> models() {
  std::vector<Model> result;
  for (const nlohmann::json& one : closed_form()["cases"]) {
    const std::string model = one["model"];
    if (one["data"] != "movielens-100k A" || model == "als" || model == "ials") continue;
    if (one["k"] == 5) result.push_back({model, one["params"]});
  }
  return result;
}

class ClosedForm : public testing::TestWithParam<Model> {
 protected:
  static std::vector<nlohmann::json> cases() {
    std::vector<nlohmann::json> found;
    for (const nlohmann::json& one : closed_form()["cases"]) {
      if (one["data"] == "movielens-100k A" && one["model"] == GetParam().plugin &&
          one["params"] == GetParam().params)
        found.push_back(one);
    }
    return found;
  }
};

void expect_lists(const nlohmann::json& one, const Split& split, const CandidateBatch& served) {
  const Lists users = lists(split.requests.user.unsqueeze(1)), items = lists(served.item);
  const Numbers scores = numbers(served.score);
  for (size_t r = 0; r < users.size(); ++r) {
    const std::string user = std::to_string(users[r][0] + split.first_id);
    if (!one["first_lists"].contains(user)) continue;
    std::vector<int64_t> list(items[r].begin(), items[r].begin() + 10);
    for (int64_t& item : list) item += split.first_id;
    EXPECT_EQ(list, one["first_lists"][user].get<std::vector<int64_t>>()) << "user " << user;
    const std::vector<double> expected = one["first_scores"][user];
    for (size_t n = 0; n < expected.size(); ++n)  // served as float32
      EXPECT_NEAR(scores[r][n], expected[n], 1e-7 * std::max(1.0, std::abs(expected[n])));
  }
}

void expect_metrics(const nlohmann::json& one, const Split& split, const Lists& served) {
  const nlohmann::json& expected = one["expected"];
  const Quality got = quality(served, split.truth, one["k"], split.train.items);
  EXPECT_EQ(std::ssize(served), expected["n_users"].get<int64_t>());
  EXPECT_NEAR(got.recall, expected["recall"].get<double>(), 1e-6);
  EXPECT_NEAR(got.ndcg, expected["ndcg"].get<double>(), 1e-6);
  EXPECT_NEAR(got.mrr, expected["mrr"].get<double>(), 1e-6);
  EXPECT_NEAR(got.coverage, expected["coverage"].get<double>(), 1e-6);
  EXPECT_NEAR(got.gini, expected["gini"].get<double>(), 1e-6);
}

// The float64 weight from one item to another; 0 where it is not kept.
double weight_of(const Archive& archive, int64_t source, int64_t target) {
  if (!archive.has("offsets")) {  // dense, over the items of which something is known
    if (archive.has("place")) {
      source = archive.tensor("place")[source].item<int64_t>();
      target = archive.tensor("place")[target].item<int64_t>();
    }
    return source < 0 || target < 0 ? 0 : archive.tensor("weights")[source][target].item<double>();
  }
  const int64_t* const offset = archive.tensor("offsets").const_data_ptr<int64_t>();
  for (int64_t at = offset[source]; at < offset[source + 1]; ++at) {
    if (archive.tensor("target").const_data_ptr<int32_t>()[at] == target)
      return archive.tensor("weight").const_data_ptr<double>()[at];
  }
  return 0;
}

void expect_weights(const nlohmann::json& spots, const Split& split,
                    const RecallStrategy& strategy) {
  Archive archive;
  strategy.save(archive);
  for (const nlohmann::json& spot : spots) {
    const double got = weight_of(archive, spot[0].get<int64_t>() - split.first_id,
                                 spot[1].get<int64_t>() - split.first_id);
    const double expected = spot[2];
    EXPECT_NEAR(got, expected, kExact * std::max(1.0, std::abs(expected))) << spot;
  }
}

// The genres of the items of MovieLens-100K as a set, each word of column `class` a category.
Features genres_of(const std::string& path, int64_t items) {
  const std::vector<std::string> names = closed_form()["genres"];
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  Lists rows(static_cast<size_t>(items));
  while (std::getline(file, line)) {
    const size_t item = std::stoul(line) - 1;
    std::istringstream words(line.substr(line.rfind('\t') + 1));
    for (std::string word; words >> word;)
      rows[item].push_back(std::ranges::find(names, word) - names.begin());
  }
  for (auto& row : rows) std::sort(row.begin(), row.end());
  Feature genres{.name = "genres", .type = FeatureType::set, .sets = ragged(rows)};
  genres.cardinality = std::ssize(names);
  genres.labels = names;
  return {.item = {items, {genres}}};
}

TEST_P(ClosedForm, HasTheWeightsScoresListsAndMetricsOfTheReference) {
  ASSAY_NEEDS_DATA(path, "movielens-100k/ml-100k.inter");
  ASSAY_NEEDS_DATA(item_path, "movielens-100k/ml-100k.item");
  Split split = movielens(path, "A");
  const Features features = genres_of(item_path, split.train.items);
  split.train.features = &features;
  const auto strategy = make_recall(plugin_of(GetParam()), params_of(GetParam()));
  const CandidateBatch served = recalled(*strategy, split.train, split.requests, 20);
  const std::vector<nlohmann::json> found = cases();
  ASSERT_EQ(found.size(), 3) << "cutoffs 5, 10 and 20";
  for (const nlohmann::json& one : found) {
    expect_metrics(one, split, lists(served.item));
    if (one.contains("first_lists")) expect_lists(one, split, served);
    if (one.contains("spot_weights") && GetParam().plugin != "user_knn")
      expect_weights(one["spot_weights"], split, *strategy);
  }
}

INSTANTIATE_TEST_SUITE_P(MovieLens100k, ClosedForm, testing::ValuesIn(models()));

}  // namespace
}  // namespace assay::test
