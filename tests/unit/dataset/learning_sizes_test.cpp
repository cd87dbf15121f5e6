#include "dataset/learning_sizes.h"

#include <gtest/gtest.h>

#include "sample_events.h"

namespace assay::dataset {
namespace {

using task::Window;

/// Two users; the first was positive about item 0 twice.
Events events() {
  Events out = test::events_of({{0, 0, 1}, {0, 0, 2}, {0, 1, 3}, {1, 2, 4}, {1, 1, 5}});
  out.window = {0, 0, 0, 0, 2};
  return out;
}

TEST(LearningSizes, CountAPairOnce) {
  const task::LearningSizes sizes = learning_sizes(events(), {Window::train});
  EXPECT_EQ(sizes.events, 4);
  EXPECT_EQ(sizes.positives, 3);
  EXPECT_EQ(sizes.squared_lengths, 2 * 2 + 1);
  EXPECT_EQ(sizes.users, events().users);
  EXPECT_EQ(sizes.items, events().items);
}

TEST(LearningSizes, AreThoseOfTheWindowsThatAreLearntFrom) {
  const task::LearningSizes sizes = learning_sizes(events(), {Window::train, Window::validation});
  EXPECT_EQ(sizes.events, 5);
  EXPECT_EQ(sizes.positives, 4);
  EXPECT_EQ(sizes.squared_lengths, 2 * 2 + 2 * 2);
}

TEST(LearningSizes, LeaveOutWhatIsNotPositive) {
  Events some = events();
  some.targets = {{1, 0, 0, 255, 1}};
  const task::LearningSizes sizes = learning_sizes(some, {Window::train});
  EXPECT_EQ(sizes.events, 4);
  EXPECT_EQ(sizes.positives, 1);
}

TEST(LearningSizes, NameWindowsInTheirOrder) {
  EXPECT_EQ(windows_name({Window::validation, Window::train}), "train+validation");
}

}  // namespace
}  // namespace assay::dataset
