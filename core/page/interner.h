#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace assay::page {

/// Items by a number of their own, so that a page holds each outside id once.
class ItemTable {
 public:
  /// @param ids     [N], outside ids by dense id; may be shorter: then an item is "#17"
  /// @param titles  [N], likewise; empty where items have none
  explicit ItemTable(std::vector<std::string> ids, std::vector<std::string> titles = {})
      : ids_(std::move(ids)), titles_of_(std::move(titles)) {}

  /// -1, an empty slot, stays -1.
  int place(int32_t item) {
    if (item < 0) return -1;
    const auto [at, added] = places_.try_emplace(item, static_cast<int>(names_.size()));
    if (added) add(static_cast<size_t>(item));
    return at->second;
  }
  const nlohmann::json& names() const { return names_; }
  /// By the same numbers; null for an item without a title, empty where none has one.
  const nlohmann::json& titles() const { return titles_; }

 private:
  void add(size_t item) {
    names_.push_back(name(item));
    if (titles_of_.empty()) return;
    const bool titled = item < titles_of_.size() && !titles_of_[item].empty();
    titles_.push_back(titled ? nlohmann::json(titles_of_[item]) : nlohmann::json());
  }
  std::string name(size_t item) const {
    return item < ids_.size() ? ids_[item] : "#" + std::to_string(item);
  }

  std::vector<std::string> ids_, titles_of_;
  std::map<int32_t, int> places_;
  nlohmann::json names_ = nlohmann::json::array(), titles_ = nlohmann::json::array();
};

/// Interns values: equal ones share one index: lists that variants with the same stages share,
/// names of features.
template <typename T>
class Interner {
 public:
  int place(const T& thing) {
    const auto [at, added] = places_.try_emplace(thing, static_cast<int>(things_.size()));
    if (added) things_.push_back(thing);
    return at->second;
  }
  const nlohmann::json& all() const { return things_; }

 private:
  std::map<T, int> places_;
  nlohmann::json things_ = nlohmann::json::array();
};

}  // namespace assay::page
