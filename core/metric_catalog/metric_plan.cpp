#include <fmt/format.h>

#include <algorithm>

#include "error/error.h"
#include "metric_catalog/metric_definition.h"
#include "metric_catalog/plugin_metric.h"
#include "task/plugin_info.h"

namespace assay::metric_catalog {
namespace {

std::string by_name_only(const std::string& group) {
  for (const MetricInfo& info : metric_table()) {
    if (info.group != group) continue;
    return fmt::format(
        "the metrics of the group {} must be named one by one, as in names: [\"{}\"]", group,
        example_of(info));
  }
  return "";
}

// Gathers columns and problems; a problem leaves its part out and goes on.
class Expansion {
 public:
  Expansion(const MetricChoice& choice, const task::PluginCatalog* plugins)
      : choice_(choice), plugins_(plugins) {}

  MetricPlan run() {
    check_cutoffs("cutoffs", choice_.cutoffs);
    check_cutoffs("pool_cutoffs", choice_.pool_cutoffs);
    each("groups", choice_.groups, [&](const std::string& group) { add_group(group); });
    each("names", choice_.names, [&](const std::string& name) { add_name(name); });
    attempt("primary", [&] { add_primary(); });
    if (!problems_.empty()) throw error::UserError(std::move(problems_));
    if (!absent_) add_pool();
    return std::move(plan_);
  }

 private:
  /// A metric that may be in a library that was refused, which is an error already.
  struct MayBeRefused {};

  template <typename Body>
  void attempt(const std::string& where, Body&& body) {
    try {
      body();
    } catch (const error::UserError& error) {
      problems_.push_back({where, error.problems()[0].what, ""});
    } catch (const MayBeRefused&) {
      absent_ = true;
    }
  }

  template <typename Body>
  void each(const char* key, const std::vector<std::string>& values, Body&& body) {
    for (size_t i = 0; i < values.size(); ++i) {
      attempt(fmt::format("{}[{}]", key, i), [&] { body(values[i]); });
    }
  }

  void check_cutoffs(const char* key, const std::vector<int64_t>& cutoffs) {
    for (size_t i = 0; i < cutoffs.size(); ++i) {
      if (cutoffs[i] >= 1) continue;
      problems_.push_back({fmt::format("{}[{}]", key, i),
                           fmt::format("{} is not a cutoff; it must be at least 1", cutoffs[i]),
                           ""});
    }
  }

  void add(const MetricDefinition& definition, int64_t cutoff, bool pool = false) {
    const MetricColumn column{definition, cutoff, pool};
    auto& columns = plan_.columns;
    if (std::find(columns.begin(), columns.end(), column) == columns.end())
      columns.push_back(column);
  }

  void add_everywhere(const MetricDefinition& definition) {
    if (definition.info->of_whole_lists()) return add(definition, 0, true);
    for (const int64_t cutoff : choice_.cutoffs) add(definition, cutoff);
  }

  void add_group(const std::string& group) {
    const std::vector<MetricDefinition> definitions = metrics_of_group(group);
    if (definitions.empty()) throw error::UserError(by_name_only(group));
    for (const MetricDefinition& definition : definitions) add_everywhere(definition);
  }

  // As the table has it; a plugin's metric by the id that names its library.
  std::string in_full(const std::string& text) {
    if (plugins_ == nullptr) return text;
    const MetricText parts = split_metric(text);
    const bool known = std::ranges::count(metric_table(), parts.name, &MetricInfo::name) > 0;
    const task::PluginInfo* plugin = plugins_->find(parts.name, PluginKind::metric);
    if (known && plugin != nullptr) {
      throw error::UserError(
          fmt::format("{} is a metric of assay and of {}; give the plugin another name", parts.name,
                      plugin->library));
    }
    if (known) return text;
    if (plugin == nullptr && plugins_->incomplete()) throw MayBeRefused();
    if (plugin == nullptr) throw error::UserError(unknown(parts.name));
    const task::PluginMetric own = plugin_metric(*plugin, parts);
    if (find_plugin_metric(plan_.own, own.definition) == nullptr) plan_.own.push_back(own);
    return parts.cutoff ? fmt::format("{}@{}", own.definition, *parts.cutoff) : own.definition;
  }

  std::string unknown(const std::string& name) const {
    std::vector<std::string> names = plugins_->names(PluginKind::metric);
    for (const MetricInfo& info : metric_table()) names.push_back(info.name);
    const std::string refused = plugins_->refused_note(name);
    return fmt::format("\"{}\" is not a metric{}", name,
                       refused.empty() ? error::did_you_mean(name, names) : refused);
  }

  void add_name(const std::string& name) {
    const bool own_cutoff = name.find('@') != std::string::npos;
    const std::string full = in_full(name);
    if (!own_cutoff) return add_everywhere(parse_metric(full));
    const MetricColumn column = parse_metric_column(full);
    add(column.definition, column.cutoff);
  }

  void add_primary() {
    if (choice_.primary.empty())
      throw error::UserError("no primary metric is named; write primary: ndcg@10");
    plan_.primary = parse_metric_column(in_full(choice_.primary));
    if (!plan_.primary.definition.per_request()) {
      throw error::UserError(fmt::format(
          "{} is one value for all requests together; a primary metric has one value a request, "
          "so that variants can be compared request by request",
          display_name(plan_.primary)));
    }
    if (plan_.primary.definition.needs_any(MetricNeed::baseline)) {
      throw error::UserError(
          fmt::format("{} measures agreement with the baseline; a primary metric measures quality",
                      display_name(plan_.primary)));
    }
    add(plan_.primary.definition, plan_.primary.cutoff);
  }

  void add_pool() {
    for (const int64_t cutoff : choice_.pool_cutoffs) {
      add(parse_metric("recall"), cutoff, true);
      add(plan_.primary.definition, cutoff, true);
    }
  }

  const MetricChoice& choice_;
  const task::PluginCatalog* plugins_;
  MetricPlan plan_;
  bool absent_ = false;
  std::vector<error::Problem> problems_;
};

}  // namespace

MetricPlan expand(const MetricChoice& choice, const task::PluginCatalog* plugins) {
  return Expansion(choice, plugins).run();
}

}  // namespace assay::metric_catalog
