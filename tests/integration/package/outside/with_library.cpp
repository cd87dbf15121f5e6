#include <ATen/ops/zeros.h>

#include "every_item.h"
#include "prices.h"

namespace {

class WithLibrary : public EveryItem {
 public:
  void fit(const assay::TrainingView& data, assay::FitContext&) override {
    score = at::zeros({data.items});
    for (int64_t item = 0; item < data.items; ++item)
      score.data_ptr<float>()[item] = static_cast<float>(price_of(item));
  }
};

}  // namespace

ASSAY_PLUGINS(assay::plugin<WithLibrary>({.name = "with_library", .doc = "Dear items first."}))
