#include "metrics/metric_pass.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <map>

#include "error/error.h"
#include "metrics/accuracy.h"
#include "metrics/cooccurrence_metrics.h"
#include "metrics/item_values.h"
#include "metrics/list_metric.h"
#include "metrics/pair_distance.h"

namespace assay::metrics {
namespace {

// Columns sorted into families, each of which fills its own rows.
class Sorting {
 public:
  explicit Sorting(const MetricData& data) : data_(data) {}

  void add(const MetricAtCutoff& column, int64_t row) {
    IntraListDefinition intra_list;
    CooccurrenceFamily::Column by_users{.cutoff = column.cutoff, .row = row};
    if (const rules::HitRule* rule = rules::find_hit_rule(column.definition)) {
      accuracy_.push_back({rule, column.cutoff, row});
    } else if (is_item_mean(column.definition)) {
      means_[column.definition].push_back({column.cutoff, row});
    } else if (parse_cooccurrence(column.definition, by_users)) {
      by_users_.push_back(by_users);
    } else if (parse_intra_list(column.definition, intra_list)) {
      distances_[{intra_list.distance, intra_list.feature}].push_back(
          {column.cutoff, row, intra_list.single_is_zero});
    } else if (const ListMetric* metric = find_list_metric(column.definition)) {
      lists_.push_back(
          {metric->make(DefinitionText(column.definition), data_), column.cutoff, row});
    } else {
      throw error::InternalError("no metric with one value a request is called " +
                                 column.definition);
    }
  }

  std::vector<std::unique_ptr<MetricFamily>> families() && {
    std::vector<std::unique_ptr<MetricFamily>> families;
    if (!accuracy_.empty())
      families.push_back(std::make_unique<AccuracyFamily>(std::move(accuracy_)));
    for (auto& [definition, columns] : means_) {
      families.push_back(
          std::make_unique<ItemMeanFamily>(item_values(definition, data_), std::move(columns)));
    }
    for (auto& [of, columns] : distances_) {
      families.push_back(std::make_unique<IntraListFamily>(
          make_pair_distance(of.first, of.second, data_), std::move(columns)));
    }
    if (!by_users_.empty())
      families.push_back(std::make_unique<CooccurrenceFamily>(data_, std::move(by_users_)));
    if (!lists_.empty()) families.push_back(std::make_unique<ListFamily>(std::move(lists_)));
    return families;
  }

 private:
  const MetricData& data_;
  std::vector<ListFamily::Column> lists_;
  std::vector<CooccurrenceFamily::Column> by_users_;
  std::vector<AccuracyColumn> accuracy_;
  std::map<std::string, std::vector<ItemMeanFamily::Column>> means_;
  std::map<std::pair<std::string, std::string>, std::vector<IntraListFamily::Column>> distances_;
};

}  // namespace

MetricPass::MetricPass(const std::vector<MetricAtCutoff>& columns,
                       std::shared_ptr<const MetricData> data)
    : columns_(static_cast<int64_t>(columns.size())), data_(std::move(data)) {
  Sorting sorting(*data_);
  for (int64_t row = 0; row < columns_; ++row) {
    error::require(columns[row].cutoff >= 1, "a cutoff is at least 1");
    sorting.add(columns[row], row);
  }
  families_ = std::move(sorting).families();
}

MetricPass::~MetricPass() = default;

at::Tensor MetricPass::exact_values(const MetricBatch& batch) const {
  const at::Tensor& items = batch.items;
  error::require(items.dim() == 2 && items.scalar_type() == at::kLong,
                 "the lists are int64 [B, K]");
  error::require(batch.truth.rows() == items.size(0), "there is a row of truth for each list");
  at::Tensor out = at::empty({columns_, items.size(0)}, items.options().dtype(at::kDouble));
  for (const auto& family : families_) family->compute(batch, out);
  return out;
}

at::Tensor MetricPass::values(const CandidateBatch& lists, const Ragged& truth,
                              const RequestContext& context) const {
  return exact_values({lists.item, truth, lists.score, context}).to(at::kFloat);
}

}  // namespace assay::metrics
