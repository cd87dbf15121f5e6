#include "config/late_problems.h"

#include <algorithm>
#include <filesystem>

#include "config/include.h"
#include "config/keys.h"
#include "config/overrides.h"
#include "config/tree_path.h"

// These problems are found in the data, long after the file was read; the Experiment does not keep
// places. So the file is read again to find them. If it has changed or is gone, the problem keeps
// the place of the data set.

namespace assay::config {
namespace {

// The file's tree again, as far as it can still be read.
class Tree {
 public:
  Tree(const std::string& file, const std::vector<std::string>& overrides) {
    Problems problems;
    try {
      root_ = read_with_includes(file, sources_, problems);
    } catch (const error::UserError&) {
      return;  // it is gone
    }
    const std::string folder = std::filesystem::path(file).parent_path().string();
    if (!problems.any()) apply_overrides(overrides, folder, root_, sources_, problems);
    readable_ = !problems.any();
  }

  // The problem at the setting that it begins with.
  error::Problem placed(const error::Problem& problem, const std::string& dataset) const {
    const std::string setting = problem.what.substr(0, problem.what.find(' '));
    const auto parts = split_path(setting);
    if (!readable_ || !parts) return problem;
    if (find_key("", parts->front()) != nullptr) return at(root_, *parts, "", problem);
    if (find_key("datasets.*", parts->front()) == nullptr) return problem;
    const Node* data = root_.find("data");
    if (data != nullptr) return at(*data, *parts, "data", problem);
    const Node* all = root_.find("datasets");
    const Node* mine = all != nullptr ? all->find(dataset) : nullptr;
    return mine ? at(*mine, *parts, "datasets." + dataset, problem) : problem;
  }

 private:
  // `path` is that of `node`.
  static error::Problem at(const Node& node, const std::vector<std::string>& parts,
                           const std::string& path, const error::Problem& problem) {
    const Node* found = &node;
    const Place* place = nullptr;
    for (const std::string& part : parts) {
      const Node* next = found->find(part);
      if (next == nullptr) break;
      place = next->is_scalar() ? &next->place : &found->key_place(part);
      found = next;
    }
    error::Problem out = problem;
    if (!path.empty()) out.what = path + "." + problem.what;
    if (place == nullptr) return out;
    out.where = place->text();
    out.excerpt = place->excerpt();
    return out;
  }

  Sources sources_;
  Node root_;
  bool readable_ = false;
};

}  // namespace

error::UserError with_setting_places(const error::UserError& error,
                                     const task::DatasetSpec& dataset, const std::string& file,
                                     const std::vector<std::string>& overrides) {
  const auto of_dataset = [&](const error::Problem& problem) {
    return problem.where == dataset.where;
  };
  if (std::ranges::none_of(error.problems(), of_dataset)) return error;
  const config::Tree tree(file, overrides);
  std::vector<error::Problem> problems = error.problems();
  bool moved = false;
  for (error::Problem& problem : problems) {
    if (!of_dataset(problem)) continue;
    error::Problem placed = tree.placed(problem, dataset.name);
    moved = moved || placed.what != problem.what || placed.where != problem.where;
    problem = std::move(placed);
  }
  return moved ? error::UserError(std::move(problems)) : error;
}

}  // namespace assay::config
