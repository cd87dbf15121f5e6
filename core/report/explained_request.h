#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace assay::report {

/// An item for people.
struct NamedItem {
  std::string id, title;  ///< the title is the id where it has none
};

struct PastItem {
  NamedItem item;
  std::optional<int64_t> time;  ///< UTC seconds
};

struct ListedItem {
  NamedItem item;
  int64_t rank = 0;               ///< 1 is the first place; 0: not in the list
  std::optional<double> score;    ///< none where the list has none
  std::optional<int64_t> before;  ///< its rank in the list that the stage was given
  bool relevant = false;
};

/// The output of a stage.
struct ExplainedStage {
  std::string name;                  ///< recall[0], recall, rank, rerank, served
  std::vector<std::string> plugins;  ///< strategies that make it; empty for a merge
  std::string before;                ///< the stage whose output it was given; empty for recall
  std::string same_as;               ///< the stage whose list it repeats; else empty
  bool unknown = false;              ///< a recall stage that does not know the request
  int64_t length = 0;
  std::vector<ListedItem> items;  ///< the first ones
};

struct ExplainedTerm {
  std::string kind;  ///< history, feature, candidate
  std::string what;
  double weight = 0;
};

/// Why a strategy scored an item so.
struct ItemReasons {
  std::string place, plugin;
  std::vector<ExplainedTerm> terms;  ///< the largest ones
  double rest = 0;                   ///< all others and the base, added up
};

struct ExplainedItem {
  ListedItem item;
  std::vector<std::pair<std::string, int64_t>> ranks;  ///< by stage; 0: not in its list
  std::vector<ItemReasons> reasons;
};

/// What a strategy's terms add up to.
struct ExplainedPlace {
  std::string place, plugin;
  std::string says;    ///< "the score", "the log-odds of the score"; empty: neither
  std::string silent;  ///< why it says nothing; else empty
};

/// The served list without an item of the history.
struct ListWithout {
  NamedItem left_out;
  std::vector<ListedItem> items;  ///< `before`: the rank in the list as it was
  std::vector<ListedItem> gone;   ///< of the list as it was
  bool same = false;
};

/// One request of one variant in full.
struct ExplainedRequest {
  std::string run, variant, dataset, fold;
  std::optional<int64_t> seed;
  int64_t request = 0, requests = 0;
  std::string user;             ///< empty: anonymous
  std::optional<int64_t> time;  ///< UTC seconds
  std::vector<int64_t> others;  ///< further requests of the user
  std::string difference;       ///< in what the list is not the stored one; empty: it is
  int64_t history_length = 0;
  std::vector<PastItem> history;  ///< the latest items, oldest first
  int64_t shown = 10;             ///< of them, and of each list, in a text
  std::vector<std::pair<std::string, std::vector<std::pair<std::string, int64_t>>>> counted;
  std::vector<std::pair<std::string, std::string>> features;  ///< of the user
  std::vector<NamedItem> relevant;
  std::vector<ExplainedStage> stages;
  std::vector<ExplainedPlace> places;
  std::vector<ExplainedItem> why;
  std::vector<ListWithout> without;
};

nlohmann::json to_json_value(const ExplainedRequest& request);
/// For a terminal, with a line end behind it.
std::string explanation_text(const ExplainedRequest& request);

}  // namespace assay::report
