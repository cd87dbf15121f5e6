#include <algorithm>
#include <array>
#include <limits>

#include "ope/estimators.h"

namespace assay::ope {

namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();
/// Clips and thresholds.
constexpr std::array kClips = {kNoLimit, 10'000.0, 5'000.0, 2'000.0, 1'000.0, 500.0, 200.0,
                               100.0,    50.0,     20.0,    10.0,    5.0,     2.0,   1.0};
/// A weight w is shrunk to half where lambda = w^2.
constexpr std::array kShrinkages = {kNoLimit, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100.0, 10.0, 1.0};
constexpr std::array kSubGaussian = {0.0, 1e-5, 1e-4, 1e-3, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};

struct Known {
  Estimator estimator;
  std::string_view name;
  std::span<const double> grid;  ///< empty without a parameter
};

constexpr std::array kKnown = {
    Known{Estimator::dm, "dm", {}},
    Known{Estimator::ips, "ips", {}},
    Known{Estimator::clipped_ips, "clipped_ips", kClips},
    Known{Estimator::snips, "snips", {}},
    Known{Estimator::dr, "dr", {}},
    Known{Estimator::clipped_dr, "clipped_dr", kClips},
    Known{Estimator::sndr, "sndr", {}},
    Known{Estimator::switch_dr, "switch_dr", kClips},
    Known{Estimator::dros, "dros", kShrinkages},
    Known{Estimator::sg_ips, "sg_ips", kSubGaussian},
    Known{Estimator::sg_dr, "sg_dr", kSubGaussian},
    Known{Estimator::balanced_ips, "balanced_ips", {}},
    Known{Estimator::mips, "mips", {}},
    Known{Estimator::mrdr, "mrdr", {}},
    Known{Estimator::replay, "replay", {}},
};

const Known& known(Estimator estimator) {
  return *std::ranges::find(kKnown, estimator, &Known::estimator);
}

}  // namespace

std::vector<Choice> all_choices() {
  std::vector<Choice> choices;
  for (const Known& one : kKnown) choices.push_back({one.estimator, std::nullopt});
  return choices;
}

std::string_view estimator_name(Estimator estimator) { return known(estimator).name; }

std::optional<Estimator> estimator_of_name(std::string_view name) {
  const auto at = std::ranges::find(kKnown, name, &Known::name);
  if (at == kKnown.end()) return std::nullopt;
  return at->estimator;
}

std::vector<std::string> estimator_names() {
  std::vector<std::string> names;
  for (const Known& one : kKnown) names.emplace_back(one.name);
  return names;
}

bool has_parameter(Estimator estimator) { return !known(estimator).grid.empty(); }

std::span<const double> tuning_grid(Estimator estimator) { return known(estimator).grid; }

}  // namespace assay::ope
