#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <assay/extra/interactions/kept_co_occurrence.h>
#include <assay/extra/threads/parallel.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>
#include <vector>

namespace assay::extra {
namespace {

constexpr int64_t kItemsAtOnce = 64;

constexpr const char* kOffsets = "offsets";
constexpr const char* kOthers = "others";
constexpr const char* kEntries = "entries";

// A row as it was counted. Rows are gathered first and laid out afterwards: counting twice, for the
// places and for the entries, would cost as much as the part saves a fit.
struct KeptRow {
  std::vector<int32_t> others;
  std::vector<double> entries;
};

// None where they are too many together.
std::optional<std::vector<KeptRow>> kept_rows(const CountCoOccurrences& count, int64_t items) {
  std::vector<KeptRow> rows(static_cast<size_t>(items));
  std::atomic<int64_t> total = 0;
  count([&](const CoOccurrenceRow& row) {
    if ((total += std::ssize(row.others)) > kMostKeptEntries) return;
    KeptRow& kept = rows[row.item];
    kept.others.assign(row.others.begin(), row.others.end());
    kept.entries.reserve(row.others.size());
    for (const int32_t other : row.others) kept.entries.push_back(row.of(other));
  });
  if (total > kMostKeptEntries) return std::nullopt;
  return rows;
}

}  // namespace

void keep_co_occurrence(const CountCoOccurrences& count, int64_t items, Archive& part) {
  std::optional<std::vector<KeptRow>> rows = kept_rows(count, items);
  if (!rows) return;
  const at::Tensor offsets = at::zeros({items + 1}, at::kLong);
  int64_t* const offset = offsets.mutable_data_ptr<int64_t>();
  for (int64_t item = 0; item < items; ++item)
    offset[item + 1] = offset[item] + std::ssize((*rows)[item].others);
  const at::Tensor others = at::empty({offset[items]}, at::kInt);
  const at::Tensor entries = at::empty({offset[items]}, at::kDouble);
  int32_t* const other = others.mutable_data_ptr<int32_t>();
  double* const entry = entries.mutable_data_ptr<double>();
  for (int64_t item = 0; item < items; ++item) {
    const KeptRow row = std::exchange((*rows)[item], {});
    std::ranges::copy(row.others, other + offset[item]);
    std::ranges::copy(row.entries, entry + offset[item]);
  }
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
