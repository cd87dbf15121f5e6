#pragma once

/// What the host computes for the candidates of a rank stage: `features.candidate` of a stage, a
/// variant or the file.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "task/names.h"

namespace assay::task {

/// What becomes of a source.
enum class FeatureForm {
  plain,    ///< as it is
  log,      ///< number: sign(x) log(1 + |x|)
  buckets,  ///< number: the place among `bounds`
  hash,     ///< category, set: one of `size` codes
  words,    ///< text: a set of hashed words
  cross     ///< a code of the values of several sources together
};

template <>
struct Names<FeatureForm> {
  static constexpr std::string_view what = "the form of a feature";
  static constexpr std::array table{
      Name{FeatureForm::plain, "plain"},     Name{FeatureForm::log, "log"},
      Name{FeatureForm::buckets, "buckets"}, Name{FeatureForm::hash, "hash"},
      Name{FeatureForm::words, "words"},     Name{FeatureForm::cross, "cross"}};
};

/// One column.
struct CandidateFeature {
  FeatureForm form = FeatureForm::plain;
  std::vector<std::string> of;  ///< one source; of a cross two or more
  std::vector<double> bounds;   ///< buckets: ascending, the first of each bucket but the lowest
  int64_t size = 0;             ///< hash, words, cross: codes
  /// interest: after so many days an event counts half.
  double half_life_days = 30;
  double smoothing = 10;  ///< rates: events at the rate of the whole log that are added
  std::string where;      ///< place in the file, for messages; no part of any identity

  /// "item_events", "log(item_events)", "cross(user:gender, item:genres)": the column's name.
  std::string name() const;
};

struct FeatureSetSpec {
  std::vector<CandidateFeature> candidate;

  /// Without places.
  nlohmann::json identity() const;
};

/// Sources that every data set has, whatever it knows of users and items.
const std::vector<std::string>& plain_feature_sources();
/// Those of plain_feature_sources() that count events before the request.
bool needs_times(const std::string& source);

/// "item:genres" as {"item", "genres"}; of a source without a colon the second is empty.
std::pair<std::string, std::string> source_parts(const std::string& source);

/// What no data set can make right, "cross names item:genres twice"; none where all is well.
std::optional<std::string> feature_problem(const CandidateFeature& feature);

void to_json(nlohmann::json& out, const CandidateFeature& value);
void from_json(const nlohmann::json& in, CandidateFeature& value);
void to_json(nlohmann::json& out, const FeatureSetSpec& value);
void from_json(const nlohmann::json& in, FeatureSetSpec& value);

}  // namespace assay::task
