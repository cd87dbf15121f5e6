#include "execution/mixes.h"

#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "text/listed.h"

// A part is looked at as JSON without places and without what stands before it: that is the mix's
// own. Learned stages keep a copy of the chain before them in their inputs, which is laid anew.

namespace assay::execution {
namespace {

using Stages = std::vector<task::StageSpec>;

constexpr size_t kMostParts = 4;  // 16 pipelines

/// The chain before stage `count` of a kind.
task::Chain before(const task::Chain& chain, PluginKind kind, size_t count) {
  task::Chain out = chain;
  if (kind == PluginKind::rank) {
    out.rank.resize(std::min(count, out.rank.size()));
    out.rerank.clear();
  } else {
    out.rerank.resize(std::min(count, out.rerank.size()));
  }
  return out;
}

/// Candidates that a rank stage of a chain is given at most.
int64_t arriving(const task::Chain& chain, size_t index) {
  if (index > 0) return chain.rank.at(index - 1).k;
  int64_t all = 0;
  const nlohmann::json& params = chain.merge.params;
  for (size_t source = 0; source < chain.recall.size(); ++source) {
    int64_t taken = chain.recall[source].k;
    if (chain.recall.size() > 1 && params.contains("quotas"))
      taken = std::min(taken, params.at("quotas").at(source).get<int64_t>());
    all += taken;
  }
  return chain.merge.k > 0 ? std::min(all, chain.merge.k) : all;
}

/// Of a rank stage that keeps all that it is given, and so all of a mix too.
constexpr int64_t kKeepsAll = 0;

Stages ranks_of(const task::Chain& chain) {
  Stages stages = chain.rank;
  for (size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].k == arriving(chain, i)) stages[i].k = kKeepsAll;
  }
  return stages;
}

/// Where in `own` the chain before an input ends, if it is one of its beginnings.
struct Beginning {
  PluginKind kind = PluginKind::rank;
  size_t count = 0;
};

std::optional<Beginning> beginning_of(const task::Chain& own, const task::Chain& upstream) {
  const nlohmann::json wanted = upstream;
  for (size_t count = 0; count <= own.rank.size(); ++count) {
    if (nlohmann::json(before(own, PluginKind::rank, count)) == wanted)
      return Beginning{PluginKind::rank, count};
  }
  for (size_t count = 0; count <= own.rerank.size(); ++count) {
    if (nlohmann::json(before(own, PluginKind::rerank, count)) == wanted)
      return Beginning{PluginKind::rerank, count};
  }
  return std::nullopt;
}

/// What a stage is, wherever it stands: `own` is the chain that it comes from.
nlohmann::json identity(const task::StageSpec& stage, const task::Chain& own) {
  nlohmann::json out = stage;
  for (const char* key : {"where", "index", "library", "version"}) out.erase(key);
  out["inputs"] = nlohmann::json::array();
  for (const task::InputSpec& input : stage.inputs) {
    nlohmann::json one = {{"name", input.name}, {"stage", identity(input.stage, own)}};
    if (input.upstream) {
      const auto mine = beginning_of(own, *input.upstream);
      one["upstream"] = mine ? nlohmann::json(fmt::format("{} stages of its {}", mine->count,
                                                          task::name_of(mine->kind)))
                             : nlohmann::json(*input.upstream);
    }
    out["inputs"].push_back(one);
  }
  if (stage.unknown) out["unknown"] = identity(*stage.unknown, own);
  return out;
}

nlohmann::json identity(const Stages& stages, const task::Chain& own) {
  nlohmann::json all = nlohmann::json::array();
  for (const task::StageSpec& stage : stages) all.push_back(identity(stage, own));
  return all;
}

/// A stage of `own` as it stands at `index` of a mix: what comes before its inputs is the mix's.
task::StageSpec moved(task::StageSpec stage, const task::Chain& own, const task::Chain& mix,
                      size_t index) {
  stage.index = static_cast<int>(index);
  for (task::InputSpec& input : stage.inputs) {
    if (!input.upstream) continue;
    const auto mine = beginning_of(own, *input.upstream);
    if (mine)
      input.upstream = std::make_shared<const task::Chain>(before(mix, mine->kind, mine->count));
    const auto place = static_cast<size_t>(input.stage.index);
    input.stage = moved(input.stage, own, mix, place);
  }
  return stage;
}

std::string value_text(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number_float() ? fmt::format("{}", value.get<double>()) : value.dump();
}

std::string name_of(const task::StageSpec& stage) {
  return stage.plugin.empty() ? "lists " + stage.lists : stage.plugin;
}

