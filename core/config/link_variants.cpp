#include <fmt/format.h>

#include <algorithm>

#include "config/variant_reader.h"
#include "text/counted.h"

// Inputs may name stages of other variants, so they are linked when all variants have been read. A
// reference becomes a copy of the stage with the chain before it. `open_` finds circles; the limits
// stop references that multiply copies (each of n stages naming the one before twice gives 2^n). A
// stage that is an input is called alone: who answers what it does not know is part of the chain
// that it is served in.

namespace assay::config {
namespace {

// More copies than this come from references that branch again and again.
constexpr size_t kMostCopies = 100'000;
constexpr size_t kDeepest = 64;

class Linker {
 public:
  Linker(const std::vector<ReadVariant>& variants, const std::vector<std::string>& broken,
         Problems& problems)
      : variants_(variants), broken_(broken), problems_(problems) {
    for (const ReadVariant& variant : variants) {
      names_.push_back(variant.name);
      tuned_.push_back(tuned_params(variant));
      check_places(tuned_.back());
    }
  }

  std::vector<task::VariantSpec> run() {
    std::vector<task::VariantSpec> all;
    for (size_t i = 0; i < variants_.size(); ++i) {
      const ReadVariant& variant = variants_[i];
      all.push_back({.name = variant.name,
                     .description = variant.description,
                     .chain = chain(i),
                     .serving = variant.serving,
                     .tuned = tuned_[i],
                     .policy = variant.policy,
                     .perturb = variant.perturb,
                     .augment = variant.augment,
                     .where = variant.place.text()});
    }
    return all;
  }

 private:
  // Stages are known by their place in the file: the tuned values go to all copies of one.
  void check_places(const std::vector<task::TunedParam>& tuned) {
    for (size_t i = 1; i < tuned.size(); ++i) {
      for (size_t j = 0; j < i; ++j) {
        if (tuned[i].where != tuned[j].where || tuned[i].name != tuned[j].name) continue;
        problems_.add(variants_[tuned_.size() - 1].place,
                      fmt::format("variants.{}", variants_[tuned_.size() - 1].name),
                      fmt::format("has {} and {} from one place of the file (an alias), and tunes "
                                  "{}; write the stages out",
                                  tuned[j].stage, tuned[i].stage, tuned[i].name));
      }
    }
  }

  // Values are chosen for a variant as a whole, so that another one has no say in them.
  bool crosses_tuning(size_t variant, size_t target, const ReadInput& input) {
    if (variant == target || (tuned_[variant].empty() && tuned_[target].empty())) return false;
    const std::string& tuned = variants_[tuned_[target].empty() ? variant : target].name;
    problems_.add(
        input.place, input.path,
        fmt::format("is {}, a stage of another variant, and {} is tuned: what it is tuned "
                    "with must be its own; name a stage of the same variant",
                    clipped(input.reference->text), tuned));
    return true;
  }

  task::Chain chain(size_t variant) {
    const ReadVariant& read = variants_[variant];
    task::Chain chain{.recall = linked(variant, PluginKind::recall),
                      .merge = read.merge,
                      .rank = {},
                      .rerank = {}};
    chain.rank = linked(variant, PluginKind::rank);
    chain.rerank = linked(variant, PluginKind::rerank);
    return chain;
  }

  // All stages of one kind, or the first `count`.
  std::vector<task::StageSpec> linked(size_t variant, PluginKind kind, size_t count = SIZE_MAX) {
    const auto& stages = variants_[variant].stages(kind);
    std::vector<task::StageSpec> all;
    for (size_t i = 0; i < std::min(count, stages.size()); ++i) {
      all.push_back(stage(variant, stages[i], stages[i]));
      if (!stages[i].unknown) continue;
      task::StageSpec unknown = stage(variant, *stages[i].unknown, stages[i]);
      unknown.k = all.back().k;
      all.back().unknown = std::make_shared<const task::StageSpec>(std::move(unknown));
    }
    return all;
  }

