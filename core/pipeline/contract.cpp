#include "pipeline/contract.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <vector>

namespace assay::pipeline {
namespace {

using Breach = std::optional<std::string>;

std::string shape_text(const at::Tensor& tensor) {
  return fmt::format("[{}]", fmt::join(tensor.sizes(), ", "));
}

std::string type_text(const at::Tensor& tensor) {
  std::ostringstream out;
  out << tensor.scalar_type() << " on " << tensor.device();
  return out.str();
}

Breach check_tensor(const char* name, const at::Tensor& tensor, at::ScalarType type,
                    const char* type_name, const at::Device& device, int64_t rows, int64_t widest) {
  if (!tensor.defined()) return fmt::format("{} is not set; expected a tensor [{}, K]", name, rows);
  if (tensor.dim() != 2 || tensor.size(0) != rows || tensor.size(1) > widest) {
    return fmt::format("{} has shape {}; expected [{}, at most {}]", name, shape_text(tensor), rows,
                       widest);
  }
  if (tensor.scalar_type() != type || tensor.device() != device) {
    std::ostringstream expected;
    expected << device;
    return fmt::format("{} is {}; expected {} on {}", name, type_text(tensor), type_name,
                       expected.str());
  }
  return std::nullopt;
}

Breach check_shapes(const CandidateBatch& got, const at::Device& device, int64_t rows,
                    int64_t widest) {
  if (auto breach = check_tensor("item", got.item, at::kLong, "int64", device, rows, widest))
    return breach;
  if (auto breach = check_tensor("score", got.score, at::kFloat, "float32", device, rows, widest))
    return breach;
  if (got.score.size(1) != got.item.size(1)) {
    return fmt::format("score has shape {} but item has {}", shape_text(got.score),
                       shape_text(got.item));
  }
  if (got.source_score && (got.source_score->dim() != 3 || got.source_score->size(0) != rows ||
                           got.source_score->size(1) != got.item.size(1))) {
    return fmt::format("source_score has shape {}; expected [{}, {}, S]",
                       shape_text(*got.source_score), rows, got.item.size(1));
  }
  if (got.propensity && got.propensity->sizes() != got.item.sizes()) {
    return fmt::format("propensity has shape {}; expected {}", shape_text(*got.propensity),
                       shape_text(got.item));
  }
  return std::nullopt;
}

/// A batch as contiguous rows on the CPU.
struct Rows {
  explicit Rows(const CandidateBatch& batch)
      : item(batch.item.cpu().contiguous()), score(batch.score.cpu().contiguous()) {}
  const int64_t* items(int64_t row) const {
    return item.const_data_ptr<int64_t>() + row * item.size(1);
  }
  const float* scores(int64_t row) const {
    return score.const_data_ptr<float>() + row * item.size(1);
  }
  int64_t width() const { return item.size(1); }

  at::Tensor item, score;
};

/// Which items a row holds, in O(1) a look-up and no clearing between rows: a mark is the number of
/// its row.
class Marks {
 public:
  void start_row() { ++now_; }
  void grow(int64_t size) {
    if (static_cast<int64_t>(mark_.size()) < size) mark_.resize(size, 0);
  }
  bool holds(int64_t id) const {
    return id < static_cast<int64_t>(mark_.size()) && mark_[id] == now_;
  }
  /// false where it was marked already.
  bool add(int64_t id) {
    grow(id + 1);
    if (mark_[id] == now_) return false;
    mark_[id] = now_;
    return true;
  }

