#include "dataset/pseudo_events.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <utility>

#include "dataset/draws.h"

namespace assay::dataset {
namespace {

using task::AugmentMethod;

constexpr uint32_t kCopy = 4;
constexpr size_t kNearest = 50;

using Scored = std::pair<double, int64_t>;  // score, id

// The largest scores, ties to the smaller id, best first.
std::vector<Scored> best(const std::map<int64_t, double>& scores, size_t count) {
  std::vector<Scored> all;
  for (const auto& [id, score] : scores) all.emplace_back(-score, id);
  count = std::min(count, all.size());
  std::ranges::partial_sort(all, all.begin() + static_cast<ptrdiff_t>(count));
  all.resize(count);
  for (Scored& one : all) one.first = -one.first;
  return all;
}

/// Users and items of positive events of train, each pair once; ids ascend.
struct Pairs {
  std::vector<std::vector<int64_t>> items_of, users_of;
  std::vector<int64_t> first;  ///< first positive event of a user of the data, -1 none

  explicit Pairs(const LogChanges& log)
      : items_of(log.users()), users_of(log.data().items()), first(log.data().users(), -1) {
    const auto user = log.data().array<int32_t>("event.user");
    for (const int64_t e : log.kept_train()) {
      if (!log.is_positive(e)) continue;
      items_of[user[e]].push_back(log.item[e]);
      if (first[user[e]] < 0) first[user[e]] = e;
    }
    for (const AddedEvent& event : log.added) items_of[event.user].push_back(event.item);
    for (size_t u = 0; u < items_of.size(); ++u) {
      std::ranges::sort(items_of[u]);
      const auto twice = std::ranges::unique(items_of[u]);
      items_of[u].erase(twice.begin(), twice.end());
      for (const int64_t item : items_of[u]) users_of[item].push_back(static_cast<int64_t>(u));
    }
  }
};

class Neighbours {
 public:
  Neighbours(LogChanges& log, const task::AugmentSpec& spec)
      : log_(log), spec_(spec), pairs_(log), nearest_(log.data().items()) {}

  void add_for_users() {
    for (int64_t user = 0; user < log_.data().users(); ++user) {
      const std::vector<int64_t>& own = pairs_.items_of[user];
      if (!is_sparse(own)) continue;
      std::map<int64_t, double> scores;
      for (const int64_t item : own)
        for (const auto& [cosine, other] : nearest(item)) scores[other] += cosine;
      for (const int64_t item : own) scores.erase(item);
      for (const auto& [score, item] : best(scores, missing(own))) add(user, item);
    }
  }

  void add_for_items() {
    for (int64_t item = 0; item < log_.data().items(); ++item) {
      const std::vector<int64_t>& own = pairs_.users_of[item];
      if (!is_sparse(own)) continue;
      std::map<int64_t, double> scores;
      for (const auto& [cosine, other] : nearest(item))
        for (const int64_t user : pairs_.users_of[other])
          if (is_of_data(user)) scores[user] += cosine;
      for (const int64_t user : own) scores.erase(user);
      for (const auto& [score, user] : best(scores, missing(own))) add(user, item);
    }
  }

 private:
  bool is_sparse(const std::vector<int64_t>& own) const {
    return !own.empty() && std::ssize(own) < spec_.below;
  }
  size_t missing(const std::vector<int64_t>& own) const {
    return static_cast<size_t>(spec_.below) - own.size();
  }
  bool is_of_data(int64_t user) const {
    return user < std::ssize(pairs_.first) && pairs_.first[user] >= 0;
  }

  const std::vector<Scored>& nearest(int64_t item) {
    std::vector<Scored>& found = nearest_[item];
    if (!found.empty()) return found;
    std::map<int64_t, double> both;
    for (const int64_t user : pairs_.users_of[item])
      for (const int64_t other : pairs_.items_of[user]) ++both[other];
    both.erase(item);
    const auto users = [&](int64_t of) { return static_cast<double>(pairs_.users_of[of].size()); };
    for (auto& [other, cosine] : both) cosine /= std::sqrt(users(item) * users(other));
    return found = best(both, kNearest);
  }

  void add(int64_t user, int64_t item) {
    if (!is_of_data(user)) return;
    const int64_t first = pairs_.first[user];
    log_.added.push_back(
        {static_cast<int32_t>(user), static_cast<int32_t>(item), first, first, {}});
  }

  LogChanges& log_;
  const task::AugmentSpec& spec_;
  const Pairs pairs_;
  std::vector<std::vector<Scored>> nearest_;
};

/// Copies of sequences as new users.
class Copies {
 public:
  Copies(LogChanges& log, const task::AugmentSpec& spec) : log_(log), spec_(spec) {}

  void add() {
    std::vector<std::vector<int64_t>> of_user(log_.data().users());
    const auto user = log_.data().array<int32_t>("event.user");
    for (const int64_t e : log_.kept_train())
      if (log_.is_positive(e)) of_user[user[e]].push_back(e);
    for (size_t u = 0; u < of_user.size(); ++u) {
      if (of_user[u].size() < 2 || std::cmp_greater_equal(of_user[u].size(), spec_.below)) continue;
      for (int64_t copy = 0; copy < spec_.copies; ++copy) {
        Draws draws(spec_.seed, kCopy, u * static_cast<uint64_t>(spec_.copies) + copy);
        add_copy(of_user[u], draws);
      }
    }
  }

 private:
  void add_copy(const std::vector<int64_t>& sequence, Draws& draws) {
    const auto user = static_cast<int32_t>(log_.users());
    ++log_.new_users;
    const int64_t n = std::ssize(sequence);
    const auto part = static_cast<int64_t>(spec_.share * static_cast<double>(n));
    if (spec_.method == AugmentMethod::mask) return mask(user, sequence, part, draws);
    const int64_t length = std::max<int64_t>(part, 1);
    const int64_t first = draws.below(n - length + 1);
    if (spec_.method == AugmentMethod::crop) {
      for (int64_t i = first; i < first + length; ++i) put(user, sequence[i], sequence[i]);
      return;
    }
    std::vector<int64_t> order = sequence;
    for (int64_t i = first + length - 1; i > first; --i)  // Fisher and Yates
      std::swap(order[i], order[first + draws.below(i - first + 1)]);
    for (int64_t i = 0; i < n; ++i) put(user, sequence[i], order[i]);
  }

  void mask(int32_t user, const std::vector<int64_t>& sequence, int64_t part, Draws& draws) {
    const int64_t n = std::ssize(sequence);
    for (const int64_t place : draws.some_below(n, std::max<int64_t>(n - part, 1)))
      put(user, sequence[place], sequence[place]);
  }

  /// @param at    the event at whose time it is
  /// @param what  the event that it copies
  void put(int32_t user, int64_t at, int64_t what) {
    log_.added.push_back({user, log_.item[what], at, what, {}});
  }

  LogChanges& log_;
  const task::AugmentSpec& spec_;
};

}  // namespace

void add_pseudo_events(LogChanges& log, const task::AugmentSpec& augment) {
  if (augment.method != AugmentMethod::neighbours) return Copies(log, augment).add();
  Neighbours neighbours(log, augment);
  if (augment.of == task::AugmentOf::users)
    neighbours.add_for_users();
  else
    neighbours.add_for_items();
}

}  // namespace assay::dataset
