#pragma once

/// What becomes of the lists that requests of a world were served: clicks that are drawn, and what
/// is known of them before.

#include <cstdint>
#include <span>
#include <vector>

#include "simulator/world.h"

namespace assay::simulator {

/// Lists row by row; users and items by their numbers.
struct ServedLists {
  std::span<const int32_t> user;   ///< [requests]
  std::span<const int64_t> day;    ///< [requests]
  std::span<const int32_t> items;  ///< [requests, size], from the top down; -1: none
  int64_t size = 0;
};

/// [requests, size]: 1 where the item is clicked, drawn by (world, user, day, item) as in
/// simulator/click_models.h; 0 where there is none.
std::vector<uint8_t> draw_clicks(const World& world, const ServedLists& lists);

/// [requests]: the mean of the sum of what draw_clicks() draws of a list.
std::vector<float> expected_clicks(const World& world, const ServedLists& lists);

/// [requests]: 1 - mean cosine of the hidden factors of two items of a list, in [0, 2] (intra-list
/// similarity, Ziegler, McNee, Konstan and Lausen, WWW 2005); NaN below two items.
std::vector<float> list_diversity(const World& world, const ServedLists& lists);

}  // namespace assay::simulator
