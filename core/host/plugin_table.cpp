#include "host/plugin_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "host/refused.h"
#include "rules/identifier.h"
#include "task/check_params.h"
#include "task/param_json.h"

namespace assay::host {

namespace {

std::string_view scores_name(Traits::Scores scores) {
  switch (scores) {
    case Traits::Scores::ranking:
      return "ranking";
    case Traits::Scores::probability:
      return "probability";
    case Traits::Scores::rating:
      return "rating";
  }
  return "";
}

#define ASSAY_COUNT_TRAIT(name, words) +1
static_assert(ASSAY_TRAIT_FLAGS(ASSAY_COUNT_TRAIT) ==
                  2 + offsetof(Traits, reserved) - offsetof(Traits, validates),
              "every flag of Traits stands in ASSAY_TRAIT_FLAGS (task/plugin_info.h)");
#undef ASSAY_COUNT_TRAIT

// PluginEntry has a base with members, so that offsetof is conditionally supported; every compiler
// that the stamp allows has it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winvalid-offsetof"
static_assert(offsetof(PluginEntry, memory) + sizeof(PluginEntry::memory) == kEntrySize2_0,
              "the last member of SDK 2.0 keeps its place: add members behind it");
#pragma GCC diagnostic pop

task::PluginTraits plain(const Traits& traits) {
  task::PluginTraits out;
  out.scores = scores_name(traits.scores);
#define ASSAY_COPY_TRAIT(name, words) out.name = traits.name;
  ASSAY_TRAIT_FLAGS(ASSAY_COPY_TRAIT)
#undef ASSAY_COPY_TRAIT
  return out;
}

bool is_number(ParamType type) {
  return type == ParamType::integer || type == ParamType::number || type == ParamType::integers ||
         type == ParamType::numbers;
}

bool is_reference(ParamType type) { return type == ParamType::file || type == ParamType::input; }

/// Gathers what is wrong with one entry.
class EntryCheck {
 public:
  explicit EntryCheck(const PluginEntry& entry) : entry_(entry) {}

  std::vector<std::string> run() && {
    check_texts();
    check_traits();
    check_factory();
    for (const ParamSpec& spec : entry_.schema.params) check_param(spec);
    for (const ParamRule& rule : entry_.schema.rules) check_rule(rule);
    for (const ParamPart& part : entry_.schema.parts) check_part(part);
    if (problems_.empty()) check_defaults();
    return std::move(problems_);
  }