  // What comes before the stage at `index` of `kind`.
  std::shared_ptr<const task::Chain> before(size_t variant, PluginKind kind, size_t index) {
    if (kind == PluginKind::recall) return nullptr;
    auto chain = std::make_shared<task::Chain>();
    chain->recall = linked(variant, PluginKind::recall);
    chain->merge = variants_[variant].merge;
    chain->rank = linked(variant, PluginKind::rank, kind == PluginKind::rank ? index : SIZE_MAX);
    if (kind == PluginKind::rerank) chain->rerank = linked(variant, PluginKind::rerank, index);
    return chain;
  }

  // `home` is the stage of the variant that `read` is, or is written in place for.
  task::StageSpec stage(size_t variant, const ReadStage& read, const ReadStage& home) {
    task::StageSpec spec = read.spec;
    // Every circle leads through inputs, so that stages without them need no look.
    if (read.inputs.empty()) return spec;
    if (std::ranges::count(open_, &read) > 0) {
      problems_.add(via_.back()->place, via_.back()->path,
                    fmt::format("leads back to {}", read.path));
      return spec;
    }
    open_.push_back(&read);
    for (const ReadInput& input : read.inputs) {
      via_.push_back(&input);
      if (auto linked = link(variant, home, input)) spec.inputs.push_back(std::move(*linked));
      via_.pop_back();
    }
    open_.pop_back();
    return spec;
  }

  std::optional<task::InputSpec> link(size_t variant, const ReadStage& home,
                                      const ReadInput& input) {
    if (++copies_ > kMostCopies || open_.size() > kDeepest) {
      problems_.add(input.place, input.path, "leads through too many stages");
      return std::nullopt;
    }
    if (input.in_place) {
      const bool first = input.in_place->spec.kind == PluginKind::recall;
      return task::InputSpec{
          input.name, stage(variant, *input.in_place, home),
          first ? nullptr : before(variant, home.spec.kind, static_cast<size_t>(home.spec.index))};
    }
    const auto target = find(variant, input);
    if (!target || crosses_tuning(variant, *target, input)) return std::nullopt;
    const StageReference& reference = *input.reference;
    const auto& stages = variants_[*target].stages(reference.kind);
    if (reference.index >= stages.size()) {
      problems_.add(
          input.place, input.path,
          fmt::format("is {}, but {} has {} {}", clipped(reference.text), variants_[*target].name,
                      stages.size(),
                      text::plural(std::ssize(stages),
                                   fmt::format("{} stage", task::name_of(reference.kind)))));
      return std::nullopt;
    }
    const ReadStage& used = stages[reference.index];
    return task::InputSpec{input.name, stage(*target, used, used),
                           before(*target, reference.kind, reference.index)};
  }

  std::optional<size_t> find(size_t variant, const ReadInput& input) {
    const std::string& name = input.reference->variant;
    if (name.empty()) return variant;
    const auto found = std::ranges::find(names_, name);
    if (found != names_.end()) return static_cast<size_t>(found - names_.begin());
    if (std::ranges::count(broken_, name.substr(0, name.find('['))) > 0) return std::nullopt;
    problems_.add(input.place, input.path,
                  fmt::format("is {}, but there is no variant {}{}", clipped(input.reference->text),
                              clipped(name), error::did_you_mean(clipped(name), names_)));
    return std::nullopt;
  }

  const std::vector<ReadVariant>& variants_;
  const std::vector<std::string>& broken_;
  Problems& problems_;
  std::vector<std::string> names_;
  std::vector<std::vector<task::TunedParam>> tuned_;  // by variant
  std::vector<const ReadStage*> open_;                // being linked, outermost first
  std::vector<const ReadInput*> via_;                 // the inputs that led there
  size_t copies_ = 0;
};

}  // namespace

std::vector<task::VariantSpec> link_variants(const std::vector<ReadVariant>& variants,
                                             const std::vector<std::string>& broken,
                                             Problems& problems) {
  return Linker(variants, broken, problems).run();
}

}  // namespace assay::config
