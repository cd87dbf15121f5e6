#include <fmt/format.h>

#include <algorithm>

#include "metric_catalog/metric_definition.h"
#include "text/table_cells.h"

namespace assay::metric_catalog {
namespace {

constexpr char kIntroduction[] = R"(# Metrics

<!-- Generated from core/metric_catalog/metric_table_*.cpp; `ASSAY_WRITE_DOCS=1 test_metric_catalog` writes it anew. -->

Every value in a results database has a *definition id*: the metric's name with the values of all its choices. A bare name
in an experiment file means the default of every choice (listed first below); `recall{den=min(R,k)}` or `ndcg{ideal=R}`
sets one choice and leaves the others at their defaults. Definitions other than the default are shown with their braces.
`ndcg@10` is a metric at a cutoff.

Letters: r rank from 1 · k cutoff · R relevant items of a request · N items of the catalogue · U users and T (user, item)
pairs of the training window, each pair counted once · t_i users with item i in the training window · c_i lists whose
first k hold item i.

- An item is relevant if it has a positive event (by the first target of the data set) in the evaluated window. Relevance is
  binary, except for `gain=linear` and `gain=exponential`, which use the target's value in that window (1 without one; a value
  below 0 gains nothing).
- The history of a request has the items with a positive event of its user in earlier windows, each item once.
- Items of equal score are ordered by id, the smaller one first; in a list that another tool ranked, as the list's `ties` says
  (docs/data.md).
- In a list shorter than k, the missing ranks are not hits.
- A request without data has no value (NULL, for the reason given below), never zero; it is left out of the mean and counted
  in `excluded_requests`.
- Values are computed in double precision and stored as 32-bit floats, one per request. One beyond 3.4e38 fails its variant.
- `pool_cutoffs` compute recall (default definition) and the primary metric on the candidates of the stages before the last.
  The metrics of the group pool are computed on whole lists and have no cutoff.
)";

std::string choice_line(const MetricOption& option) {
  if (option.choices.empty()) return fmt::format("- `{}`: {}\n", option.name, option.doc);
  return fmt::format("- `{}` = `{}`: {}\n", option.name, fmt::join(option.choices, "` | `"),
                     option.doc);
}

std::string section(const MetricInfo& info) {
  std::string text = fmt::format("\n### {}\n\n", info.name);
  text += fmt::format("| | |\n|---|---|\n| formula | {} |\n", text::markdown_cell(info.formula));
  text += fmt::format("| definition id | `{}` |\n", parse_metric(example_of(info)).id);
  text += fmt::format("| unit | {}, {} is better |\n", info.unit, better(info));
  text += fmt::format("| one value | {} |\n", info.per_request
                                                  ? "per request"
                                                  : "per catalogue: all lists of a trial together");
  if (info.of_whole_lists())
    text += fmt::format("| measured at | whole lists at {} |\n", info.measured_at);
  text += fmt::format("| no value | {} |\n", info.empty_case);
  if (info.by_name_only) text += "| selected | by name only; its group does not include it |\n";
  if (!info.paper.empty()) text += fmt::format("| paper | {} |\n", info.paper);
  if (!info.options.empty()) text += "\nChoices:\n\n";
  for (const MetricOption& option : info.options) text += choice_line(option);
  return text;
}

std::string group_title(std::string group) {
  std::ranges::replace(group, '_', ' ');
  group[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(group[0])));
  return fmt::format("\n## {}\n", group);
}

}  // namespace

std::string metrics_page() {
  std::string page = kIntroduction, group;
  for (const MetricInfo& info : metric_table()) {
    if (info.group != group) page += group_title(info.group);
    group = info.group;
    page += section(info);
  }
  return page;
}

}  // namespace assay::metric_catalog
