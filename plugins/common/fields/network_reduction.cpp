#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_svd.h>
#include <assay/extra/fields/network_reduction.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>

namespace assay::extra {
namespace {

/// A matrix "<row><number>.weight" of a row of dense layers.
struct LayerName {
  std::string_view row;
  int64_t number;
};

std::optional<LayerName> layer_named(std::string_view name) {
  constexpr std::string_view kEnd = ".weight";
  if (!name.ends_with(kEnd)) return std::nullopt;
  name.remove_suffix(kEnd.size());
  const size_t last = name.find_last_not_of("0123456789");
  const std::string_view digits = name.substr(last == std::string_view::npos ? 0 : last + 1);
  LayerName out{.row = name.substr(0, name.size() - digits.size()), .number = 0};
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), out.number);
  return error == std::errc() ? std::optional(out) : std::nullopt;
}

// Places of matrices that another one follows, two places behind them.
std::vector<size_t> followed_layers(const NamedTensors& parameters) {
  std::vector<size_t> out;
  for (size_t at = 0; at + 2 < parameters.size(); ++at) {
    const auto own = layer_named(parameters[at].first),
               next = layer_named(parameters[at + 2].first);
    if (own && next && own->row == next->row && own->number + 1 == next->number &&
        is_matrix(parameters[at].second))
      out.push_back(at);
  }
  return out;
}

// 1 where a magnitude is not among the share of the smallest.
at::Tensor kept_of(const at::Tensor& magnitude, double share) {
  const auto count = static_cast<int64_t>(share * static_cast<double>(magnitude.numel()));
  if (count == 0) return at::Tensor();
  const at::Tensor limit = std::get<0>(magnitude.flatten().kthvalue(count));
  return (magnitude > limit).to(at::kFloat);
}

// Sums of magnitudes that come in.
at::Tensor sizes_of_units(const at::Tensor& matrix) { return matrix.abs().sum(1); }

void without_idle_units(NamedTensors& parameters) {
  for (const size_t at : followed_layers(parameters)) {
    at::Tensor &matrix = parameters[at].second, &bias = parameters[at + 1].second;
    at::Tensor& next = parameters[at + 2].second;
    const at::Tensor used = sizes_of_units(matrix).ne(0).logical_or(bias.ne(0));
    const at::Tensor kept = used.nonzero().flatten();
    if (kept.numel() == 0) continue;
    matrix = matrix.index_select(0, kept);
    bias = bias.index_select(0, kept);
    next = next.index_select(1, kept);
  }
}

/// The first columns of U and rows of V^T, with their singular values.
struct Singular {
  at::Tensor u, s, vt;
};

Singular largest_of(const at::Tensor& matrix, int64_t rank) {
  const auto [u, s, vt] = at::linalg_svd(matrix, /*full_matrices=*/false);
  return {u.slice(1, 0, rank), s.slice(0, 0, rank), vt.slice(0, 0, rank)};
}

}  // namespace

bool is_matrix(const at::Tensor& parameter) {
  return parameter.dim() == 2 && parameter.size(0) > 1;
}

bool is_smaller(const at::Tensor& matrix, int64_t rank) {
  return rank > 0 && rank * (matrix.size(0) + matrix.size(1)) < matrix.numel();
}

LowRank low_rank_of(const at::Tensor& matrix, int64_t rank) {
  const Singular found = largest_of(matrix, rank);
  const at::Tensor root = found.s.sqrt();
  return {.down = (root.unsqueeze(1) * found.vt).contiguous(), .up = (found.u * root).contiguous()};
}

NetworkReduction::NetworkReduction(const ReductionSettings& settings,
                                   const NamedTensors& parameters, int64_t epoch) {
  if (settings.pruning > 0 && settings.pruned == PrunedParts::weights)
    prune_weights(parameters, settings.pruning);
  if (settings.pruning > 0 && settings.pruned == PrunedParts::units)
    prune_units(parameters, settings.pruning);
  if (settings.low_rank > 0) project(parameters, settings.low_rank, epoch % 2 == 1);
  hold();
}

void NetworkReduction::prune_weights(const NamedTensors& parameters, double share) {
  for (const auto& [name, parameter] : parameters) {
    if (!is_matrix(parameter)) continue;
    const at::Tensor kept = kept_of(parameter.abs(), share);
    if (kept.defined()) masked_.emplace_back(parameter, kept);
  }
}

void NetworkReduction::prune_units(const NamedTensors& parameters, double share) {
  for (const size_t at : followed_layers(parameters)) {
    const at::Tensor kept = kept_of(sizes_of_units(parameters[at].second), share);
    if (!kept.defined()) continue;
    masked_.emplace_back(parameters[at].second, kept.unsqueeze(1));
    masked_.emplace_back(parameters[at + 1].second, kept);
  }
}

void NetworkReduction::project(const NamedTensors& parameters, int64_t rank, bool left) {
  for (const auto& [name, parameter] : parameters) {
    if (!is_matrix(parameter) || !is_smaller(parameter, rank)) continue;
    const Singular found = largest_of(parameter, rank);
    if (left)
      left_.emplace_back(parameter, found.u.matmul(found.u.t()));
    else
      right_.emplace_back(parameter, found.vt.t().matmul(found.vt));
  }
}

void NetworkReduction::hold() const {
  for (auto [parameter, kept] : masked_) parameter.mul_(kept);
  for (auto [parameter, space] : left_) parameter.copy_(space.matmul(parameter));
  for (auto [parameter, space] : right_) parameter.copy_(parameter.matmul(space));
}

NamedTensors pruned(const NamedTensors& parameters, const ReductionSettings& settings) {
  NamedTensors out = parameters;
  for (auto& [name, value] : out) value = value.clone();
  if (settings.pruning <= 0) return out;
  NetworkReduction({.pruning = settings.pruning, .pruned = settings.pruned}, out, 0);
  if (settings.pruned == PrunedParts::units) without_idle_units(out);
  return out;
}

}  // namespace assay::extra
