#pragma once

/// Everything a plugin author needs. A whole plugin:
///
///     #include <assay/plugin.h>
///
///     class Popularity : public assay::RecallStrategy {
///      public:
///       struct Params { double exponent = 1; };
///       static void describe(assay::ParamList<Params>& p) {
///         p.add("exponent", &Params::exponent, "Power of the count.").range(0, 10);
///       }
///       explicit Popularity(const Params& params) : params_(params) {}
///
///       void fit(const assay::TrainingView& data, assay::FitContext&) override {
///         score_ = data.by_item.lengths().to(at::kFloat).pow(params_.exponent);
///       }
///       assay::CandidateBatch recall(const assay::RequestBatch& requests, int64_t k,
///                                    const assay::ServeContext&) const override {
///         return assay::top_k(score_.expand({requests.size(), -1}), k, requests);
///       }
///       void save(assay::Archive& archive) const override { archive.put("score", score_); }
///       void load(const assay::Archive& archive, const assay::LoadContext& ctx) override {
///         score_ = archive.tensor("score").to(ctx.device);
///       }
///
///      private:
///       Params params_;
///       at::Tensor score_;  // float32 [N]
///     };
///
///     ASSAY_PLUGINS(assay::plugin<Popularity>({.name = "popularity",
///                                              .doc = "The most popular items."}))
///
/// (fit, save and load are optional: a strategy that learns nothing leaves them out.)
///
/// Compile time is a feature: this header brings ATen's core only. Add single operators where you
/// need them (`#include <ATen/ops/matmul.h>`), never `torch/torch.h`.

#include <assay/abi.h>
#include <assay/batch.h>
#include <assay/context.h>
#include <assay/error.h>
#include <assay/features.h>
#include <assay/kernels.h>
#include <assay/params.h>
#include <assay/ragged.h>
#include <assay/strategy.h>

namespace assay {

namespace detail {

template <typename S>
constexpr PluginKind kind_of() {
  if constexpr (std::is_base_of_v<RecallStrategy, S>)
    return PluginKind::recall;
  else if constexpr (std::is_base_of_v<RankStrategy, S>)
    return PluginKind::rank;
  else if constexpr (std::is_base_of_v<RerankStrategy, S>)
    return PluginKind::rerank;
  else {
    static_assert(std::is_base_of_v<Metric, S>,
                  "a plugin derives from RecallStrategy, RankStrategy, RerankStrategy or Metric");
    return PluginKind::metric;
  }
}

template <typename S, typename Base>
std::unique_ptr<Base> make(const ParamMap& values) {
  if constexpr (requires { typename S::Params; })
    return std::make_unique<S>(param_list<S>().fill(values));
  else
    return std::make_unique<S>();
}

/// The functions of the parameters that `S` declares (Traits, MemoryUse).
template <typename S>
void take_functions(PluginEntry& entry) {
  if constexpr (requires { typename S::Params; }) {
    using P = typename S::Params;
    if constexpr (requires(const P& p) { S::validates(p); })
      entry.validates = [](const ParamMap& values) {
        return bool(S::validates(param_list<S>().fill(values)));
      };
    if constexpr (requires(const P& p) { S::needs_time(p); })
      entry.needs_time = [](const ParamMap& values) {
        return bool(S::needs_time(param_list<S>().fill(values)));
      };
    if constexpr (requires(const DataSizes& sizes, const P& p) { S::memory(sizes, p); })
      entry.memory = [](const DataSizes& sizes, const ParamMap& values) -> MemoryUse {
        return S::memory(sizes, param_list<S>().fill(values));
      };
  } else if constexpr (requires(const DataSizes& sizes) { S::memory(sizes); }) {
    entry.memory = [](const DataSizes& sizes, const ParamMap&) -> MemoryUse {
      return S::memory(sizes);
    };
  }
}

}  // namespace detail

/// The table entry of strategy or metric `S`. `S` is made from its Params, or from nothing where it
/// declares none.
template <typename S>
PluginEntry plugin(PluginDoc doc) {
  PluginEntry entry;
  static_cast<PluginDoc&>(entry) = std::move(doc);
  entry.kind = detail::kind_of<S>();
  entry.schema = param_list<S>().schema();
  if constexpr (std::is_base_of_v<Metric, S>)
    entry.make_metric = &detail::make<S, Metric>;
  else
    entry.make_strategy = &detail::make<S, Strategy>;
  detail::take_functions<S>(entry);
  return entry;
}

}  // namespace assay

/// Once a library, at namespace scope: the note that is read before loading, and the entry
/// function.
#define ASSAY_PLUGINS(...)                                                                    \
  extern "C" {                                                                                \
  __attribute__((used, retain, section(".note.assay"), aligned(4),                            \
                 visibility("default"))) extern const ::assay::StampNote assay_stamp_note = { \
      6, sizeof(::assay::Stamp), 1, "ASSAY", ::assay::this_stamp()};                          \
  ASSAY_API const ::assay::PluginTable* assay_plugins_v2() {                                  \
    static const std::vector<::assay::PluginEntry> entries{__VA_ARGS__};                      \
    static const ::assay::PluginTable table{sizeof(::assay::PluginTable),                     \
                                            sizeof(::assay::PluginEntry), entries.data(),     \
                                            entries.size()};                                  \
    return &table;                                                                            \
  }                                                                                           \
  }
