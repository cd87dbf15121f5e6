#include "ingest/known_features.h"

#include "ingest/atomic_files.h"
#include "ingest/atomic_table.h"
#include "ingest/impression_formats.h"
#include "ingest/named_features.h"
#include "ingest/named_formats.h"
#include "ingest/source_files.h"

namespace assay::ingest {
namespace {

/// RecBole's own: every column but the ids, and the time from which a row holds.
void add_atomic(const task::DatasetSpec& dataset, std::vector<KnownFeature>& features) {
  const std::map<std::string, std::string> roles = column_roles(dataset);
  for (const SourceFile& file : source_files(dataset)) {
    if (file.role == "events" || file.feature >= 0) continue;
    const AtomicTable table(file.path);
    for (const AtomicColumn& column : table.columns()) {
      if (column.name == roles.at(file.role) || column.name == roles.at("time")) continue;
      features.push_back({file.role, column.name, atomic_feature_type(column.type)});
    }
  }
}

}  // namespace

std::vector<KnownFeature> known_features(const task::DatasetSpec& dataset) {
  std::vector<KnownFeature> features;
  std::vector<NamedFeatures> files;
  if (dataset.impressions) {
    files = features_beside(with_named_format(*dataset.impressions));
  } else if (is_named_format(dataset.format)) {
    files = named_data(dataset).features;
  } else if (dataset.format == "recbole") {
    add_atomic(dataset, features);
  }
  add_features_of(dataset, files);
  for (const NamedFeatures& file : files) {
    for (const auto& [column, type] : file.spec.columns)
      features.push_back({file.spec.of, column, type});
  }
  return features;
}

}  // namespace assay::ingest
