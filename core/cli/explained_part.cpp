#include "cli/explained_part.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cli/request_profiles.h"
#include "results/explained_table.h"
#include "task/stage_metrics.h"

namespace assay::cli {
namespace {

using report::ExplainedPlace;
using report::ItemReasons;
using report::ListedItem;
using results::StageLists;

constexpr const char* kKinds[] = {"history", "feature", "candidate"};

/// The part of a request as it is assembled.
class Assembly {
 public:
  Assembly(const PartToExplain& from, report::ExplainedRequest& to) : from_(from), to_(to) {
    for (const StageLists& lists : from.part.stage_lists(from.trial.key)) {
      std::vector<int32_t> items = lists.items;
      items.erase(std::ranges::find(items, -1), items.end());
      items_.emplace(lists.stage, std::move(items));
      lists_.emplace(lists.stage, lists);
    }
    const auto truth = from.data.requests(task::Window::test).truth.row(from.request);
    truth_.assign(truth.begin(), truth.end());
  }

  void add_all() {
    add_profile();
    for (const int64_t item : truth_) to_.relevant.push_back(named(item));
    for (const task::MeasuredStage& stage : from_.trial.stages) add_stage(stage);
    add_reasons();
    add_without();
  }

 private:
  report::NamedItem named(int64_t item) const {
    return {from_.names.id(item), from_.names.title(item)};
  }
  bool is_relevant(int64_t item) const { return std::ranges::binary_search(truth_, item); }

  /// 1 is the first place, 0: not in the list.
  static int64_t rank_in(const std::vector<int32_t>& items, int64_t item) {
    const auto found = std::ranges::find(items, static_cast<int32_t>(item));
    return found == items.end() ? 0 : found - items.begin() + 1;
  }

  const task::ServeNode& node_of(const task::MeasuredStage& stage) const {
    return from_.plan.nodes.at(from_.trial.nodes[static_cast<size_t>(stage.node)]);
  }

  void add_profile() {
    const dataset::RequestProfile profile = profile_of(from_.data, from_.request);
    to_.history_length = profile.length;
    to_.shown = from_.first;
    for (size_t i = 0; i < profile.history.size(); ++i) {
      const bool timed = i < profile.times.size() && profile.times[i] >= 0;
      to_.history.push_back(
          {named(profile.history[i]), timed ? std::optional(profile.times[i]) : std::nullopt});
    }
    for (const dataset::CountedFeature& feature : profile.counted)
      to_.counted.emplace_back(feature.name, feature.categories);
    to_.features = profile.user;
  }

  ListedItem listed(const std::string& stage, size_t place, const std::string& before) const {
    const StageLists& lists = lists_.at(stage);
    const int32_t item = lists.items[place];
    ListedItem out{.item = named(item),
                   .rank = static_cast<int64_t>(place) + 1,
                   .relevant = is_relevant(item)};
    if (std::isfinite(lists.scores[place])) out.score = lists.scores[place];
    if (before.empty()) return out;
    const int64_t rank = rank_in(items_.at(before), item);
    if (rank > 0) out.before = rank;
    return out;
  }

  void add_stage(const task::MeasuredStage& measured) {
    if (!lists_.contains(measured.name)) return;
    const std::vector<int32_t>& items = items_.at(measured.name);
    report::ExplainedStage stage{.name = measured.name};
    const task::MeasuredStage* given = stage_before(measured, from_.trial.stages);
    if (given) stage.before = given->name;
    if (!measured.served) stage.plugins = plugins_of(measured);
    stage.length = std::ssize(items);
    stage.unknown = items.empty() && !given;
    for (const auto& earlier : to_.stages)
      if (!items.empty() && items_.at(earlier.name) == items) stage.same_as = earlier.name;
    for (size_t place = 0; place < items.size() && std::cmp_less(place, from_.first); ++place)
      stage.items.push_back(listed(measured.name, place, stage.before));
    to_.stages.push_back(std::move(stage));
  }

  /// Of a merge the strategies of its one source.
  std::vector<std::string> plugins_of(const task::MeasuredStage& stage) const {
    const std::string& key = from_.trial.nodes[static_cast<size_t>(stage.node)];
    const auto parents = from_.plan.node_parents.find(key);
    const task::ServeNode& node = node_of(stage);
    if (node.step != task::ServeNode::Step::merge) return {plugin_of(node)};
    if (parents == from_.plan.node_parents.end() || parents->second.size() != 1)
      return {std::string("merge")};
    return {plugin_of(from_.plan.nodes.at(parents->second.front()))};
  }
  static std::string plugin_of(const task::ServeNode& node) {
    return node.step == task::ServeNode::Step::lists ? "lists" : node.fitted.stage.plugin;
  }

  // In the order of the chain.
  void add_reasons() {
    const auto said = from_.part.explanations(from_.trial.key);
    const auto features = results::explained_features(from_.part, from_.trial.key);
    add_explained_items();
    for (const std::string& key : from_.trial.nodes) {
      const task::ServeNode& node = from_.plan.nodes.at(key);
      if (node.step == task::ServeNode::Step::merge || node.step == task::ServeNode::Step::lists)
        continue;
      const auto found = std::ranges::find(said, node.place, &results::Explanations::place);
      ExplainedPlace place{.place = node.place, .plugin = node.fitted.stage.plugin};
      if (found == said.end()) {
        place.silent = "does not explain its scores";
      } else if (found->requests.empty()) {
        place.silent = "failed to say why: " + found->reason;
      } else {
        const auto names = features.find(node.place);
        add_terms(*found, names == features.end() ? std::vector<std::string>() : names->second,
                  place.plugin);
        place.says = sum_text(node.place);
      }
      to_.places.push_back(std::move(place));
    }
  }

