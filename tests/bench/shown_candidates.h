#pragma once

/// Labelled candidates that rankers by fields learn from and rank, drawn under one seed.

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>

#include <string>

#include "unit/plugins/tiny_data.h"

namespace assay::test {

/// Candidates 0, 1, ... of each request, with twelve features beside user, item, popularity and the
/// length of the history.
inline LabelledBatch shown(int64_t requests, int64_t width) {
  at::Generator generator = at::detail::createCPUGenerator(1);
  Lists histories(static_cast<size_t>(requests), {1, 2, 3});
  std::vector<int64_t> places;
  for (int64_t place = 0; place < width; ++place) places.push_back(place);
  LabelledBatch batch{.requests = requests_of(histories)};
  batch.candidates =
      candidates_of(Lists(requests, places), Numbers(requests, Numbers::value_type(width, 0.5)));
  batch.candidates.features.rows = requests * width;
  for (int n = 0; n < 12; ++n)
    batch.candidates.features.columns.push_back(
        {.name = "f" + std::to_string(n),
         .type = FeatureType::category,
         .values = at::randint(1000, {requests * width}, generator, at::kInt),
         .cardinality = 1000});
  batch.label = at::rand({requests, width, 1}, generator).lt(0.3).to(at::kFloat);
  batch.weight = at::ones({requests, width});
  return batch;
}

}  // namespace assay::test
