#include "dataset/attack_profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "dataset/dense_ids.h"
#include "dataset/draws.h"
#include "dataset/features.h"
#include "error/error.h"
#include "text/counted.h"

namespace assay::dataset {
namespace {

using task::AttackKind;

constexpr uint32_t kProfile = 3;

struct Spread {
  double mean = 0, sd = 0;
};

Spread spread_of(int64_t n, double sum, double squares) {
  if (n == 0) return {};
  const double mean = sum / static_cast<double>(n);
  return {mean, std::sqrt(std::max(0.0, squares / static_cast<double>(n) - mean * mean))};
}

/// Values of train, of all items together and of each; popularity of items by positive events.
struct TrainFacts {
  Spread all;
  std::vector<Spread> of_item;
  std::vector<int64_t> positives;

  explicit TrainFacts(const LogChanges& log) {
    const int64_t items = log.data().items();
    std::vector<int64_t> n(items + 1, 0);
    std::vector<double> sum(items + 1, 0), squares(items + 1, 0);
    positives.resize(items);
    for (const int64_t e : log.kept_train()) {
      positives[log.item[e]] += log.is_positive(e);
      if (std::isnan(log.value[e])) continue;
      for (const int64_t place : {int64_t{log.item[e]}, items}) {
        ++n[place];
        sum[place] += log.value[e];
        squares[place] += double{log.value[e]} * log.value[e];
      }
    }
    all = spread_of(n[items], sum[items], squares[items]);
    for (int64_t i = 0; i < items; ++i)
      of_item.push_back(n[i] > 0 ? spread_of(n[i], sum[i], squares[i]) : all);
  }
};

class Attack {
 public:
  Attack(LogChanges& log, const task::AttackSpec& spec, uint64_t seed, const std::string& where)
      : log_(log),
        spec_(spec),
        seed_(seed),
        where_(where),
        facts_(log),
        targets_(attack_targets(log.data(), spec, where)),
        anchors_(log.kept_train()) {}

