#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/kept_co_occurrence.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <vector>

namespace assay::extra {
namespace {

constexpr int64_t kItemsAtOnce = 64;

constexpr const char* kOffsets = "offsets";
constexpr const char* kOthers = "others";
constexpr const char* kEntries = "entries";

}  // namespace

void keep_co_occurrence(const CountCoOccurrences& count, int64_t items, Archive& part) {
  const at::Tensor offsets = at::zeros({items + 1}, at::kLong);
  int64_t* const offset = offsets.mutable_data_ptr<int64_t>();
  count([&](const CoOccurrenceRow& row) { offset[row.item + 1] = std::ssize(row.others); });
  for (int64_t item = 0; item < items; ++item) offset[item + 1] += offset[item];
  if (offset[items] > kMostKeptEntries) return;
  const at::Tensor others = at::empty({offset[items]}, at::kInt);
  const at::Tensor entries = at::empty({offset[items]}, at::kDouble);
  int32_t* const other = others.mutable_data_ptr<int32_t>();
  double* const entry = entries.mutable_data_ptr<double>();
  count([&](const CoOccurrenceRow& row) {
    int64_t at = offset[row.item];
    for (const int32_t id : row.others) {
      other[at] = id;
      entry[at++] = row.of(id);
    }
  });
  part.put(kOffsets, offsets);
  part.put(kOthers, others);
  part.put(kEntries, entries);
}

void for_each_kept(const Archive& part, const CountCoOccurrences& count,
                   const EachCoOccurrences& body) {
  if (!part.has(kOffsets)) {
    count([&](const CoOccurrenceRow& row) {
      std::vector<double> entries;
      entries.reserve(row.others.size());
      for (const int32_t other : row.others) entries.push_back(row.of(other));
      body({row.item, row.others, entries});
    });
    return;
  }
  const at::Tensor offsets = part.tensor(kOffsets);
  const at::Tensor others = part.tensor(kOthers), entries = part.tensor(kEntries);
  const int64_t* const offset = offsets.const_data_ptr<int64_t>();
  const int32_t* const other = others.const_data_ptr<int32_t>();
  const double* const entry = entries.const_data_ptr<double>();
  parallel_blocks(offsets.size(0) - 1, kItemsAtOnce, [&](int64_t first, int64_t last) {
    for (int64_t item = first; item < last; ++item) {
      const auto size = static_cast<size_t>(offset[item + 1] - offset[item]);
      body({item, {other + offset[item], size}, {entry + offset[item], size}});
    }
  });
}

}  // namespace assay::extra
