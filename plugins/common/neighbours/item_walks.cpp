#include <assay/extra/interactions/co_occurrence.h>
#include <assay/extra/interactions/pair_values.h>
#include <assay/extra/interactions/pair_weights.h>
#include <assay/extra/interactions/ragged_spans.h>
#include <assay/extra/neighbours/item_walks.h>
#include <assay/extra/neighbours/nearest_neighbours.h>

#include <cmath>
#include <vector>

namespace assay::extra {
namespace {

PairValues transitions(const TrainingView& data, const PairWeights& pairs, double alpha) {
  const PairTotals total = pair_totals(data, pairs);
  return {.by_user = values_by_user(data, pairs,
                                    [&](int64_t user, int64_t, double x) {
                                      return std::pow(x / total.of_user[user], alpha);
                                    }),
          .by_item = values_by_item(data, pairs, [&](int64_t, int64_t item, double x) {
            return std::pow(x / total.of_item[item], alpha);
          })};
}

// What the weights of each target are divided by.
std::vector<double> penalties(const TrainingView& data, double beta) {
  const RaggedSpans by_item(data.by_item);
  std::vector<double> penalty;
  for (int64_t item = 0; item < by_item.size(); ++item)
    penalty.push_back(std::pow(static_cast<double>(by_item[item].size()), beta));
  return penalty;
}

void normalise(std::vector<Neighbour>& targets) {
  double sum = 0;
  for (const Neighbour& target : targets) sum += target.similarity;
  for (Neighbour& target : targets) target.similarity /= sum;
}

}  // namespace

ItemWeights item_walks(const TrainingView& data, const WalkSettings& settings,
                       const Rounding& round) {
  const PairWeights pairs = pair_weights(data, settings.repeats);
  const PairValues values = transitions(data, pairs, settings.alpha);
  const std::vector<double> penalty = penalties(data, settings.beta);
  ItemWeightRows rows(data.items);
  for_each_co_occurrence(data, values, [&](const CoOccurrenceRow& row) {
    std::vector<Neighbour> targets;
    targets.reserve(row.others.size());
    for (const int32_t other : row.others) {
      if (other == row.item) continue;
      const double weight = row.of(other) / penalty[other];
      targets.push_back({other, weight, round(weight)});
    }
    if (settings.neighbours > 0) keep_nearest(targets, settings.neighbours);
    if (settings.normalise) normalise(targets);
    rows.set(row.item, targets);
  });
  return rows.take();
}

}  // namespace assay::extra
