#include "cli/assignment_spec.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <map>

#include "config/section.h"
#include "config/yaml.h"
#include "error/error.h"
#include "ingest/times.h"

namespace assay::cli {
namespace {

using assignment::ExperimentSpec;
using assignment::HashKind;
using config::Node;

const std::vector<std::string> kHashes{"growthbook_v1", "growthbook_v2", "planout"};

/// An experiment with the places that problems of several of them are shown at.
struct Placed {
  ExperimentSpec spec;
  config::Place namespace_place, seed_place;
  std::string namespace_path;
};

class Reader {
 public:
  explicit Reader(int64_t at_us) : at_us_(at_us) {}

  std::vector<ExperimentSpec> read(const std::string& path) {
    const Node root = parse_yaml(sources_.read(path), problems_);
    problems_.throw_if_any();
    if (!root.is_map())  // an empty file has no place to point at
      throw error::UserError(
          path, fmt::format("is {}; it must be a map with the key experiments", shown(root)));
    check_keys(root, "", {"experiments", "layers", "holdouts"});
    problems_.throw_if_any();
    const Node* experiments = root.find("experiments");
    if (experiments == nullptr || !experiments->is_map() || experiments->items.empty()) {
      problems_.add(root.place, "experiments", "is missing or empty; it maps names to experiments");
      problems_.throw_if_any();
    }
    for (size_t i = 0; i < experiments->items.size(); ++i)
      read_experiment(experiments->keys[i], experiments->items[i]);
    if (const Node* layers = root.find("layers")) read_layers(*layers);
    if (const Node* holdouts = root.find("holdouts")) read_holdouts(*holdouts);
    check_namespaces();
    check_seeds();
    problems_.throw_if_any();
    std::vector<ExperimentSpec> specs;
    for (Placed& one : experiments_) specs.push_back(std::move(one.spec));
    return specs;
  }

 private:
  /// False, with the problem noted, where a node is no map; unknown keys are problems.
  bool check_keys(const Node& node, const std::string& path,
                  std::initializer_list<const char*> known) {
    if (!node.is_map()) {
      problems_.add(node.place, path, fmt::format("is {}; it must be a map", shown(node)));
      return false;
    }
    const std::vector<std::string> names(known.begin(), known.end());
    for (const config::Key& key : node.keys) {
      if (std::ranges::count(names, key.text) > 0) continue;
      problems_.add(key.place, config::join_keys(path, key.text),
                    "is not a known key" + error::did_you_mean(key.text, names));
    }
    return true;
  }

  bool text(const Node& node, const char* key, const std::string& path, std::string& out) {
    const Node* value = node.find(key);
    return value != nullptr && read_as(*value, config::join_keys(path, key), problems_, out);
  }

  /// A number from 0 to 1.
  bool share(const Node& value, const std::string& path, double& out) {
    double got = 0;
    if (!read_as(value, path, problems_, got)) return false;
    if (!(got >= 0 && got <= 1)) {
      problems_.add(value.place, path, fmt::format("is {}; it must be from 0 to 1", got));
      return false;
    }
    out = got;
    return true;
  }
  bool share(const Node& node, const char* key, const std::string& path, double& out) {
    const Node* value = node.find(key);
    return value != nullptr && share(*value, config::join_keys(path, key), out);
  }

  void read_experiment(const config::Key& name, const Node& node) {
    const std::string path = config::join_keys("experiments", name.text);
    Placed one;
    one.spec.name = one.spec.seed = name.text;
    one.seed_place = name.place;
    if (!check_keys(node, path, {"seed", "hash", "arms", "coverage", "ramp", "namespace"})) return;
    if (text(node, "seed", path, one.spec.seed)) one.seed_place = node.find("seed")->place;
    read_hash(node, path, one.spec);
    read_coverage(node, path, one.spec);
    read_arms(node, path, one.spec);
    if (const Node* part = node.find("namespace"))
      read_namespace(*part, config::join_keys(path, "namespace"), one);
    experiments_.push_back(std::move(one));
  }

  void read_hash(const Node& node, const std::string& path, ExperimentSpec& spec) {
    std::string name;
    if (!text(node, "hash", path, name)) return;
    const auto found = std::ranges::find(kHashes, name);
    if (found == kHashes.end()) {
      return problems_.add(node.find("hash")->place, config::join_keys(path, "hash"),
                           fmt::format("is {}, which is no hash{}", config::clipped(name),
                                       error::did_you_mean(name, kHashes)));
    }
    spec.hash = static_cast<HashKind>(found - kHashes.begin());
  }

