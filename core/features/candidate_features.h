#pragma once

#include <assay/batch.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "features/log_index.h"
#include "features/statistics.h"
#include "task/feature_spec.h"

namespace assay::features {

/// The columns of CandidateBatch::features that a stage asks for. One code computes them for labelled
/// candidates and for serving. They depend on the requests, on the candidates, on the features of the
/// data, and on the events strictly before each request's moment: on no label, and on no event at or
/// after it. What is missing has the missing value of its type.
class CandidateFeatures {
 public:
  /// @param tables  of users and items, on the CPU
  /// @param log     null where the data have no times
  /// Throws UserError with the place in the file where the data lack a source.
  CandidateFeatures(const task::FeatureSetSpec& spec, const assay::Features& tables,
                    std::shared_ptr<const LogIndex> log);

  /// B * K rows, on the CPU. Throws UserError where the requests lack a context column.
  FeatureTable operator()(const RequestBatch& requests, const CandidateBatch& candidates) const;

 private:
  /// Where the values of one source come from.
  struct Source {
    enum class Kind {
      user,
      item,
      context,
      statistic,
      affinity,
      hour,
      weekday,
      score,
      place,
      recall
    };
    Kind kind = Kind::item;
    std::string name;
    Feature table = {};              // user, item: in its form already; affinity: of the items
    StatisticColumn statistic = {};  // with `to` null
    double half_life_days = 0;       // affinity; 0: none
    int64_t recall = 0;              // which source
  };
  struct Column {
    task::CandidateFeature spec;
    std::vector<Source> sources;
  };
  struct Batch;

  Source source(const std::string& name, const task::CandidateFeature& feature,
                const assay::Features& tables) const;
  void expect_log(const std::string& name, const task::CandidateFeature& feature) const;
  Feature values(const Source& source, const task::CandidateFeature& feature,
                 const Batch& batch) const;
  Feature context(const Source& source, const task::CandidateFeature& feature,
                  const Batch& batch) const;

  std::vector<Column> columns_;
  std::shared_ptr<const LogIndex> log_;
};

}  // namespace assay::features
