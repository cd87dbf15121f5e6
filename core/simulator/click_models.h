#pragma once

/// What a user looks at in a slate and clicks. A user clicks an item that is looked at and attracts;
/// it attracts with World::click_probability, whatever stands around it. Which are looked at:
///
///  - position_based: place k (from 1) with probability k^-position_bias, independent of all else
///    (Richardson, Dominowska and Ragno 2007; Craswell et al. 2008);
///  - cascade: from the top down until the first click (Craswell et al. 2008);
///  - dependent_click: from the top down; after a click the user goes on with probability
///    `continuation`, after no click always (Guo, Liu and Wang 2009).
///
/// Whether an item attracts, is looked at and ends the look is drawn by (world, user, day, item):
/// two slates that show a user the same at the same places get the same clicks, and an item that
/// attracts a user attracts all day.

#include <cstdint>
#include <span>

#include "simulator/world.h"

namespace assay::simulator {

/// Draws clicks on a slate: 1 or 0 a place. @param slate  items from the top down, each once
void draw_clicks(const World& world, int32_t user, int64_t day, std::span<const int32_t> slate,
                 std::span<uint8_t> out);

/// The same with the user's taste of that day, where it is at hand.
void draw_clicks(const World& world, const Taste& taste, int32_t user, int64_t day,
                 std::span<const int32_t> slate, std::span<uint8_t> out);

/// P(looked at) of each place of a slate, given all of it: [places].
void examination(const World& world, const Taste& taste, std::span<const int32_t> slate,
                 std::span<float> out);

/// Expected number of clicks on a slate: the true value of a policy that serves it.
double expected_clicks(const World& world, int32_t user, int64_t day,
                       std::span<const int32_t> slate);

}  // namespace assay::simulator
