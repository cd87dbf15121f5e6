#include "config/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <utility>

#include "text/listed.h"
#include "text/parts.h"

namespace assay::config {
namespace {

constexpr std::array kNouns{
    std::pair{std::string_view(""), "an experiment file"},
    std::pair{std::string_view("datasets.*"), "a data set"},
    std::pair{std::string_view("datasets.*.source.columns.time"), "the time column"},
    std::pair{std::string_view("datasets.*.targets.*"), "a target"},
    std::pair{std::string_view("datasets.*.source.impressions.labels.*"), "a label"},
    std::pair{std::string_view("datasets.*.source.simulator"), "a simulator"},
    std::pair{std::string_view("datasets.*.source.simulator.logging"), "a logging policy"},
    std::pair{std::string_view("datasets.*.lists.*"), "a file of ranked lists"},
    std::pair{std::string_view("variants.*"), "a variant"},
    std::pair{std::string_view("variants.*.recall[]"), "a recall source"},
    std::pair{std::string_view("variants.*.recall[].inputs.*"), "a stage in place"},
    std::pair{std::string_view("variants.*.recall[].unknown"), "a stage for unknown requests"},
    std::pair{std::string_view("variants.*.rank[]"), "a rank stage"},
    std::pair{std::string_view("variants.*.rerank[]"), "a rerank stage"},
    std::pair{std::string_view("variants.*.serving.deadlines[]"), "a deadline"},
    std::pair{std::string_view("latency.scenarios[]"), "a scenario"},
    std::pair{std::string_view("compare.guardrails[]"), "a guardrail"},
    std::pair{std::string_view("gate.metrics[]"), "a metric of a gate"},
    std::pair{std::string_view("off_policy.reward"), "a reward model"},
};

std::string range_words(const Range& range) {
  if (range.open) return fmt::format("above {} and below {}", *range.low, *range.high);
  if (range.low && range.high) return fmt::format("{} to {}", *range.low, *range.high);
  return range.low ? fmt::format("at least {}", *range.low) : "";
}

std::string type_cell(const KeyInfo& key) {
  if (!key.form.empty()) return std::string(key.form);
  const std::string_view words = type_words(key.type);
  const size_t article = words.find(' ');
  const std::string name(words.starts_with("a") ? words.substr(article + 1) : words);
  if (key.choices.empty()) return name;
  const std::string choices = fmt::format("`{}`", fmt::join(words_of(key.choices), "`, `"));
  return key.type == ValueType::text ? choices : fmt::format("{} ({})", name, choices);
}

std::string default_cell(const KeyInfo& key) {
  if (!key.otherwise.empty()) return std::string(key.otherwise);
  if (!key.fallback.empty()) return fmt::format("`{}`", key.fallback);
  return "every key at its default";
}

std::string meaning_cell(const KeyInfo& key) {
  std::string text(key.doc);
  const std::string range = range_words(key.range);
  if (!range.empty()) text += fmt::format(" ({})", range);
  if (!key.method.empty()) text = fmt::format("`{}`: {}", key.method, text);
  return text;
}

std::string table_head(std::string_view title) {
  return fmt::format("\n### {}\n\n| key | type | default | meaning |\n|---|---|---|---|\n", title);
}

// Keys that are read on one page stand in one table.
std::string_view chapter_of(const KeyInfo& key) {
  const size_t end = key.path.find('.');
  if (end == std::string_view::npos) return "The file";
  static constexpr std::array kChapters{
      std::pair{std::string_view("datasets"), std::string_view("Data sets: `datasets.*`, `data`")},
      std::pair{std::string_view("variants"), std::string_view("Variants: `variants.*`")},
      std::pair{std::string_view("compare"), std::string_view("Verdicts: `compare`, `gate`")},
      std::pair{std::string_view("gate"), std::string_view("Verdicts: `compare`, `gate`")},
      std::pair{std::string_view("off_policy"),
                std::string_view("Policies on logged rows: `off_policy`")},
      std::pair{std::string_view("privacy"), std::string_view("Outside ids: `privacy`")},
      std::pair{std::string_view("numeric"), std::string_view("The machine: `numeric`, `limits`")},
      std::pair{std::string_view("limits"), std::string_view("The machine: `numeric`, `limits`")},
  };
  for (const auto& [name, title] : kChapters) {
    if (key.path.substr(0, end) == name) return title;
  }
  return "Learning, serving, measuring: `fit_on`, `traffic`, `loop`, `serve`, `metrics`, `latency`";
}

}  // namespace

std::vector<std::string> words_of(std::string_view list) { return text::parts_of(list, " "); }

std::string_view section_of(std::string_view path) {
  const size_t end = path.rfind('.');
  return end == std::string_view::npos ? "" : path.substr(0, end);
}

std::string_view key_of(std::string_view path) { return path.substr(path.rfind('.') + 1); }

std::string section_noun(std::string_view section) {
  for (const auto& [known, noun] : kNouns) {
    if (known == section) return noun;
  }
  return std::string(key_of(section));
}

const KeyInfo* find_key(std::string_view section, std::string_view key, std::string_view method) {
  for (const KeyInfo& info : key_table()) {
    const bool takes = info.method.empty() || method.empty() || info.method == method;
    if (takes && section_of(info.path) == section && key_of(info.path) == key) return &info;
  }
  return nullptr;
}

std::vector<std::string> keys_of(std::string_view section, std::string_view method) {
  std::vector<std::string> keys;
  for (const KeyInfo& info : key_table()) {
    const bool takes = info.method.empty() || method.empty() || info.method == method;
    if (takes && section_of(info.path) == section) keys.emplace_back(key_of(info.path));
  }
  return keys;
}

std::string_view type_words(ValueType type) {
  switch (type) {
    case ValueType::text:
      return "text";
    case ValueType::integer:
      return "an integer";
    case ValueType::number:
      return "a number";
    case ValueType::boolean:
      return "true or false";
    case ValueType::texts:
      return "a list of texts";
    case ValueType::integers:
      return "a list of integers";
    case ValueType::windows:
      return "a list of windows";
    case ValueType::section:
      return "a map";
    case ValueType::named:
      return "a map of names";
    case ValueType::sections:
      return "a list of maps";
    case ValueType::other:
      break;
  }
  return "another value";
}

std::string allowed_words(const KeyInfo& key) {
  return key.choices.empty() ? range_words(key.range) : text::alternatives(words_of(key.choices));
}

std::string keys_page() {
  std::string page;
  std::string_view chapter;
  for (const KeyInfo& key : key_table()) {
    if (chapter_of(key) != chapter) page += table_head(chapter = chapter_of(key));
    page += fmt::format("| `{}` | {} | {} | {} |\n", key.path, type_cell(key), default_cell(key),
                        meaning_cell(key));
  }
  return page;
}

}  // namespace assay::config
