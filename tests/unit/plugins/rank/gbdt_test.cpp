#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "logged_data.h"
#include "rank/gbdt/booster.h"
#include "shipped_plugin.h"
#include "stopping_fit.h"
#include "tiny_data.h"

namespace assay::test {
namespace {

using testing::HasSubstr;

// The matrix of make_gbdt.py as features of candidates, a request each `width` rows.
std::vector<LabelledBatch> matrix_of(const nlohmann::json& from) {
  const auto width = from["width"].get<int64_t>();
  const auto rows = static_cast<int64_t>(from["values"].size()), requests = rows / width;
  LabelledBatch batch{.requests = requests_of(Lists(static_cast<size_t>(requests)))};
  std::vector<int64_t> places;
  for (int64_t place = 0; place < width; ++place) places.push_back(place);
  batch.candidates =
      candidates_of(Lists(requests, places), Numbers(requests, Numbers::value_type(width)));
  batch.candidates.features.rows = rows;
  for (size_t column = 0; column < from["values"][0].size(); ++column) {
    std::vector<float> values;
    for (const auto& row : from["values"])
      values.push_back(row[column].is_null() ? NAN : row[column].get<float>());
    batch.candidates.features.columns.push_back(
        {.name = "x" + std::to_string(column), .values = at::tensor(values, at::kFloat)});
  }
  batch.label = at::tensor(from["labels"].get<std::vector<int64_t>>(), at::kLong)
                    .to(at::kFloat)
                    .view({requests, width, 1});
  batch.weight = at::full_like(batch.candidates.score, 1);
  return {batch};
}

ParamMap as_expected(const nlohmann::json& from, const ParamMap& more = {}) {
  ParamMap params = {{"statistics", false},
                     {"trees", from["trees"].get<int64_t>()},
                     {"learning_rate", 0.2},
                     {"max_depth", int64_t{4}},
                     {"max_bins", int64_t{64}}};
  for (const auto& [name, value] : more) params[name] = value;
  return params;
}

std::unique_ptr<RankStrategy> fitted(const ParamMap& params, std::vector<LabelledBatch> batches,
                                     FitContext& fit) {
  auto strategy = make_rank("gbdt", params);
  TinyLabelled candidates(std::move(batches));
  strategy->fit(training_of(Lists(24), 10, &fit.features()), candidates, fit);
  return strategy;
}

CandidateBatch ranked(const RankStrategy& strategy, const LabelledBatch& batch) {
  return strategy.rank(batch.requests, batch.candidates, tiny_serve());
}

// float [requests][width], by item rather than in the order of the scores.
Numbers by_item(const CandidateBatch& ranked) {
  Numbers out = numbers(ranked.score);
  const Lists items = lists(ranked.item);
  const Numbers sorted = out;
  for (size_t row = 0; row < items.size(); ++row)
    for (size_t place = 0; place < items[row].size(); ++place)
      out[row][items[row][place]] = sorted[row][place];
  return out;
}

TEST(Gbdt, PredictsWhatPythonsXgboostPredicts) {
  const nlohmann::json expected = oracle("gbdt.json");
  const std::vector<LabelledBatch> batches = matrix_of(expected);
  for (const std::string objective : {"pointwise", "lambdamart"}) {
    TinyFit fit;
    const auto model = fitted(as_expected(expected, {{"objective", objective}}), batches, fit);
    const Numbers got = by_item(ranked(*model, batches[0]));
    double largest = 0;
    for (size_t row = 0; row < got.size(); ++row)
      for (size_t item = 0; item < got[row].size(); ++item)
        largest = std::max(
            largest, std::abs(got[row][item] -
                              expected[objective][row * got[row].size() + item].get<double>()));
    EXPECT_LE(largest, 1e-6) << objective;
    EXPECT_EQ(fit.notes.at("columns"), "x0, x1, x2, x3, x4");
  }
}

// float [requests][width][columns], what each column adds to a candidate; last the base.
std::vector<std::vector<std::vector<double>>> terms_of(const RankStrategy& strategy,
                                                       const LabelledBatch& batch) {
  const Explanation why = strategy.explain(batch.requests, batch.candidates, tiny_serve()).value();
  const size_t width = batch.candidates.width(), columns = why.names.size();
  std::vector<std::vector<std::vector<double>>> out(batch.candidates.size(),
                                                    {width, std::vector<double>(columns + 1)});
  for (int64_t term = 0; term < why.row.size(0); ++term) {
    const auto row = why.row[term].item<int64_t>();
    out[row / width][row % width][why.id[term].item<int64_t>()] = why.weight[term].item<float>();
  }
  const Numbers base = numbers(why.base);
  for (size_t row = 0; row < out.size(); ++row)
    for (size_t place = 0; place < width; ++place) out[row][place][columns] = base[row][place];
  return out;
}

TEST(Gbdt, DividesItsScoresAmongTheColumns) {
  const nlohmann::json data = oracle("gbdt.json");
  const std::vector<LabelledBatch> batches = matrix_of(data);
  for (const std::string objective : {"pointwise", "lambdamart"}) {
    TinyFit fit;
    const auto model = fitted(as_expected(data, {{"objective", objective}}), batches, fit);
    const Numbers score = by_item(ranked(*model, batches[0]));
    const auto terms = terms_of(*model, batches[0]);
    for (size_t row = 0; row < score.size(); ++row)
      for (size_t item = 0; item < score[row].size(); ++item)
        EXPECT_NEAR(std::accumulate(terms[row][item].begin(), terms[row][item].end(), 0.0),
                    score[row][item], 1e-5)
            << objective;
  }
}

TEST(Gbdt, OwesToAColumnWhatTreesOfOneQuestionAskOfIt) {
  // Such trees add up: changing a column changes its own term alone, by what the score changes.
  const nlohmann::json data = oracle("gbdt.json");
  LabelledBatch batch = matrix_of(data)[0];
  TinyFit fit;
  const auto model = fitted(as_expected(data, {{"max_depth", int64_t{1}}}), {batch}, fit);
  const Numbers score = by_item(ranked(*model, batch));
  const auto before = terms_of(*model, batch);
  batch.candidates.features.columns[2].values = batch.candidates.features.columns[2].values.neg();
  const Numbers changed = by_item(ranked(*model, batch));
  const auto after = terms_of(*model, batch);
  double largest = 0;
  for (size_t row = 0; row < score.size(); ++row) {
    for (size_t item = 0; item < score[row].size(); ++item) {
      for (const size_t column : {0, 1, 3, 4, 5})
        EXPECT_NEAR(after[row][item][column], before[row][item][column], 1e-6);
      const double moved = after[row][item][2] - before[row][item][2];
      EXPECT_NEAR(moved, changed[row][item] - score[row][item], 1e-5);
      largest = std::max(largest, std::abs(moved));
    }
  }
  EXPECT_GT(largest, 0.01);
}

TEST(Gbdt, ServesTheSameAfterSaveAndLoadAndAlone) {
  const nlohmann::json data = oracle("gbdt.json");
  const std::vector<LabelledBatch> batches = matrix_of(data);
  TinyFit fit, again;
  const auto model = fitted(as_expected(data), batches, fit);
  Archive archive;
  model->save(archive);
  const auto loaded = make_rank("gbdt", as_expected(data));
  const Inputs inputs;
  loaded->load(archive, {.features = &no_features(), .inputs = &inputs});
  const at::Tensor score = ranked(*model, batches[0]).score;
  EXPECT_TRUE(ranked(*loaded, batches[0]).score.equal(score));
  EXPECT_TRUE(ranked(*fitted(as_expected(data), batches, again), batches[0]).score.equal(score));

  LabelledBatch one = batches[0];
  one.requests = part_of(batches[0].requests, 3, 1);
  one.candidates.item = batches[0].candidates.item.slice(0, 3, 4);
  one.candidates.score = batches[0].candidates.score.slice(0, 3, 4);
  one.candidates.features.rows = 10;
  for (Feature& feature : one.candidates.features.columns)
    feature.values = feature.values.slice(0, 30, 40);
  EXPECT_TRUE(ranked(*model, one).score.equal(score.slice(0, 3, 4)));
}

TEST(Gbdt, KeepsTheTreesThatValidatedBestAndGrowsAsManyInAFinalRefit) {
  const nlohmann::json data = oracle("gbdt.json");
  const ParamMap params =
      as_expected(data, {{"patience", int64_t{2}}, {"validate_every", int64_t{5}}});
  StoppingFit fit;
  fit.validations = {0.1, 0.3, 0.2, 0.2};
  const auto model = fitted(params, matrix_of(data), fit);
  EXPECT_EQ(fit.notes.at("chosen.trees"), "10");
  EXPECT_EQ(fit.notes.at("trees"), "10");
  TinyFit ten;
  const auto expected = fitted(as_expected(data, {{"trees", int64_t{10}}}), matrix_of(data), ten);
  EXPECT_TRUE(
      ranked(*model, matrix_of(data)[0]).score.equal(ranked(*expected, matrix_of(data)[0]).score));
}

TEST(Gbdt, MakesColumnsOfCategoriesSetsAndWhatIsKnownOfCandidates) {
  Features features;
  features.item.rows = 10;
  features.item.columns = {
      {.name = "kind",
       .type = FeatureType::category,
       .values = at::tensor(std::vector<int>{0, 1, 0, 1, 0, 1, 0, 1, 0, -1}, at::kInt),
       .cardinality = 2,
       .labels = {"book", "game"}},
      {.name = "brand",
       .type = FeatureType::category,
       .values = at::arange(10, at::kInt),
       .cardinality = 100},
      {.name = "tags", .type = FeatureType::set, .sets = ragged(Lists(10)), .cardinality = 2}};
  TinyFit fit(&features);
  fitted({}, {}, fit);
  EXPECT_EQ(fit.notes.at("columns"),
            "item:kind=book, item:kind=game, item:brand, item:tags=0, item:tags=1, "
            "item:popularity, request:history_length, score, score_relative, place, affinity:kind, "
            "affinity:brand, affinity:tags");
}

TEST(Gbdt, KeepsTheGivenOrderAndSaysSoWhereAllLabelsAreAlike) {
  LabelledBatch batch = matrix_of(oracle("gbdt.json"))[0];
  batch.label = at::full_like(batch.label, 0);
  TinyFit fit;
  const auto model = fitted({}, {batch}, fit);
  EXPECT_EQ(fit.notes.at("warning"), "all labels are equal: the input order is kept");
  EXPECT_TRUE(ranked(*model, batch).item.equal(batch.candidates.item));
}

TEST(Gbdt, SaysThatThereIsNothingToLearnFromWithoutAnyColumn) {
  try {
    TinyFit fit;
    fitted({{"statistics", false}}, {}, fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_STREQ(error.what(),
                 "gbdt: there is nothing to learn from: statistics is false and the data have no "
                 "features; set `statistics: true`.");
  }
}

std::string complaint(const std::string& path) {
  try {
    gbdt::read_model_file(path);
  } catch (const InvalidInput& error) {
    return error.what();
  }
  return "";
}

TEST(Gbdt, RefusesAModelOfALaterXgboostByName) {
  const std::string path = ASSAY_SOURCE_DIR "/tests/golden/oracles/gbdt_later_model.json";
  EXPECT_THAT(complaint(path), HasSubstr("gbdt_later_model.json was written by XGBoost 3.2.0, and "
                                         "this gbdt is linked with 1.7."));
  try {
    TinyFit fit;
    const nlohmann::json data = oracle("gbdt.json");
    fitted(as_expected(data, {{"model", path}}), matrix_of(data), fit);
    FAIL() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_THAT(error.what(), HasSubstr("written by XGBoost 3.2.0"));
  }
}

TEST(Gbdt, RefusesAModelWithoutItsTreesByName) {
  const std::string path = std::filesystem::temp_directory_path() / "assay_torn_model.json";
  std::ofstream(path) << R"({"learner":{"gradient_booster":{}},"version":[1,7,0]})";
  TinyFit fit;
  const nlohmann::json data = oracle("gbdt.json");
  try {
    fitted(as_expected(data, {{"model", path}}), matrix_of(data), fit);
    ADD_FAILURE() << "expected InvalidInput";
  } catch (const InvalidInput& error) {
    EXPECT_THAT(error.what(), HasSubstr(path + " says that XGBoost wrote it, and cannot be read"));
  }
  std::filesystem::remove(path);
}

TEST(Gbdt, RefusesAFileThatIsNoModel) {
  const std::string path = std::filesystem::temp_directory_path() / "assay_no_model.json";
  std::ofstream(path) << "[1, 2]";
  EXPECT_EQ(complaint(path), "gbdt: " + path +
                                 " is no model that XGBoost wrote as JSON; write it with "
                                 "save_model(\"model.json\").");
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace assay::test