/// "als, item_knn"; "nothing".
std::string named(const Stages& stages) {
  std::vector<std::string> names;
  for (const task::StageSpec& stage : stages) names.push_back(name_of(stage));
  return names.empty() ? "nothing" : fmt::format("{}", fmt::join(names, ", "));
}

/// "als (factors 32)": the parameters that another stage of the same name does not share.
std::string with_own(const task::StageSpec& stage, const task::StageSpec& other) {
  std::vector<std::string> own;
  for (const auto& [name, value] : stage.params.items()) {
    if (!other.params.contains(name) || other.params.at(name) != value)
      own.push_back(fmt::format("{} {}", name, value_text(value)));
  }
  if (stage.k != other.k)
    own.push_back(stage.k == kKeepsAll ? "keeps all" : fmt::format("k {}", stage.k));
  if (own.empty() && stage.library_sha256 != other.library_sha256)
    own.push_back(fmt::format("library {:.8}", stage.library_sha256));
  if (own.empty()) return name_of(stage);
  return fmt::format("{} ({})", name_of(stage), fmt::join(own, ", "));
}

/// Names, and where both sides have the same ones, in what they differ.
MixedPart part(const std::string& name, const Stages& from, const Stages& to) {
  MixedPart out{name, named(from), named(to)};
  if (out.from != out.to) return out;
  std::vector<std::string> left, right;
  for (size_t i = 0; i < from.size(); ++i) {
    left.push_back(with_own(from[i], to[i]));
    right.push_back(with_own(to[i], from[i]));
  }
  return {name, fmt::format("{}", fmt::join(left, ", ")),
          fmt::format("{}", fmt::join(right, ", "))};
}

std::string merge_text(const task::MergeSpec& merge) {
  std::string text(task::name_of(merge.method));
  for (const auto& [name, value] : merge.params.items())
    text += fmt::format(" {} {}", name, value_text(value));
  if (merge.k > 0) text += fmt::format(" k {}", merge.k);
  return text;
}

class Mixer {
 public:
  Mixer(const task::VariantSpec& from, const task::VariantSpec& to, bool by_source)
      : from_(from), to_(to), by_source_(by_source), sides_{&from.chain, &to.chain} {
    for (size_t side : {0, 1}) merges_[side] = sides_[side]->merge;
    // What merges nothing has no say in how.
    const bool one[] = {sides_[0]->recall.size() == 1, sides_[1]->recall.size() == 1};
    for (size_t side : {0, 1}) {
      if (!one[side]) continue;
      const task::MergeSpec& other = sides_[1 - side]->merge;
      merges_[side] = {other.method, other.params, sides_[side]->merge.k};
    }
  }

  Mixes run() {
    find_parts();
    require_few();
    Mixes mixes;
    mixes.parts = parts_;
    for (uint32_t mask = 0; mask < (1U << parts_.size()); ++mask)
      mixes.variants.push_back(variant(mask));
    return mixes;
  }

 private:
  enum class Kind { source, merge, rank, rerank };
  struct Place {
    Kind kind;
    size_t source = 0;  ///< of a source alone
  };

  void add(Place place, MixedPart part) {
    places_.push_back(place);
    parts_.push_back(std::move(part));
  }

  nlohmann::json stage_identity(size_t side, const Stages& stages) const {
    return identity(stages, *sides_[side]);
  }

  Stages source(size_t side, size_t position) const {
    const Stages& all = sides_[side]->recall;
    return position < all.size() ? Stages{all[position]} : Stages{};
  }

  size_t positions() const { return std::max(sides_[0]->recall.size(), sides_[1]->recall.size()); }

  void find_parts() {
    if (by_source_) {
      for (size_t position = 0; position < positions(); ++position)
        compare({Kind::source, position}, fmt::format("recall[{}]", position), source(0, position),
                source(1, position));
    } else {
      compare({Kind::source}, "recall", sides_[0]->recall, sides_[1]->recall);
    }
    if (nlohmann::json(merges_[0]) != nlohmann::json(merges_[1]))
      add({Kind::merge}, {"merge", merge_text(merges_[0]), merge_text(merges_[1])});
    compare({Kind::rank}, "rank", ranks_of(*sides_[0]), ranks_of(*sides_[1]));
    compare({Kind::rerank}, "rerank", sides_[0]->rerank, sides_[1]->rerank);
  }

  void compare(Place place, const std::string& name, const Stages& from, const Stages& to) {
    if (stage_identity(0, from) != stage_identity(1, to)) add(place, part(name, from, to));
  }

