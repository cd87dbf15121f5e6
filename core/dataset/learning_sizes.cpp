#include "dataset/learning_sizes.h"

#include <algorithm>
#include <array>

namespace assay::dataset {
namespace {

using task::LearningSizes;
using task::Window;

/// Positive items that are held at a time: users are taken block by block, so that a large log
/// needs no more memory than a small one, and is gone through a few times instead.
constexpr int64_t kPositivesOfBlock = 8'000'000;

/// Events as Events and as PreparedData have them.
struct EventColumns {
  std::span<const int32_t> user, item;
  std::span<const uint8_t> window;
  std::span<const uint8_t> target;  ///< of the first target; empty: every event is positive
  int64_t users = 0, items = 0;
};

class Counting {
 public:
  Counting(const EventColumns& events, const std::vector<task::Window>& windows) : events_(events) {
    for (const task::Window window : windows) wanted_[static_cast<size_t>(window)] = true;
  }

  LearningSizes run() {
    sizes_.users = events_.users;
    sizes_.items = events_.items;
    std::vector<int64_t> positives(static_cast<size_t>(events_.users));
    for (size_t event = 0; event < events_.user.size(); ++event) {
      if (!learnt(event)) continue;
      ++sizes_.events;
      if (positive(event)) ++positives[static_cast<size_t>(events_.user[event])];
    }
    for (size_t first = 0; first < positives.size();) first = add_block(positives, first);
    return sizes_;
  }

 private:
  bool learnt(size_t event) const {
    const size_t window = events_.window[event];
    return window < wanted_.size() && wanted_[window];
  }
  bool positive(size_t event) const {
    return events_.target.empty() || events_.target[event] == kTargetHolds;
  }

  // The users from `first` on whose positives fit into a block; returns the user after them.
  size_t add_block(const std::vector<int64_t>& positives, size_t first) {
    std::vector<int64_t> ends;  // of the users' rows, while they are filled: where the next goes
    int64_t all = 0;
    size_t last = first;
    for (; last < positives.size() && (last == first || all + positives[last] <= kPositivesOfBlock);
         ++last) {
      ends.push_back(all);
      all += positives[last];
    }
    std::vector<int32_t> items(static_cast<size_t>(all));
    for (size_t event = 0; event < events_.user.size(); ++event) {
      const auto user = static_cast<size_t>(events_.user[event]);
      if (user >= first && user < last && learnt(event) && positive(event))
        items[static_cast<size_t>(ends[user - first]++)] = events_.item[event];
    }
    int64_t begin = 0;
    for (const int64_t end : ends) {
      const std::span<int32_t> row(items.data() + begin, static_cast<size_t>(end - begin));
      std::ranges::sort(row);
      const auto repeated = std::ranges::unique(row);
      const int64_t pairs = std::ranges::ssize(row) - std::ranges::ssize(repeated);
      sizes_.positives += pairs;
      sizes_.squared_lengths += static_cast<double>(pairs) * static_cast<double>(pairs);
      begin = end;
    }
    return last;
  }

  const EventColumns& events_;
  std::array<bool, kWindows> wanted_{};
  LearningSizes sizes_;
};

}  // namespace

std::string windows_name(const std::vector<task::Window>& windows) {
  std::string name;
  for (const task::Window window :
       {task::Window::train, task::Window::rank, task::Window::validation, task::Window::test}) {
    if (std::ranges::count(windows, window) == 0) continue;
    if (!name.empty()) name += '+';
    name += name_of(window);
  }
  return name;
}

LearningSizes learning_sizes(const Events& events, const std::vector<task::Window>& windows) {
  EventColumns columns;
  columns.user = events.user;
  columns.item = events.item;
  columns.window = events.window;
  if (!events.targets.empty()) columns.target = events.targets.front();
  columns.users = events.users;
  columns.items = events.items;
  return Counting(columns, windows).run();
}

LearningSizes learning_sizes(const PreparedData& data, const std::vector<task::Window>& windows,
                             bool all_types) {
  const nlohmann::json known = data.info().value("learning_sizes", nlohmann::json::object());
  const auto found = known.find(windows_name(windows));
  if (found != known.end() && !all_types) return found->get<LearningSizes>();
  EventColumns columns;
  columns.user = data.array<int32_t>("event.user");
  columns.item = data.array<int32_t>("event.item");
  columns.window = data.array<uint8_t>("event.window");
  if (!data.targets().empty() && !all_types)
    columns.target = data.array<uint8_t>("event.target." + data.targets().front());
  columns.users = data.users();
  columns.items = data.items();
  return Counting(columns, windows).run();
}

}  // namespace assay::dataset