  void read_coverage(const Node& node, const std::string& path, ExperimentSpec& spec) {
    share(node, "coverage", path, spec.coverage);
    const Node* ramp = node.find("ramp");
    if (ramp == nullptr) return;
    const std::string here = config::join_keys(path, "ramp");
    if (node.find("coverage") != nullptr)
      problems_.add(ramp->place, here, "stands beside coverage; keep one of them");
    if (!ramp->is_list() || ramp->items.empty())
      return problems_.add(ramp->place, here,
                           "must be a list of steps: [{from: 2026-12-01, coverage: 0.1}]");
    spec.coverage = 0;
    int64_t before = INT64_MIN;
    for (size_t i = 0; i < ramp->items.size(); ++i)
      read_step(ramp->items[i], fmt::format("{}[{}]", here, i), before, spec);
  }

  void read_step(const Node& step, const std::string& path, int64_t& before, ExperimentSpec& spec) {
    std::string from;
    double coverage = 0;
    if (!check_keys(step, path, {"from", "coverage"})) return;
    const bool whole = text(step, "from", path, from) && share(step, "coverage", path, coverage);
    if (!whole && !(step.find("from") && step.find("coverage")))
      return problems_.add(step.place, path, "needs from and coverage");
    if (!whole) return;
    const std::optional<int64_t> time = ingest::parse_iso_time(from);
    if (!time || *time <= before)
      return problems_.add(step.find("from")->place, config::join_keys(path, "from"),
                           fmt::format("is {}; it must be {}", config::clipped(from),
                                       time ? "later than the step before"
                                            : "a time such as 2026-12-01 or 2026-12-01T08:00:00Z"));
    before = *time;
    if (*time <= at_us_) spec.coverage = coverage;
  }

  void read_arms(const Node& node, const std::string& path, ExperimentSpec& spec) {
    const std::string here = config::join_keys(path, "arms");
    const Node* arms = node.find("arms");
    if (arms == nullptr || !arms->is_map() || arms->items.size() < 2) {
      return problems_.add(arms == nullptr ? node.place : arms->place, here,
                           "must map the names of at least two arms to their weights: {control: "
                           "0.5, treatment: 0.5}");
    }
    double sum = 0;
    bool good = true;
    for (size_t i = 0; i < arms->items.size(); ++i) {
      assignment::Arm arm{arms->keys[i].text, 0};
      good &= share(arms->items[i], config::join_keys(here, arm.name), arm.weight) &&
              check_weight(arms->items[i], config::join_keys(here, arm.name), arm.weight, spec);
      sum += arm.weight;
      spec.arms.push_back(std::move(arm));
    }
    if (good && std::abs(sum - 1) > assignment::kWeightTolerance)
      problems_.add(arms->place, here,
                    fmt::format("sum to {:.6g}; the weights must sum to 1", sum));
  }

  bool check_weight(const Node& node, const std::string& path, double weight,
                    const ExperimentSpec& spec) {
    if (weight == 0) {
      problems_.add(node.place, path,
                    "is 0, an arm without units; leave it out or give it a weight");
      return false;
    }
    const int buckets = spec.hash == HashKind::growthbook_v1 ? 1000 : 10000;
    const double covered = weight * spec.coverage * buckets;
    if (spec.hash == HashKind::planout || spec.coverage == 0 || covered >= 1) return true;
    problems_.add(node.place, path,
                  fmt::format("would have no units: {:.3g} of them is less than one of the {} "
                              "buckets of this hash; use planout, or more coverage",
                              weight * spec.coverage, buckets));
    return false;
  }

  void read_namespace(const Node& node, const std::string& path, Placed& one) {
    assignment::NamespaceShare part{"", {0, 1}};
    if (!check_keys(node, path, {"name", "from", "to"})) return;
    if (!text(node, "name", path, part.name))
      return problems_.add(node.place, path, "needs the name of the namespace");
    share(node, "from", path, part.range.low);
    share(node, "to", path, part.range.high);
    if (part.range.low >= part.range.high)
      return problems_.add(node.place, path,
                           fmt::format("takes {} to {}, which holds no unit; from must be below to",
                                       part.range.low, part.range.high));
    place_in(std::move(part), node.place, path, one);
  }

  static void place_in(assignment::NamespaceShare part, const config::Place& place,
                       const std::string& path, Placed& one) {
    one.spec.in_namespace = std::move(part);
    one.namespace_place = place;
    one.namespace_path = path;
  }

  Placed* experiment(const std::string& name, const config::Place& place, const std::string& path) {
    std::vector<std::string> names;
    for (Placed& one : experiments_) {
      if (one.spec.name == name) return &one;
      names.push_back(one.spec.name);
    }
    problems_.add(place, path,
                  fmt::format("names {}, which is no experiment{}", config::clipped(name),
                              error::did_you_mean(name, names)));
    return nullptr;
  }

  /// A layer lays the shares of its experiments one behind the other in a namespace of its name.
  void read_layers(const Node& layers) {
    if (!check_is_map(layers, "layers")) return;
    for (size_t i = 0; i < layers.items.size(); ++i) {
      const std::string path = config::join_keys("layers", layers.keys[i].text);
      if (check_is_map(layers.items[i], path))
        read_layer(layers.keys[i].text, layers.items[i], path);
    }
  }