 private:
  std::vector<int64_t> mark_;
  int64_t now_ = 0;
};

// Padding stands at the tail as item -1 with score -inf; everything before it is a real item with a
// number as score.
Breach check_padding(const int64_t* item, const float* score, int64_t width, int64_t row) {
  bool padding = false;
  for (int64_t j = 0; j < width; ++j) {
    if (std::isnan(score[j])) {
      return fmt::format("request {} has a NaN score at rank {}; expected a number", row, j);
    }
    if (item[j] == -1) {
      padding = true;
      if (score[j] != -std::numeric_limits<float>::infinity()) {
        return fmt::format(
            "request {} has padding (item -1) at rank {} with score {}; expected -inf", row, j,
            score[j]);
      }
    } else if (padding) {
      return fmt::format(
          "request {} has item {} at rank {} after padding; expected padding (-1) at the tail only",
          row, item[j], j);
    }
  }
  return std::nullopt;
}

Breach check_distinct(const int64_t* item, int64_t width, int64_t row, Marks& marks) {
  marks.start_row();
  for (int64_t j = 0; j < width; ++j) {
    if (item[j] >= 0 && !marks.add(item[j])) {
      return fmt::format("request {} holds item {} twice (again at rank {})", row, item[j], j);
    }
  }
  return std::nullopt;
}

Breach check_falling(const float* score, int64_t width, int64_t row) {
  for (int64_t j = 1; j < width; ++j) {
    if (score[j] > score[j - 1]) {
      return fmt::format(
          "request {} has score {} at rank {} after {}; expected non-increasing scores", row,
          score[j], j, score[j - 1]);
    }
  }
  return std::nullopt;
}

Breach check_range(const int64_t* item, int64_t width, int64_t row, int64_t items) {
  for (int64_t j = 0; j < width; ++j) {
    if (item[j] < -1 || item[j] >= items) {
      return fmt::format(
          "request {} has item {} at rank {}; expected an id from 0 to {}, or -1 as padding", row,
          item[j], j, items - 1);
    }
  }
  return std::nullopt;
}

/// Rows of a Ragged on the CPU.
struct CpuRagged {
  explicit CpuRagged(const Ragged& ragged)
      : values(ragged.values.cpu()), offsets(ragged.offsets.cpu()) {}
  std::pair<const int64_t*, const int64_t*> row(int64_t r) const {
    const int64_t* offset = offsets.const_data_ptr<int64_t>();
    const int64_t* value = values.const_data_ptr<int64_t>();
    return {value + offset[r], value + offset[r + 1]};
  }
  at::Tensor values, offsets;
};

Breach check_excluded(const Rows& rows, const Ragged& excluded, Marks& marks) {
  const CpuRagged lists(excluded);
  for (int64_t row = 0; row < rows.item.size(0); ++row) {
    marks.start_row();
    const auto [begin, end] = lists.row(row);
    for (const int64_t* id = begin; id != end; ++id) marks.add(*id);
    for (int64_t j = 0; j < rows.width(); ++j) {
      const int64_t id = rows.items(row)[j];
      if (id >= 0 && marks.holds(id)) {
        return fmt::format("request {} holds item {} at rank {}, which is excluded for it", row, id,
                           j);
      }
    }
  }
  return std::nullopt;
}

Breach check_allowed(const Rows& rows, const Ragged& allowed, Marks& marks) {
  const CpuRagged lists(allowed);
  for (int64_t row = 0; row < rows.item.size(0); ++row) {
    marks.start_row();
    const auto [begin, end] = lists.row(row);
    for (const int64_t* id = begin; id != end; ++id) marks.add(*id);
    for (int64_t j = 0; j < rows.width(); ++j) {
      const int64_t id = rows.items(row)[j];
      if (id >= 0 && !marks.holds(id)) {
        return fmt::format(
            "request {} holds item {} at rank {}, which is not among the allowed ones", row, id, j);
      }
    }
  }
  return std::nullopt;
}

int64_t real_items(const int64_t* item, int64_t width) {
  int64_t count = 0;
  while (count < width && item[count] >= 0) ++count;
  return count;
}

Breach check_members(const int64_t* got, int64_t width, const int64_t* given, int64_t given_width,
                     int64_t row, Marks& marks) {
  marks.start_row();
  for (int64_t j = 0; j < given_width; ++j) {
    if (given[j] >= 0) marks.add(given[j]);
  }
  for (int64_t j = 0; j < width; ++j) {
    if (got[j] < -1 || (got[j] >= 0 && !marks.holds(got[j]))) {
      return fmt::format(
          "request {} holds item {} at rank {}, which was not among the candidates it was given",
          row, got[j], j);
    }
  }
  return std::nullopt;
}

// Each item keeps the score it came with; rows are short, and a slate is nearly in the given order.
Breach check_scores_kept(const int64_t* got, const float* got_score, int64_t width,
                         const int64_t* given, const float* given_score, int64_t given_width,
                         int64_t row) {
  for (int64_t j = 0; j < width && got[j] >= 0; ++j) {
    int64_t place = 0;
    while (place < given_width && given[place] != got[j]) ++place;
    if (got_score[j] != given_score[place]) {
      return fmt::format(
          "request {} gives item {} the score {}; expected the score it came with, {}", row, got[j],
          got_score[j], given_score[place]);
    }
  }
  return std::nullopt;
}

Breach check_row(const Rows& rows, int64_t row, Marks& marks) {
  if (auto breach = check_padding(rows.items(row), rows.scores(row), rows.width(), row))
    return breach;
  return check_distinct(rows.items(row), rows.width(), row, marks);
}

/// The columns of an explanation's terms are of one length, and there is a base for each candidate.
Breach check_term_shapes(const Explanation& got, const CandidateBatch& candidates) {
  const int64_t terms = got.row.defined() ? got.row.numel() : 0;
  const auto is = [&](const at::Tensor& tensor, at::ScalarType type) {
    return tensor.defined() && tensor.dim() == 1 && tensor.numel() == terms &&
           tensor.scalar_type() == type;
  };
  if (!is(got.row, at::kLong) || !is(got.kind, at::kLong) || !is(got.id, at::kLong) ||
      !is(got.weight, at::kFloat)) {
    return "the explanation's row, kind, id and weight are not int64, int64, int64 and float32 of "
           "one length";
  }
  if (!got.base.defined() || got.base.sizes() != candidates.item.sizes() ||
      got.base.scalar_type() != at::kFloat) {
    return fmt::format("the explanation's base is not float32 {}", shape_text(candidates.item));
  }
  return std::nullopt;
}

/// Every term speaks of a candidate, is of a known kind and weighs something that is a number.
Breach check_terms(const Explanation& got, const CandidateBatch& candidates) {
  const at::Tensor rows = got.row.cpu().contiguous(), kinds = got.kind.cpu().contiguous(),
                   ids = got.id.cpu().contiguous(), weights = got.weight.cpu().contiguous(),
                   bases = got.base.cpu().contiguous(), items = candidates.item.cpu().contiguous();
  for (int64_t term = 0; term < rows.numel(); ++term) {
    const int64_t row = rows.const_data_ptr<int64_t>()[term];
    const int64_t kind = kinds.const_data_ptr<int64_t>()[term];
    const int64_t id = ids.const_data_ptr<int64_t>()[term];
    if (row < 0 || row >= items.numel() || kind < 0 || kind > 2 || id < 0) {
      return fmt::format(
          "term {} of the explanation has row {}, kind {} and id {}; expected a place among {} "
          "candidates, 0, 1 or 2, and an id from 0",
          term, row, kind, id, items.numel());
    }
    const float weight = weights.const_data_ptr<float>()[term];
    if (!std::isfinite(weight)) {
      return fmt::format("term {} of the explanation weighs {}", term, weight);
    }
  }
  for (int64_t slot = 0; slot < items.numel(); ++slot) {
    const float base = bases.const_data_ptr<float>()[slot];
    if (items.const_data_ptr<int64_t>()[slot] >= 0 && !std::isfinite(base)) {
      return fmt::format("the explanation's base of candidate {} is {}", slot, base);
    }
  }
  return std::nullopt;
}

}  // namespace

Breach recall_breach(const CandidateBatch& got, const RequestBatch& requests, int64_t k,
                     int64_t items) {
  if (auto breach = check_shapes(got, requests.request.device(), requests.size(), k)) return breach;
  const Rows rows(got);
  Marks marks;
  for (int64_t row = 0; row < requests.size(); ++row) {
    if (auto breach = check_range(rows.items(row), rows.width(), row, items)) return breach;
    if (auto breach = check_row(rows, row, marks)) return breach;
    if (auto breach = check_falling(rows.scores(row), rows.width(), row)) return breach;
  }
  if (auto breach = check_excluded(rows, requests.excluded, marks)) return breach;
  return requests.allowed ? check_allowed(rows, *requests.allowed, marks) : std::nullopt;
}

Breach rank_breach(const CandidateBatch& got, const CandidateBatch& given) {
  if (auto breach = check_shapes(got, given.item.device(), given.size(), given.width()))
    return breach;
  const Rows rows(got), before(given);
  Marks marks;
  for (int64_t row = 0; row < given.size(); ++row) {
    if (auto breach = check_members(rows.items(row), rows.width(), before.items(row),
                                    before.width(), row, marks)) {
      return breach;
    }
    if (auto breach = check_row(rows, row, marks)) return breach;
    const int64_t kept = real_items(rows.items(row), rows.width());
    const int64_t expected = real_items(before.items(row), before.width());
    if (kept != expected) {
      return fmt::format("request {} has {} items; expected the {} that it was given", row, kept,
                         expected);
    }
    if (auto breach = check_falling(rows.scores(row), rows.width(), row)) return breach;
  }
  return std::nullopt;
}

Breach rerank_breach(const CandidateBatch& got, const CandidateBatch& given, int64_t n) {
  if (auto breach = check_shapes(got, given.item.device(), given.size(), n)) return breach;
  const Rows rows(got), before(given);
  Marks marks;
  for (int64_t row = 0; row < given.size(); ++row) {
    if (auto breach = check_members(rows.items(row), rows.width(), before.items(row),
                                    before.width(), row, marks)) {
      return breach;
    }
    if (auto breach = check_row(rows, row, marks)) return breach;
    if (auto breach =
            check_scores_kept(rows.items(row), rows.scores(row), rows.width(), before.items(row),
                              before.scores(row), before.width(), row)) {
      return breach;
    }
  }
  return std::nullopt;
}

std::optional<std::string> explanation_breach(const Explanation& got,
                                              const CandidateBatch& candidates) {
  if (auto breach = check_term_shapes(got, candidates)) return breach;
  return check_terms(got, candidates);
}

}  // namespace assay::pipeline
