#include <assay/error.h>
#include <assay/extra/features/near_label.h>
#include <assay/extra/features/protected_items.h>

#include <algorithm>

namespace assay::extra {
namespace {

std::vector<bool> named_values(const ItemCategories& categories, const std::string& who,
                               const std::vector<std::string>& values) {
  std::vector<bool> chosen(static_cast<size_t>(categories.count()), false);
  for (const std::string& value : values) {
    const auto found = std::ranges::find(categories.labels(), value);
    if (found == categories.labels().end()) {
      throw InvalidInput(who + ": the item feature \"" + categories.name() + "\" has no value \"" +
                         value + "\"" + did_you_mean(value, categories.labels()));
    }
    chosen[found - categories.labels().begin()] = true;
  }
  return chosen;
}

std::vector<bool> all_but_the_most_frequent(const ItemCategories& categories, int64_t items) {
  std::vector<int64_t> count(static_cast<size_t>(categories.count()), 0);
  for (int64_t item = 0; item < items; ++item)
    for (const int64_t category : categories[item]) ++count[category];
  std::vector<bool> chosen(count.size(), true);
  if (!count.empty()) chosen[std::ranges::max_element(count) - count.begin()] = false;
  return chosen;
}

}  // namespace

std::vector<uint8_t> protected_items(const FeatureTable& items, const std::string& who,
                                     const std::string& feature,
                                     const std::vector<std::string>& values) {
  const ItemCategories categories(items, who, feature);
  const std::vector<bool> chosen = values.empty()
                                       ? all_but_the_most_frequent(categories, items.rows)
                                       : named_values(categories, who, values);
  std::vector<uint8_t> result(static_cast<size_t>(items.rows), 0);
  for (int64_t item = 0; item < items.rows; ++item) {
    for (const int64_t category : categories[item])
      if (chosen[category]) result[item] = 1;
  }
  const auto count = std::ranges::count(result, uint8_t{1});
  if (count == 0 || count == std::ssize(result)) {
    throw InvalidInput(who + ": by the feature \"" + categories.name() + "\" " +
                       (count == 0 ? "no item is" : "all items are") +
                       " protected; set `protected` to values that some items have and others do "
                       "not.");
  }
  return result;
}

}  // namespace assay::extra