  void require_few() const {
    if (parts_.empty()) {
      throw error::UserError(fmt::format(
          "{} and {} have the same stages with the same parameters: there is nothing to "
          "divide",
          from_.name, to_.name));
    }
    if (parts_.size() <= kMostParts) return;
    std::vector<std::string> names;
    for (const MixedPart& part : parts_) names.push_back(part.name);
    throw error::UserError(fmt::format(
        "{} and {} differ in {} parts ({}), which is {} mixed pipelines; at most {} parts can be "
        "divided: leave out --by source, or compare with a variant between the two",
        from_.name, to_.name, parts_.size(), text::listed(names), size_t{1} << parts_.size(),
        kMostParts));
  }

  /// Whose stages stand at a place of the mix.
  size_t side(uint32_t mask, Kind kind, size_t position = 0) const {
    for (size_t p = 0; p < places_.size(); ++p) {
      const bool is_it = places_[p].kind == kind &&
                         (kind != Kind::source || !by_source_ || places_[p].source == position);
      if (is_it) return (mask >> p) & 1U;
    }
    return 0;  // both have the same
  }

  /// An element a source, by the positions that the mix has.
  nlohmann::json by_position(size_t side, const std::string& name,
                             const std::vector<size_t>& positions, const Stages& sources) const {
    nlohmann::json out = nlohmann::json::array();
    for (size_t i = 0; i < positions.size(); ++i) {
      nlohmann::json value = name == "quotas" ? nlohmann::json(sources[i].k) : nlohmann::json(1.0);
      for (const size_t whose : {side, 1 - side}) {
        const nlohmann::json& params = merges_[whose].params;
        if (!params.contains(name) || positions[i] >= params.at(name).size()) continue;
        value = params.at(name)[positions[i]];
        break;
      }
      out.push_back(value);
    }
    return out;
  }

  task::MergeSpec merge(uint32_t mask, const std::vector<size_t>& positions,
                        const Stages& sources) const {
    const size_t whose = side(mask, Kind::merge);
    task::MergeSpec out = merges_[whose];
    for (const auto& [name, value] : merges_[whose].params.items()) {
      if (value.is_array()) out.params[name] = by_position(whose, name, positions, sources);
    }
    return out;
  }

  task::Chain chain(uint32_t mask) const {
    task::Chain mix;
    std::vector<size_t> kept;
    for (size_t position = 0; position < positions(); ++position) {
      const size_t whose = side(mask, Kind::source, position);
      if (position >= sides_[whose]->recall.size()) continue;
      mix.recall.push_back(
          moved(sides_[whose]->recall[position], *sides_[whose], mix, kept.size()));
      kept.push_back(position);
    }
    mix.merge = merge(mask, kept, mix.recall);
    const task::Chain& ranks = *sides_[side(mask, Kind::rank)];
    for (const task::StageSpec& stage : ranks_of(ranks)) {
      const size_t place = mix.rank.size();
      task::StageSpec rank = moved(stage, ranks, mix, place);
      if (rank.k == kKeepsAll) rank.k = arriving(mix, place);
      mix.rank.push_back(std::move(rank));
    }
    const task::Chain& reranks = *sides_[side(mask, Kind::rerank)];
    for (const task::StageSpec& stage : reranks.rerank)
      mix.rerank.push_back(moved(stage, reranks, mix, mix.rerank.size()));
    return mix;
  }

  task::VariantSpec variant(uint32_t mask) const {
    const uint32_t all = (1U << parts_.size()) - 1;
    task::VariantSpec out;
    out.name = mask == all ? to_.name : from_.name;
    out.where = from_.where;
    // The ends are what was run, as it stands.
    out.chain = mask == 0 ? from_.chain : mask == all ? to_.chain : chain(mask);
    if (mask == 0 || mask == all) return out;
    std::vector<std::string> taken;
    for (size_t p = 0; p < parts_.size(); ++p) {
      if ((mask >> p) & 1U) taken.push_back(parts_[p].name);
    }
    out.name += " + " + fmt::format("{}", fmt::join(taken, " + "));
    out.description = fmt::format("{} with {} of {}", from_.name, text::listed(taken), to_.name);
    return out;
  }

  const task::VariantSpec& from_;
  const task::VariantSpec& to_;
  bool by_source_;
  const task::Chain* sides_[2];
  task::MergeSpec merges_[2];
  std::vector<Place> places_;  // of parts_
  std::vector<MixedPart> parts_;
};

}  // namespace

Mixes mix_variants(const task::VariantSpec& from, const task::VariantSpec& to, bool by_source) {
  for (const task::VariantSpec* variant : {&from, &to}) {
    if (!variant->perturb && !variant->augment) continue;
    throw error::UserError(
        fmt::format("{} learns from a log that is {}, which is part of no stage: what it earns "
                    "cannot be told from what the stages earn",
                    variant->name, variant->perturb ? "perturbed" : "augmented"));
  }
  return Mixer(from, to, by_source).run();
}

}  // namespace assay::execution
