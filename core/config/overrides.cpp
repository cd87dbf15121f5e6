#include "config/overrides.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/section.h"
#include "config/tree_path.h"
#include "config/yaml.h"

namespace assay::config {
namespace {

// The first "=" that is not part of a name in brackets.
size_t find_equals(const std::string& text) {
  int depth = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '[') ++depth;
    if (text[at] == ']') --depth;
    if (text[at] == '=' && depth <= 0) return at;
  }
  return std::string::npos;
}

class Applier {
 public:
  Applier(Node& root, Problems& problems) : root_(root), problems_(problems) {}

  void apply(const Source& source, std::string path, Node value) {
    const Place place{.source = &source};
    const auto parts = split_path(path);
    if (!parts)
      return problems_.add(
          place, "",
          "names no setting; write --set serve.size=10 or --set variants.control.recall.0.k=50");
    if (value.kind == Node::Kind::null && value.text.empty())
      return problems_.add(place, "", "has no value; null takes the key away");
    if (parts->front() == "include") return problems_.add(place, "", "cannot change include");
    Override change{*parts, {std::move(path), place}, std::move(value), ""};
    if (parts->size() == 2 && parts->front() == "variants" && value.kind == Node::Kind::null &&
        is_member(parts->back())) {
      return problems_.add(place, "",
                           fmt::format("{} is a member of a grid and cannot be taken away alone; "
                                       "change the grid",
                                       clipped(parts->back())));
    }
    if (parts->front() != "variants" || parts->size() < 3) {
      return set_value(root_, change.parts, change.key, change.value, "", problems_);
    }
    apply_to_variant(std::move(change));
  }

  std::vector<VariantOverride> take() { return std::move(late_); }

 private:
  // A member of a grid is there once the grid has been expanded.
  bool is_member(const std::string& name) const {
    const Node* variants = root_.find("variants");
    return variants != nullptr && variants->is_map() && name.ends_with(']') &&
           variants->find(name.substr(0, name.find('['))) != nullptr;
  }

  void apply_to_variant(Override change) {
    const std::string name = change.parts[1];
    const Node* variants = root_.find("variants");
    const bool is_map = variants != nullptr && variants->is_map();
    const bool of_grid = is_member(name);
    if (!of_grid && (!is_map || variants->find(name) == nullptr)) {
      std::vector<std::string> known;
      for (const Key& key : variants ? variants->keys : std::vector<Key>())
        known.push_back(key.text);
      return problems_.add(change.key.place, "",
                           fmt::format("there is no variant {}{}", clipped(name),
                                       error::did_you_mean(clipped(name), known)));
    }
    // These take effect before the variant is resolved. All other changes override what it inherits
    // and sets, and wait until then.
    if (!of_grid && (change.parts[2] == "extends" || change.parts[2] == "set" ||
                     change.parts[2] == "description")) {
      return set_value(root_, change.parts, change.key, change.value, "", problems_);
    }
    change.parts.erase(change.parts.begin(), change.parts.begin() + 2);
    late_.push_back({name, std::move(change)});
  }

  Node& root_;
  Problems& problems_;
  std::vector<VariantOverride> late_;
};

}  // namespace

std::vector<VariantOverride> apply_overrides(const std::vector<std::string>& overrides,
                                             const std::string& folder, Node& root,
                                             Sources& sources, Problems& problems) {
  Applier applier(root, problems);
  for (const std::string& text : overrides) {
    const size_t equals = find_equals(text);
    const std::string value = equals == std::string::npos ? "" : text.substr(equals + 1);
    const Source& source = sources.add_override("--set " + clipped(text), folder, value);
    if (equals == std::string::npos) {
      problems.add(Place{.source = &source}, "", "has no value; write --set path=value");
      continue;
    }
    const size_t before = problems.count();
    Node parsed = parse_yaml(source, problems);
    if (problems.count() == before)
      applier.apply(source, text.substr(0, equals), std::move(parsed));
  }
  return applier.take();
}

}  // namespace assay::config
