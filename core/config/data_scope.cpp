#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/scalar.h"
#include "config/sections.h"

namespace assay::config {
namespace {

// A type may be written as an integer, as it stands in the log.
bool read_type(const Node& node, const std::string& path, Problems& problems, std::string& type) {
  if (node.is_scalar() && std::holds_alternative<int64_t>(read_scalar(node))) {
    type = node.text;
    return true;
  }
  return read_as(node, path, problems, type);
}

void add_choice(task::EventChoice choice, const Node& node, const std::string& path,
                Problems& problems, std::vector<task::EventChoice>& out) {
  const auto same = [&](const task::EventChoice& other) { return other.type == choice.type; };
  if (std::ranges::any_of(out, same))
    return problems.add(node.place, path, fmt::format("names {} twice", clipped(choice.type)));
  choice.where = node.place.text();
  out.push_back(std::move(choice));
}

// {view: 0.2, purchase: 3}
void read_weights(const Node& map, const std::string& path, Problems& problems,
                  std::vector<task::EventChoice>& out) {
  for (size_t i = 0; i < map.items.size(); ++i) {
    const std::string here = join_keys(path, map.keys[i].text);
    double weight = 0;
    if (!read_as(map.items[i], here, problems, weight)) continue;
    if (!(weight >= 0) || !std::isfinite(weight)) {
      problems.add(map.items[i].place, here,
                   fmt::format("is {}; it must be at least 0", shown(map.items[i])));
      continue;
    }
    const Node key{.place = map.keys[i].place};
    add_choice({.type = map.keys[i].text, .weight = weight}, key, path, problems, out);
  }
}

// [cart, purchase]
void read_types(const Node& list, const std::string& path, Problems& problems,
                std::vector<task::EventChoice>& out) {
  for (size_t i = 0; i < list.items.size(); ++i) {
    task::EventChoice choice;
    if (read_type(list.items[i], fmt::format("{}[{}]", path, i), problems, choice.type))
      add_choice(std::move(choice), list.items[i], path, problems, out);
  }
}

void read_learn_from(const Section& section, std::vector<task::EventChoice>& out) {
  const Node* node = section.find("learn_from");
  if (node == nullptr) return;
  const std::string path = section.path("learn_from");
  if (!node->is_map() && !node->is_list()) {
    return section.problem("learn_from",
                           fmt::format("is {}; it must be a map of event types to weights or a "
                                       "list of event types",
                                       shown(*node)));
  }
  if (node->items.empty()) return section.problem("learn_from", "names no event type");
  out.clear();
  node->is_map() ? read_weights(*node, path, section.problems(), out)
                 : read_types(*node, path, section.problems(), out);
  const auto is_left_out = [](const task::EventChoice& choice) { return choice.weight == 0; };
  if (!out.empty() && out.size() == node->items.size() && std::ranges::all_of(out, is_left_out))
    section.problem("learn_from", "leaves nothing to learn from: every weight is 0");
}

void read_features(const Section& section,
                   std::map<std::string, std::vector<task::FeatureChoice>>& out) {
  static const std::vector<std::string> kinds = {"user", "item", "candidate"};
  const Node* node = section.find("features");
  if (node == nullptr) return;
  const std::string path = section.path("features");
  Problems& problems = section.problems();
  if (!section.check_map("features")) return;
  const bool chooses =
      std::ranges::any_of(node->keys, [](const Key& key) { return key.text != "candidate"; });
  if (chooses || node->keys.empty()) out.clear();
  for (size_t i = 0; i < node->items.size(); ++i) {
    const Key& kind = node->keys[i];
    const Node& names = node->items[i];
    const std::string here = join_keys(path, kind.text);
    if (std::ranges::count(kinds, kind.text) == 0) {
      problems.add(kind.place, here,
                   fmt::format("is unknown; it must be user, item or candidate{}",
                               error::did_you_mean(clipped(kind.text), kinds)));
    } else if (kind.text == "candidate") {
      continue;  // read_candidate_features()
    } else if (!names.is_list()) {
      problems.add(names.place, here,
                   fmt::format("is {}; it must be a list of features", shown(names)));
    } else {
      std::vector<task::FeatureChoice>& choices = out[kind.text];
      for (size_t n = 0; n < names.items.size(); ++n) {
        task::FeatureChoice choice{.where = names.items[n].place.text()};
        if (read_as(names.items[n], fmt::format("{}[{}]", here, n), problems, choice.name))
          choices.push_back(std::move(choice));
      }
    }
  }
}

}  // namespace

task::DataScope read_data_scope(const Section& section, task::DataScope outer) {
  read_learn_from(section, outer.learn_from);
  read_features(section, outer.features);
  return outer;
}

}  // namespace assay::config
