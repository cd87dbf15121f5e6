#include "dataset/learning_log.h"

#include <deque>
#include <map>
#include <numeric>
#include <set>

#include "dataset/fit_windows.h"
#include "dataset/log_changes.h"
#include "prepared_ratings.h"

namespace assay::dataset {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// 60 users with 12 to 31 ratings of 40 items, the last one with 5; items 0 to 9 are dramas.
Dataset many_ratings() {
  Dataset data;
  NumberColumn rating{"rating", {}};
  for (int item = 0; item < 40; ++item) data.items.ids.add("i" + std::to_string(item));
  for (int user = 0; user < 60; ++user) data.users.ids.add("u" + std::to_string(user));
  int64_t time = 1000;
  for (int step = 0; step < 31; ++step) {
    for (int user = 0; user < 60; ++user) {
      if (step >= (user == 59 ? 5 : 12 + user % 20)) continue;
      data.events.user.push_back(user);
      data.events.item.push_back((user * 7 + step * step + step) % 40);
      data.events.time_us.push_back(++time * kMicroseconds);
      rating.values.push_back(1 + (user + 2 * step) % 5);
    }
  }
  FeatureColumn genre;
  genre.name = "genre";
  genre.type = "category";
  for (int item = 0; item < 40; ++item) genre.category.push_back(item < 10 ? 0 : 1);
  genre.labels.add("Drama");
  genre.labels.add("Comedy");
  data.items.features.push_back(genre);
  FeatureColumn age;
  age.name = "age";
  age.type = "number";
  for (int user = 0; user < 60; ++user) age.number.push_back(static_cast<float>(user));
  data.users.features.push_back(age);
  data.items.listed.assign(40, 1);
  data.events.numbers = {rating};
  data.events.value = "rating";
  return data;
}

class LearningLog : public PreparedRatings {
 protected:
  LearningLog() {
    dataset_.targets = {{.name = "like", .column = "rating", .at_least = 4}};
    perturb_.where = "exp.yaml:9:5";
    attack_.targets = {"i3", "i30"};
    attack_.share = 0.1;
    attack_.filler = 0.25;
  }
  void SetUp() override {
    PreparedRatings::SetUp();
    import(many_ratings());
    dataset_.split = {.method = SplitMethod::leave_last_out, .rank = 1, .validation = 1, .test = 1};
    prepared_ = run();
  }

  const PreparedData& log(const task::PerturbSpec* perturb,
                          const task::AugmentSpec* augment = nullptr) {
    return opened_.emplace_back(
        PreparedData::open(find_learning_log(prepared_, dataset_, perturb, augment).path));
  }
  const PreparedData& attacked() {
    perturb_.attack = attack_;
    return log(&perturb_);
  }
  std::string attack_error() {
    return test::error_of([&] { attacked(); });
  }
  const PreparedData& original() {
    return opened_.emplace_back(PreparedData::open(prepared_.path));
  }

  /// {user: {item: value}} of the users that a log has more than the data.
  static std::map<int, std::map<int, float>> profiles(const PreparedData& data, int64_t from) {
    std::map<int, std::map<int, float>> out;
    const auto user = data.array<int32_t>("event.user");
    for (size_t e = 0; e < user.size(); ++e)
      if (user[e] >= from)
        out[user[e]][data.array<int32_t>("event.item")[e]] = data.array<float>("event.value")[e];
    return out;
  }
  static int32_t item(const PreparedData& data, const std::string& id) {
    for (int32_t i = 0; i < data.items(); ++i)
      if (data.item_id(i) == id) return i;
    return -1;
  }
  static void expect_same(const RaggedView& a, const RaggedView& b) {
    EXPECT_TRUE(std::ranges::equal(a.values, b.values));
    EXPECT_TRUE(std::ranges::equal(a.offsets, b.offsets));
  }
  static void expect_same_requests(const PreparedData& a, const PreparedData& b) {
    for (const Window window : {Window::rank, Window::validation, Window::test}) {
      const RequestSetView left = a.requests(window), right = b.requests(window);
      EXPECT_TRUE(std::ranges::equal(left.user, right.user));
      EXPECT_TRUE(std::ranges::equal(left.time_us, right.time_us));
      expect_same(left.history, right.history);
      expect_same(left.excluded, right.excluded);
      expect_same(left.truth, right.truth);
    }
  }

