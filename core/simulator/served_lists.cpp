#include "simulator/served_lists.h"

#include <cmath>

#include "error/error.h"
#include "simulator/click_models.h"

namespace assay::simulator {
namespace {

/// The items of one list, and where they stand in it.
struct Slate {
  std::vector<int32_t> items;
  std::vector<size_t> places;
};

/// Calls `visit` with each request and its slate.
template <typename Visit>
void each_list(const ServedLists& lists, const Visit& visit) {
  const auto size = static_cast<size_t>(lists.size);
  error::require(
      lists.day.size() == lists.user.size() && lists.items.size() == lists.user.size() * size,
      "every request has a user, a day and a list");
  Slate slate;
  for (size_t request = 0; request < lists.user.size(); ++request) {
    slate.items.clear();
    slate.places.clear();
    for (size_t place = request * size; place < (request + 1) * size; ++place) {
      if (lists.items[place] < 0) continue;
      slate.items.push_back(lists.items[place]);
      slate.places.push_back(place);
    }
    visit(request, slate);
  }
}

}  // namespace

std::vector<uint8_t> draw_clicks(const World& world, const ServedLists& lists) {
  std::vector<uint8_t> out(lists.items.size()), clicks;
  each_list(lists, [&](size_t request, const Slate& slate) {
    clicks.assign(slate.items.size(), 0);
    draw_clicks(world, lists.user[request], lists.day[request], slate.items, clicks);
    for (size_t i = 0; i < clicks.size(); ++i) out[slate.places[i]] = clicks[i];
  });
  return out;
}

std::vector<float> expected_clicks(const World& world, const ServedLists& lists) {
  std::vector<float> out(lists.user.size());
  each_list(lists, [&](size_t request, const Slate& slate) {
    out[request] = static_cast<float>(
        expected_clicks(world, lists.user[request], lists.day[request], slate.items));
  });
  return out;
}

std::vector<float> list_diversity(const World& world, const ServedLists& lists) {
  std::vector<float> out(lists.user.size(), std::nanf(""));
  each_list(lists, [&](size_t request, const Slate& slate) {
    double sum = 0;
    int64_t pairs = 0;
    for (size_t a = 0; a < slate.items.size(); ++a) {
      for (size_t b = a + 1; b < slate.items.size(); ++b, ++pairs)
        sum += static_cast<double>(world.similarity(slate.items[a], slate.items[b]));
    }
    if (pairs > 0) out[request] = static_cast<float>(1 - sum / static_cast<double>(pairs));
  });
  return out;
}

}  // namespace assay::simulator
