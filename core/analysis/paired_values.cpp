#include "analysis/paired_values.h"

namespace assay::analysis {

std::vector<std::span<const float>> spans(const SeedValues& by_seed) {
  return {by_seed.begin(), by_seed.end()};
}

stats::SeedPairing pair_values(const ColumnPair& columns, const GroupUsers& users, int64_t hold) {
  stats::SeedPairing pairing = columns.pairing(users.order(), hold);
  for (const RequestRange& range : columns.baseline.ranges()) {
    pairing.add(spans(columns.baseline.read(range)), spans(columns.variant.read(range)),
                users.read(range));
  }
  return pairing;
}

}  // namespace assay::analysis
