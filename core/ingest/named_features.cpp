#include "ingest/named_features.h"

#include "ingest/feature_files.h"

namespace assay::ingest {

void add_features_of(const task::DatasetSpec& dataset, std::vector<NamedFeatures>& features) {
  for (const task::FeatureFileSpec& spec : dataset.features)
    features.push_back({spec, table_format(spec)});
}

std::vector<SourceFile> files_of(const std::vector<NamedFeatures>& features) {
  std::vector<SourceFile> files;
  for (size_t i = 0; i < features.size(); ++i) {
    const task::FeatureFileSpec& spec = features[i].spec;
    const int feature = static_cast<int>(i);
    files.push_back({spec.path, spec.of, -1, feature, {}});
    if (is_vector_format(spec.format) && !spec.id.empty())
      files.push_back({spec.id, "ids", -1, feature, {}});
  }
  return files;
}

nlohmann::json feature_settings(const task::FeatureFileSpec& spec) {
  return {{"of", spec.of},
          {"format", spec.format},
          {"id", is_vector_format(spec.format) ? "" : spec.id},
          {"columns", spec.columns},
          {"separator", spec.separator}};
}

}  // namespace assay::ingest
