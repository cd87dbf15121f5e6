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
/// Whether it needs the times of events: what counts events before the request, and its hour and day.
bool needs_times(const std::string& source);
/// "number" or "category", where that is the same for all data; else "".
std::string source_type(const std::string& source);
/// Why the form is not for a source of this type, "names item:genres, a set, and log takes numbers";
/// none where it is.
/// @param type  category, number, set, vector or text
std::optional<std::string> type_problem(FeatureForm form, const std::string& source,
                                        const std::string& type);

/// "item:genres" as {"item", "genres"}; of a source without a colon the second is empty.
std::pair<std::string, std::string> source_parts(const std::string& source);

/// What no data set can make right, "cross names item:genres twice"; none where all is well.
std::optional<std::string> feature_problem(const CandidateFeature& feature);

void to_json(nlohmann::json& out, const CandidateFeature& value);
void from_json(const nlohmann::json& in, CandidateFeature& value);
void to_json(nlohmann::json& out, const FeatureSetSpec& value);
void from_json(const nlohmann::json& in, FeatureSetSpec& value);

}  // namespace assay::task
