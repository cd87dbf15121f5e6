#pragma once

/// Metrics that walk one list at a time on the CPU: everything that asks for more than hits
/// (scores, the history, categories, judgements). Each is a row of a table: a name, and how to make
/// a pure function of a list from the choices of its definition.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "metrics/definition_text.h"
#include "metrics/metric_data.h"
#include "metrics/metric_pass.h"

namespace assay::metrics {

/// The first k of one request's list, and what is known of the request.
struct ListView {
  std::span<const int64_t> items;     ///< best first, without padding
  int64_t cutoff = 0;                 ///< k, at least items.size()
  std::span<const int64_t> relevant;  ///< ascending
  std::span<const float> scores;      ///< parallel to items; empty where they are not known
  std::span<const int64_t> history;   ///< oldest first, repeats kept
  std::span<const int64_t> judged;    ///< ascending; relevant items among them
  std::span<const double> value;      ///< parallel to judged: the target's value

  bool is_relevant(int64_t item) const;
  /// Hits within the first n.
  int64_t hits(int64_t n) const;
  /// The target's value, `otherwise` where the user did not judge the item or gave it no value.
  double value_of(int64_t item, double otherwise) const;
};

/// NaN where there is no value. Called by several threads.
using ListFunction = std::function<double(const ListView&)>;

struct ListMetric {
  std::string_view name;
  /// Throws UserError where the data lack the item feature that the definition names.
  ListFunction (*make)(const DefinitionText& definition, const MetricData& data);
};

/// The rows, one list a file.
std::span<const ListMetric> judgement_metrics();
std::span<const ListMetric> score_list_metrics();
std::span<const ListMetric> category_metrics();
std::span<const ListMetric> popularity_list_metrics();
std::span<const ListMetric> list_quality_rows();

/// The row of a definition, or nullptr.
const ListMetric* find_list_metric(std::string_view definition);

/// All columns of a pass that are such functions.
class ListFamily : public MetricFamily {
 public:
  struct Column {
    ListFunction value;
    int64_t cutoff;
    int64_t row;
  };
  explicit ListFamily(std::vector<Column> columns) : columns_(std::move(columns)) {}
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  std::vector<Column> columns_;
};

}  // namespace assay::metrics
