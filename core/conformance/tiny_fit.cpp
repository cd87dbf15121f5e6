#include "conformance/tiny_fit.h"

#include <ATen/CPUGeneratorImpl.h>

#include <limits>

namespace assay::conformance {

TinyFit::TinyFit(const TinyWorld& world, const Inputs& inputs, const FitSettings& settings,
                 std::function<double(int64_t)> validate)
    : world_(world),
      inputs_(inputs),
      settings_(settings),
      validate_(std::move(validate)),
      generator_(at::detail::createCPUGenerator(settings.seed)) {}

at::Generator TinyFit::generator() {
  ++record_.generators;
  return generator_;
}

ServeContext TinyFit::serving() const {
  return ServeContext({.features = &world_.features, .inputs = &inputs_, .seed = settings_.seed});
}

double TinyFit::validate() {
  const double value = validate_(record_.validations++);
  return settings_.refit || settings_.trial ? std::numeric_limits<double>::quiet_NaN() : value;
}

std::string TinyFit::chosen(const std::string& key) const {
  record_.asked_choices.insert(key);
  const auto found = settings_.chosen.find("chosen." + key);
  return found == settings_.chosen.end() ? "" : found->second;
}

}  // namespace assay::conformance
