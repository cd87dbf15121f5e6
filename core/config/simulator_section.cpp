#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "config/sections.h"
#include "task/simulator_spec.h"

namespace assay::config {
namespace {

/// The value of a key that decides which others there are: nothing where it is wrong, so that all of
/// them are taken for known.
template <task::Named E>
std::string decided(const Section& around, std::string_view section, std::string_view key,
                    E fallback) {
  const Node* map = around.find(section);
  if (map == nullptr) return std::string(task::name_of(fallback));
  if (!map->is_map()) return "";
  const Node* node = map->find(key);
  if (node == nullptr) return std::string(task::name_of(fallback));
  const auto value = node->is_scalar() ? task::parse<E>(node->text) : std::nullopt;
  return value ? std::string(task::name_of(*value)) : "";
}

void read_logging(const Section& world, task::LoggingSpec& spec) {
  const std::string policy = decided(world, "logging", "policy", spec.policy);
  const Section section = world.sub("logging", policy);
  section.choice("policy", spec.policy);
  if (policy == "softmax") section.number("temperature", spec.temperature);
  if (policy == "epsilon_greedy") section.number("epsilon", spec.epsilon);
  section.number("knowledge", spec.knowledge);
  if (spec.policy == task::LoggingKind::epsilon_greedy && spec.epsilon == 0)
    section.problem("epsilon",
                    "is 0: the log would always show the best item and have no support for any "
                    "other, so that nothing could be estimated from it; take one above 0");
}

void read_counts(const Section& section, task::SimulatorSpec& spec) {
  const auto required = [&](const char* key, int64_t& out) {
    if (section.require(key)) section.integer(key, out);
  };
  required("users", spec.users);
  required("items", spec.items);
  required("days", spec.days);
  required("events", spec.events);
  section.integer("allowed", spec.allowed);
  section.integer("shelves", spec.shelves);
  section.integer("slate", spec.slate);
  section.integer("factors", spec.factors);
  section.integer("features", spec.features);
  int64_t seed = 1;
  if (section.integer("seed", seed)) spec.seed = static_cast<uint64_t>(seed);
}

void read_numbers(const Section& section, task::SimulatorSpec& spec) {
  section.number("feature_noise", spec.feature_noise);
  section.number("click_rate", spec.click_rate);
  section.number("affinity", spec.affinity);
  section.number("popularity_skew", spec.popularity_skew);
  section.number("drift", spec.drift);
  section.number("new_users", spec.new_users);
  section.number("new_items", spec.new_items);
  section.number("session_length", spec.session_length);
}

void check_sizes(const Section& section, const task::SimulatorSpec& spec) {
  const auto later = static_cast<int64_t>(static_cast<double>(spec.items) * spec.new_items);
  const auto default_of = [&](const char* key) { return section.has(key) ? "" : " (its default)"; };
  if (spec.items > 0 && spec.allowed > spec.items - later)
    section.problem("allowed",
                    fmt::format("is {}{}, above the {} items that there are on the first day "
                                "(items: {}, new_items: {}); take fewer, or more items",
                                spec.allowed, default_of("allowed"), spec.items - later, spec.items,
                                spec.new_items));
  if (spec.slate > spec.allowed)
    section.problem("slate", fmt::format("is {}, above allowed, which is {}{}; a slate shows each "
                                         "item once",
                                         spec.slate, spec.allowed, default_of("allowed")));
  if (spec.features > spec.factors)
    section.problem("features",
                    fmt::format("is {}{}, above factors, which is {}{}", spec.features,
                                default_of("features"), spec.factors, default_of("factors")));
  if (spec.days > 0 && spec.events > 0 &&
      spec.events / std::max<int64_t>(spec.slate, 1) < spec.days)
    section.problem("events",
                    fmt::format("is {}, fewer than a request a day for {} days (slate: {})",
                                spec.events, spec.days, spec.slate));
}

}  // namespace

void read_simulator(const Section& source, task::DatasetSpec& dataset) {
  for (const char* key : {"path", "columns", "header", "delimiter", "features", "impressions"})
    if (source.has(key))
      source.refuse(key, "is of files, and the simulator makes its own; leave it out");
  std::string format;
  if (source.require("format") && source.text("format", format) && format != "simulator")
    source.problem("format", fmt::format("is {}; with simulator: it must be simulator", format));
  dataset.format = kImpressionsAlone;
  dataset.impressions = task::simulated_rows();
  dataset.impressions->where = source.place().text();
  auto spec = std::make_shared<task::SimulatorSpec>();
  if (source.require("simulator")) {
    const std::string model = decided(source, "simulator", "click_model", spec->click_model);
    const Section section = source.sub("simulator", model);
    if (section.exists()) {
      read_counts(section, *spec);
      read_numbers(section, *spec);
      section.choice("click_model", spec->click_model);
      if (model == "position_based") section.number("position_bias", spec->position_bias);
      if (model == "dependent_click") section.number("continuation", spec->continuation);
      read_logging(section, spec->logging);
      check_sizes(section, *spec);
    }
  }
  dataset.simulator = std::move(spec);
}

}  // namespace assay::config