  /// The served ones, and the one that was asked for.
  void add_explained_items() {
    const std::vector<int32_t>& served = items_.at("served");
    for (size_t place = 0; place < served.size() && std::cmp_less(place, from_.first); ++place)
      explained_.push_back(served[place]);
    if (from_.item >= 0 && !std::ranges::count(explained_, static_cast<int32_t>(from_.item)))
      explained_.push_back(static_cast<int32_t>(from_.item));
    for (const int32_t item : explained_) {
      report::ExplainedItem& why = to_.why.emplace_back();
      why.item = {
          .item = named(item), .rank = rank_in(served, item), .relevant = is_relevant(item)};
      for (const auto& stage : to_.stages)
        why.ranks.emplace_back(stage.name, rank_in(items_.at(stage.name), item));
    }
  }

  std::string what(int32_t kind, int32_t id, const std::vector<std::string>& names) const {
    if (kind != 1) return from_.names.title(id);
    const auto at = static_cast<size_t>(id);
    return at < names.size() ? names[at] : fmt::format("feature {}", id);
  }

  void add_terms(const results::Explanations& said, const std::vector<std::string>& names,
                 const std::string& plugin) {
    for (size_t slot = 0; slot < std::min(explained_.size(), said.rests.size()); ++slot) {
      if (std::isnan(said.rests[slot])) continue;
      ItemReasons reasons{.place = said.place, .plugin = plugin, .rest = said.rests[slot]};
      for (size_t term = 0; term < said.slots.size(); ++term) {
        if (std::cmp_not_equal(said.slots[term], slot)) continue;
        reasons.terms.push_back({kKinds[said.kinds[term]],
                                 what(said.kinds[term], said.ids[term], names),
                                 said.weights[term]});
      }
      to_.why[slot].reasons.push_back(std::move(reasons));
    }
  }

  /// The output of the strategy at a place; null where it is not measured on its own.
  const StageLists* list_of(const std::string& place) const {
    for (const task::MeasuredStage& stage : from_.trial.stages) {
      if (stage.served || !lists_.contains(stage.name)) continue;
      const bool same =
          node_of(stage).place == place || stage.name == place ||
          (stage.name == "recall" && place == "recall[0]" && !lists_.contains("recall[0]"));
      if (same) return &lists_.at(stage.name);
    }
    return nullptr;
  }

  // Found by trying: the terms of each item, against the score that its stage gave it.
  std::string sum_text(const std::string& place) const {
    const StageLists* lists = list_of(place);
    if (!lists) return "";
    constexpr double kTolerance = 1e-3;
    bool is_score = true, is_odds = true, any = false;
    for (size_t i = 0; i < explained_.size(); ++i) {
      const auto reasons = std::ranges::find(to_.why[i].reasons, place, &ItemReasons::place);
      const auto at = std::ranges::find(lists->items, explained_[i]);
      if (reasons == to_.why[i].reasons.end() || at == lists->items.end()) continue;
      const double score = lists->scores[static_cast<size_t>(at - lists->items.begin())];
      double sum = reasons->rest;
      for (const report::ExplainedTerm& term : reasons->terms) sum += term.weight;
      const double margin = kTolerance * std::max(1.0, std::abs(score));
      is_score &= std::abs(sum - score) <= margin;
      is_odds &= std::abs(1 / (1 + std::exp(-sum)) - score) <= kTolerance;
      any = true;
    }
    if (!any) return "";
    return is_score ? "its score" : is_odds ? "the log-odds of its score" : "";
  }

  void add_without() {
    const results::ListsWithout all = results::lists_without(from_.part, from_.trial.key);
    const auto size = static_cast<size_t>(all.size);
    std::vector<int32_t> served = items_.at("served");
    served.resize(std::min(served.size(), size));
    for (size_t row = 0; row < all.requests.size(); ++row) {
      std::vector<int32_t> items(all.items.begin() + static_cast<ptrdiff_t>(row * size),
                                 all.items.begin() + static_cast<ptrdiff_t>((row + 1) * size));
      items.erase(std::ranges::find(items, -1), items.end());
      to_.without.push_back(compared(all.left_out[row], items, served));
    }
  }

  report::ListWithout compared(int32_t left_out, const std::vector<int32_t>& items,
                               const std::vector<int32_t>& served) const {
    report::ListWithout out{.left_out = named(left_out), .same = items == served};
    const auto add = [&](std::vector<ListedItem>& to, int32_t item, int64_t rank) {
      ListedItem line{.item = named(item), .rank = rank, .relevant = is_relevant(item)};
      if (const int64_t before = rank_in(served, item); before > 0) line.before = before;
      to.push_back(std::move(line));
    };
    for (size_t place = 0; place < items.size(); ++place)
      add(out.items, items[place], static_cast<int64_t>(place) + 1);
    for (const int32_t item : served)
      if (rank_in(items, item) == 0) add(out.gone, item, 0);
    return out;
  }

  const PartToExplain& from_;
  report::ExplainedRequest& to_;
  std::map<std::string, StageLists> lists_;            // by stage
  std::map<std::string, std::vector<int32_t>> items_;  // likewise, without empty places
  std::vector<int64_t> truth_;                         // ascending
  std::vector<int32_t> explained_;
};

}  // namespace

void add_explanation(const PartToExplain& from, report::ExplainedRequest& to) {
  Assembly(from, to).add_all();
}

}  // namespace assay::cli
