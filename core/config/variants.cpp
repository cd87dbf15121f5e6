#include "config/variants.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "config/config.h"
#include "config/grid.h"
#include "config/section.h"
#include "config/tree_path.h"
#include "config/yaml.h"

// Within a variant the order of effects is: the resolved parent, the variant's own keys, `set`,
// `--set`; then grids are expanded. Resolved variants are kept, and the chain of names that are
// being resolved finds circles. A parent may be a member of a grid (`extends: base[k=5]`); the
// grids of its base are then expanded to find it.

namespace assay::config {
namespace {

class Resolver {
 public:
  Resolver(const Node& variants, const std::vector<VariantOverride>& overrides, size_t limit,
           Problems& problems)
      : variants_(variants), overrides_(overrides), limit_(limit), problems_(problems) {
    for (const Key& key : variants.keys) names_.push_back(key.text);
  }

  ResolvedVariants run() && {
    for (const Key& key : variants_.keys) {
      if (!is_name(key.text)) {
        problems_.add(key.place, "variants." + clipped(key.text),
                      "is not a name; a name has letters, digits, _ and -, and begins with a "
                      "letter or digit");
        result_.broken.push_back(key.text);
        continue;
      }
      const Node* node = resolve(key.text);
      if (node == nullptr) {
        result_.broken.push_back(key.text);
      } else if (!expand(key, *node)) {
        break;
      }
    }
    return std::move(result_);
  }

 private:
  // The variant before its grids are expanded, or nullptr with a problem.
  const Node* resolve(const std::string& name) {
    if (const auto done = done_.find(name); done != done_.end()) {
      return done->second.kind == Node::Kind::null ? nullptr : &done->second;
    }
    chain_.push_back(name);
    Node node = resolve_new(name, "variants." + name);
    chain_.pop_back();
    const Node& kept = done_[name] = std::move(node);
    return kept.kind == Node::Kind::null ? nullptr : &kept;
  }

  Node resolve_new(const std::string& name, const std::string& path) {
    const Node& own = *variants_.find(name);
    if (!own.is_map()) {
      problems_.add(own.place, path,
                    own.kind == Node::Kind::null
                        ? "has no value"
                        : fmt::format("is {}; it must be a map", shown(own)));
      return {};
    }
    Node node = with_parent(own, path);
    if (node.kind == Node::Kind::null) return node;
    apply_set(own, path, node);
    for (const VariantOverride& change : overrides_) {
      if (change.variant == name) apply(change.change, node);
    }
    return node;
  }

  Node with_parent(const Node& own, const std::string& path) {
    Node keys = own;
    keys.erase("extends");
    keys.erase("set");
    const Node* extends = own.find("extends");
    if (extends == nullptr) return keys;
    std::string parent;
    if (!read_as(*extends, path + ".extends", problems_, parent)) return {};
    Node base = inherited(parent, *extends, path + ".extends");
    if (base.kind == Node::Kind::null) return base;
    base.erase("description");
    return merged(std::move(base), std::move(keys));
  }

  // What a variant starts from; null with a problem where there is no such variant.
  Node inherited(const std::string& parent, const Node& extends, const std::string& path) {
    if (std::ranges::count(chain_, parent) > 0) {
      problems_.add(extends.place, path,
                    fmt::format("is circular: {} -> {}", fmt::join(chain_, " -> "), parent));
      return {};
    }
    if (chain_.size() > kMaxDepth) {
      problems_.add(extends.place, path,
                    fmt::format("is the end of a chain of more than {} variants", kMaxDepth));
      return {};
    }
    if (std::ranges::count(names_, parent) > 0) {
      const Node* node = resolve(parent);
      return node ? *node : Node{};
    }
    const std::string base = parent.substr(0, parent.find('['));
    if (base != parent && std::ranges::count(names_, base) > 0) {
      return member(base, parent, extends, path);
    }
    problems_.add(extends.place, path,
                  fmt::format("is {}, which is no variant{}", shown(extends),
                              error::did_you_mean(clipped(parent), names_)));
    return {};
  }

  Node member(const std::string& base, const std::string& name, const Node& extends,
              const std::string& path) {
    if (std::ranges::count(chain_, base) > 0) {
      problems_.add(extends.place, path,
                    fmt::format("is circular: {} -> {}", fmt::join(chain_, " -> "), base));
      return {};
    }
    const Node* node = resolve(base);
    if (node == nullptr) return {};
    const auto grids = find_grids(*node, "variants." + base, problems_);
    if (!grids || count_members(*grids, limit_) > limit_) return {};
    std::vector<std::string> known;
    for (GridMember& made : expand_grids(*node, *grids)) {
      if (base + made.suffix == name) {
        override_member(name, *grids, made.node);
        return std::move(made.node);
      }
      known.push_back(base + made.suffix);
    }
    problems_.add(extends.place, path,
                  fmt::format("is {}, which is no variant{}", shown(extends),
                              error::did_you_mean(clipped(name), known)));
    return {};
  }

