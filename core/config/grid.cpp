#include "config/grid.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay::config {
namespace {

const Node* grid_values(const Node& node) {
  return node.is_map() && node.keys.size() == 1 && node.keys[0].text == "grid" ? &node.items[0]
                                                                               : nullptr;
}

class Finder {
 public:
  Finder(Problems& problems, std::vector<Grid>& found) : problems_(problems), found_(found) {}

  void walk(const Node& node, const std::string& path) {
    if (const Node* values = grid_values(node)) return take(*values, path);
    for (size_t i = 0; i < node.items.size(); ++i) {
      parts_.push_back(node.is_map() ? node.keys[i].text : std::to_string(i));
      walk(node.items[i],
           node.is_map() ? join_keys(path, node.keys[i].text) : fmt::format("{}[{}]", path, i));
      parts_.pop_back();
    }
  }

  bool failed() const { return failed_; }

 private:
  void object(const Place& place, const std::string& path, const std::string& what) {
    problems_.add(place, path, what);
    failed_ = true;
  }

  void take(const Node& values, const std::string& path) {
    if (!values.is_list() || values.items.empty()) {
      return object(values.place, path + ".grid",
                    values.is_list()
                        ? "has no values"
                        : fmt::format("is {}; it must be a list of values", shown(values)));
    }
    for (size_t i = 0; i < values.items.size(); ++i) {
      if (is_value(values.items[i])) continue;
      return object(values.items[i].place, fmt::format("{}.grid[{}]", path, i),
                    fmt::format("is {}; a grid holds single values, or lists of them",
                                shown(values.items[i])));
    }
    found_.push_back({.parts = parts_, .label = "", .place = values.place, .values = values.items});
  }

  static bool is_value(const Node& node) {
    return node.is_scalar() || (node.is_list() && !node.items.empty() &&
                                std::ranges::all_of(node.items, &Node::is_scalar));
  }

  Problems& problems_;
  std::vector<Grid>& found_;
  std::vector<std::string> parts_;
  bool failed_ = false;
};

// The last part that is a name, else the whole path.
void name_grids(std::vector<Grid>& grids) {
  const auto is_index = [](const std::string& part) { return part[0] >= '0' && part[0] <= '9'; };
  for (Grid& grid : grids) {
    const auto last = std::ranges::find_if_not(grid.parts.rbegin(), grid.parts.rend(), is_index);
    grid.label = last == grid.parts.rend() ? "" : *last;
  }
  std::vector<std::string> labels;
  for (const Grid& grid : grids) labels.push_back(grid.label);
  for (Grid& grid : grids) {
    if (std::ranges::count(labels, grid.label) > 1)
      grid.label = fmt::format("{}", fmt::join(grid.parts, "."));
  }
}

// A value as it stands in a name: what a name cannot hold becomes "_".
std::string label_of(const Node& value) {
  if (value.is_list()) {
    std::vector<std::string> texts;
    for (const Node& item : value.items) texts.push_back(label_of(item));
    return fmt::format("{}", fmt::join(texts, "/"));
  }
  std::string text = clipped(value.text);
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '+' || c == '.' || c == '/';
  };
  std::ranges::replace_if(
      text, [&](char c) { return !fits(c); }, '_');
  return text;
}

Node& at(Node& root, const std::vector<std::string>& parts) {
  Node* node = &root;
  for (const std::string& part : parts) {
    node = node->is_list() ? &node->items[std::stoul(part)] : node->find(part);
  }
  return *node;
}

}  // namespace

std::optional<std::vector<Grid>> find_grids(const Node& node, const std::string& path,
                                            Problems& problems) {
  std::vector<Grid> grids;
  Finder finder(problems, grids);
  finder.walk(node, path);
  if (finder.failed()) return std::nullopt;
  name_grids(grids);
  return grids;
}

std::vector<GridMember> expand_grids(const Node& node, const std::vector<Grid>& grids) {
  std::vector<GridMember> members = {{"", node}};
  for (const Grid& grid : grids) {
    std::vector<GridMember> next;
    for (const GridMember& member : members) {
      for (const Node& value : grid.values) {
        GridMember made{fmt::format("{}{}{}={}", member.suffix, member.suffix.empty() ? "[" : ",",
                                    grid.label, label_of(value)),
                        member.node};
        at(made.node, grid.parts) = value;
        next.push_back(std::move(made));
      }
    }
    members = std::move(next);
  }
  if (!grids.empty()) {
    for (GridMember& member : members) member.suffix += "]";
  }
  return members;
}

size_t count_members(const std::vector<Grid>& grids, size_t most) {
  size_t count = 1;
  for (const Grid& grid : grids) {
    count *= grid.values.size();
    if (count > most) return most + 1;
  }
  return count;
}

}  // namespace assay::config
