#include "config/include.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "config/section.h"
#include "config/yaml.h"

namespace assay::config {
namespace {

constexpr size_t kMostFiles = 100;

class Includer {
 public:
  Includer(Sources& sources, Problems& problems) : sources_(sources), problems_(problems) {}

  Node read(const std::string& path, const Place& from, const std::string& key) {
    const Source* source = open(path, from, key);
    if (source == nullptr) return {};
    Node own = parse_yaml(*source, problems_);
    if (!own.is_map()) {
      if (!problems_.any()) {
        const Place start{source, 1, 1, 1};
        problems_.add(
            own.kind == Node::Kind::null ? Place{.source = source} : start, "",
            own.kind == Node::Kind::null
                ? "the file is empty; an experiment is a map of keys (docs/experiments.md)"
                : fmt::format("this is {}; an experiment is a map of keys", shown(own)));
      }
      return {};
    }
    return with_includes(std::move(own), path, *source);
  }

 private:
  const Source* open(const std::string& path, const Place& from, const std::string& key) {
    if (++files_ > kMostFiles) {
      if (files_ == kMostFiles + 1) problems_.add(from, "include", "leads to more than 100 files");
      return nullptr;
    }
    try {
      return &sources_.read(path);
    } catch (const error::UserError& error) {
      if (from.source == nullptr) throw;
      problems_.add(from, key, "is " + error.problems()[0].text());
      return nullptr;
    }
  }

  Node with_includes(Node own, const std::string& path, const Source& source) {
    const Node* list = own.find("include");
    if (list == nullptr) return own;
    chain_.push_back(std::filesystem::path(path).lexically_normal().string());
    Node base{.kind = Node::Kind::map, .place = own.place};
    if (list->is_list()) {
      for (size_t i = 0; i < list->items.size(); ++i) {
        add(base, list->items[i], fmt::format("include[{}]", i), source);
      }
    } else {
      add(base, *list, "include", source);
    }
    chain_.pop_back();
    own.erase("include");
    return merged(std::move(base), std::move(own));
  }

  void add(Node& base, const Node& entry, const std::string& key, const Source& source) {
    std::string name;
    if (!read_as(entry, key, problems_, name)) return;
    const std::string path =
        std::filesystem::path(join_path(source.folder, name)).lexically_normal().string();
    if (std::ranges::count(chain_, path) > 0) {
      problems_.add(entry.place, key,
                    fmt::format("is circular: {} -> {}", fmt::join(chain_, " -> "), path));
      return;
    }
    Node included = read(path, entry.place, key);
    if (included.is_map()) base = merged(std::move(base), std::move(included));
  }

  Sources& sources_;
  Problems& problems_;
  std::vector<std::string> chain_;
  size_t files_ = 0;
};

}  // namespace

Node read_with_includes(const std::string& path, Sources& sources, Problems& problems) {
  return Includer(sources, problems).read(path, Place{}, "");
}

}  // namespace assay::config
