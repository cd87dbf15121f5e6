#pragma once

#include <array>
#include <string_view>

namespace assay::task {

/// What a guardrail may limit of fitting, beside metrics and times of answers.
inline constexpr std::string_view kFitSeconds = "fit_seconds";
inline constexpr std::string_view kFitMemory = "fit_memory";  ///< MiB, at the peak of a fit
inline constexpr std::array kFitCosts{kFitSeconds, kFitMemory};

}  // namespace assay::task
