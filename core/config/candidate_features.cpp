#include <fmt/format.h>

#include <algorithm>

#include "config/scalar.h"
#include "config/sections.h"
#include "task/feature_spec.h"

namespace assay::config {
namespace {

/// One entry of the list: a source, or a map that says what becomes of it.
class Entry {
 public:
  Entry(const Node& node, std::string path, Problems& problems)
      : node_(node), path_(std::move(path)), problems_(problems) {}

  std::optional<task::CandidateFeature> read() {
    task::CandidateFeature out{.where = node_.place.text()};
    const bool read = node_.is_map() ? read_map(out) : read_source(out);
    if (!read) return std::nullopt;
    if (const auto problem = task::feature_problem(out)) {
      problems_.add(node_.place, path_, *problem);
      return std::nullopt;
    }
    return out;
  }

 private:
  bool read_source(task::CandidateFeature& out) {
    return read_as(node_, path_, problems_, out.of.emplace_back());
  }

  bool read_map(task::CandidateFeature& out) {
    static const std::vector<std::string> keys = {
        "of", "as", "cross", "bounds", "size", "half_life_days", "smoothing"};
    bool good = true;
    for (const Key& key : node_.keys) {
      if (std::ranges::count(keys, key.text) > 0) continue;
      problems_.add(key.place, join_keys(path_, key.text),
                    fmt::format("is unknown{}", error::did_you_mean(clipped(key.text), keys)));
      good = false;
    }
    if ((node_.find("of") == nullptr) == (node_.find("cross") == nullptr)) {
      problems_.add(node_.place, path_, "needs either of or cross");
      return false;
    }
    if (node_.find("cross") != nullptr) {
      out.form = task::FeatureForm::cross;
      good = each("cross", out.of) && refuse_as() && good;
    } else {
      good = one("of", out.of.emplace_back()) && read_form(out) && good;
    }
    return each("bounds", out.bounds) && one("size", out.size) &&
           one("half_life_days", out.half_life_days) && one("smoothing", out.smoothing) && good;
  }

  bool refuse_as() {
    if (node_.find("as") == nullptr) return true;
    problems_.add(node_.find("as")->place, join_keys(path_, "as"), "is not for a cross");
    return false;
  }

  bool read_form(task::CandidateFeature& out) {
    static const std::vector<std::string> forms = {"plain", "log", "buckets", "hash", "words"};
    std::string name = "plain";
    if (!one("as", name)) return false;
    if (std::ranges::count(forms, name) == 0) {
      problems_.add(node_.find("as")->place, join_keys(path_, "as"),
                    fmt::format("is {}; it must be plain, log, buckets, hash or words{}",
                                clipped(name), error::did_you_mean(clipped(name), forms)));
      return false;
    }
    out.form = *task::parse<task::FeatureForm>(name);
    return true;
  }

  template <typename T>
  bool one(const char* key, T& out) {
    const Node* value = node_.find(key);
    return value == nullptr || read_as(*value, join_keys(path_, key), problems_, out);
  }

  template <typename T>
  bool each(const char* key, std::vector<T>& out) {
    const Node* list = node_.find(key);
    if (list == nullptr) return true;
    const std::string path = join_keys(path_, key);
    if (!list->is_list()) {
      problems_.add(list->place, path, fmt::format("is {}; it must be a list", shown(*list)));
      return false;
    }
    for (size_t n = 0; n < list->items.size(); ++n)
      if (!read_as(list->items[n], fmt::format("{}[{}]", path, n), problems_, out.emplace_back()))
        return false;
    return true;
  }

  const Node& node_;
  std::string path_;
  Problems& problems_;
};

}  // namespace

std::shared_ptr<const task::FeatureSetSpec> read_candidate_features(
    const Section& section, std::shared_ptr<const task::FeatureSetSpec> outer) {
  const Node* map = section.find("features");
  const Node* list = map != nullptr && map->is_map() ? map->find("candidate") : nullptr;
  if (list == nullptr) return outer;
  const std::string path = join_keys(section.path("features"), "candidate");
  Problems& problems = section.problems();
  if (!list->is_list()) {
    problems.add(list->place, path,
                 fmt::format("is {}; it must be a list of features", shown(*list)));
    return outer;
  }
  task::FeatureSetSpec out;
  for (size_t n = 0; n < list->items.size(); ++n) {
    const std::string here = fmt::format("{}[{}]", path, n);
    auto feature = Entry(list->items[n], here, problems).read();
    if (!feature) continue;
    const auto same = [&](const auto& other) { return other.name() == feature->name(); };
    if (std::ranges::any_of(out.candidate, same))
      problems.add(list->items[n].place, here, fmt::format("names {} twice", feature->name()));
    out.candidate.push_back(std::move(*feature));
  }
  if (out.candidate.empty()) return nullptr;
  return std::make_shared<const task::FeatureSetSpec>(std::move(out));
}

}  // namespace assay::config