  void read_layer(const std::string& name, const Node& layer, const std::string& path) {
    double begin = 0;
    for (size_t i = 0; i < layer.items.size(); ++i) {
      const config::Key& key = layer.keys[i];
      const std::string here = config::join_keys(path, key.text);
      double part = 0;
      Placed* one = experiment(key.text, key.place, path);
      if (!share(layer.items[i], here, part) || one == nullptr) continue;
      if (part == 0) problems_.add(layer.items[i].place, here, "is 0, which holds no unit");
      if (one->spec.in_namespace) {
        problems_.add(key.place, here, "is in a namespace or layer already; keep one of them");
        continue;
      }
      place_in({name, {begin, begin + part}}, key.place, here, *one);
      begin += part;
    }
    if (begin > 1 + assignment::kWeightTolerance)
      problems_.add(
          layer.place, path,
          fmt::format("shares out {:.6g} of its units; shares must sum to at most 1", begin));
  }

  bool check_is_map(const Node& node, const std::string& path) {
    if (!node.is_map())
      problems_.add(node.place, path, fmt::format("is {}; it must be a map", shown(node)));
    return node.is_map();
  }

  void read_holdouts(const Node& holdouts) {
    if (!check_is_map(holdouts, "holdouts")) return;
    for (size_t i = 0; i < holdouts.items.size(); ++i)
      read_holdout(holdouts.keys[i], holdouts.items[i]);
  }

  void read_holdout(const config::Key& key, const Node& node) {
    const std::string path = config::join_keys("holdouts", key.text);
    assignment::Holdout holdout{key.text, key.text, 0};
    if (!check_keys(node, path, {"share", "seed", "experiments"})) return;
    text(node, "seed", path, holdout.seed);
    if (!share(node, "share", path, holdout.share) && node.find("share") == nullptr)
      problems_.add(node.place, path, "needs the share of the units that it holds out");
    const Node* wanted = node.find("experiments");
    if (wanted == nullptr) {
      for (Placed& one : experiments_) hold_out(holdout, key.place, path, one);
      return;
    }
    if (!wanted->is_list())
      return problems_.add(wanted->place, path, "experiments must be a list of names");
    for (const Node& name : wanted->items) {
      if (Placed* one = experiment(name.text, name.place, path))
        hold_out(holdout, name.place, path, *one);
    }
  }

  void hold_out(const assignment::Holdout& holdout, const config::Place& place,
                const std::string& path, Placed& one) {
    if (holdout.seed == one.spec.seed && one.spec.hash == HashKind::growthbook_v2) {
      problems_.add(place, path,
                    fmt::format("has the seed of experiments.{}, so that all it holds out would be "
                                "of its first arm; give it another seed",
                                one.spec.name));
    }
    one.spec.holdouts.push_back(holdout);
  }

  void check_namespaces() {
    for (size_t later = 0; later < experiments_.size(); ++later) {
      for (size_t earlier = 0; earlier < later; ++earlier)
        check_overlap(experiments_[earlier], experiments_[later]);
    }
  }

  void check_overlap(const Placed& earlier, const Placed& later) {
    if (!share_namespace(earlier, later)) return;
    const assignment::BucketRange a = earlier.spec.in_namespace->range;
    const assignment::BucketRange b = later.spec.in_namespace->range;
    const double low = std::max(a.low, b.low);
    const double high = std::min(a.high, b.high);
    if (high - low <= assignment::kWeightTolerance) return;
    problems_.add(later.namespace_place, later.namespace_path,
                  fmt::format("takes {:.6g} to {:.6g} of {}, of which experiments.{} has {:.6g} to "
                              "{:.6g}; units from {:.6g} to {:.6g} would be in both",
                              b.low, b.high, later.spec.in_namespace->name, earlier.spec.name,
                              a.low, a.high, low, high));
  }

  static bool share_namespace(const Placed& a, const Placed& b) {
    return a.spec.in_namespace && b.spec.in_namespace &&
           a.spec.in_namespace->name == b.spec.in_namespace->name;
  }

  void check_seeds() {
    for (size_t later = 0; later < experiments_.size(); ++later) {
      for (size_t earlier = 0; earlier < later; ++earlier) {
        const Placed& a = experiments_[earlier];
        const Placed& b = experiments_[later];
        if (a.spec.seed != b.spec.seed || a.spec.hash != b.spec.hash || share_namespace(a, b))
          continue;
        problems_.add(
            b.seed_place, fmt::format("experiments.{}", b.spec.name),
            fmt::format("has the seed of experiments.{}, so that the arms of both would be "
                        "the same units; give it another one",
                        a.spec.name));
      }
    }
  }

  const int64_t at_us_;
  config::Sources sources_;
  config::Problems problems_;
  std::vector<Placed> experiments_;
};

}  // namespace

std::vector<ExperimentSpec> read_assignment_spec(const std::string& path, int64_t at_us) {
  return Reader(at_us).read(path);
}

}  // namespace assay::cli
