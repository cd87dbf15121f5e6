/// Whether groups of items get what is due to them, and groups of users what they want.

#include <algorithm>
#include <cmath>

#include "error/error.h"
#include "exposure/served_lists.h"
#include "rules/definition_choice.h"
#include "rules/hit_rule.h"

namespace assay::exposure {
namespace {

// Of each group a sum and how much of it there is.
struct GroupMeans {
  std::vector<double> sum, count;

  explicit GroupMeans(const ListsWorld& world)
      : sum(static_cast<size_t>(world.groups->count)), count(sum.size()) {}

  void add(int64_t group, double value, double weight) {
    sum[group] += value * weight;
    count[group] += weight;
  }

  /// Of the groups with at least `least`.
  std::vector<double> means(double least) const {
    std::vector<double> out;
    for (size_t g = 0; g < sum.size(); ++g) {
      if (count[g] > 0 && count[g] >= least) out.push_back(sum[g] / count[g]);
    }
    return out;
  }
};

std::optional<double> gap(const std::vector<double>& means) {
  if (means.size() < 2) return std::nullopt;
  return std::ranges::max(means) - std::ranges::min(means);
}

double least_of(std::string_view definition) {
  return std::stod(std::string(rules::choice_of(definition, "least")));
}

class OpportunityGap : public ListsMeasure {
 public:
  OpportunityGap(std::string_view definition, const ListsWorld& world)
      : world_(world), least_(least_of(definition)), found_(world) {}

  void add(const ServedLists& served) override {
    for (int64_t l = 0; l < served.lists(); ++l) {
      const auto list = served.list(l, world_.cutoff);
      for (const int64_t item : served.relevant(l)) {
        const auto own = world_.groups->of(static_cast<size_t>(item));
        const bool hit = std::ranges::count(list, static_cast<int32_t>(item)) > 0;
        for (const int64_t group : own) found_.add(group, hit, 1 / static_cast<double>(own.size()));
      }
    }
  }
  std::optional<double> value() const override { return gap(found_.means(least_)); }

 private:
  ListsWorld world_;
  double least_;
  GroupMeans found_;
};

// A metric of hits in its default definition.
class Quality {
 public:
  Quality(std::string_view definition, int64_t cutoff)
      : rule_(rules::default_hit_rule(rules::choice_of(definition, "quality"))), cutoff_(cutoff) {
    error::require(rule_ != nullptr, "the quality of a list is one of the table's choices");
  }

  /// None without a relevant item.
  std::optional<double> of(const ServedLists& served, int64_t l) const {
    const std::ptrdiff_t relevant = std::ssize(served.relevant(l));
    if (relevant == 0) return std::nullopt;
    std::vector<char> hits;
    for (const int32_t item : served.list(l, cutoff_)) hits.push_back(served.is_relevant(l, item));
    return rules::value_of(*rule_, hits, relevant, cutoff_);
  }

 private:
  const rules::HitRule* rule_;
  int64_t cutoff_;
};

class UserGroupQuality : public ListsMeasure {
 public:
  UserGroupQuality(std::string_view definition, const ListsWorld& world)
      : world_(world),
        worst_(definition.starts_with("worst")),
        least_(least_of(definition)),
        quality_(definition, world.cutoff),
        means_(world) {}

  void add(const ServedLists& served) override {
    for (int64_t l = 0; l < served.lists(); ++l) {
      if (served.users[l] < 0) continue;
      const auto quality = quality_.of(served, l);
      if (!quality) continue;
      for (const int64_t group : world_.groups->of(static_cast<size_t>(served.users[l])))
        means_.add(group, *quality, 1);
    }
  }
  std::optional<double> value() const override {
    const std::vector<double> means = means_.means(least_);
    if (!worst_) return gap(means);
    return means.empty() ? std::nullopt : std::optional(std::ranges::min(means));
  }

 private:
  ListsWorld world_;
  bool worst_;
  double least_;
  Quality quality_;
  GroupMeans means_;
};

// Half the sum over items of |share of part - share of whole|.
double distance(std::span<const int64_t> part, std::span<const int64_t> whole) {
  double of_part = 0, of_whole = 0, sum = 0;
  for (size_t i = 0; i < whole.size(); ++i) {
    of_part += static_cast<double>(part[i]);
    of_whole += static_cast<double>(whole[i]);
  }
  for (size_t i = 0; i < whole.size(); ++i)
    sum +=
        std::abs(static_cast<double>(part[i]) / of_part - static_cast<double>(whole[i]) / of_whole);
  return sum / 2;
}

class UserGroupExposure : public ListsMeasure {
 public:
  UserGroupExposure(std::string_view definition, const ListsWorld& world)
      : world_(world),
        least_(least_of(definition)),
        all_(static_cast<size_t>(world.items)),
        lists_(static_cast<size_t>(world.groups->count)),
        shown_(lists_.size(), std::vector<int64_t>(all_.size())) {}

  void add(const ServedLists& served) override {
    for (int64_t l = 0; l < served.lists(); ++l) {
      const auto list = served.list(l, world_.cutoff);
      for (const int32_t item : list) ++all_[item];
      if (served.users[l] < 0 || list.empty()) continue;
      for (const int64_t group : world_.groups->of(static_cast<size_t>(served.users[l]))) {
        ++lists_[group];
        for (const int32_t item : list) ++shown_[group][item];
      }
    }
  }
  std::optional<double> value() const override {
    std::optional<double> most;
    for (size_t g = 0; g < lists_.size(); ++g) {
      if (lists_[g] == 0 || lists_[g] < least_) continue;
      most = std::max(most.value_or(0), distance(shown_[g], all_));
    }
    return most;
  }

 private:
  ListsWorld world_;
  double least_;
  std::vector<int64_t> all_;
  std::vector<double> lists_;
  std::vector<std::vector<int64_t>> shown_;  // by group, then item
};

template <typename Measure>
std::unique_ptr<ListsMeasure> made(std::string_view definition, const ListsWorld& world) {
  error::require(world.groups != nullptr, "a metric of groups is given them");
  return std::make_unique<Measure>(definition, world);
}

}  // namespace

std::unique_ptr<ListsMeasure> make_opportunity_gap(std::string_view definition,
                                                   const ListsWorld& world) {
  return made<OpportunityGap>(definition, world);
}

std::unique_ptr<ListsMeasure> make_user_group_quality(std::string_view definition,
                                                      const ListsWorld& world) {
  return made<UserGroupQuality>(definition, world);
}

std::unique_ptr<ListsMeasure> make_user_group_exposure(std::string_view definition,
                                                       const ListsWorld& world) {
  return made<UserGroupExposure>(definition, world);
}

}  // namespace assay::exposure
