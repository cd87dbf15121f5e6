#include "metrics/cooccurrence_metrics.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "metrics/definition_text.h"
#include "metrics/host_batch.h"
#include "metrics/shared_users.h"

namespace assay::metrics {
namespace {

constexpr double kNoValue = std::numeric_limits<double>::quiet_NaN();

void make_distinct(std::span<const int64_t> items, std::vector<int64_t>& out) {
  out.assign(items.begin(), items.end());
  std::ranges::sort(out);
  out.erase(std::unique(out.begin(), out.end()), out.end());
}

}  // namespace

bool parse_cooccurrence(std::string_view definition, CooccurrenceFamily::Column& column) {
  const DefinitionText text(definition);
  const std::string_view name = definition.substr(0, definition.find('{'));
  if (name == "intra_list_distance" && text.is("distance", "cooccurrence")) {
    column.kind = CooccurrenceFamily::Kind::distance;
    column.single_is_zero = text.is("single", "zero");
    return true;
  }
  column.single_is_zero = false;
  if (name == "unexpectedness") {
    column.kind = CooccurrenceFamily::Kind::surprise;
    return true;
  }
  column.kind = CooccurrenceFamily::Kind::surprise_of_hits;
  return name == "serendipity" && text.is("surprise", "cooccurrence");
}

// What one thread needs for a list.
struct CooccurrenceFamily::Room {
  Room(const ItemSets& sets, bool pairs, size_t width)
      : shared(sets, pairs), sums(width + 1), surprise(width) {}

  SharedUsers shared;
  std::vector<double> sums;      // [k]: distances between the first k items
  std::vector<double> surprise;  // of the item at a place, where it was asked
  std::vector<int64_t> history, asked, places;
};

CooccurrenceFamily::CooccurrenceFamily(const MetricData& data, std::vector<Column> columns)
    : users_(data.by_item, data.user_ids), columns_(std::move(columns)) {
  for (const Column& column : columns_) widest_ = std::max(widest_, column.cutoff);
}

bool CooccurrenceFamily::asks(Kind kind) const {
  return std::ranges::any_of(columns_, [&](const Column& column) { return column.kind == kind; });
}

void CooccurrenceFamily::compute(const MetricBatch& batch, const at::Tensor& out) const {
  const HostBatch host(batch);
  const int64_t rows = host.rows(), width = std::min(batch.items.size(1), widest_);
  at::Tensor result = at::empty({static_cast<int64_t>(columns_.size()), rows},
                                at::TensorOptions().dtype(at::kDouble));
  double* values = result.mutable_data_ptr<double>();
  at::parallel_for(0, rows, 16, [&](int64_t first, int64_t last) {
    Room room(users_, asks(Kind::distance), static_cast<size_t>(width));
    for (int64_t r = first; r < last; ++r) {
      const ListView list = cut(host.view(r), width);
      measure(list, room);
      for (size_t c = 0; c < columns_.size(); ++c) {
        values[static_cast<int64_t>(c) * rows + r] =
            value(columns_[c], cut(list, columns_[c].cutoff), room);
      }
    }
  });
  for (size_t c = 0; c < columns_.size(); ++c)
    out[columns_[c].row].copy_(result[static_cast<int64_t>(c)]);
}

void CooccurrenceFamily::measure(const ListView& list, Room& room) const {
  if (asks(Kind::distance)) add_distances(list.items, room);
  if (asks(Kind::surprise) || asks(Kind::surprise_of_hits)) {
    make_distinct(list.history, room.history);
    add_surprise(list, room);
  }
}

// Sums in the order of the pairs (0,1), (0,2), (1,2), (0,3), ..., whatever was held before.
void CooccurrenceFamily::add_distances(std::span<const int64_t> items, Room& room) const {
  std::vector<double>& sums = room.sums;
  std::ranges::fill(sums, 0);
  const auto distance = [&](int64_t a, int64_t b, int32_t common) {
    const auto x = static_cast<double>(users_.size(a)), y = static_cast<double>(users_.size(b));
    return common > 0 ? 1 - static_cast<double>(common) / std::sqrt(x * y) : 1;
  };
  SharedUsers::Counts counts;
  std::vector<double> earlier;  // [i, j]: of a later block's j-th item from an item before it
  for (size_t begin = 0; begin < items.size(); begin += SharedUsers::kMost) {
    const auto block = items.subspan(begin, std::min(items.size() - begin, SharedUsers::kMost));
    room.shared.hold(block);
    earlier.resize(begin * block.size());
    for (size_t i = 0; i < begin; ++i) {
      room.shared.count(items[i], counts);
      for (size_t j = 0; j < block.size(); ++j)
        earlier[i * block.size() + j] = distance(items[i], block[j], counts[j]);
    }
    for (size_t j = 0; j < block.size(); ++j) {
      double sum = sums[begin + j];
      for (size_t i = 0; i < begin; ++i) sum += earlier[i * block.size() + j];
      for (size_t i = 0; i < j; ++i) sum += distance(block[i], block[j], room.shared.among(i, j));
      sums[begin + j + 1] = sum;
    }
  }
}

void CooccurrenceFamily::add_surprise(const ListView& list, Room& room) const {
  const bool all = asks(Kind::surprise);
  room.asked.clear();
  room.places.clear();
  for (size_t place = 0; place < list.items.size(); ++place) {
    if (!all && !list.is_relevant(list.items[place])) continue;
    room.asked.push_back(list.items[place]);
    room.places.push_back(static_cast<int64_t>(place));
  }
  SharedUsers::Counts counts;
  for (size_t begin = 0; begin < room.asked.size(); begin += SharedUsers::kMost) {
    const size_t size = std::min(room.asked.size() - begin, SharedUsers::kMost);
    const auto block = std::span<const int64_t>(room.asked).subspan(begin, size);
    room.shared.hold(block);
    std::array<double, SharedUsers::kMost> similarity{};
    for (const int64_t other : room.history) {
      room.shared.count(other, counts);
      for (size_t j = 0; j < size; ++j) {
        if (counts[j] == 0) continue;
        const auto product = static_cast<double>(users_.size(block[j]) * users_.size(other));
        similarity[j] += static_cast<double>(counts[j]) / std::sqrt(product);
      }
    }
    for (size_t j = 0; j < size; ++j) {
      room.surprise[static_cast<size_t>(room.places[begin + j])] =
          1 - similarity[j] / static_cast<double>(room.history.size());
    }
  }
}

double CooccurrenceFamily::value(const Column& column, const ListView& list,
                                 const Room& room) const {
  const size_t n = list.items.size();
  if (column.kind == Kind::distance) {
    const double single = n == 1 && column.single_is_zero ? 0 : kNoValue;
    return n < 2 ? single : room.sums[n] / (static_cast<double>(n * (n - 1)) / 2);
  }
  const bool hits = column.kind == Kind::surprise_of_hits;
  if (room.history.empty() || (hits && list.relevant.empty())) return kNoValue;
  double sum = 0;
  for (size_t place = 0; place < n; ++place)
    sum += !hits || list.is_relevant(list.items[place]) ? room.surprise[place] : 0;
  return sum / static_cast<double>(n);  // 0 / 0 is NaN: no value
}

}  // namespace assay::metrics