 private:
  template <typename... Args>
  void unless(bool holds, fmt::format_string<Args...> text, Args&&... args) {
    if (!holds) problems_.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  void check_texts() {
    unless(rules::is_identifier(entry_.name), "its name is \"{}\"; {}", entry_.name,
           rules::kIdentifierRule);
    unless(!entry_.doc.empty(), "it has no doc: describe it in one sentence");
    unless(!entry_.version.empty(), "its version is empty");
  }

  void check_traits() {
    unless(!scores_name(entry_.traits.scores).empty(),
           "its trait scores must be ranking, probability or rating");
    const bool learns = entry_.kind == PluginKind::rank || entry_.kind == PluginKind::rerank;
    unless(learns || !entry_.traits.learns_from_candidates,
           "a {} plugin cannot have the trait learns_from_candidates", task::name_of(entry_.kind));
    unless(entry_.kind != PluginKind::metric || !entry_.traits.cpu_only,
           "a metric cannot have the trait cpu_only: its tensors lie where the lists lie");
    unless(!entry_.validates || entry_.traits.validates,
           "it has a function validates, but not the trait: set it, and the function decides");
    unless(!entry_.needs_time || entry_.traits.needs_time,
           "it has a function needs_time, but not the trait: set it, and the function decides");
  }

  void check_factory() {
    const bool metric = entry_.kind == PluginKind::metric;
    unless(static_cast<bool>(entry_.make_strategy) == !metric &&
               static_cast<bool>(entry_.make_metric) == metric,
           "it has no factory of its kind: make entries with assay::plugin<...>()");
  }

  void check_param(const ParamSpec& spec) {
    unless(rules::is_identifier(spec.name), "parameter \"{}\": {}", spec.name,
           rules::kIdentifierRule);
    unless(names_.insert(spec.name).second, "parameter {} is declared twice", spec.name);
    unless(!spec.doc.empty(), "parameter {} has no doc", spec.name);
    const bool ranged = spec.minimum || spec.maximum;
    unless(!ranged || is_number(spec.type), "parameter {} has a range, but its type is {}",
           spec.name, task::type_name(spec.type));
    unless(!spec.minimum || !spec.maximum || *spec.minimum <= *spec.maximum,
           "the range of parameter {} is empty", spec.name);
    unless(spec.choices.empty() || spec.type == ParamType::text || spec.type == ParamType::texts,
           "parameter {} has choices, but its type is {}", spec.name, task::type_name(spec.type));
    unless(!spec.required || is_reference(spec.type),
           "parameter {} is required, which is allowed for files and inputs only", spec.name);
  }

  void check_rule(const ParamRule& rule) {
    for (const std::string& name : {rule.left, rule.right}) {
      const auto spec = std::ranges::find(entry_.schema.params, name, &ParamSpec::name);
      const bool numeric = spec != entry_.schema.params.end() &&
                           (spec->type == ParamType::integer || spec->type == ParamType::number);
      unless(numeric, "a rule names {}, which is no numeric parameter", name);
    }
  }

  void check_part(const ParamPart& part) {
    unless(rules::is_identifier(part.name), "part \"{}\": {}", part.name, rules::kIdentifierRule);
    unless(parts_.insert(part.name).second, "part {} is declared twice", part.name);
    unless(!part.doc.empty(), "part {} has no doc", part.name);
    for (const std::string& name : part.params) {
      const auto spec = std::ranges::find(entry_.schema.params, name, &ParamSpec::name);
      if (spec == entry_.schema.params.end())
        unless(false, "part {} depends on {}, which is no parameter", part.name, name);
      else
        unless(spec->type != ParamType::input,
               "part {} depends on {}, which is an input: a part is made of the data alone",
               part.name, name);
    }
  }

  /// Defaults pass the check that users' settings pass.
  void check_defaults() {
    nlohmann::json defaults = nlohmann::json::object();
    for (const ParamSpec& spec : entry_.schema.params)
      if (!is_reference(spec.type)) defaults[spec.name] = task::param_json(spec.default_value);
    task::PluginInfo optional = describe_entry(entry_);
    for (ParamSpec& spec : optional.schema.params) spec.required = false;
    for (const task::ParamProblem& problem : check_params(optional, defaults).problems)
      problems_.push_back("its defaults are refused: " + problem.what);
  }

  const PluginEntry& entry_;
  std::set<std::string> names_;
  std::set<std::string> parts_;
  std::vector<std::string> problems_;
};

void check_entry(const std::string& path, const PluginEntry& entry) {
  const std::vector<std::string> problems = entry_problems(entry);
  if (problems.empty()) return;
  throw PluginRefused(path, task::ProbeCode::bad_entry,
                      fmt::format("declares {}, which is not well formed: {}",
                                  rules::is_identifier(entry.name) ? entry.name : "a plugin",
                                  fmt::join(problems, "; ")));
}

}  // namespace

task::PluginInfo describe_entry(const PluginEntry& entry) {
  task::PluginInfo info;
  info.name = entry.name;
  info.kind = entry.kind;
  info.version = entry.version;
  info.doc = entry.doc;
  info.paper = entry.paper;
  info.traits = plain(entry.traits);
  info.functions = {static_cast<bool>(entry.validates), static_cast<bool>(entry.needs_time),
                    static_cast<bool>(entry.memory)};
  info.schema = entry.schema;
  info.higher_is_better = entry.higher_is_better;
  info.unit = entry.unit;
  return info;
}

std::vector<std::string> entry_problems(const PluginEntry& entry) {
  return EntryCheck(entry).run();
}

// The entries of a library are as long as those of the SDK that it was built with, not as ours.
std::vector<const PluginEntry*> entries_of(const PluginTable& table) {
  std::vector<const PluginEntry*> out;
  const auto* const bytes = reinterpret_cast<const std::byte*>(table.entries);
  for (uint64_t i = 0; i < table.count; ++i)
    out.push_back(reinterpret_cast<const PluginEntry*>(bytes + i * table.entry_size));
  return out;
}

std::vector<task::PluginInfo> check_table(const std::string& path, const PluginTable* table) {
  if (table == nullptr || table->size < sizeof(PluginTable) || table->entry_size < kEntrySize2_0)
    throw PluginRefused(
        path, task::ProbeCode::bad_table,
        fmt::format("returns {} from {}; end its source with ASSAY_PLUGINS(...)",
                    table == nullptr ? "nothing" : "a table of another size", kEntryFunction));
  if (table->count == 0)
    throw PluginRefused(path, task::ProbeCode::empty_table,
                        "contains no strategy: its ASSAY_PLUGINS() is empty; add one: "
                        "ASSAY_PLUGINS(assay::plugin<...>())");
  std::vector<task::PluginInfo> infos;
  std::set<std::pair<PluginKind, std::string>> seen;
  for (const PluginEntry* entry : entries_of(*table)) {
    check_entry(path, *entry);
    infos.push_back(describe_entry(*entry));
    if (!seen.emplace(entry->kind, entry->name).second)
      throw PluginRefused(path, task::ProbeCode::name_twice,
                          fmt::format("declares {} ({}) twice; rename one of them", entry->name,
                                      task::name_of(entry->kind)));
  }
  return infos;
}

}  // namespace assay::host
