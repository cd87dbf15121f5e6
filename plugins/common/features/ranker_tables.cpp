#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <assay/extra/features/ranker_tables.h>
#include <assay/extra/interactions/pair_weights.h>

#include <sstream>

namespace assay::extra {
namespace {

Feature numbers(const std::string& name, const at::Tensor& values) {
  return {.name = name, .type = FeatureType::number, .values = values.to(at::kFloat)};
}

Feature ids(int64_t count) {
  return {.name = "id",
          .type = FeatureType::category,
          .values = at::arange(count, at::kInt),
          .cardinality = count};
}

// Columns of numbers, then the features that the candidates came with.
FeatureTable candidate_table(std::vector<Feature> columns, const FeatureTable& features,
                             int64_t rows) {
  columns.insert(columns.end(), features.columns.begin(), features.columns.end());
  return {.rows = rows, .columns = std::move(columns)};
}

}  // namespace

RankerExamples RankerTables::learn(const TrainingView& data, LabelledCandidates& candidates,
                                   const ExampleOutcomes& outcomes, const Features& features,
                                   const std::function<void(const RequestBatch&)>& seen) {
  user_count_ = data.users;
  sources_ = candidates.sources();
  popularity_ = item_totals(data, knowledge_.repeats).log1p().to(at::kFloat);
  const ExampleColumns columns{
      .inputs = [&](const RequestBatch& requests,
                    const CandidateBatch& batch) { return inputs(requests, batch, features); },
      .request =
          [&](const RequestBatch& batch) {
            if (seen) seen(batch);
            return requests(batch);
          }};
  RankerExamples out{candidate_examples(candidates, outcomes, at::kCPU, columns), {}};
  std::vector<Feature> known;
  for (size_t n = 0; n < out.names.size(); ++n)
    known.push_back(numbers(out.names[n], out.inputs.select(1, static_cast<int64_t>(n))));
  out.candidates = candidate_table(std::move(known), out.features, out.size());
  return out;
}

FeatureTable RankerTables::users(const Features& features) const {
  FeatureTable table = knowledge_.user_features ? features.user : FeatureTable();
  table.rows = user_count_;
  if (knowledge_.user_id) table.columns.push_back(ids(user_count_));
  return table;
}

FeatureTable RankerTables::items(const Features& features) const {
  FeatureTable table = knowledge_.item_features ? features.item : FeatureTable();
  table.rows = popularity_.size(0);
  if (knowledge_.item_id) table.columns.push_back(ids(table.rows));
  if (knowledge_.statistics) table.columns.push_back(numbers("popularity", popularity_));
  return table;
}

FeatureTable RankerTables::requests(const RequestBatch& requests) const {
  FeatureTable table = requests.context;
  table.rows = requests.size();
  if (!knowledge_.statistics) return table;
  const History history = counted_history(requests.history, knowledge_.repeats);
  table.columns.push_back(numbers("history_length", history_totals(history).log1p()));
  return table;
}

FeatureTable RankerTables::candidates(const RequestBatch& requests,
                                      const CandidateBatch& candidates,
                                      const Features& features) const {
  std::vector<Feature> known;
  for (const CandidateInput& input : inputs(requests, candidates, features))
    known.push_back(numbers(input.name, input.value.flatten()));
  return candidate_table(std::move(known), candidates.features,
                         candidates.size() * candidates.width());
}

std::vector<CandidateInput> RankerTables::inputs(const RequestBatch& requests,
                                                 const CandidateBatch& candidates,
                                                 const Features& features) const {
  if (!knowledge_.statistics) return {};
  std::vector<const Feature*> affinities;
  for (const Feature& feature : features.item.columns) {
    const bool named = feature.type == FeatureType::category || feature.type == FeatureType::set;
    if (named && feature.cardinality > 0 && feature.cardinality <= knowledge_.affinity_categories)
      affinities.push_back(&feature);
  }
  return candidate_inputs(counted_requests(requests, knowledge_.repeats), candidates, sources_,
                          affinities);
}

void RankerTables::save(Archive& archive) const {
  std::ostringstream sources;
  for (const std::string& source : sources_) sources << source << '\n';
  archive.put_text("known.sources", sources.str());
  archive.put_text("known.users", std::to_string(user_count_));
  archive.put("known.popularity", popularity_);
}

void RankerTables::load(const Archive& archive) {
  std::istringstream sources(archive.text("known.sources"));
  sources_.clear();
  for (std::string source; std::getline(sources, source);) sources_.push_back(source);
  user_count_ = std::stoll(archive.text("known.users"));
  popularity_ = archive.tensor("known.popularity");
}

}  // namespace assay::extra
