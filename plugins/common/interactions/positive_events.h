#pragma once
// Part of assay::extra, which promises no stable API or ABI: see assay/extra/README.md.

/// The positive events of a slice, on the CPU.

#include <ATen/core/Tensor.h>
#include <assay/batch.h>

#include <cstdint>
#include <optional>
#include <span>

namespace assay::extra {

/// The positive events of a slice in its order, on the CPU. P of them.
struct PositiveEvents {
  at::Tensor user;                        ///< int32 [P]
  at::Tensor item;                        ///< int32 [P]
  at::Tensor time_us;                     ///< int64 [P]
  std::optional<at::Tensor> weight = {};  ///< float32 [P], by `learn_from`; absent: 1

  int64_t size() const { return user.size(0); }
  std::span<const int32_t> users() const { return all<int32_t>(user); }
  std::span<const int32_t> items() const { return all<int32_t>(item); }
  std::span<const int64_t> times_us() const { return all<int64_t>(time_us); }
  float weight_of(int64_t event) const { return weight ? all<float>(*weight)[event] : 1.F; }

 private:
  template <typename Number>
  static std::span<const Number> all(const at::Tensor& values) {
    return {values.const_data_ptr<Number>(), static_cast<size_t>(values.size(0))};
  }
};

PositiveEvents positive_events(const EventSlice& events);

}  // namespace assay::extra
