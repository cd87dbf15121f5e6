#include <ATen/ops/full.h>
#include <assay/kernels.h>
#include <assay/sparse_top_k.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <vector>

#include "unit/kernels/requests.h"

namespace assay {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(TopKSparse, IsTopKWhereAllOtherItemsAreNeverChosen) {
  std::mt19937 draw(5);
  for (const int64_t k : {0, 1, 7, 40, 300}) {
    for (int round = 0; round < 20; ++round) {
      at::Tensor row = at::full({1, 500}, -kInf, at::TensorOptions().dtype(at::kDouble));
      std::vector<int32_t> items;
      std::vector<double> scores;
      std::vector<int64_t> excluded;
      for (int64_t item = 0; item < 500; ++item) {
        if (draw() % 11 == 0) excluded.push_back(item);
        if (draw() % 3 != 0) continue;
        items.push_back(static_cast<int32_t>(item));
        scores.push_back(static_cast<double>(draw() % 20) - 3);  // many ties
        row[0][item] = scores.back();
      }
      const CandidateBatch dense = top_k(row, k, testing::requests(1, testing::Lists{excluded}));
      std::vector<int64_t> item(static_cast<size_t>(k));
      std::vector<float> score(static_cast<size_t>(k));
      top_k_sparse(items, scores, excluded, item, score);
      EXPECT_EQ(item, testing::integers(dense.item));
      EXPECT_EQ(score, testing::floats(dense.score));
    }
  }
}

}  // namespace
}  // namespace assay
