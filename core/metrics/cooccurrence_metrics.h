#pragma once

/// Metrics by who has two items: intra-list distance, unexpectedness, serendipity.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "metrics/item_sets.h"
#include "metrics/metric_data.h"
#include "metrics/metric_pass.h"

namespace assay::metrics {

class SharedUsers;
struct ListView;

/// The columns of a pass that compare items by their users. The similarity of two items is the
/// cosine of their sets of users, 0 where one has none.
class CooccurrenceFamily : public MetricFamily {
 public:
  enum class Kind {
    distance,         ///< 1 - similarity, mean over all pairs of the list; NaN below two items
    surprise,         ///< 1 - mean similarity to the history, mean over the list
    surprise_of_hits  ///< the same with 0 for what is not relevant
  };
  struct Column {
    Kind kind = Kind::distance;
    bool single_is_zero = false;  ///< distance: 0 instead of no value for a list of one item
    int64_t cutoff = 0;
    int64_t row = 0;
  };

  CooccurrenceFamily(const MetricData& data, std::vector<Column> columns);
  void compute(const MetricBatch& batch, const at::Tensor& out) const override;

 private:
  struct Room;
  void measure(const ListView& list, Room& room) const;
  void add_distances(std::span<const int64_t> items, Room& room) const;
  void add_surprise(const ListView& list, Room& room) const;
  double value(const Column& column, const ListView& list, const Room& room) const;
  bool asks(Kind kind) const;

  ItemSets users_;
  std::vector<Column> columns_;
  int64_t widest_ = 0;
};

/// False where the id is of another metric; row and cutoff are left alone.
bool parse_cooccurrence(std::string_view definition, CooccurrenceFamily::Column& column);

}  // namespace assay::metrics
