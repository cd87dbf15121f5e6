#include "contract/breach.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "contract/rules.h"

namespace assay::contract {
namespace {

constexpr std::pair<at::ScalarType, const char*> kTypeNames[] = {
    {at::kFloat, "float32"}, {at::kDouble, "float64"}, {at::kLong, "int64"},
    {at::kInt, "int32"},     {at::kBool, "bool"},      {at::kHalf, "float16"}};

std::string place_text(const at::Device& device) {
  return device.is_cpu() ? "" : " on " + device.str();
}

bool is(const at::Tensor& tensor, at::ScalarType type, const at::Device& device) {
  return tensor.defined() && tensor.scalar_type() == type && tensor.device() == device;
}

/// Order of the checks: each may rely on those before it.
Breach recall_row_breach(const Row& got, int64_t items, Marks& marks) {
  if (Breach breach = padding(got)) return breach;
  if (Breach breach = numbers(got)) return breach;
  if (Breach breach = catalogue(got, items)) return breach;
  if (Breach breach = distinct(got, marks)) return breach;
  return falling(got);
}

Breach rank_row_breach(const Row& got, const Row& given, Marks& marks) {
  if (Breach breach = padding(got)) return breach;
  if (Breach breach = numbers(got)) return breach;
  if (Breach breach = candidates(got, given, marks)) return breach;
  if (Breach breach = distinct(got, marks)) return breach;
  // Only candidates, each once: as many as there were are all of them.
  if (got.items.size() != given.items.size()) return kept_items(got, given, marks);
  return falling(got);
}

Breach rerank_row_breach(const Row& got, const Row& given, Marks& marks) {
  if (Breach breach = padding(got)) return breach;
  if (Breach breach = numbers(got)) return breach;
  if (Breach breach = candidates(got, given, marks)) return breach;
  if (Breach breach = distinct(got, marks)) return breach;
  return kept_scores(got, given);
}

/// Of a batch whose shapes and padding are right.
Breach propensity_breach(const CandidateBatch& got, const Lists& lists) {
  if (!got.propensity) return std::nullopt;
  const at::Tensor all = got.propensity->cpu().contiguous();
  const auto width = static_cast<size_t>(lists.width);
  return each_row(lists, [&](int64_t row) {
    return propensities(lists.row(row), {all.const_data_ptr<float>() + row * lists.width, width});
  });
}

/// The columns of an explanation's terms are of one length, and there is a base for each candidate.
Breach check_term_shapes(const Explanation& got, const CandidateBatch& candidates) {
  const int64_t terms = got.row.defined() ? got.row.numel() : 0;
  const auto is = [&](const at::Tensor& tensor, at::ScalarType type) {
    return tensor.defined() && tensor.dim() == 1 && tensor.numel() == terms &&
           tensor.scalar_type() == type;
  };
  if (!is(got.row, at::kLong) || !is(got.kind, at::kLong) || !is(got.id, at::kLong) ||
      !is(got.weight, at::kFloat))
    return fmt::format(
        "the explanation's row, kind, id and weight are {}, {}, {} and {}; expected int64, int64, "
        "int64 and float32 of one length",
        tensor_text(got.row), tensor_text(got.kind), tensor_text(got.id), tensor_text(got.weight));
  if (!got.base.defined() || got.base.sizes() != candidates.item.sizes() ||
      got.base.scalar_type() != at::kFloat)
    return fmt::format("the explanation's base is {}; expected float32 [{}, {}]",
                       tensor_text(got.base), candidates.size(), candidates.width());
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

std::string tensor_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  std::string name = c10::toString(tensor.scalar_type());
  for (const auto& [type, known] : kTypeNames)
    if (type == tensor.scalar_type()) name = known;
  return fmt::format("{} [{}]{}", name, fmt::join(tensor.sizes(), ", "),
                     place_text(tensor.device()));
}

Breach shape_breach(const CandidateBatch& got, const at::Device& device, int64_t requests,
                    int64_t widest) {
  const std::string there = place_text(device);
  if (!is(got.item, at::kLong, device) || got.item.dim() != 2 || got.item.size(0) != requests ||
      got.item.size(1) > widest)
    return fmt::format("item is {}; expected int64 [{}, at most {}]{}", tensor_text(got.item),
                       requests, widest, there);
  if (!is(got.score, at::kFloat, device) || got.score.sizes() != got.item.sizes())
    return fmt::format("score is {}; expected float32 [{}, {}]{}, as item has it",
                       tensor_text(got.score), requests, got.width(), there);
  const auto& source = got.source_score;
  if (source && (!is(*source, at::kFloat, device) || source->dim() != 3 ||
                 source->size(0) != requests || source->size(1) != got.width()))
    return fmt::format("source_score is {}; expected float32 [{}, {}, S]{}", tensor_text(*source),
                       requests, got.width(), there);
  if (got.propensity &&
      (!is(*got.propensity, at::kFloat, device) || got.propensity->sizes() != got.item.sizes()))
    return fmt::format("propensity is {}; expected float32 [{}, {}]{}, as item has it",
                       tensor_text(*got.propensity), requests, got.width(), there);
  return std::nullopt;
}

Breach recall_breach(const CandidateBatch& got, const RequestBatch& requests, int64_t k,
                     int64_t items) {
  if (Breach breach = shape_breach(got, requests.request.device(), requests.size(), k))
    return breach;
  const Lists lists(got);
  Marks marks(items);
  const auto well_formed = [&](int64_t row) {
    return recall_row_breach(lists.row(row), items, marks);
  };
  if (Breach breach = each_row(lists, well_formed)) return breach;
  if (Breach breach = propensity_breach(got, lists)) return breach;
  const IdRows hidden(requests.excluded);
  const auto not_excluded = [&](int64_t row) {
    return excluded(lists.row(row), hidden.row(row), marks);
  };
  if (Breach breach = each_row(lists, not_excluded)) return breach;
  if (!requests.allowed) return std::nullopt;
  const IdRows open(*requests.allowed);
  return each_row(lists,
                  [&](int64_t row) { return allowed(lists.row(row), open.row(row), marks); });
}

Breach rank_breach(const CandidateBatch& got, const CandidateBatch& given) {
  if (Breach breach = shape_breach(got, given.item.device(), given.size(), given.width()))
    return breach;
  const Lists lists(got), before(given);
  Marks marks;
  const auto well_formed = [&](int64_t row) {
    return rank_row_breach(lists.row(row), before.row(row), marks);
  };
  if (Breach breach = each_row(lists, well_formed)) return breach;
  return propensity_breach(got, lists);
}

Breach rerank_breach(const CandidateBatch& got, const CandidateBatch& given, int64_t n) {
  if (Breach breach = shape_breach(got, given.item.device(), given.size(), n)) return breach;
  const Lists lists(got), before(given);
  Marks marks;
  const auto well_formed = [&](int64_t row) {
    return rerank_row_breach(lists.row(row), before.row(row), marks);
  };
  if (Breach breach = each_row(lists, well_formed)) return breach;
  return propensity_breach(got, lists);
}

Breach explanation_breach(const Explanation& got, const CandidateBatch& candidates) {
  if (Breach breach = check_term_shapes(got, candidates)) return breach;
  return check_terms(got, candidates);
}

}  // namespace assay::contract