  void apply_set(const Node& own, const std::string& path, Node& node) {
    const Node* set = own.find("set");
    if (set == nullptr) return;
    if (!set->is_map()) {
      problems_.add(set->place, path + ".set",
                    fmt::format("is {}; it must be a map of paths to values", shown(*set)));
      return;
    }
    for (size_t i = 0; i < set->items.size(); ++i) {
      const auto parts = split_path(set->keys[i].text);
      if (!parts) {
        problems_.add(set->keys[i].place, join_keys(path + ".set", set->keys[i].text),
                      "is not a path; write one such as recall.0.k");
        continue;
      }
      apply({*parts, set->keys[i], set->items[i], path + ".set"}, node);
    }
  }

  void apply(const Override& change, Node& node) {
    static const std::vector<std::string> kNotLate = {"extends", "set"};
    if (std::ranges::count(kNotLate, change.parts[0]) > 0) {
      problems_.add(change.key.place, join_keys(change.path, change.key.text),
                    fmt::format("cannot change {}", change.parts[0]));
      return;
    }
    set_value(node, change.parts, change.key, change.value, change.path, problems_);
  }

  // What `--set` says of one member of a grid. Its name says what the grid sets.
  void override_member(const std::string& name, const std::vector<Grid>& grids, Node& node) {
    for (const VariantOverride& change : overrides_) {
      if (change.variant != name) continue;
      const std::vector<std::string>& parts = change.change.parts;
      const auto set_by = [&](const Grid& grid) {
        const size_t common = std::min(parts.size(), grid.parts.size());
        return std::equal(parts.begin(), parts.begin() + static_cast<ptrdiff_t>(common),
                          grid.parts.begin());
      };
      const auto grid = std::ranges::find_if(grids, set_by);
      if (grid == grids.end()) {
        apply(change.change, node);
      } else if (told_.insert(&change).second) {
        problems_.add(change.change.key.place, change.change.key.text,
                      fmt::format("changes what the grid of {} makes of this member; change the "
                                  "grid, or write a variant that extends it",
                                  grid->label));
      }
    }
  }

  void refuse_unknown_members(const std::string& base, const std::vector<std::string>& members) {
    for (const VariantOverride& change : overrides_) {
      if (!change.variant.starts_with(base + "[") ||
          std::ranges::count(members, change.variant) > 0)
        continue;
      problems_.add(change.change.key.place, "",
                    fmt::format("there is no variant {}{}", clipped(change.variant),
                                error::did_you_mean(clipped(change.variant), members)));
    }
  }

  // False where there are too many to go on.
  bool expand(const Key& key, const Node& node) {
    const auto found = find_grids(node, "variants." + key.text, problems_);
    if (!found) {
      result_.broken.push_back(key.text);
      return true;
    }
    const std::vector<Grid>& grids = *found;
    const size_t members = count_members(grids, kMostVariants);
    if (result_.variants.size() + members > limit_) {
      problems_.add(grids.empty() ? key.place : grids[0].place, "variants." + key.text,
                    too_many(members));
      return false;
    }
    std::vector<std::string> names;
    for (GridMember& made : expand_grids(node, grids)) {
      const std::string name = key.text + made.suffix;
      names.push_back(name);
      if (!grids.empty()) override_member(name, grids, made.node);
      if (!taken_.insert(name).second) {
        problems_.add(grids.empty() ? key.place : grids[0].place, "variants." + key.text,
                      fmt::format("makes {} twice", name));
        continue;
      }
      result_.variants.push_back({name, key.place, std::move(made.node)});
    }
    refuse_unknown_members(key.text, names);
    return true;
  }

  std::string too_many(size_t members) const {
    if (limit_ >= kMostVariants) {
      return fmt::format("brings the number of variants above {}, the most there can be",
                         kMostVariants);
    }
    const size_t total = result_.variants.size() + members;
    return fmt::format("brings the number of variants to {}{}; more than {} need --yes",
                       members > kMostVariants ? "more than " : "", std::min(total, kMostVariants),
                       limit_);
  }

  const Node& variants_;
  const std::vector<VariantOverride>& overrides_;
  const size_t limit_;
  Problems& problems_;
  std::vector<std::string> names_;
  std::map<std::string, Node> done_;  // null: has a problem
  std::vector<std::string> chain_;
  std::set<std::string> taken_;
  std::set<const VariantOverride*> told_;  // of which a problem was reported
  ResolvedVariants result_;
};

}  // namespace

ResolvedVariants resolve_variants(const Node& variants,
                                  const std::vector<VariantOverride>& overrides, size_t limit,
                                  Problems& problems) {
  return Resolver(variants, overrides, limit, problems).run();
}

}  // namespace assay::config