  void run() {
    check_values();
    const auto profiles =
        static_cast<int64_t>(std::llround(spec_.share * static_cast<double>(log_.train_users())));
    if (profiles == 0)
      fail(fmt::format("perturb.attack.share is {:g}, which of {} is no profile; raise it",
                       spec_.share, text::counted(log_.train_users(), "user")));
    find_selected();
    find_filler();
    for (const int64_t e : anchors_)
      if (log_.is_positive(e)) positive_.push_back(e);
    for (int64_t p = 0; p < profiles; ++p) add_profile(p);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const { throw error::UserError(where_, what); }

  void check_values() const {
    if (log_.has_values()) return;
    const bool average = spec_.kind == AttackKind::average;
    if (!average && spec_.goal != task::AttackGoal::nuke) return;
    fail(fmt::format(
        "perturb.attack.{} gives ratings, and the first target of these events compares none; {}",
        average ? "kind: average" : "goal: nuke",
        average ? "take random or bandwagon" : "take push, or a target on a column of ratings"));
  }

  void find_selected() {
    if (spec_.kind != AttackKind::bandwagon && spec_.kind != AttackKind::segment) return;
    std::vector<int64_t> eligible =
        spec_.kind == AttackKind::segment ? segment() : log_.train_items();
    std::erase_if(eligible, [&](int64_t item) { return std::ranges::count(targets_, item) > 0; });
    std::ranges::stable_sort(eligible, std::greater{},
                             [&](int64_t item) { return facts_.positives[item]; });
    if (std::ssize(eligible) < spec_.selected)
      fail(fmt::format("perturb.attack.selected is {}, and there are {} to select from; lower it",
                       spec_.selected, text::counted(std::ssize(eligible), "item")));
    selected_.assign(eligible.begin(), eligible.begin() + spec_.selected);
  }

  /// Items of train that have the label.
  std::vector<int64_t> segment() const {
    const FeatureView feature = segment_feature();
    std::vector<std::string> labels;
    for (int64_t l = 0; l < feature.labels.size(); ++l) labels.emplace_back(feature.labels[l]);
    const auto label = std::ranges::find(labels, spec_.value);
    if (label == labels.end())
      fail(fmt::format("perturb.attack.segment names \"{}\", which is no {} of an item{}",
                       spec_.value, spec_.feature, error::did_you_mean(spec_.value, labels)));
    const int64_t wanted = label - labels.begin();
    std::vector<int64_t> out;
    for (const int64_t item : log_.train_items()) {
      if (feature.type == "category") {
        if (feature.category[item] == wanted) out.push_back(item);
        continue;
      }
      const auto set = feature.set_values.subspan(
          feature.set_offsets[item], feature.set_offsets[item + 1] - feature.set_offsets[item]);
      if (std::ranges::count(set, wanted) > 0) out.push_back(item);
    }
    return out;
  }

  FeatureView segment_feature() const {
    file_ = SafetensorsFile::open(log_.data().path());
    std::vector<std::string> names;
    for (const FeatureView& feature :
         features_in(file_, "item", log_.data().info().at("features").at("item"))) {
      if (feature.type != "category" && feature.type != "set") continue;
      if (feature.name == spec_.feature) return feature;
      names.push_back(feature.name);
    }
    fail(fmt::format(
        "perturb.attack.segment names \"{}\", which is no category or set of the items{}",
        spec_.feature,
        names.empty() ? "; they have none" : error::did_you_mean(spec_.feature, names)));
  }

  void find_filler() {
    std::set<int64_t> taken(targets_.begin(), targets_.end());
    taken.insert(selected_.begin(), selected_.end());
    for (const int64_t item : log_.train_items())
      if (!taken.contains(item)) filler_.push_back(item);
  }

  void add_profile(int64_t profile) {
    Draws draws(seed_, kProfile, profile);
    const auto user = static_cast<int32_t>(log_.users());
    ++log_.new_users;
    const auto low = [&] { return log_.values().front(); };
    const auto high = [&] { return log_.values().back(); };
    const bool push = spec_.goal == task::AttackGoal::push;
    for (const int64_t item : targets_) add(draws, user, item, push ? 1 : -1, low, high);
    for (const int64_t item : selected_) add(draws, user, item, 1, low, high);
    const auto count = std::llround(spec_.filler * static_cast<double>(filler_.size()));
    for (const int64_t place : draws.some_below(std::ssize(filler_), count))
      add(draws, user, filler_[place], spec_.kind == AttackKind::segment ? -1 : 0, low, high);
  }

  /// @param extreme  1: r_max, -1: r_min, 0: drawn
  void add(Draws& draws, int32_t user, int64_t item, int extreme, const auto& low,
           const auto& high) {
    AddedEvent event{user, static_cast<int32_t>(item), 0, 0, {}};
    event.after = anchors_[draws.below(std::ssize(anchors_))];
    event.like = positive_[draws.below(std::ssize(positive_))];
    if (log_.has_values()) {
      const Spread& drawn = spec_.kind == AttackKind::average ? facts_.of_item[item] : facts_.all;
      event.value = extreme == 0 ? log_.nearest_value(drawn.mean + drawn.sd * draws.normal())
                                 : (extreme > 0 ? high() : low());
    }
    log_.added.push_back(event);
  }

  LogChanges& log_;
  const task::AttackSpec& spec_;
  uint64_t seed_;
  const std::string& where_;
  const TrainFacts facts_;
  const std::vector<int64_t> targets_;
  const std::vector<int64_t> anchors_;
  std::vector<int64_t> positive_, selected_, filler_;
  mutable SafetensorsFile file_;  // what a feature's view lies in
};

}  // namespace

std::vector<int64_t> attack_targets(const PreparedData& data, const task::AttackSpec& attack,
                                    const std::string& where) {
  Interner ids;
  for (int64_t i = 0; i < data.items(); ++i) ids.add(data.item_id(i));
  std::vector<int64_t> out;
  for (const std::string& target : attack.targets) {
    out.push_back(ids.find(target));
    if (out.back() >= 0) continue;
    std::vector<std::string> known;
    for (int64_t i = 0; i < data.items(); ++i) known.emplace_back(data.item_id(i));
    throw error::UserError(
        where, fmt::format("perturb.attack.targets names \"{}\", which is no item of the data{}",
                           target, error::did_you_mean(target, known)));
  }
  return out;
}

void add_attack(LogChanges& log, const task::AttackSpec& attack, uint64_t seed,
                const std::string& where) {
  Attack(log, attack, seed, where).run();
}

}  // namespace assay::dataset