  PreparedRef prepared_;
  std::deque<PreparedData> opened_;  ///< what tests look into
  task::PerturbSpec perturb_;
  task::AttackSpec attack_;
};

TEST_F(LearningLog, IsThePreparedDataWhereNothingIsChanged) {
  const LearningLogRef same = find_learning_log(prepared_, dataset_, nullptr, nullptr);
  EXPECT_EQ(same.path, prepared_.path);
  EXPECT_EQ(same.key, prepared_.key);
}

TEST_F(LearningLog, HasTheRequestsOfTheDataAndAFileOfItsOwn) {
  const PreparedData changed = attacked();
  expect_same_requests(original(), changed);
  EXPECT_NE(changed.path(), prepared_.path);
  EXPECT_EQ(changed.items(), original().items());
  const auto test_events = [](const PreparedData& data) {
    return std::ranges::count(data.array<uint8_t>("event.window"), 3);
  };
  EXPECT_EQ(test_events(changed), test_events(original()));
  const auto times = changed.array<int64_t>("event.time_us");
  EXPECT_TRUE(std::ranges::is_sorted(times));
}

TEST_F(LearningLog, IsTheSameForOneSeedAndAnotherForAnother) {
  perturb_.attack = attack_;
  const LearningLogRef first = find_learning_log(prepared_, dataset_, &perturb_, nullptr);
  const PreparedData before = attacked();
  const auto kept = before.array<int32_t>("event.item");
  std::filesystem::remove(first.path);
  EXPECT_TRUE(std::ranges::equal(kept, attacked().array<int32_t>("event.item")));
  perturb_.seed = 2;
  const LearningLogRef second = find_learning_log(prepared_, dataset_, &perturb_, nullptr);
  EXPECT_NE(second.key, first.key);
  EXPECT_FALSE(std::ranges::equal(kept, attacked().array<int32_t>("event.item")));
}

TEST_F(LearningLog, AProfileHoldsTargetsAtTheLargestValueAndTheShareOfFiller) {
  const auto made = profiles(attacked(), 60);
  EXPECT_EQ(made.size(), 6U) << "a tenth of 60 users";
  for (const auto& [user, items] : made) {
    EXPECT_EQ(items.size(), 2U + 10U) << "a quarter of 38 items, to the nearest, and the targets";
    EXPECT_EQ(items.at(item(original(), "i3")), 5);
    EXPECT_EQ(items.at(item(original(), "i30")), 5);
    for (const auto& [which, value] : items) EXPECT_EQ(value, std::round(value)) << "a real rating";
  }
  const PreparedData changed = attacked();
  EXPECT_EQ(changed.users(), 66);
  EXPECT_TRUE(std::isnan(changed.array<float>("user.feature.age.values")[65]));
  attack_.goal = task::AttackGoal::nuke;
  for (const auto& [user, items] : profiles(attacked(), 60))
    EXPECT_EQ(items.at(item(original(), "i3")), 1);
}

TEST_F(LearningLog, AProfileOfAverageRatesFillerAsOthersDo) {
  // Of enough profiles the filler's mean is the item's.
  attack_.kind = task::AttackKind::average;
  attack_.share = 1;
  attack_.filler = 1;
  const PreparedData before = original();
  std::map<int, std::pair<double, int>> rated;
  for (int64_t e = 0; e < before.events(); ++e) {
    if (before.array<uint8_t>("event.window")[e] != 0) continue;
    auto& [sum, count] = rated[before.array<int32_t>("event.item")[e]];
    sum += before.array<float>("event.value")[e];
    ++count;
  }
  const auto made = profiles(attacked(), 60);
  const int32_t filler = item(before, "i5");
  double sum = 0;
  for (const auto& [user, items] : made) sum += items.at(filler);
  EXPECT_NEAR(sum / made.size(), rated.at(filler).first / rated.at(filler).second, 0.5);
}

TEST_F(LearningLog, BandwagonAndSegmentLikeWhatIsPopularThere) {
  attack_.kind = task::AttackKind::bandwagon;
  attack_.selected = 3;
  for (const auto& [user, items] : profiles(attacked(), 60))
    EXPECT_GE(std::ranges::count_if(items, [](const auto& one) { return one.second == 5; }), 5);
  attack_.kind = task::AttackKind::segment;
  attack_.feature = "genre";
  attack_.value = "Drama";
  for (const auto& [user, items] : profiles(attacked(), 60)) {
    int dramas = 0;
    for (const auto& [which, value] : items) {
      const std::string id(original().item_id(which));
      if (value == 5 && id != "i30" && id != "i3") dramas += id.size() == 2;
      EXPECT_TRUE(value == 5 || value == 1) << "filler gets the smallest value";
    }
    EXPECT_EQ(dramas, 3) << "i0 to i9";
  }
}

TEST_F(LearningLog, SaysWhichTargetSegmentOrValueTheDataLack) {
  attack_.targets = {"i31", "i300"};
  EXPECT_THAT(attack_error(), AllOf(HasSubstr("exp.yaml:9:5"),
                                    HasSubstr("targets names \"i300\", which is no item"),
                                    HasSubstr("did you mean \"i30\"?")));
  attack_.targets = {"i3"};
  attack_.kind = task::AttackKind::segment;
  attack_.feature = "genres";
  EXPECT_THAT(attack_error(), HasSubstr("\"genres\", which is no category or set of the items; did "
                                        "you mean \"genre\"?"));
  attack_.feature = "genre";
  attack_.value = "Drma";
  EXPECT_THAT(attack_error(), HasSubstr("which is no genre of an item; did you mean \"Drama\"?"));
  attack_.value = "Drama";
  attack_.selected = 50;
  EXPECT_THAT(attack_error(), HasSubstr("selected is 50, and there are 9 items to select from"));
  attack_.kind = task::AttackKind::random;
  attack_.share = 0.001;
  EXPECT_THAT(attack_error(), HasSubstr("which of 60 users is no profile"));
}

TEST_F(LearningLog, AnAttackThatNeedsValuesIsRefusedWithoutThem) {
  dataset_.targets.clear();
  prepared_ = run();
  attack_.kind = task::AttackKind::average;
  EXPECT_THAT(attack_error(), HasSubstr("kind: average gives ratings, and"));
  attack_.kind = task::AttackKind::random;
  attack_.goal = task::AttackGoal::nuke;
  EXPECT_THAT(attack_error(), HasSubstr("goal: nuke gives ratings"));
  attack_.goal = task::AttackGoal::push;
  EXPECT_EQ(profiles(attacked(), 60).size(), 6U) << "push needs none";
  perturb_.attack.reset();
  perturb_.noise = task::NoiseSpec{.share = 0.1, .of = task::NoiseOf::values};
  EXPECT_THAT(test::error_of([&] { log(&perturb_); }), HasSubstr("write of: items"));
}

TEST_F(LearningLog, DropsAboutTheShareOfWhatMayBeLearntFrom) {
  perturb_.dropped = 0.3;
  const PreparedData changed = log(&perturb_);
  const int64_t before = original().events() - 60, after = changed.events() - 60;  // 60 of test
  EXPECT_NEAR(static_cast<double>(after) / before, 0.7, 0.05);
  expect_same_requests(original(), changed);
  perturb_.dropped = 1;
  EXPECT_THAT(test::error_of([&] { log(&perturb_); }),
              HasSubstr("perturb leaves no positive event of train"));
}

TEST_F(LearningLog, NoiseReplacesItemsOrValuesAndTargetsFollow) {
  perturb_.noise = task::NoiseSpec{.share = 0.5, .of = task::NoiseOf::values};
  const PreparedData changed = log(&perturb_);
  const auto value = changed.array<float>("event.value");
  const auto like = changed.array<uint8_t>("event.target.like");
  int64_t moved = 0;
  for (int64_t e = 0; e < changed.events(); ++e) {
    EXPECT_EQ(like[e], value[e] >= 4);
    moved += value[e] != original().array<float>("event.value")[e];
  }
  EXPECT_NEAR(static_cast<double>(moved) / changed.events(), 0.4, 0.1) << "one in 5 stays";
  perturb_.noise->of = task::NoiseOf::items;
  EXPECT_TRUE(std::ranges::equal(log(&perturb_).array<float>("event.value"),
                                 original().array<float>("event.value")));
  expect_same_requests(original(), log(&perturb_));
}

TEST_F(LearningLog, NeighboursFillUpWhoHasFewEvents) {
  const task::AugmentSpec augment{.method = task::AugmentMethod::neighbours, .below = 5};
  const PreparedData changed = log(nullptr, &augment);
  EXPECT_EQ(changed.users(), 60);
  std::map<int, std::set<int>> before, after;
  const auto add = [](const PreparedData& data, std::map<int, std::set<int>>& to) {
    for (int64_t e = 0; e < data.events(); ++e)
      if (data.array<uint8_t>("event.window")[e] == 0 &&
          data.array<uint8_t>("event.target.like")[e] == 1)
        to[data.array<int32_t>("event.user")[e]].insert(data.array<int32_t>("event.item")[e]);
  };
  add(original(), before);
  add(changed, after);
  int64_t grown = 0;
  for (const auto& [user, items] : before) {
    EXPECT_EQ(after.at(user).size(), std::max<size_t>(items.size(), 5));
    EXPECT_TRUE(std::ranges::includes(after.at(user), items));
    grown += after.at(user).size() > items.size();
  }
  EXPECT_GT(grown, 0);
  expect_same_requests(original(), changed);
}

TEST_F(LearningLog, CopiesOfSequencesAreUsersOfTheirOwn) {
  task::AugmentSpec augment{.method = task::AugmentMethod::reorder, .below = 100, .copies = 2};
  const auto likes = [](const PreparedData& data) {
    std::map<int, std::vector<int>> out;
    for (int64_t e = 0; e < data.events(); ++e)
      if (data.array<uint8_t>("event.window")[e] == 0 &&
          data.array<uint8_t>("event.target.like")[e] == 1)
        out[data.array<int32_t>("event.user")[e]].push_back(data.array<int32_t>("event.item")[e]);
    return out;
  };
  auto made = likes(log(nullptr, &augment));
  const auto before = likes(original());
  int copy = 60;
  bool moved = false;
  for (const auto& [user, sequence] : before) {
    if (sequence.size() < 2) continue;
    for (int i = 0; i < 2; ++i, ++copy) {
      EXPECT_TRUE(std::ranges::is_permutation(made.at(copy), sequence));
      moved |= made.at(copy) != sequence;
    }
  }
  EXPECT_TRUE(moved);
  augment.method = task::AugmentMethod::crop;
  augment.share = 0.5;
  augment.copies = 1;
  made = likes(log(nullptr, &augment));
  copy = 60;
  for (const auto& [user, sequence] : before) {
    if (sequence.size() < 2) continue;
    const std::vector<int>& part = made.at(copy++);
    EXPECT_EQ(part.size(), sequence.size() / 2);
    EXPECT_FALSE(std::ranges::search(sequence, part).empty()) << "in a row";
  }
}

TEST_F(LearningLog, TellsTheFoldsApartAfterItsChanges) {
  dataset_.split = {.method = SplitMethod::walk_forward,
                    .rank = 0,
                    .validation = 0,
                    .test = 0.2,
                    .folds = 2,
                    .fold = 2};
  prepared_ = run();
  const PreparedData before = original(), changed = attacked();
  const auto ends = changed.info().at("earlier_folds").at(0).get<std::vector<size_t>>();
  const auto old_ends = before.info().at("earlier_folds").at(0).get<std::vector<size_t>>();
  const auto old_times = before.array<int64_t>("event.time_us");
  const auto times = changed.array<int64_t>("event.time_us");
  // The times of the log are all different, so the same event ends the window.
  EXPECT_EQ(times[ends[0] - 1], old_times[old_ends[0] - 1]);
  EXPECT_EQ(times[ends[0]], old_times[old_ends[0]]);
}

}  // namespace
}  // namespace assay::dataset
