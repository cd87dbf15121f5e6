#include "analysis/imported.h"

#include <fmt/core.h>

#include <array>
#include <set>

#include "text/listed.h"

namespace assay::analysis {

namespace {

/// What stands before the name of a list where a stage has its plugin.
constexpr std::string_view kLists = "lists:";

}  // namespace

std::string ImportedLists::text() const {
  return fmt::format("its {} {} made elsewhere",
                     lists.size() == 1 ? "list " + lists.front() : "lists " + text::listed(lists),
                     lists.size() == 1 ? "was" : "were");
}

std::map<std::string, ImportedLists> imported_lists(const results::Reader& reader, int64_t run_id) {
  const std::array<results::Cell, 1> parameters{run_id};
  std::map<std::string, ImportedLists> found;
  std::set<std::string> with_more;
  for (const auto& row :
       reader
           .query("SELECT v.name, s.plugin FROM stage AS s JOIN variant AS v USING (variant_id) "
                  "WHERE v.run_id = ? AND s.kind <> 'merge' ORDER BY v.position, s.place",
                  parameters)
           .rows) {
    const auto& variant = std::get<std::string>(row[0]);
    const auto& plugin = std::get<std::string>(row[1]);
    if (plugin.starts_with(kLists))
      found[variant].lists.push_back(plugin.substr(kLists.size()));
    else
      with_more.insert(variant);
  }
  for (auto& [variant, imported] : found) imported.alone = !with_more.contains(variant);
  return found;
}

}  // namespace assay::analysis
